# tools: buildah python3 go cargo cc
#
# Programs on their own, without a distribution: two in Go, one of them stripped, and one in Rust
# with the list of its crates that cargo-auditable writes into it.

auditable=0.7.7
tools=$cache/tools
if [[ ! -x $tools/bin/cargo-auditable ]]; then
    cargo install --quiet --locked --root "$tools" --version "$auditable" cargo-auditable
fi

begin
mkdir "$(root)/bin"
(
    cd "$recipe/go"
    export CGO_ENABLED=0 GOFLAGS=-mod=readonly
    go build -trimpath -buildvcs=false -o "$(root)/bin/ledger" .
)
layer "COPY ledger /bin/"
(
    cd "$recipe/go"
    export CGO_ENABLED=0 GOFLAGS=-mod=readonly
    go build -trimpath -buildvcs=false -ldflags "-s -w" -o "$(root)/bin/agent" ./agent
)
layer "COPY agent /bin/"
(
    cd "$recipe/rust"
    PATH=$tools/bin:$PATH cargo auditable build --quiet --release --locked --target-dir "$work/rust"
    cp "$work/rust/release/tally" "$(root)/bin/"
)
config --entrypoint '["/bin/ledger"]'

# `go version -m`: the toolchain, the main module, each dependency, and what replaces it.
go version -m "$(root)/bin/ledger" "$(root)/bin/agent" | awk -v OFS='\t' '
    function say() { if (path != "") print path, version; path = "" }
    /^[^\t]/ { say(); print "stdlib", substr($NF, 3) }
    $1 == "mod" || $1 == "dep" { say(); path = $2; version = $3 == "(devel)" ? "" : $3 }
    $1 == "=>" { path = $2; version = $3 }
    END { say() }' | truth golang
# What cargo links, without what only builds; the same from the lock file for whoever doubts it.
(cd "$recipe/rust" && cargo tree --locked --edges normal --prefix none --format '{p}') |
    awk -v OFS='\t' '{ print $1, substr($2, 2) }' | sort -u | truth cargo
layer "COPY tally /bin/"
finish
