//! `make bench`: the scanner against its floor and against the peers that are installed, the door,
//! the whole server and the pages of its lists against what is promised.

use crate::{
    command::{cargo, check, command, find},
    quickstart,
};
use std::{path::PathBuf, process::Command};

/// Enough for a stable median on a quiet machine.
const RUNS: &str = "5";
/// Seconds of reviews at the door.
const REVIEWED: &str = "20";
/// Applications of a cluster of 10,000 pods, before which reviews are sent over TLS.
const BEFORE: &str = "250";
/// Applications of a cluster of 100,000 pods.
const APPLICATIONS: &str = "2500";
/// Images that run there, and what is found in each.
const IMAGES: &str = "2000";
const FINDINGS: &str = "50";
/// Reviews a second at its door meanwhile.
const BESIDE: &str = "100";
/// How often each page is asked for: what is read from the disk the first time is not the 95th of
/// 100.
const ROUNDS: &str = "40";

/// Measures, and prints what came out.
pub(crate) fn run() -> Result<(), String> {
    measure()?.kept()
}

/// What was measured, and which promises were broken by it.
#[derive(Default)]
pub(crate) struct Measured {
    pub(crate) tables: String,
    broken: Vec<String>,
}

impl Measured {
    /// Whether every promise was kept, or which were not.
    pub(crate) fn kept(&self) -> Result<(), String> {
        if self.broken.is_empty() { Ok(()) } else { Err(self.broken.join("; ")) }
    }

    /// Runs it, prints what came out, and keeps that.
    fn add(&mut self, title: &str, mut bench: Command) -> Result<(), String> {
        let output = bench.output().map_err(|error| error.to_string())?;
        let table = format!("{title}\n{}", String::from_utf8_lossy(&output.stdout));
        println!("\n{table}");
        self.tables.push_str(&table);
        if !output.status.success() {
            let why = String::from_utf8_lossy(&output.stderr);
            println!("{}", why.trim());
            self.broken.push(format!("{title}: {}", why.trim()));
        }
        Ok(())
    }
}

/// Measures everything: what breaks a promise ends nothing.
pub(crate) fn measure() -> Result<Measured, String> {
    check(cargo().args(["build", "--release", "--locked", "--package", "cofferdam"]))?;
    check(cargo().args(["build", "--release", "--locked", "--package", "cofferdam-bench"]))?;
    let image = crate::images::build("python-app")?;
    let database = PathBuf::from("target/advisories.cfd");
    quickstart::load_advisories(&database)?;
    let mut measured = Measured::default();
    for tar in [image.clone(), image.with_file_name("gzip.tar")] {
        let layers = if tar == image { "plain layers" } else { "gzip layers" };
        let tar = tar.display().to_string();
        let mut bench = command("target/release/bench");
        bench.args(["compare", RUNS, &tar]);
        if database.is_file() {
            bench.env("COFFERDAM_DATABASE", &database);
        }
        bench.args(["--", "cofferdam", "target/release/cofferdam", "scan", &tar]);
        if find("trivy").is_some() {
            bench.args(["--", "trivy packages", "trivy", "image", "--offline-scan"]);
            bench.args(["--skip-db-update", "--skip-java-db-update", "--format", "cyclonedx"]);
            bench.args(["--input", &tar]);
        }
        if find("syft").is_some() {
            bench.args(["--", "syft packages", "syft", "scan", "-o", "cyclonedx-json"]);
            bench.arg(format!("docker-archive:{tar}"));
        }
        measured.add(&format!("python-app, {layers}"), bench)?;
    }
    measured.add("manifests", manifests())?;
    let own = "target/release/cofferdam";
    measured.add("advisories", bench(&["advisories", "target/bench/advisories", own]))?;
    measured.add("the door of a cluster", bench(&["reviews", REVIEWED]))?;
    let (folder, program) = ("target/bench/server", "target/release/cofferdam");
    let door = ["door", BEFORE, REVIEWED, folder, program];
    measured.add("the door over TLS", bench(&door))?;
    let server = ["server", APPLICATIONS, RUNS, folder, program, IMAGES, FINDINGS, BESIDE];
    let mut server = bench(&server);
    server.env("COFFERDAM_DATABASE", &database);
    measured.add("the whole server", server)?;
    let store = "sqlite:target/bench/pages.db";
    measured.add("pages of lists", bench(&["store", store, ROUNDS]))?;
    measured.add("pages of the console", bench(&["pages", store, ROUNDS]))?;
    Ok(measured)
}

/// Ten thousand manifests.
fn manifests() -> Command {
    let mut bench = command("target/release/bench");
    bench.args(["check", RUNS, "target/bench", "target/release/cofferdam"]);
    if find("kube-linter").is_some() {
        bench.args(["--", "kube-linter", "kube-linter", "lint"]);
    }
    bench
}

fn bench(words: &[&str]) -> Command {
    let mut bench = command("target/release/bench");
    bench.args(words);
    bench
}
