# The words that recipes are written in. build.sh runs this file for one image, as root in a mount
# namespace of its own; nothing else should.
#
# A recipe makes layers with `begin`, `run`, `root` and `layer`, says the package managers' own
# word on what is installed with `truth`, and ends with `finish`.
set -euo pipefail

name=$1 here=$2 images=$3
recipe=$here/$name
work=$images/.work
cache=$images/.cache
out=$work/out
mkdir -p "$out"
: >"$work/truth.tsv"

debian_mirror=${COFFERDAM_DEBIAN_MIRROR:-http://deb.debian.org/debian}
container=

# The overlay driver makes a layer of just what changed. Where the kernel has no overlay on this
# file system, copies of the whole tree do the same, slowly.
storage_driver() {
    local probe=$work/probe
    mkdir -p "$probe"/{lower,upper,work,merged}
    if mount -t overlay overlay "$probe/merged" \
        -o "lowerdir=$probe/lower,upperdir=$probe/upper,workdir=$probe/work" 2>/dev/null; then
        umount "$probe/merged"
        echo overlay
    else
        echo vfs
    fi
}

builder() {
    : "${driver:=$(storage_driver)}"
    buildah --root "$work/store" --runroot "$work/run" --storage-driver "$driver" "$@"
}

policy() {
    echo '{"default":[{"type":"insecureAcceptAnything"}]}' >"$work/policy.json"
    echo "$work/policy.json"
}

# begin [IMAGE]: starts from an image of ours, or from nothing.
begin() {
    if [[ $# -gt 0 ]]; then
        container=$(builder from --signature-policy "$(policy)" \
            "docker-archive:$images/$1/image.tar")
        cp "$images/$1/truth.tsv" "$work/truth.tsv"
    else
        container=$(builder from scratch)
    fi
}

# run [OPTION...] -- COMMAND...: runs a command inside the image.
run() {
    builder run --isolation chroot "${run_options[@]}" "$container" -- "$@"
}
run_options=()

# root: where the image's file system is to be seen.
root() {
    builder mount "$container"
}

# config OPTION...: changes the image's configuration.
config() {
    builder config "$@" "$container"
}

# layer COMMAND: what changed since the last one becomes a layer, made by this command.
layer() {
    local image
    config --created-by "$1"
    builder umount "$container" >/dev/null 2>&1 || true
    image=$(builder commit --quiet --rm "$container")
    echo "$image" >"$work/image"
    container=$(builder from --pull-never "$image")
}

# finish [oci]: writes image.tar, as `docker save` does; with `oci` also OCI layouts, gzip.tar with
# gzip layers in one file and the folder zstd with zstd layers.
finish() {
    local image
    image=$(<"$work/image")
    push() {
        builder push --quiet --signature-policy "$(policy)" "$@"
    }
    push "$image" "docker-archive:$out/image.tar:cofferdam.test/$name:latest"
    if [[ ${1:-} == oci ]]; then
        push "$image" "oci-archive:$out/gzip.tar:latest"
        push --compression-format zstd "$image" "oci:$out/zstd:latest"
    fi
    write_truth
}

# truth KIND: reads lines of `name TAB version [TAB owner]` from a package manager.
truth() {
    sed "s/^/$1\t/" >>"$work/truth.tsv"
}

# secret KIND PLACE [deleted]: what was planted; the value stays in the image.
secret() {
    printf '%s\n' "$*" >>"$work/secrets"
}

# What the previous image knew of this kind is asked again.
forget() {
    sed -i "/^$1\t/d" "$work/truth.tsv"
}

write_truth() {
    LC_ALL=C sort -u "$work/truth.tsv" >"$out/truth.tsv"
    touch "$work/secrets"
    python3 - "$name" "$out" "$work/secrets" <<'PYTHON'
import json
import sys

name, out, secrets = sys.argv[1:]


def read(path, separator, keys):
    with open(path, encoding="utf-8") as file:
        return [dict(zip(keys, line.rstrip("\n").split(separator))) for line in file]


truth = {
    "image": name,
    "packages": read(f"{out}/truth.tsv", "\t", ("kind", "name", "version", "owner")),
    "secrets": read(secrets, " ", ("kind", "place", "state")),
}
with open(f"{out}/truth.json", "w", encoding="utf-8") as file:
    json.dump(truth, file, indent=1)
    file.write("\n")
PYTHON
}

# What dpkg says is installed, asked inside the image.
truth_dpkg() {
    forget deb
    run dpkg-query --show --showformat '${db:Status-Status} ${Package}\t${Version}\n' |
        sed -n 's/^installed //p' | truth deb
}

# debian SUITE: a minimal Debian, from the suite alone, without updates and security.
debian() {
    local target
    begin
    target=$(root)
    mkdir -p "$cache/$1"
    debootstrap --variant=minbase --cache-dir="$cache/$1" \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
        "$1" "$target" "$debian_mirror"
    rm -rf "$target"/var/cache/apt/* "$target"/var/lib/apt/lists/* "$target"/var/log/*
    config --cmd /bin/bash
    truth_dpkg
    layer "debootstrap --variant=minbase $1"
}

# apt_install PACKAGE...: as people write it in a Dockerfile.
apt_install() {
    local suite=$cache/apt
    mkdir -p "$suite/partial"
    run_options=(--volume "$suite:/var/cache/apt/archives")
    run sh -c "apt-get update && DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes --no-install-recommends \
        --option Acquire::Retries=3 $* && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin"
    run_options=()
    truth_dpkg
}

source "$recipe/recipe.sh"
