# Two commands: `make run` shows the product, `make test` proves it. Everything else a script
# would do is in xtask (cargo xtask help).

.PHONY: run test prove bench

run: ## Build the release binary, take or make an image, load advisories, scan, explain.
	cargo xtask run $(IMAGE)

test: ## Set up and run every test: minutes when cold, seconds when warm.
	cargo xtask test

prove: ## The long proof: fuzzing time, oracles and peers run afresh; results go to SPECIFICATION.md.
	cargo xtask prove

bench: ## The scanner against its floor and against peers that are installed.
	cargo xtask bench
