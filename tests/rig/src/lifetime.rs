//! A cluster from its start to its end, killed in between: nothing of it is left.

use crate::{Rig, root, succeed, xtask};
use cofferdam_bounds::file::{read, read_text};
use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::Stdio,
};

/// What /proc says is shorter.
const BYTES_MAX: u64 = 4 << 20;

/// What there is on this machine of a cluster: its cgroups, processes, folders, mounts. Its
/// namespaces live as long as its processes.
fn left_of(name: &str) -> Vec<String> {
    let mut left = Vec::new();
    for hierarchy in fs::read_dir("/sys/fs/cgroup").unwrap().flatten() {
        left.push(hierarchy.path().join(format!("cofferdam-{name}")));
    }
    left.push(Path::new("/sys/fs/cgroup").join(format!("cofferdam-{name}")));
    left.push(Path::new("/run/cofferdam-rig").join(name));
    left.push(root().join("target/rig").join(name));
    left.retain(|path| path.exists());
    let mut left: Vec<String> = left.iter().map(|path| path.display().to_string()).collect();
    let own = format!("rig/{name}/");
    for process in fs::read_dir("/proc").unwrap().flatten() {
        // Some end while we look.
        let line = read(&process.path().join("cmdline"), BYTES_MAX).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).into_owned();
        left.extend(line.contains(&own).then_some(line));
    }
    let mounts = read_text(Path::new("/proc/self/mounts"), BYTES_MAX).unwrap();
    left.extend(mounts.lines().filter(|line| line.contains(&own)).map(str::to_owned));
    left
}

#[test]
fn a_cluster_runs_pods_and_leaves_nothing() {
    let rig = Rig::up("test-pods", &[]);
    assert!(rig.kubeconfig().is_file());
    // The pause image is there without a registry.
    let run = ["run", "one", "--image=rig.test/pause:1", "--image-pull-policy=Never"];
    let _ = rig.kubectl(&run);
    let _ = rig.kubectl(&["wait", "--for=condition=Ready", "pod/one", "--timeout=60s"]);
    let node = rig.kubectl(&["get", "pod", "one", "--output=jsonpath={.spec.nodeName}"]);
    assert!(node.ends_with("node-1"), "{node}");
    drop(rig);
    assert_eq!(left_of("test-pods"), [""; 0]);
}

#[test]
fn a_start_that_is_killed_leaves_nothing_after_down() {
    succeed(&mut xtask(&["down", "test-killed"]));
    let mut up = xtask(&["up", "test-killed"]).stdout(Stdio::piped()).spawn().unwrap();
    // The node's containerd runs and has its first image: now is the middle.
    let mut lines = BufReader::new(up.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("loaded ")));
    up.kill().unwrap();
    up.wait().unwrap();
    assert_ne!(left_of("test-killed"), [""; 0]);
    succeed(&mut xtask(&["down", "test-killed"]));
    assert_eq!(left_of("test-killed"), [""; 0]);
}
