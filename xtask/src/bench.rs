//! `make bench`: the scanner against its floor and against the peers that are installed.

use crate::{
    command::{cargo, check, command, find},
    quickstart,
};
use std::path::PathBuf;

/// Enough for a stable median on a quiet machine.
const RUNS: &str = "5";

/// Measures on the 640 MiB Python image of the tests.
pub(crate) fn run() -> Result<(), String> {
    check(cargo().args(["build", "--release", "--locked", "--package", "cofferdam"]))?;
    check(cargo().args(["build", "--release", "--locked", "--package", "cofferdam-bench"]))?;
    let image = crate::images::build("python-app")?;
    let database = PathBuf::from("target/advisories.cfd");
    quickstart::load_advisories(&database)?;
    for tar in [image.clone(), image.with_file_name("gzip.tar")] {
        if !tar.is_file() {
            continue;
        }
        println!("\n{}", tar.display());
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
        check(&mut bench)?;
    }
    Ok(())
}
