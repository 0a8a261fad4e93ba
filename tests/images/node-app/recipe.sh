# from: debian-bookworm
# tools: buildah python3 npm node
#
# Debian's Node.js, and an old application with some 600 npm packages: scoped ones, several
# versions of one package nested in others. No package may run anything while it is installed.

begin debian-bookworm
apt_install nodejs
layer "RUN apt-get install nodejs"

app=$(root)/srv/shop-window
mkdir -p "$app"
cp "$recipe/package.json" "$recipe/package-lock.json" "$app/"
npm ci --prefix "$app" --ignore-scripts --no-audit --no-fund --no-bin-links \
    --cache "$cache/npm" --loglevel error
# npm's own reading of what is on the disk; what has no location is the application itself.
npm query --prefix "$app" '*' >"$work/npm.json"
python3 - "$work/npm.json" <<'PYTHON' | truth npm
import json
import sys

for package in json.load(open(sys.argv[1], encoding="utf-8")):
    if package["location"]:
        print(package["name"], package["version"], sep="\t")
PYTHON
config --cmd '["node", "server.js"]' --workingdir /srv/shop-window --user nobody
layer "RUN npm ci"
finish oci
