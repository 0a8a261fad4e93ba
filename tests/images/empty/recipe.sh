# tools: buildah python3
#
# Nothing at all, as `FROM scratch` alone leaves it.

begin
layer "FROM scratch"
finish
