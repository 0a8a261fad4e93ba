//! A real Kubernetes to stand on: for tests, and for anyone who tries Cofferdam.
//!
//! Kubernetes, etcd and what else comes as Go modules are built from these and kept by version;
//! containerd, runc and the network plugins are the system's. A cluster is one node with real pods in namespaces and
//! cgroups of its own (`rig/cluster.rs` says which), so that several run at once and `down` leaves
//! nothing of one.

mod admission;
mod apiserver;
mod certificates;
mod cluster;
mod components;
mod dns;
mod down;
mod host;
mod image;
mod nodes;
mod process;
mod programs;
mod registry;
mod services;
mod shop;
mod status;
#[cfg(test)]
mod tests;
mod up;

use crate::command::{cargo, check, output, root};
use cluster::Cluster;
use std::{
    fs,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::Command,
};

pub(crate) use admission::ask as admission;

/// What `cargo xtask help` says of it.
pub(crate) const HELP: &str = "\
  rig up [NAME] [OPTION]  a one-node Kubernetes with real pods (options: rig help)
  rig down [NAME|--all]   end it; nothing of it is left
  rig status              which clusters run, and how they are
  rig load IMAGE.tar      give its node an image
  rig shop [--registry]   open the sample shop on it, from the registry if told so (`rig shop
                          images`: build its images only)
  rig nodes COUNT [PODS]  nodes that are not there, with pods that are not either
  rig registry up|down    a registry with TLS and a password, which its node trusts
  rig registry push IMAGE.tar NAME:TAG
  rig services            PostgreSQL and NATS on its node, started again where one was killed
                          (`rig services kill postgres|nats`)
  rig kubectl ARGUMENT... ask it, or the cluster that KUBECONFIG names
  rig build               build Kubernetes and etcd from their Go modules (target/rig)
  rig apiserver up|down   an API server with its store alone, on free loopback ports
  rig admission           ask it afresh what admission policies say (tests/rig/admission)
  rig parity [COUNT]      let check and webhook judge the same objects on it, as dry runs
";

const MORE: &str = "
  up [NAME] [--dns] [--audit-webhook URL|FILE]
        NAME is `rig` unless given here or by COFFERDAM_RIG, which the other commands read too.
        --dns: CoreDNS, so that pods know services by name.
        --audit-webhook: where the API server sends its audit events; a FILE is a kubeconfig, for
        a token and an authority. The API server of a cluster that is up is started again for it.
        The machine is 10.200.N.254 to the first cluster with N = 0, and so on; the cluster's API
        server is 10.200.N.1:6443 to the machine.
";

/// One command, its words after `rig`.
pub(crate) fn run(words: &[&str]) -> Result<(), String> {
    match *words {
        ["build"] => programs::kubernetes().and(programs::etcd()).map(drop),
        ["apiserver", "up"] => apiserver::up(),
        ["apiserver", "down"] => apiserver::down(),
        ["admission"] => admission(),
        ["parity"] => parity(PARITY),
        ["parity", count] => parity(count),
        ["up", ref rest @ ..] => up::run(&up::Options::parse(rest)?),
        ["down", "--all"] => down::all(),
        ["down"] => down::run(&Cluster::named(None)?),
        ["down", name] => down::run(&Cluster::named(Some(name))?),
        ["status"] => status::run(),
        ["load", ref images @ ..] if !images.is_empty() => {
            let cluster = Cluster::running(None)?;
            images.iter().try_for_each(|image| image::load(&cluster, Path::new(image)))
        }
        ["registry", "up"] => registry::up(),
        ["registry", "down"] => registry::down(),
        ["registry", "push", image, name] => registry::push(image, name),
        ["nodes", count] => nodes::run(count, "0"),
        ["nodes", count, pods] => nodes::run(count, pods),
        ["services"] => services::up(),
        ["services", "kill", name @ ("postgres" | "nats")] => services::down(name),
        ["shop"] => shop::run(false),
        ["shop", "--registry"] => shop::run(true),
        ["shop", "images"] => {
            shop::images()?.iter().for_each(|image| println!("{}", image.display()));
            Ok(())
        }
        // In our place, so that its answer and its exit code are its own.
        ["kubectl", ref rest @ ..] => {
            Err(format!("kubectl: {}", kubectl(&kubeconfig()?)?.args(rest).exec()))
        }
        _ => Err(format!("usage: cargo xtask rig ...\n\n{HELP}{MORE}")),
    }
}

/// Objects that are judged in each way unless somebody says how many.
pub(crate) const PARITY: &str = "2000";

/// Lets check and the webhook judge generated objects on an API server of its own.
pub(crate) fn parity(count: &str) -> Result<(), String> {
    apiserver::up()?;
    let mut judge = cargo();
    judge.args(["run", "--quiet", "--release", "--package", "cofferdam-parity", "--"]);
    let judged = check(judge.arg(apiserver::state()).arg(count));
    apiserver::down()?;
    judged
}

/// What a cluster of ours is watched by.
pub(crate) struct Open {
    pub(crate) kubeconfig: PathBuf,
    /// The root of its node's containerd: the shop's images are in no registry.
    pub(crate) containerd: PathBuf,
}

/// A cluster with the shop open on it, started if none runs.
pub(crate) fn with_shop() -> Result<Open, String> {
    if Cluster::running(None).is_err() {
        run(&["up"])?;
    }
    run(&["shop"])?;
    let cluster = Cluster::running(None)?;
    let containerd = cluster.state().join("containerd");
    Ok(Open { kubeconfig: cluster.kubeconfig(), containerd })
}

/// The kubeconfig that is asked: the one somebody gave, or that of the cluster that runs.
fn kubeconfig() -> Result<PathBuf, String> {
    match std::env::var_os("KUBECONFIG").filter(|given| !given.is_empty()) {
        Some(given) => Ok(given.into()),
        None => Ok(Cluster::running(None)?.kubeconfig()),
    }
}

fn kubectl(kubeconfig: &Path) -> Result<Command, String> {
    let mut command = Command::new(programs::kubernetes()?);
    // Not as an argument: before the name of a plugin kubectl takes none.
    command.arg("kubectl").env("KUBECONFIG", kubeconfig);
    Ok(command)
}

/// Where everything of the rig is kept.
fn folder() -> PathBuf {
    root().join("target/rig")
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}

fn make_folder(path: &Path) -> Result<(), String> {
    fs::create_dir_all(path).map_err(|error| format!("{}: {error}", path.display()))
}
