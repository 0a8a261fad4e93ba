//! The real clusters that tests stand on, each made for its test (`cargo xtask rig up`): that needs
//! root and is cheap once Kubernetes is built. Never one that somebody named: they are broken and
//! taken down here (README.md says which tests use such a one).

#[cfg(test)]
mod chart;
#[cfg(test)]
mod door;
#[cfg(test)]
mod events;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod install;
#[cfg(test)]
mod lifetime;
#[cfg(test)]
mod plain;
#[cfg(test)]
mod recording;
#[cfg(test)]
mod rotation;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// A cluster of the rig's, ended when it is dropped.
#[derive(Debug)]
pub struct Rig {
    name: &'static str,
}

impl Rig {
    /// Starts the cluster of this name, with these options of `cargo xtask rig up`.
    ///
    /// # Panics
    /// When it does not start, with what it says.
    #[must_use]
    pub fn up(name: &'static str, options: &[&str]) -> Self {
        // What an ended test run left of it.
        succeed(&mut xtask(&["down", name]));
        let rig = Self { name };
        succeed(xtask(&["up", name]).args(options));
        rig
    }

    /// Where its kubeconfig is.
    #[must_use]
    pub fn kubeconfig(&self) -> PathBuf {
        self.folder().join("kubeconfig")
    }

    /// `cargo xtask rig` with these words, for this cluster.
    #[must_use]
    pub fn command(&self, words: &[&str]) -> Command {
        let mut command = xtask(words);
        command.env("COFFERDAM_RIG", self.name);
        command
    }

    /// Where everything of it is kept.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        root().join("target/rig").join(self.name)
    }

    /// What kubectl says.
    ///
    /// # Panics
    /// When it fails, with its complaint.
    #[must_use]
    pub fn kubectl(&self, words: &[&str]) -> String {
        let mut command = self.command(&["kubectl"]);
        String::from_utf8_lossy(&succeed(command.args(words)).stdout).into_owned()
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        let _ = xtask(&["down", self.name]).output();
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap_or(Path::new("/")).to_owned()
}

/// `cargo xtask rig` with these words, whatever KUBECONFIG says.
fn xtask(words: &[&str]) -> Command {
    let mut command = cargo(&["xtask", "rig"]);
    command.args(words);
    command
}

fn cargo(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(root()).env_remove("KUBECONFIG").args(words);
    command
}

#[expect(clippy::panic, reason = "tests end here")]
fn succeed(command: &mut Command) -> Output {
    let output = match command.output() {
        Ok(output) => output,
        Err(error) => panic!("{command:?}: {error}"),
    };
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {said}");
    output
}
