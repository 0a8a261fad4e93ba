//! Says which clusters there are.

use super::{cluster::Cluster, kubectl};

/// One line for each, and its node and pods.
pub(super) fn run() -> Result<(), String> {
    let clusters = Cluster::all();
    if clusters.is_empty() {
        println!("no cluster runs: cargo xtask rig up");
    }
    for cluster in clusters {
        let (true, Ok(network)) = (cluster.is_up(), cluster.network()) else {
            println!("{0}: half-made; cargo xtask rig down {0}", cluster.name);
            continue;
        };
        println!(
            "{}: {}  KUBECONFIG={}",
            cluster.name,
            network.server(),
            cluster.kubeconfig().display()
        );
        let mut ask = kubectl(&cluster.kubeconfig())?;
        ask.args(["get", "nodes,pods", "--all-namespaces", "--request-timeout=5s"]);
        let said = ask.output().map_err(|error| error.to_string())?;
        let said = if said.status.success() { said.stdout } else { said.stderr };
        for line in String::from_utf8_lossy(&said).lines() {
            println!("  {line}");
        }
    }
    Ok(())
}
