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
/// Applications of a cluster of 100,000 pods.
const APPLICATIONS: &str = "2500";
/// How often each page is asked for.
const ROUNDS: &str = "10";

/// Measures on the 640 MiB Python image of the tests, and prints what came out.
pub(crate) fn run() -> Result<(), String> {
    measure().map(|_| ())
}

/// The same, and gives the tables.
pub(crate) fn measure() -> Result<String, String> {
    check(cargo().args(["build", "--release", "--locked", "--package", "cofferdam"]))?;
    check(cargo().args(["build", "--release", "--locked", "--package", "cofferdam-bench"]))?;
    let image = crate::images::build("python-app")?;
    let database = PathBuf::from("target/advisories.cfd");
    quickstart::load_advisories(&database)?;
    let mut tables = String::new();
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
        tables.push_str(&table(&format!("python-app, {layers}"), bench)?);
    }
    tables.push_str(&manifests()?);
    let program = "target/release/cofferdam";
    tables.push_str(&bench("the door of a cluster", &["reviews", REVIEWED])?);
    let server = ["server", APPLICATIONS, RUNS, "target/bench/server", program];
    tables.push_str(&bench("the whole server", &server)?);
    tables.push_str(&bench("pages of lists", &["store", "sqlite:target/bench/pages.db", ROUNDS])?);
    Ok(tables)
}

/// The same for ten thousand manifests.
fn manifests() -> Result<String, String> {
    let mut bench = command("target/release/bench");
    bench.args(["check", RUNS, "target/bench", "target/release/cofferdam"]);
    if find("kube-linter").is_some() {
        bench.args(["--", "kube-linter", "kube-linter", "lint"]);
    }
    table("manifests", bench)
}

fn bench(title: &str, words: &[&str]) -> Result<String, String> {
    let mut bench = command("target/release/bench");
    bench.args(words);
    table(title, bench)
}

/// Runs it, prints what came out, and gives that.
fn table(title: &str, mut bench: Command) -> Result<String, String> {
    let output = bench.output().map_err(|error| error.to_string())?;
    let table = format!("{title}\n{}", String::from_utf8_lossy(&output.stdout));
    println!("\n{table}");
    if output.status.success() {
        return Ok(table);
    }
    Err(String::from_utf8_lossy(&output.stderr).trim().to_owned())
}
