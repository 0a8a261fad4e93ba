//! The daily proof.

use crate::{
    command::{cargo, check},
    console, setup,
};

/// Tests that need a Kubernetes of their own: building one takes a quarter of an hour, and pods need
/// the rights of root. They are part of the long proof.
const CLUSTERS: &[&str] = &["cofferdam-cluster-tests", "cofferdam-rig"];

/// Runs them.
pub(crate) fn clusters() -> Result<(), String> {
    let packages = CLUSTERS.iter().flat_map(|package| ["--package", package]);
    check(cargo().args(["test", "--locked", "--no-fail-fast"]).args(packages))
}

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
    let apart = CLUSTERS.iter().flat_map(|package| ["--exclude", package]);
    check(cargo().args(["test", "--workspace", "--locked", "--no-fail-fast"]).args(apart))?;
    console::browse(None)
}
