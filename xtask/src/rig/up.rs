//! Starts a cluster. Whatever goes wrong, and whoever stops it, nothing half-made stays.

use super::{
    cluster::{Cluster, Network},
    components::{self, NODE},
    dns, down, host, image, kubectl, make_folder, output,
    process::{self, Running, interrupted, wait},
    programs, read, write,
};
use crate::{
    command::{command, find, root},
    setup,
};
use std::{
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

/// The programs that the system brings, with the Debian packages that have them.
const SYSTEM: &[(&str, &str)] = &[
    ("containerd", "containerd"),
    ("ip", "iproute2"),
    ("iptables", "iptables"),
    ("conntrack", "conntrack"),
    ("mount", "mount"),
    ("nsenter", "util-linux"),
    ("openssl", "openssl"),
    ("runc", "runc"),
    ("sysctl", "procps"),
    ("/usr/lib/cni/bridge", "containernetworking-plugins"),
];

/// What to start.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Options {
    cluster: Cluster,
    /// Where audit events go: an address, or the path of a kubeconfig.
    audit: Option<String>,
    /// Whether names of services are served.
    dns: bool,
}

impl Options {
    /// From the words after `up`.
    pub(super) fn parse(words: &[&str]) -> Result<Self, String> {
        let (mut name, mut audit, mut dns) = (None, None, false);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--audit-webhook" => {
                    let value = words.next().ok_or("--audit-webhook takes an address or a file")?;
                    audit = Some((*value).to_owned());
                }
                "--dns" => dns = true,
                other if !other.starts_with('-') && name.is_none() => name = Some(other),
                other => return Err(format!("rig up does not take {other}: cargo xtask rig help")),
            }
        }
        Ok(Self { cluster: Cluster::named(name)?, audit, dns })
    }
}

/// Starts it; when this returns its node is ready for pods.
pub(super) fn run(options: &Options) -> Result<(), String> {
    let began = Instant::now();
    check_machine()?;
    let kube = programs::kubernetes()?;
    programs::etcd()?;
    let pause = image::pause()?;
    let names = if options.dns { Some(dns::image()?) } else { None };
    let cluster = &options.cluster;
    process::hear_signals()?;
    if cluster.is_up() && !options.dns {
        if options.audit.is_none() {
            return say(cluster, "is up already");
        }
        Starting { cluster, kube, options }.again()?;
        return say(cluster, "has its API server again");
    }
    cluster.claim()?;
    let started = Starting { cluster, kube, options }.start(&pause, names.as_deref());
    if let Err(error) = started {
        eprintln!("{} did not start, taking it down again", cluster.name);
        // A program that the signal ended first complains of itself.
        let error = interrupted().err().unwrap_or(error);
        let kept = down::keep_logs(cluster);
        down::run(cluster)?;
        return Err(format!("{error}\n{kept}"));
    }
    say(cluster, &format!("is up after {:.1} s", began.elapsed().as_secs_f32()))
}

fn say(cluster: &Cluster, what: &str) -> Result<(), String> {
    let network = cluster.network()?;
    println!("{} {what}", cluster.name);
    println!("  API server        {}", network.server());
    println!("  this machine      {} (to the API server and to pods)", network.machine());
    println!("  container runtime {}", cluster.socket().display());
    println!("  logs              {}", cluster.state().join("logs").display());
    println!("  end it            cargo xtask rig down {}", cluster.name);
    println!("KUBECONFIG={}", cluster.kubeconfig().display());
    Ok(())
}

/// Is this root, and is there what the system has to bring?
fn check_machine() -> Result<(), String> {
    if !setup::is_root() {
        return Err("a cluster needs root, for namespaces, mounts and cgroups: sudo".to_owned());
    }
    let is_missing = |program: &str| {
        if program.starts_with('/') {
            !Path::new(program).is_file()
        } else {
            find(program).is_none()
        }
    };
    let missing = SYSTEM.iter().filter(|(program, _)| is_missing(program));
    setup::install(&missing.map(|(_, package)| *package).collect::<Vec<_>>())
}

struct Starting<'a> {
    cluster: &'a Cluster,
    kube: PathBuf,
    options: &'a Options,
}

impl Starting<'_> {
    fn start(&self, pause: &Path, names: Option<&Path>) -> Result<(), String> {
        let cluster = self.cluster;
        let state = cluster.state();
        for folder in
            ["etc", "etcd", "kubelet", "containerd", "cni", "logs/containers", "logs/pods"]
        {
            make_folder(&state.join(folder))?;
        }
        make_folder(&cluster.run().join("containerd"))?;
        host::make_mount_points()?;
        host::make_cgroups(cluster)?;
        self.hold_namespaces()?;
        let network = host::connect(cluster)?;
        components::write_settings(cluster, network)?;
        let mut containerd =
            self.program("containerd", &["--config=/etc/kubernetes/containerd.toml"])?;
        let mut server = self.control_plane(network)?;
        wait(&mut containerd, || image::is_served(cluster))?;
        image::load(cluster, pause)?;
        self.ready(&mut server, &["get", "--raw=/readyz"])?;
        let mut controllers =
            self.kubernetes("controller-manager", components::CONTROLLERS, &[])?;
        self.kubernetes("scheduler", components::SCHEDULER, &[])?;
        let address = format!("--node-ip={}", network.node());
        let mut kubelet = self.kubernetes("kubelet", components::KUBELET, &[&address])?;
        self.kubernetes("kube-proxy", components::PROXY, &[])?;
        let node = format!("node/{NODE}");
        self.ready(&mut kubelet, &["wait", "--for=condition=Ready", &node, "--timeout=1s"])?;
        // Pods cannot be made before.
        self.ready(&mut controllers, &["get", "serviceaccount", "default"])?;
        if let Some(image) = names {
            dns::start(cluster, image)?;
        }
        write(&cluster.run().join("up"), "")
    }

    /// Starts the process whose namespaces are the cluster's.
    fn hold_namespaces(&self) -> Result<(), String> {
        let cluster = self.cluster;
        let mut command = host::in_cgroup(cluster)?;
        command.args(["unshare", "--net", "--mount", "--propagation=private", "--"]);
        command.arg(root().join("tests/rig/node/mounts.sh"));
        command.arg(cluster.state()).arg(cluster.run());
        let mut holder = Running::start("mounts", &mut command, &cluster.log("mounts"))?;
        write(&cluster.run().join("holder"), &holder.id().to_string())?;
        wait(&mut holder, || cluster.run().join("ready").is_file())
    }

    /// The store and the API server.
    fn control_plane(&self, network: Network) -> Result<Running, String> {
        let etcd = programs::etcd()?;
        let mut command = host::inside(self.cluster, &etcd)?;
        command.args(components::ETCD);
        Running::start("etcd", &mut command, &self.cluster.log("etcd"))?;
        let mut server = self.api_server(network)?;
        components::write_kubeconfig(self.cluster, network)?;
        wait(&mut server, || true)?;
        Ok(server)
    }

    fn api_server(&self, network: Network) -> Result<Running, String> {
        let mut more = vec![format!("--advertise-address={}", network.node())];
        more.push(format!("--audit-log-path={}", self.cluster.log("audit").display()));
        if let Some(audit) = &self.options.audit {
            self.write_audit(audit)?;
            more.push("--audit-webhook-config-file=/etc/kubernetes/audit.kubeconfig".to_owned());
            more.push("--audit-webhook-batch-max-wait=1s".to_owned());
            more.push("--audit-webhook-initial-backoff=1s".to_owned());
        }
        let more: Vec<&str> = more.iter().map(String::as_str).collect();
        let server = self.kubernetes("apiserver", components::APISERVER, &more)?;
        write(&self.number(), &server.id().to_string())?;
        Ok(server)
    }

    /// Where the number of the API server's process is kept.
    fn number(&self) -> PathBuf {
        self.cluster.run().join("apiserver.process")
    }

    /// Ends the API server and starts it with these options: where audit events go is known only
    /// once there is what takes them, which runs on the cluster.
    fn again(&self) -> Result<(), String> {
        let number = read(&self.number())?;
        let process = Path::new("/proc").join(&number);
        // Its number may be another's by now, and one that nobody waited for has no command line.
        let line = process.join("cmdline");
        let is_there = || read(&line).is_ok_and(|line| line.contains("kube-apiserver"));
        if is_there() {
            output(command("kill").args(["-KILL", &number]))?;
        }
        // The last of its threads holds its port.
        let threads = process.join("task");
        let ends = || {
            read(&line).is_ok_and(|line| line.is_empty())
                && std::fs::read_dir(&threads).is_ok_and(|threads| threads.count() > 1)
        };
        while is_there() || ends() {
            interrupted()?;
            thread::sleep(Duration::from_millis(50));
        }
        let mut server = self.api_server(self.cluster.network()?)?;
        self.ready(&mut server, &["get", "--raw=/readyz"])
    }

    fn write_audit(&self, audit: &str) -> Result<(), String> {
        let path = self.cluster.state().join("etc/audit.kubeconfig");
        if !audit.starts_with("http://") && !audit.starts_with("https://") {
            return std::fs::copy(audit, path)
                .map(drop)
                .map_err(|error| format!("{audit}: {error}"));
        }
        let trust =
            if audit.starts_with("https:") { ", insecure-skip-tls-verify: true" } else { "" };
        write(
            &path,
            &format!(
                "apiVersion: v1
kind: Config
clusters: [{{name: audit, cluster: {{server: \"{audit}\"{trust}}}}}]
users: [{{name: audit, user: {{}}}}]
contexts: [{{name: audit, context: {{cluster: audit, user: audit}}}}]
current-context: audit
"
            ),
        )
    }

    fn kubernetes(
        &self,
        name: &'static str,
        arguments: &[&str],
        more: &[&str],
    ) -> Result<Running, String> {
        let mut command = host::inside(self.cluster, &self.kube)?;
        command.args(arguments).args(more);
        Running::start(name, &mut command, &self.cluster.log(name))
    }

    fn program(&self, name: &'static str, arguments: &[&str]) -> Result<Running, String> {
        let program = find(name).ok_or_else(|| format!("there is no {name}"))?;
        let mut command = host::inside(self.cluster, &program)?;
        command.args(arguments);
        Running::start(name, &mut command, &self.cluster.log(name))
    }

    /// Waits until the API server says yes to this.
    fn ready(&self, program: &mut Running, question: &[&str]) -> Result<(), String> {
        let kubeconfig = self.cluster.kubeconfig();
        wait(program, || {
            kubectl(&kubeconfig).is_ok_and(|mut kubectl| {
                kubectl.args(question).output().is_ok_and(|said| said.status.success())
            })
        })
    }
}
