//! The house rules as tests: `cargo test -p xtask`.

mod dependencies;
mod files;
mod rules;

use crate::command::root;
use std::{fs, path::PathBuf, process::Command};

/// Every file git tracks or would track, relative to the root.
fn tracked(suffix: &str) -> Vec<PathBuf> {
    let listed = Command::new("git")
        .current_dir(root())
        .args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"])
        .output()
        .unwrap();
    assert!(listed.status.success(), "the tidy test wants a git checkout");
    let text = String::from_utf8(listed.stdout).unwrap();
    text.split('\0')
        .filter(|path| !path.is_empty() && path.ends_with(suffix))
        .map(PathBuf::from)
        .filter(|path| root().join(path).is_file())
        .collect()
}

fn text(path: &PathBuf) -> String {
    let bytes = fs::read_to_string(root().join(path));
    bytes.unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Fails with all complaints at once: a tidy run that stops at the first is a slow one.
fn none(complaints: &[String]) {
    assert!(complaints.is_empty(), "\n{}\n", complaints.join("\n"));
}
