//! `make prove`: what takes longer than a developer waits. Its results go into
//! SPECIFICATION.md, between the markers, with date and commit.

use crate::{
    bench,
    command::{check, command, find, root},
    fuzz, oracles, rig, test,
};
use std::{fs, process::Command};

const BEGIN: &str = "<!-- proof: begin -->";
const END: &str = "<!-- proof: end -->";

/// Seconds of fuzzing for each target; `FUZZ_SECONDS` says otherwise.
const FUZZ_SECONDS: &str = "120";

/// Runs the whole proof. A step that fails is written down as failed and the rest still runs.
pub(crate) fn run() -> Result<(), String> {
    let seconds = std::env::var_os("FUZZ_SECONDS").and_then(|seconds| seconds.into_string().ok());
    let seconds = seconds.unwrap_or_else(|| FUZZ_SECONDS.to_owned());
    let mut lines = vec![
        format!("Run on {} at commit {}.", today()?, commit()?),
        String::new(),
        "| step | result |".to_owned(),
        "|---|---|".to_owned(),
    ];
    let mut failed = Vec::new();
    let mut step = |name: String, result: Result<(), String>| {
        let text = match result {
            Ok(()) => "passed".to_owned(),
            Err(error) => {
                failed.push(name.clone());
                format!("FAILED: {}", error.lines().next().unwrap_or_default())
            }
        };
        lines.push(format!("| {name} | {text} |"));
    };
    step("`make test`".into(), test::run());
    step("the watch, the rig and the chart, on a real Kubernetes".into(), test::clusters());
    step("cargo-deny: licences, bans, sources".into(), deny());
    step("osv-scanner goldens made afresh and unchanged".into(), goldens());
    step("what Kubernetes' own code says, asked afresh and unchanged".into(), kubernetes());
    step("admission verdicts of a real API server made afresh and unchanged".into(), admission());
    step(
        format!("check, audit and webhook on a real API server, {} objects", rig::PARITY),
        rig::parity(rig::PARITY),
    );
    step("BuildKit's reading of the Dockerfiles made afresh and unchanged".into(), buildkit());
    let fuzzed = fuzz::all(&seconds);
    let targets = fuzzed.as_ref().map_or_else(|_| "all".to_owned(), ToString::to_string);
    step(format!("fuzzing {targets} targets for {seconds} s each"), fuzzed.map(drop));
    let tables = bench::measure();
    step("benchmark within its promises".into(), tables.as_ref().map(|_| ()).map_err(Clone::clone));
    lines.extend([
        String::new(),
        "```".into(),
        tables.unwrap_or_default().trim_end().into(),
        "```".into(),
    ]);
    write(&lines.join("\n"))?;
    if failed.is_empty() { Ok(()) } else { Err(format!("failed: {}", failed.join(", "))) }
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
