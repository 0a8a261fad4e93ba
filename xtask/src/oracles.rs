//! The Go modules whose test data our tests read, downloaded to `target/oracles`.

use crate::command::{check, command, root};

/// What `tests/oracles` reads, each at the version that its tests name.
const MODULES: &[&str] = &["cel.dev/expr@v0.25.3", "k8s.io/pod-security-admission@v0.37.2"];

/// Downloads what is not there yet.
pub(crate) fn run() -> Result<(), String> {
    let folder = root().join("target/oracles");
    let missing: Vec<&str> =
        MODULES.iter().copied().filter(|module| !folder.join(module).is_dir()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    // A module cache of its own, so that the tests know where things are; and one that can be
    // deleted with the rest of `target`.
    let mut go = command("go");
    go.env("GOMODCACHE", &folder).env("GOFLAGS", "-modcacherw").args(["mod", "download"]);
    check(go.args(missing))
}
