//! Kustomizations, built by `kustomize` or `kubectl`.

use super::{
    Rendered, RenderedFile, Tools, canonical,
    helm::{complaint, failed},
    process::{offline, run},
    resources, shown,
};
use cofferdam_bounds::Meter;
use cofferdam_manifest::read;
use cofferdam_model::{Diagnostic, Exit};
use std::{path::Path, sync::Arc};

/// The manifests of the kustomization in a folder.
pub fn kustomize(folder: &Path, tools: &Tools) -> Result<Rendered, Diagnostic> {
    let cannot = || {
        Diagnostic::new(Exit::NotAssessed, "cannot build the kustomization").at(folder.display())
    };
    let with = |name: &'static str, verb: &'static str| Some((tools.find(name)?, verb));
    let (program, verb) =
        with("kustomize", "build").or_else(|| with("kubectl", "kustomize")).ok_or_else(|| {
            cannot().because("neither kustomize nor kubectl is installed").remedy(
                "install one of them, or check what they give: kubectl kustomize DIRECTORY | \
                 cofferdam check -",
            )
        })?;
    let place = canonical(folder)?;
    let home = tempfile::tempdir().map_err(|error| {
        Diagnostic::new(Exit::Infrastructure, "cannot make a temporary folder").because(error)
    })?;
    let mut command = offline(&program, home.path());
    command.current_dir(home.path()).arg(verb).arg(&place);
    let output = run(command, tools).map_err(|failure| failed(cannot(), &failure))?;
    if !output.succeeded {
        let complaint = complaint(&output.stderr);
        let is_remote = ["git", "http", "dial tcp", "proxyconnect"];
        let remedy = if is_remote.iter().any(|word| complaint.contains(word)) {
            "bases are not fetched: build it where they can be, and check what comes out"
        } else {
            "see what it says by itself: kubectl kustomize"
        };
        return Err(cannot().because(complaint).remedy(remedy));
    }
    let path = resources::kustomization(folder).unwrap_or_else(|| folder.to_owned());
    let text: Arc<str> = String::from_utf8_lossy(&output.stdout).into();
    let meter = Meter::default();
    let built = read(&shown(&path), text.clone(), &meter);
    let origins = resources::origins(&built, &resources::resources(folder, &meter));
    Ok(Rendered { files: vec![RenderedFile { path: shown(&path), text, origins }] })
}
