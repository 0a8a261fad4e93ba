//! Running the release binary as a person would, in a home of its own.

use serde_json::Value;
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};
use tempfile::TempDir;

/// The top of the repository.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Where scenarios keep what is made once, out of the way of the sources.
pub(crate) fn shared(name: &str) -> PathBuf {
    let folder = root().join("target/product");
    fs::create_dir_all(&folder).unwrap();
    folder.join(name)
}

/// The optimised binary, which `cargo xtask test` builds before it runs this, or the one that
/// COFFERDAM_BINARY names.
pub(crate) fn binary() -> PathBuf {
    let named = std::env::var_os("COFFERDAM_BINARY").map(PathBuf::from);
    let path = named.unwrap_or_else(|| root().join("target/release/cofferdam"));
    assert!(path.exists(), "run `cargo build --release -p cofferdam`: {}", path.display());
    path
}

/// All of a file of ours.
#[expect(clippy::disallowed_methods, reason = "a file that this test made or asked for")]
pub(crate) fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The same as text.
pub(crate) fn read_text(path: &Path) -> String {
    String::from_utf8(read(path)).unwrap()
}

/// A home directory that nobody used before, and is gone afterwards.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    /// `cofferdam …` with nothing of this machine's environment but where programs are.
    pub(crate) fn cofferdam(&self, words: &[&str]) -> Invocation {
        let mut command = Command::new(binary());
        command.args(words).stdin(Stdio::null()).current_dir(self.folder.path());
        self.clean(&mut command);
        Invocation { command }
    }

    /// The same for any program.
    pub(crate) fn clean(&self, command: &mut Command) {
        let path = std::env::var_os("PATH").unwrap_or_default();
        command.env_clear().env("PATH", path).env("HOME", self.folder.path());
    }

    /// `cofferdam scan TARGET`.
    pub(crate) fn scan(&self, target: impl AsRef<OsStr>) -> Invocation {
        self.cofferdam(&["scan"]).with(target)
    }
}

/// One run to come.
pub(crate) struct Invocation {
    pub(crate) command: Command,
}

impl Invocation {
    pub(crate) fn with(mut self, word: impl AsRef<OsStr>) -> Self {
        self.command.arg(word);
        self
    }

    pub(crate) fn words(mut self, words: &[&str]) -> Self {
        self.command.args(words);
        self
    }

    pub(crate) fn database(self, path: impl AsRef<OsStr>) -> Self {
        self.with("--database").with(path)
    }

    pub(crate) fn run(mut self) -> Run {
        Run::of(self.command.output().unwrap())
    }

    /// Runs with the JSON report on standard output, and reads it.
    #[track_caller]
    pub(crate) fn report(self) -> Report {
        let run = self.words(&["-o", "json"]).run();
        let json: Value = serde_json::from_str(&run.stdout)
            .unwrap_or_else(|error| panic!("{error}: {}{}", run.stdout, run.stderr));
        assert_eq!(json["decision"]["exitCode"], run.code, "the exit code is in the report");
        Report { json, code: run.code }
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// What every run must keep: no bug, nothing for a terminal where there is none.
    #[track_caller]
    pub(crate) fn of(output: Output) -> Self {
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let code = output.status.code().unwrap_or_else(|| panic!("{}: {stderr}", output.status));
        assert!(!stderr.contains("bug:"), "{stderr}");
        for text in [&stdout, &stderr] {
            assert!(!text.contains('\x1b'), "ANSI in a pipe: {text:?}");
        }
        Self { code, stdout, stderr }
    }

    /// Fails with everything that was said, unless the code is this.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\n{}{}", self.stdout, self.stderr);
        self
    }

    /// Fails unless standard error has all of these.
    #[track_caller]
    pub(crate) fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is not in:\n{}", self.stderr);
        }
        self
    }
}

/// A JSON report.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) json: Value,
    pub(crate) code: i32,
}

impl Report {
    /// The outcome of a policy: `pass`, `fail`, `unknown`.
    #[track_caller]
    pub(crate) fn outcome(&self, code: &str) -> &str {
        self.verdict(code)["outcome"].as_str().unwrap()
    }

    #[track_caller]
    pub(crate) fn verdict(&self, code: &str) -> &Value {
        let found = self.list("verdicts").iter().find(|verdict| verdict["code"] == code);
        found.unwrap_or_else(|| panic!("no verdict {code}"))
    }

    #[track_caller]
    pub(crate) fn list(&self, name: &str) -> &[Value] {
        self.json[name].as_array().unwrap_or_else(|| panic!("{name} is no list"))
    }

    /// The codes of all problems, each once.
    pub(crate) fn problems(&self) -> Vec<&str> {
        let codes = self.list("problems").iter().map(|problem| problem["code"].as_str().unwrap());
        let mut codes: Vec<&str> = codes.collect();
        codes.sort_unstable();
        codes.dedup();
        codes
    }

    /// Fails unless there is this problem.
    #[track_caller]
    pub(crate) fn has_problem(&self, code: &str) {
        let problems = &self.json["problems"];
        assert!(self.problems().contains(&code), "{code} is not among {problems:#}");
    }

    /// Code and digest of each verdict.
    pub(crate) fn digests(&self) -> Vec<(String, String)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let verdicts = self.list("verdicts").iter();
        verdicts.map(|verdict| (text(&verdict["code"]), text(&verdict["digest"]))).collect()
    }
}
