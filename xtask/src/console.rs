//! The web console: built from its sources, and tried in a real browser.

use crate::{
    command::{Running, check, command, root},
    quickstart, toolchain,
};
use std::{
    fs,
    io::{self, BufRead as _},
    path::{Path, PathBuf},
    process::Stdio,
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

/// Opens every view in a real browser, on the recorded sample. Pictures of them go to `pictures`.
pub(crate) fn browse(pictures: Option<&Path>) -> Result<(), String> {
    let data = root().join("target/browse");
    if data.exists() {
        fs::remove_dir_all(&data).map_err(|error| format!("{}: {error}", data.display()))?;
    }
    fs::create_dir_all(&data).map_err(|error| format!("{}: {error}", data.display()))?;
    // Tests ask no public feed: with what is kept beside the repository, or without any.
    let database = data.join("advisories.cfd");
    if root().join(quickstart::feeds()).is_dir() {
        quickstart::load_advisories(&database)?;
    }
    let mut up = command("target/release/cofferdam");
    up.args(["up", "--sample", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
    up.env("XDG_STATE_HOME", &data).env("COFFERDAM_DATABASE", database);
    let mut server = Running(up.stdout(Stdio::piped()).spawn().map_err(|error| error.to_string())?);
    let out = server.0.stdout.take().ok_or("no output of cofferdam up")?;
    let line = io::BufReader::new(out).lines().map_while(Result::ok).find(|l| l.contains("#code="));
    let line = line.ok_or("cofferdam up did not say where its console is")?;
    let address = line.split_whitespace().last().unwrap_or_default();
    let (url, code) = address.split_once("/#code=").ok_or("cofferdam up gave no code")?;
    let mut browser = command("npm");
    browser.current_dir(folder()).args(["run", "e2e"]).env("BASE_URL", url).env("LOGIN_CODE", code);
    if let Some(pictures) = pictures {
        browser.env("SCREENSHOTS", pictures);
    }
    check(&mut browser)
}
