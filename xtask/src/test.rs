//! The daily proof.

use crate::{
    command::{cargo, check},
    console, setup,
};

/// Sets up, then format, lints and tests. Clippy before tests: it is the quicker answer.
pub(crate) fn run() -> Result<(), String> {
    setup::run()?;
    console::build()?;
    console::test()?;
    check(cargo().args(["fmt", "--all", "--check"]))?;
    check(
        cargo()
            .args(["clippy", "--workspace", "--all-targets", "--locked"])
            .args(["--", "--deny", "warnings"]),
    )?;
    // The scenarios run the real, optimised binary.
    check(cargo().args(["build", "--release", "--locked", "--package", "cofferdam"]))?;
    check(cargo().args(["test", "--workspace", "--locked", "--no-fail-fast"]))
}
