#!/usr/bin/env bash
# Sees to it that the system packages which the test images need are there.
#
#     tests/images/setup.sh                 install what is missing (root, Debian or Ubuntu)
#     tests/images/setup.sh --check NAME... say what is missing for these images, change nothing
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
keyring_package=debian-archive-keyring

# The package that has a tool: the same names on Debian and Ubuntu.
package_of() {
    case $1 in
        buildah) echo "buildah" ;;
        cc) echo "gcc libc6-dev" ;;
        debootstrap) echo "debootstrap $keyring_package" ;;
        mmdebstrap) echo "mmdebstrap uidmap $keyring_package" ;;
        go) echo "golang-go" ;;
        javac) echo "default-jdk-headless" ;;
        mvn) echo "maven" ;;
        node) echo "nodejs" ;;
        unshare) echo "util-linux" ;;
        sha256sum) echo "coreutils" ;;
        dpkg-query) echo "dpkg" ;;
        pip) echo "python3-pip" ;;
        *) echo "$1" ;;
    esac
}

has() {
    case $1 in
        # Debian's packages are checked against Debian's keys, on Ubuntu too.
        debootstrap | mmdebstrap) [[ -f $keyring ]] && command -v "$1" >/dev/null ;;
        pip) python3 -m pip --version >/dev/null 2>&1 ;;
        *) command -v "$1" >/dev/null ;;
    esac
}

# A line `# tools: A B` in a recipe names the programs it runs.
tools_of() {
    sed -n 's/^# tools: //p' "${@/%//recipe.sh}" | tr ' ' '\n' | sort -u
}

cd "$here"
check=
if [[ ${1:-} == --check ]]; then
    check=yes
    shift
fi
[[ $# -gt 0 ]] || set -- $(ls -d */recipe.sh | sed 's,/recipe.sh,,')

missing=()
packages=()
for tool in flock unshare $(tools_of "$@"); do
    has "$tool" && continue
    missing+=("$tool")
    packages+=($(package_of "$tool"))
done
[[ ${#missing[@]} -gt 0 ]] || exit 0

install="apt-get install --no-install-recommends ${packages[*]}"
if [[ -n $check ]]; then
    echo "tests/images: missing: ${missing[*]}. Install with: sudo $install" >&2
    exit 1
fi
if [[ $(id -u) != 0 ]]; then
    echo "tests/images: missing: ${missing[*]}. Installing them needs root: sudo $install" >&2
    exit 1
fi
command -v apt-get >/dev/null || {
    echo "tests/images: missing: ${missing[*]}; this machine has no apt-get to install them with" >&2
    exit 1
}
apt-get update -q
DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${packages[@]}"
