//! `make run`: the product on something real, in minutes.

use crate::command::{cargo, check, command, root};
use std::path::{Path, PathBuf};

/// Scans the image that was named, or makes a real Debian one.
pub(crate) fn run(image: Option<&str>) -> Result<(), String> {
    check(cargo().args(["build", "--release", "--locked", "--package", "cofferdam"]))?;
    let target = if let Some(image) = image {
        image.to_owned()
    } else {
        crate::setup::images(&["quickstart"])?;
        let image = crate::images::build("quickstart")?;
        image.strip_prefix(root()).unwrap_or(&image).display().to_string()
    };
    let database = PathBuf::from("target/advisories.cfd");
    load_advisories(&database)?;
    println!();
    let mut scan = command("target/release/cofferdam");
    if root().join(&database).is_file() {
        scan.env("COFFERDAM_DATABASE", &database);
    }
    scan.args(["scan", &target]);
    println!("$ cofferdam scan {target}\n");
    let status = scan.status().map_err(|error| error.to_string())?;
    match status.code() {
        Some(0 | 1 | 3) => {
            println!("\n{}", explain(status.code()));
            Ok(())
        }
        _ => Err(format!("the scan ended with {status}")),
    }
}

/// Data kept beside the repository serve machines without the internet; otherwise the public
/// feeds are asked; where neither is there, the scan still runs and says what it could not assess.
pub(crate) fn load_advisories(database: &Path) -> Result<(), String> {
    let local = feeds();
    if root().join(&local).is_dir() {
        return check(cofferdam(database).args(["advisory", "build"]).arg(local));
    }
    if check(cofferdam(database).args(["advisory", "update"])).is_err() {
        println!(
            "advisories: the feeds cannot be had; scanning without, which the report will say"
        );
    }
    Ok(())
}

/// Where feeds are kept beside the repository: `COFFERDAM_ADVISORIES`, or `../shared/advisories`.
pub(crate) fn feeds() -> PathBuf {
    std::env::var_os("COFFERDAM_ADVISORIES")
        .map_or_else(|| PathBuf::from("../shared/advisories"), PathBuf::from)
}

fn cofferdam(database: &Path) -> std::process::Command {
    let mut cofferdam = command("target/release/cofferdam");
    cofferdam.env("COFFERDAM_DATABASE", database);
    cofferdam
}

fn explain(code: Option<i32>) -> &'static str {
    match code {
        Some(0) => "The image passes. Scan one of yours: make run IMAGE=path-or-reference",
        Some(1) => {
            "The image fails, as it should: in a pipeline this exit code 1 stops the build.\n\
             Scan one of yours: make run IMAGE=path-or-reference"
        }
        _ => {
            "Some of it could not be assessed, so it does not pass (exit code 3).\n\
             Scan one of yours: make run IMAGE=path-or-reference"
        }
    }
}
