FROM alpine AS x
FROM alpine
COPY --from=x --chown=1:2 --chmod=755 --link --parents --exclude=*.md --exclude=*.txt a b c/
ADD --checksum=sha256:00 --keep-git-dir=true --unpack --chown=a --link https://example.com/a.tgz /
ADD git@github.com:a/b.git#v1:sub /x
