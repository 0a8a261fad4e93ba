//! The images of `tests/images`, built when they are asked for.

use crate::command::command;
use std::{path::PathBuf, process::Stdio};

/// Builds an image unless it is there already; gives the path of its docker-archive tar, beside
/// which lie what else the recipe makes (`tests/images/README.md`).
pub(crate) fn build(name: &str) -> Result<PathBuf, String> {
    let mut build = command("tests/images/build.sh");
    build.args(["--path", name]).stderr(Stdio::inherit());
    let output = build.output().map_err(|error| format!("tests/images/build.sh: {error}"))?;
    if !output.status.success() {
        return Err(format!("the image {name} could not be built; the reason stands above"));
    }
    let folder = String::from_utf8_lossy(&output.stdout);
    Ok(PathBuf::from(folder.trim_end()).join("image.tar"))
}
