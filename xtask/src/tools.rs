//! The programs of others that tests start, built from Go modules into `target/tools`.

use crate::command::{check, command, root};

/// Program, version, package. Each has a folder of its own, named by its version, so that a new
/// version is built and an old one is not taken for it.
const TOOLS: &[(&str, &str, &str)] = &[
    ("helm", "v3.22.0", "helm.sh/helm/v3/cmd/helm"),
    // Newer ones need a newer Go.
    ("kustomize", "v5.8.1", "sigs.k8s.io/kustomize/kustomize/v5"),
];

/// Builds what is not there yet; the first time takes minutes.
pub(crate) fn run() -> Result<(), String> {
    for (program, version, package) in TOOLS {
        let folder = root().join("target/tools").join(format!("{program}-{version}"));
        if folder.join(program).is_file() {
            continue;
        }
        println!("building {program} {version}");
        let package = format!("{package}@{version}");
        check(command("go").env("GOBIN", &folder).args(["install", &package]))?;
    }
    Ok(())
}
