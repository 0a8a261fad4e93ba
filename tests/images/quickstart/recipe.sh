# tools: mmdebstrap python3 pip tar sha256sum dpkg-query
# rootless
#
# What `make run` scans when it is given nothing: a small Debian with Python, run as root, and one
# package from PyPI that nobody has updated for years: Pillow 10.0.0, whose bundled libwebp has a
# hole that is known to be exploited. It is made with little more than what a fresh Debian or
# Ubuntu has, by root or anybody else, and without a builder of images.

layers=$work/layers
mkdir -p "$layers"
suite=bookworm

# the distribution
mmdebstrap --variant=minbase --include=python3-minimal \
    --hook-dir=/usr/share/mmdebstrap/hooks/maybe-merged-usr \
    --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
    "$suite" "$layers/1.tar" "$debian_mirror"
tar --extract --directory "$work" --file "$layers/1.tar" ./var/lib/dpkg
dpkg-query --admindir="$work/var/lib/dpkg" --show \
    --showformat '${db:Status-Status} ${Package}\t${Version}\n' | sed -n 's/^installed //p' | truth deb

# the package, as `RUN pip install` would leave it
site=usr/local/lib/python3.11/dist-packages
python3 -m pip install --quiet --disable-pip-version-check --no-cache-dir --no-deps --no-compile \
    --only-binary=:all: --implementation cp --python-version 3.11 --abi cp311 \
    --platform "manylinux2014_$(uname -m)" --platform "manylinux_2_28_$(uname -m)" \
    --target "$work/pip/$site" Pillow==10.0.0
tar --create --owner=0 --group=0 --sort=name --directory "$work/pip" --file "$layers/2.tar" usr
printf 'Pillow\t10.0.0\n' | truth pypi

# the archive (OCI image specification, "Image Configuration"; docker's manifest.json)
digest() {
    sha256sum "$1" | cut -d ' ' -f 1
}
base=$(digest "$layers/1.tar") top=$(digest "$layers/2.tar")
case $(uname -m) in
    x86_64) architecture=amd64 ;;
    aarch64) architecture=arm64 ;;
    *) architecture=$(uname -m) ;;
esac
cat >"$layers/config.json" <<JSON
{
  "architecture": "$architecture",
  "os": "linux",
  "config": {"Cmd": ["python3"]},
  "rootfs": {"type": "layers", "diff_ids": ["sha256:$base", "sha256:$top"]},
  "history": [
    {"created_by": "mmdebstrap --variant=minbase --include=python3-minimal $suite"},
    {"created_by": "RUN pip install Pillow==10.0.0"}
  ]
}
JSON
config=$(digest "$layers/config.json")
mv "$layers/config.json" "$layers/$config.json"
mv "$layers/1.tar" "$layers/$base.tar"
mv "$layers/2.tar" "$layers/$top.tar"
printf '[{"Config":"%s.json","RepoTags":["%s"],"Layers":["%s.tar","%s.tar"]}]' \
    "$config" "cofferdam.test/quickstart:latest" "$base" "$top" >"$layers/manifest.json"
tar --create --directory "$layers" --file "$out/image.tar" \
    manifest.json "$config.json" "$base.tar" "$top.tar"
write_truth
