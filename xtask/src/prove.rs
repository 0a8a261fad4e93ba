//! `make prove`: what takes longer than a developer waits. Its results go into
//! SPECIFICATION.md, between the markers, with date and commit.

use crate::{
    bench,
    command::{check, command, find, root},
    fuzz, oracles, rig, test,
};
use std::{fs, process::Command, time::Instant};

const BEGIN: &str = "<!-- proof: begin -->";
const END: &str = "<!-- proof: end -->";

/// Seconds of fuzzing for each target; `FUZZ_SECONDS` says otherwise.
const FUZZ_SECONDS: &str = "120";

/// Runs the whole proof. A step that fails is written down as failed and the rest still runs; what
/// is proven is written after each step, for the whole takes hours and may be interrupted.
pub(crate) fn run() -> Result<(), String> {
    let seconds = std::env::var_os("FUZZ_SECONDS").and_then(|seconds| seconds.into_string().ok());
    let seconds = seconds.unwrap_or_else(|| FUZZ_SECONDS.to_owned());
    let mut proof = Proof::begin()?;
    proof.step("`make test`", test::run)?;
    proof.step("the watch, the rig and the chart, on a real Kubernetes", test::clusters)?;
    proof.step("cargo-deny: licences, bans, sources", deny)?;
    proof.step("osv-scanner goldens made afresh and unchanged", goldens)?;
    proof.step("what Kubernetes' own code says, asked afresh and unchanged", kubernetes)?;
    proof.step("admission verdicts of a real API server made afresh and unchanged", admission)?;
    let parity = format!("check and webhook on a real API server, {} objects", rig::PARITY);
    proof.step(&parity, || rig::parity(rig::PARITY))?;
    proof.step("BuildKit's reading of the Dockerfiles made afresh and unchanged", buildkit)?;
    let fuzzing = format!("fuzzing {} targets for {seconds} s each", fuzz::targets()?.len());
    proof.step(&fuzzing, || fuzz::run("all", &seconds))?;
    let mut tables = String::new();
    proof.step("benchmark within its promises", || {
        let measured = bench::measure()?;
        tables.clone_from(&measured.tables);
        measured.kept()
    })?;
    proof.end(tables.trim_end())
}

/// What was proven so far.
struct Proof {
    lines: Vec<String>,
    failed: Vec<String>,
}

impl Proof {
    fn begin() -> Result<Self, String> {
        let lines = vec![
            format!("Run on {} at commit {}.", today()?, commit()?),
            String::new(),
            "| step | result |".to_owned(),
            "|---|---|".to_owned(),
        ];
        Ok(Self { lines, failed: Vec::new() })
    }

    fn step(
        &mut self,
        name: &str,
        prove: impl FnOnce() -> Result<(), String>,
    ) -> Result<(), String> {
        let began = Instant::now();
        let said = match prove() {
            Ok(()) => "passed".to_owned(),
            Err(error) => {
                self.failed.push(name.to_owned());
                format!("FAILED: {}", error.lines().next().unwrap_or_default())
            }
        };
        let minutes = began.elapsed().as_secs_f32() / 60.0;
        self.lines.push(format!("| {name} | {said}, {minutes:.1} min |"));
        write(&format!("{}\n\nThe rest was not run.", self.lines.join("\n")))
    }

    fn end(mut self, tables: &str) -> Result<(), String> {
        if !tables.is_empty() {
            self.lines.extend([String::new(), "```".into(), tables.into(), "```".into()]);
        }
        write(&self.lines.join("\n"))?;
        if self.failed.is_empty() {
            Ok(())
        } else {
            Err(format!("failed: {}", self.failed.join(", ")))
        }
    }
}

fn deny() -> Result<(), String> {
    if find("cargo-deny").is_none() {
        check(command("cargo").args(["install", "--locked", "cargo-deny", "--version", "0.20.2"]))?;
    }
    check(command("cargo").args(["deny", "check", "licenses", "bans", "sources"]))
}

fn goldens() -> Result<(), String> {
    check(command("bash").args(["tests/goldens/osv-scanner/make.sh"]))?;
    unchanged(&["tests/goldens"])
}

fn kubernetes() -> Result<(), String> {
    oracles::ask_kubernetes()?;
    unchanged(&[
        "tests/goldens/pod-security",
        "crates/manifest/corpus/defaults",
        "crates/cel/corpus/kubernetes",
        "rules/schema",
    ])
}

fn admission() -> Result<(), String> {
    rig::admission()?;
    unchanged(&["tests/goldens/admission/apiserver.txt"])
}

fn buildkit() -> Result<(), String> {
    oracles::ask_buildkit()?;
    unchanged(&["crates/manifest/corpus/dockerfile", "crates/manifest/corpus/dockerfile.json"])
}

fn unchanged(paths: &[&str]) -> Result<(), String> {
    let changed = line(command("git").args(["status", "--porcelain", "--"]).args(paths))?;
    if changed.is_empty() { Ok(()) } else { Err(format!("changed: {changed}")) }
}

fn today() -> Result<String, String> {
    line(Command::new("date").args(["--utc", "+%Y-%m-%d"]))
}

fn commit() -> Result<String, String> {
    // A tree with changes says so: a proof is of a commit.
    line(command("git").args(["describe", "--always", "--abbrev=12", "--dirty=, with changes"]))
}

fn line(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Replaces what stands between the markers.
fn write(results: &str) -> Result<(), String> {
    let path = root().join("SPECIFICATION.md");
    let document =
        fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let (before, rest) =
        document.split_once(BEGIN).ok_or("SPECIFICATION.md has no begin marker")?;
    let (_, after) = rest.split_once(END).ok_or("SPECIFICATION.md has no end marker")?;
    let document = format!("{before}{BEGIN}\n{results}\n{END}{after}");
    fs::write(&path, document).map_err(|error| format!("{}: {error}", path.display()))
}
