# Images with an rpm database, written by rpm itself from small packages built by rpmbuild: those
# of Debian trixie, the first whose rpm writes SUSE's ndb format besides SQLite. Recipes of both
# source this file.

mkdir -p "$work/rpm"

# package NAME VERSION RELEASE [LINE...]: describes one; further lines go to its preamble.
package() {
    {
        printf 'Name: %s\nVersion: %s\nRelease: %s\n' "$1" "$2" "$3"
        printf 'Summary: %s\nLicense: MIT\n' "$1"
        [[ $# -lt 4 ]] || printf '%s\n' "${@:4}"
        printf '%%description\nFor the test image.\n'
        printf '%%install\nmkdir -p %%{buildroot}/usr/share/doc/%s\n' "$1"
        printf 'echo %s >%%{buildroot}/usr/share/doc/%s/README\n' "$1" "$1"
        printf '%%files\n/usr/share/doc/%s\n' "$1"
    } >"$work/rpm/$1.spec"
}

# database BACKEND PATH: builds the packages and installs them, in Debian trixie, into an empty
# root; tells what rpm then says, and leaves the root at $work/rpm/root.
database() {
    begin debian-trixie
    apt_install rpm
    cat >"$work/rpm/build.sh" <<TEXT
set -e
cd /mnt
rpmbuild -bb --quiet --target x86_64 --define '_topdir /mnt' --define 'debug_package %{nil}' \
    --define '_build_id_links none' *.spec
rpm="rpm --root /mnt/root --dbpath $2 --define _db_backend\ $1"
mkdir -p "/mnt/root$2"
eval "\$rpm" --initdb
eval "\$rpm" --install --nodeps --noscripts RPMS/x86_64/*.rpm
eval "\$rpm" --query --all --queryformat \
    "'%{NAME}\\t%|EPOCH?{%{EPOCH}:}|%{VERSION}-%{RELEASE}\\n'" >installed
TEXT
    run_options=(--volume "$work/rpm:/mnt")
    run sh /mnt/build.sh
    run_options=()
    # Nothing of trixie is in the image.
    : >"$work/truth.tsv"
    truth rpm <"$work/rpm/installed"
}
