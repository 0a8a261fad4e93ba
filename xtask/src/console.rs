//! The web console: built from its sources, and tried in a real browser.

use crate::{
    command::{check, command, root},
    toolchain,
};
use std::{
    fs, io,
    path::{Path, PathBuf},
    time::SystemTime,
};

/// What the built console depends on.
const SOURCES: &[&str] = &["src", "public", "index.html", "package-lock.json", "vite.config.ts"];

fn folder() -> PathBuf {
    root().join("console")
}

/// Builds `console/dist`, which the binary carries, unless it is newer than its sources.
pub(crate) fn build() -> Result<(), String> {
    toolchain::node()?;
    packages()?;
    let console = folder();
    let built = modified(&console.join("dist/index.html"));
    let sources = SOURCES.iter().map(|source| newest(&console.join(source)));
    let changed = sources.collect::<io::Result<Vec<_>>>().map_err(|error| error.to_string())?;
    if built.is_ok_and(|built| changed.iter().all(|changed| *changed < built)) {
        return Ok(());
    }
    check(command("npm").current_dir(&console).args(["run", "build"]))
}

/// Lints, types and unit tests.
pub(crate) fn test() -> Result<(), String> {
    check(command("npm").current_dir(folder()).args(["run", "check"]))
}

/// Installs what `package-lock.json` names, when it names something else than last time.
fn packages() -> Result<(), String> {
    let console = folder();
    let lock = console.join("package-lock.json");
    let installed = console.join("node_modules/.package-lock.json");
    let is_current = || Ok::<_, io::Error>(modified(&lock)? <= modified(&installed)?);
    if is_current().unwrap_or(false) {
        return Ok(());
    }
    let mut npm = command("npm");
    npm.current_dir(&console).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
    check(&mut npm)
}

fn modified(path: &Path) -> io::Result<SystemTime> {
    fs::metadata(path)?.modified()
}

/// When a file, or any file below a folder, was last changed.
fn newest(path: &Path) -> io::Result<SystemTime> {
    let mut newest = modified(path)?;
    if path.is_dir() {
        for entry in fs::read_dir(path)? {
            newest = newest.max(self::newest(&entry?.path())?);
        }
    }
    Ok(newest)
}
