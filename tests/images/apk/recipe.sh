# tools: buildah python3
#
# An Alpine 3.11 as its package database sees it. Debian has no apk that could write one, so this
# database is written here by the format's description ("Apk spec" in Alpine's wiki), and what is
# true is what this table says: name, version, origin.
table() {
    cat <<'TEXT'
alpine-baselayout 3.2.0-r3 alpine-baselayout
alpine-keys 2.1-r2 alpine-keys
apk-tools 2.10.4-r3 apk-tools
busybox 1.31.1-r8 busybox
ca-certificates-cacert 20191127-r0 ca-certificates
libc-utils 0.7.2-r0 libc-dev
libcrypto1.1 1.1.1d-r2 openssl
libssl1.1 1.1.1d-r2 openssl
libtls-standalone 2.9.1-r0 libtls-standalone
musl 1.1.24-r0 musl
musl-utils 1.1.24-r0 musl
scanelf 1.2.4-r0 pax-utils
ssl_client 1.31.1-r8 busybox
zlib 1.2.11-r3 zlib
TEXT
}

begin
mkdir -p "$(root)/etc" "$(root)/lib/apk/db"
printf 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.11.0\nPRETTY_NAME="Alpine Linux v3.11"\n' \
    >"$(root)/etc/os-release"
table | while read -r package version origin; do
    printf 'P:%s\nV:%s\nA:x86_64\nS:1000\nI:4096\nT:%s\nL:MIT\no:%s\n' \
        "$package" "$version" "$package" "$origin"
    printf 'F:lib\nF:lib/%s\nR:README\na:0:0:644\n\n' "$package"
    printf '%s\t%s\n' "$package" "$version" | truth apk
done >"$(root)/lib/apk/db/installed"
layer "apk add"
finish
