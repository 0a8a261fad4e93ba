#!/usr/bin/env bash
# Builds test images into target/images/NAME, each once: an image is built again only when its
# recipe changes. Safe to interrupt and to run in parallel.
#
#     tests/images/build.sh NAME...     build these, and what they stand on
#     tests/images/build.sh --list      the names
#     tests/images/build.sh --path NAME build it and print its folder
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
images=${COFFERDAM_IMAGES:-$(cd "$here/../.." && pwd)/target/images}

fail() {
    echo "tests/images: $*" >&2
    exit 1
}

names() {
    (cd "$here" && ls -d */recipe.sh | sed 's,/recipe.sh,,')
}

# A line `# from: NAME` in a recipe names the image it stands on.
base_of() {
    sed -n 's/^# from: //p' "$here/$1/recipe.sh"
}

# What the image is made of: recipe, its sources, the words it uses, its base.
key_of() {
    local base
    base=$(base_of "$1")
    {
        [[ -z $base ]] || key_of "$base"
        cd "$here"
        # A line `# uses: FILE` in a recipe names a file it shares with others.
        uses=$(sed -n "s/^# uses: //p" "$1/recipe.sh")
        find "$1" lib.sh $uses -type f -print0 | sort -z | xargs -0 sha256sum
    } | sha256sum | cut -d ' ' -f 1
}

is_built() {
    [[ -f $images/$1/.complete && $(<"$images/$1/.complete") == "$(key_of "$1")" ]]
}

build() {
    local name=$1 base work=$images/.work started=$SECONDS
    is_built "$name" && return
    base=$(base_of "$name")
    [[ -z $base ]] || build "$base"
    # Rootless images say so; the rest unpack other systems and enter them.
    if ! grep -q '^# rootless' "$here/$name/recipe.sh" && [[ $(id -u) != 0 ]]; then
        fail "building the image $name needs root: run this once with sudo"
    fi
    "$here/setup.sh" --check "$name"
    rm -rf --one-file-system "$work" "${images:?}/$name"
    mkdir -p "$work" "$images/.cache"
    echo "tests/images: building $name (log: $images/$name.log)" >&2
    # Mounts made by the recipe end with its namespace, whatever happens to it.
    local enter=()
    [[ $(id -u) != 0 ]] || enter=(unshare --mount --propagation private --)
    if ! "${enter[@]}" bash "$here/lib.sh" "$name" "$here" "$images" \
        >"$images/$name.log" 2>&1 </dev/null; then
        tail -n 20 "$images/$name.log" >&2
        fail "building the image $name failed; the whole log is $images/$name.log"
    fi
    key_of "$name" >"$work/out/.complete"
    mv "$work/out" "$images/$name"
    rm -rf --one-file-system "$work"
    echo "tests/images: built $name in $((SECONDS - started)) s" >&2
}

[[ $# -gt 0 ]] || fail "which image? one or more of: $(names | tr '\n' ' ')"
if [[ $1 == --list ]]; then
    names
    exit
fi
print=
if [[ $1 == --path ]]; then
    print=yes
    shift
fi
for name in "$@"; do
    [[ -f $here/$name/recipe.sh ]] || fail "no image is called $name; there are: $(names | tr '\n' ' ')"
    if ! is_built "$name"; then
        mkdir -p "$images"
        exec 9>"$images/.lock"
        flock 9
        build "$name"
        exec 9>&-
    fi
    [[ -z $print ]] || echo "$images/$name"
done
