# Two commands: `make run` shows the product, `make test` tries it. Everything else a script
# would do is in xtask (cargo xtask help).

.PHONY: run scan test prove bench need

run: need ## The console on the recorded sample; CLUSTER=rig makes a real cluster, CLUSTER=<context> watches yours.
	cargo xtask run $(CLUSTER)

scan: need ## Scan IMAGE (an archive or a reference), or a Debian image made here.
	cargo xtask scan $(IMAGE)

test: need ## Set up and run every test that needs no cluster: half an hour when cold, minutes when warm.
	cargo xtask test

prove: need ## The long proof: make test, real clusters (as root), fuzzing, oracles and peers afresh, bench; results go to SPECIFICATION.md.
	cargo xtask prove

bench: need ## The scanner against its floor and against peers that are installed.
	cargo xtask bench

need:
	@command -v cargo >/dev/null || { echo "this needs Rust: https://rustup.rs"; exit 1; }
	@command -v cc >/dev/null || { echo "this needs a C compiler: sudo apt-get install -y gcc libc6-dev"; exit 1; }
