#!/usr/bin/env bash
# Makes the base of an image from Debian packages: no more than these, what they depend on, and
# the package database that scanners read. Nothing of it is run, so root is not needed.
#
#     base.sh SUITE OUT.tar PACKAGE...
set -euo pipefail

suite=$1 out=$2
shift 2
mirror=${COFFERDAM_DEBIAN_MIRROR:-http://deb.debian.org/debian}

# Called by mmdebstrap when packages are unpacked and their archives still there.
if [[ $suite == --unpacked ]]; then
    root=$out
    for archive in "$root"/var/cache/apt/archives/*.deb; do
        name=$(dpkg-deb --field "$archive" Package)
        dpkg-deb --field "$archive" | sed '1a Status: install ok installed'
        echo
        dpkg-deb --fsys-tarfile "$archive" | tar --list |
            sed -e 's,^\.,,' -e 's,/$,,' -e 's,^$,/.,' >"$root/var/lib/dpkg/info/$name.list"
    done >"$root/var/lib/dpkg/status"
    rm -rf "$root"/usr/share/{doc,info,lintian,locale,man} "$root"/var/lib/dpkg/status-old
    printf 'root:x:0:0:root:/root:/bin/sh\nshop:x:1000:1000::/:/bin/sh\n' >"$root/etc/passwd"
    printf 'root:x:0:\nshop:x:1000:\n' >"$root/etc/group"
    exit
fi

packages=$(IFS=, && echo "$*")
mmdebstrap --variant=extract --include="base-files,$packages" \
    --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
    --hook-dir=/usr/share/mmdebstrap/hooks/merged-usr \
    --extract-hook="bash '${BASH_SOURCE[0]}' --unpacked \"\$1\"" "$suite" "$out" "$mirror"
