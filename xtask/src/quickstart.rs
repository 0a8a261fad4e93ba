//! `make run`: the product on something real, in minutes.

use crate::{
    command::{Running, cargo, check, command, root},
    rig::{self, Open},
};
use std::{
    path::{Path, PathBuf},
    thread::sleep,
    time::Duration,
};

/// What `make run` is asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wish<'a> {
    /// The console on the recorded sample.
    Sample,
    /// The console on a live cluster: `rig`, which is made here with the shop in it, or a context
    /// of the kubeconfig.
    Cluster(&'a str),
    /// A scan of an image; empty: of a Debian image made here.
    Scan(&'a str),
}

/// Builds, and does it; advisories are loaded before a scan and before or beside the console.
pub(crate) fn run(wish: Wish<'_>) -> Result<(), String> {
    if !matches!(wish, Wish::Scan(_)) {
        crate::console::build()?;
    }
    check(cargo().args(["build", "--release", "--locked", "--package", "cofferdam"]))?;
    match wish {
        Wish::Sample => up(&["--sample"]),
        Wish::Cluster("rig") => {
            let Open { kubeconfig, containerd } = rig::with_shop()?;
            let [kubeconfig, containerd] =
                [kubeconfig, containerd].map(|p| p.display().to_string());
            up(&["--kubeconfig", &kubeconfig, "--containerd", &containerd])
        }
        Wish::Cluster(context) => up(&["--context", context]),
        Wish::Scan(image) => {
            load_advisories(Path::new(DATABASE))?;
            scan(image)
        }
    }
}

/// Where the advisories of this repository are kept: nothing of the user's own is touched.
const DATABASE: &str = "target/advisories.cfd";

/// How often it is looked whether a program has ended.
const LOOK: Duration = Duration::from_millis(200);

/// Stays until it is ended. Feeds that have to be fetched are fetched beside it: it takes advisories
/// as soon as they are there, and until then says that vulnerabilities are not assessed.
fn up(arguments: &[&str]) -> Result<(), String> {
    let database = Path::new(DATABASE);
    let mut feeds = if root().join(feeds()).is_dir() {
        load_advisories(database)?;
        None
    } else {
        println!(
            "advisories are fetched beside it; until they are there, it goes on with {}",
            known()
        );
        let mut update = cofferdam(database);
        let update = update.args(["--quiet", "advisory", "update"]).spawn();
        Some(Running(update.map_err(|error| error.to_string())?))
    };
    println!("\n$ cofferdam up {}\n", arguments.join(" "));
    let mut up = cofferdam(database);
    let up = up.args(["up", "--data", "target/up"]).args(arguments).spawn();
    let mut up = Running(up.map_err(|error| error.to_string())?);
    loop {
        if let Some(fetched) = feeds.as_mut().map_or(Ok(None), Running::ended)? {
            println!("{}", told(fetched.success()));
            feeds = None;
        }
        match up.ended()? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("cofferdam up: {status}")),
            None => sleep(LOOK),
        }
    }
}

/// What it goes by before the feeds are there.
fn known() -> &'static str {
    if root().join(DATABASE).is_file() {
        "those of the last time"
    } else {
        "none, and says that vulnerabilities are not assessed"
    }
}

fn told(is_fetched: bool) -> String {
    if is_fetched {
        return "advisories: they are there, and everything is judged by them in a moment"
            .to_owned();
    }
    format!("advisories: the feeds cannot be had; it goes on with {}", known())
}

fn scan(image: &str) -> Result<(), String> {
    let target = if image.is_empty() {
        crate::setup::images(&["quickstart"])?;
        let image = crate::images::build("quickstart")?;
        image.strip_prefix(root()).unwrap_or(&image).display().to_string()
    } else {
        image.to_owned()
    };
    println!("\n$ cofferdam scan {target}\n");
    let mut scan = cofferdam(Path::new(DATABASE));
    let status = scan.args(["scan", &target]).status().map_err(|error| error.to_string())?;
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
        Some(0) => "The image passes. Scan one of yours: make scan IMAGE=path-or-reference",
        Some(1) => {
            "The image fails, as it should: in a pipeline this exit code 1 stops the build.\n\
             Scan one of yours: make scan IMAGE=path-or-reference"
        }
        _ => {
            "Some of it could not be assessed, so it does not pass (exit code 3).\n\
             Scan one of yours: make scan IMAGE=path-or-reference"
        }
    }
}
