//! Names of services for pods: CoreDNS, as clusters have it.

use super::{cluster::Cluster, components::DNS, image, kubectl, output, programs, read, write};
use crate::command::root;
use std::path::{Path, PathBuf};

/// The tar of its image, built when it is not there.
pub(super) fn image() -> Result<PathBuf, String> {
    let program = programs::coredns()?;
    image::made("rig.test/coredns:1", &program.with_file_name("image.tar"), "coredns", &program)
}

/// Starts it on the cluster; when this returns it answers.
pub(super) fn start(cluster: &Cluster, image: &Path) -> Result<(), String> {
    image::load(cluster, image)?;
    let manifest = read(&root().join("tests/rig/coredns/coredns.yaml"))?;
    let path = cluster.state().join("etc/coredns.yaml");
    write(&path, &manifest.replace("{{dns}}", DNS))?;
    let ask = |arguments: &[&str]| {
        let mut kubectl = kubectl(&cluster.kubeconfig())?;
        output(kubectl.args(["--namespace=kube-system"]).args(arguments))
    };
    ask(&["apply", "--filename", &path.display().to_string()])?;
    ask(&["rollout", "status", "deployment/coredns", "--timeout=2m"]).map(drop)
}
