#!/bin/sh
# Takes dpkg's database from a real system, and what dpkg-query says of it.
# usage: make.sh ROOT   (made by: debootstrap --variant=minbase --include=python3-six bookworm ROOT)
set -eu
root=$1
here=$(cd "$(dirname "$0")" && pwd)
# One package is removed, but not purged: its list is left, its files are gone.
chroot "$root" dpkg --remove --force-depends --force-remove-essential e2fsprogs
database="--admindir=$root/var/lib/dpkg"
# Without what is long and not read: descriptions, dependencies, checksums of conffiles.
grep -v -E '^( |Description|Depends|Pre-Depends|Conffiles|Homepage|Tag|Replaces|Breaks|Conflicts|Recommends|Suggests|Provides|Enhances)' \
    "$root/var/lib/dpkg/status" > "$here/status"
dpkg-query $database -W -f '${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\t${source:Package}\t${source:Version}\n' |
    LC_ALL=C sort > "$here/packages.txt"
for list in python3-six libattr1:amd64 e2fsprogs; do
    cp "$root/var/lib/dpkg/info/$list.list" "$here/$(echo "$list" | tr : _).list"
done
cp "$root/usr/lib/os-release" "$here"
