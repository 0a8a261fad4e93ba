//! What a cluster takes of the machine: cgroups, namespaces, a network between them.

use super::{
    cluster::{Cluster, Network},
    output, read, write,
};
use crate::command::{command, find};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// Where the node's folders are seen inside its mount namespace (`tests/rig/node/mounts.sh`).
const SEEN_AT: [&str; 8] = [
    "/etc/kubernetes",
    "/var/lib/etcd",
    "/var/lib/kubelet",
    "/var/lib/containerd",
    "/var/lib/cni",
    "/var/log/containers",
    "/var/log/pods",
    "/run/containerd",
];

/// How many clusters there can be.
const NETWORKS: u8 = 250;

/// How long ended processes may take to go.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sees to it that there is something to mount the node's folders on.
pub(super) fn make_mount_points() -> Result<(), String> {
    for folder in SEEN_AT {
        if !Path::new(folder).is_dir() {
            super::make_folder(Path::new(folder))?;
            Cluster::note_made(folder)?;
        }
    }
    Ok(())
}

/// A program inside the cluster's namespaces and cgroup, in a session of its own so that Ctrl-C
/// is not for it. Its process is the one that is spawned.
pub(super) fn inside(cluster: &Cluster, program: &Path) -> Result<Command, String> {
    let mut command = in_cgroup(cluster)?;
    command.args(["nsenter", "--target", &cluster.holder()?, "--net", "--mount", "--"]);
    command.arg(program);
    Ok(command)
}

/// A program in the cluster's cgroup.
pub(super) fn in_cgroup(cluster: &Cluster) -> Result<Command, String> {
    let members = cgroup(&hierarchies()?.processes, cluster).join("node/cgroup.procs");
    let mut command = command("sh");
    command.args(["-c", "echo $$ >\"$0\" && exec setsid \"$@\""]).arg(members);
    Ok(command)
}

/// Connects the node with the machine: the first network that is free.
pub(super) fn connect(cluster: &Cluster) -> Result<Network, String> {
    let holder = cluster.holder()?;
    let taken = output(command("ip").args(["-oneline", "address"]))?;
    let free = (0..NETWORKS).filter(|number| !taken.contains(&format!(" 10.200.{number}.")));
    let network = free.map(|number| Network { number }).find(|network| {
        // Whoever makes the interface has the network.
        let pair =
            format!("link add {} type veth peer name eth0 netns {holder}", network.interface());
        output(command("ip").args(pair.split(' '))).is_ok()
    });
    let network = network.ok_or("no network 10.200.N.0/24 could be made; `ip link` says more")?;
    write(&cluster.run().join("network"), &network.number.to_string())?;
    let machine = network.interface();
    let outside = [
        format!("address add {}/24 dev {machine}", network.machine()),
        format!("link set {machine} up"),
    ];
    for line in outside {
        output(command("ip").args(line.split(' ')))?;
    }
    // The API server and the kubelet pick their address by the default route.
    let within = [
        "link set lo up".to_owned(),
        format!("address add {}/24 dev eth0", network.node()),
        "link set eth0 up".to_owned(),
        format!("route add default via {}", network.machine()),
    ];
    for line in within {
        output(within_network(&holder, "ip").args(line.split(' ')))?;
    }
    output(within_network(&holder, "sysctl").args(["-qw", "net.ipv4.ip_forward=1"]))?;
    // So that services work between pods; where the kernel has it built in or not at all, it is
    // as it is.
    if let Some(modprobe) = find("modprobe") {
        let _ = output(Command::new(modprobe).arg("br_netfilter"));
    }
    let bridged = ["-qw", "net.bridge.bridge-nf-call-iptables=1"];
    let _ = output(within_network(&holder, "sysctl").args(bridged));
    Ok(network)
}

fn within_network(holder: &str, program: &str) -> Command {
    let mut command = command("nsenter");
    command.args(["--target", holder, "--net", "--", program]);
    command
}

/// The mounted hierarchies of cgroups.
struct Hierarchies {
    all: Vec<PathBuf>,
    /// The one by which we know which processes are a cluster's.
    processes: PathBuf,
}

fn hierarchies() -> Result<Hierarchies, String> {
    let mounts = read(Path::new("/proc/self/mounts"))?;
    let mut found = Hierarchies { all: Vec::new(), processes: PathBuf::new() };
    for line in mounts.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let [_, at, kind @ ("cgroup" | "cgroup2"), options, ..] = *words else { continue };
        let counts = kind == "cgroup" && options.split(',').any(|option| option == "pids");
        if counts || found.processes.as_os_str().is_empty() {
            found.processes = at.into();
        }
        found.all.push(at.into());
    }
    if found.all.is_empty() { Err("no cgroups are mounted".to_owned()) } else { Ok(found) }
}

/// The cluster's cgroup in a hierarchy.
fn cgroup(hierarchy: &Path, cluster: &Cluster) -> PathBuf {
    hierarchy.join(cluster.cgroup().trim_start_matches('/'))
}

/// Makes the cluster's cgroups.
pub(super) fn make_cgroups(cluster: &Cluster) -> Result<(), String> {
    let hierarchies = hierarchies()?;
    for hierarchy in &hierarchies.all {
        // In the second version a cgroup has the controllers that the one above hands down.
        for controller in ["+cpu", "+cpuset", "+memory", "+pids", "+io", "+hugetlb"] {
            let _ = fs::OpenOptions::new()
                .write(true)
                .open(hierarchy.join("cgroup.subtree_control"))
                .and_then(|mut file| std::io::Write::write_all(&mut file, controller.as_bytes()));
        }
        super::make_folder(&cgroup(hierarchy, cluster))?;
    }
    super::make_folder(&cgroup(&hierarchies.processes, cluster).join("node"))
}

/// Every cgroup of the cluster, the innermost first.
fn cgroups(cluster: &Cluster) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                walk(&entry.path(), found);
            }
        }
        found.push(folder.to_owned());
    }
    let mut found = Vec::new();
    for hierarchy in hierarchies().map(|found| found.all).unwrap_or_default() {
        let folder = cgroup(&hierarchy, cluster);
        if folder.is_dir() {
            walk(&folder, &mut found);
        }
    }
    found
}

/// Ends every process of the cluster, its pods' too, and with the last one its namespaces and
/// mounts; then deletes its cgroups.
pub(super) fn end_processes(cluster: &Cluster) -> Result<(), String> {
    let began = Instant::now();
    loop {
        let cgroups = cgroups(cluster);
        let mut alive = Vec::new();
        for cgroup in &cgroups {
            // What is frozen does not die.
            let _ = fs::write(cgroup.join("freezer.state"), "THAWED");
            let members = read(&cgroup.join("cgroup.procs")).unwrap_or_default();
            alive.extend(members.lines().map(str::to_owned));
        }
        alive.sort();
        alive.dedup();
        if alive.is_empty() {
            // A cgroup whose last process has just ended may be busy for a moment.
            let left = cgroups.iter().filter(|cgroup| fs::remove_dir(cgroup).is_err()).count();
            if left == 0 {
                return Ok(());
            }
        } else {
            // Some have ended since.
            let _ = output(Command::new("kill").arg("-9").args(&alive));
        }
        if began.elapsed() > PATIENCE {
            let alive = alive.join(" ");
            return Err(format!("{} does not end: processes {alive}", cluster.name));
        }
        thread::sleep(Duration::from_millis(50));
    }
}

/// Takes the machine's end of the network away at once; it goes with the namespace anyhow.
pub(super) fn disconnect(cluster: &Cluster) {
    if let Ok(network) = cluster.network() {
        let _ = output(command("ip").args(["link", "delete", &network.interface()]));
    }
}
