#!/bin/sh
# Writes tar/*.tar with the real tools and tar/*.expected with Go's reader.
set -eu
umask 022
cd "$(dirname "$0")"
here=$PWD
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/root/etc" "$work/root/usr/share/doc"
cd "$work/root"
echo content >etc/file
: >etc/empty
chmod 0755 etc/empty
ln etc/file etc/hard
ln -s ../usr/share etc/symbolic
head -c 5000 /dev/zero | tr '\0' a >usr/share/block
common="--sort=name --mtime=@1700000000 --owner=0 --group=0 --numeric-owner --blocking-factor=1"
tar_as() { tar $common --format="$2" -cf "$here/tar/gnu-$1.tar" .; }
tar_as v7 v7
mkfifo etc/fifo # which version 7 has not
for format in ustar oldgnu gnu posix; do
    tar_as $format $format
done
# Names that need extension headers.
long=$(printf 'long%.0s/' $(seq 30))
mkdir -p "$long"
echo deep >"$long/$(printf 'name%.0s' $(seq 40))"
ln -s "$long/target" etc/far
printf 'caf\303\251' >"etc/caf$(printf '\303\251')"
for format in oldgnu gnu posix; do
    tar_as long-$format $format
done
# Sparse files: data at the start, in the middle of holes, and a hole at the end.
mkdir "$work/sparse"
cd "$work/sparse"
truncate -s 400K many
for at in 3 11 19 27 35 43 51 59; do
    printf 'piece %s' $at | dd of=many bs=4096 seek=$at conv=notrunc status=none
done
truncate -s 1M hole
echo after >plain
for kind in gnu:0.0 posix:0.0 posix:0.1 posix:1.0; do
    format=${kind%:*} version=${kind#*:}
    tar $common --sparse --sparse-version=$version --format=$format \
        -cf "$here/tar/gnu-sparse-$format-$version.tar" .
done
cd "$here"
python3 write.py tar
go run write.go tar
for archive in tar/*.tar; do
    go run read.go "$archive" >"${archive%.tar}.expected"
done
