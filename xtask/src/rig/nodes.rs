//! Nodes that are not there, and pods on them that run nothing: kwok plays them, for the sake of
//! their number.

use super::{
    cluster::Cluster,
    host, kubectl, output,
    process::{Running, wait},
    programs, read, write,
};
use crate::command::{command, root};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

/// How many ask the API server at a time: kubectl asks fifty times a second.
const ASKING: usize = 4;

/// As many replicas has a deployment of a crowd.
const REPLICAS: usize = 100;

/// Where the pods are.
const NAMESPACE: &str = "crowd";

/// Makes so many nodes, and so many pods on them; those there were before go.
pub(super) fn run(nodes: &str, pods: &str) -> Result<(), String> {
    let number = |text: &str| text.parse::<usize>().map_err(|error| format!("{text}: {error}"));
    let (nodes, pods) = (number(nodes)?, number(pods)?);
    let cluster = Cluster::running(None)?;
    let crowd = Crowd { cluster: &cluster };
    crowd.clear()?;
    if nodes == 0 {
        return Ok(());
    }
    crowd.play()?;
    crowd.create(&(0..nodes).map(node).collect::<Vec<_>>())?;
    println!("{nodes} nodes are made");
    if pods > 0 {
        crowd.ask(&["create", "namespace", NAMESPACE])?;
        let deployments = (0..pods.div_ceil(REPLICAS)).map(|at| deployment(at, pods));
        crowd.create(&deployments.collect::<Vec<_>>())?;
        println!(
            "{pods} pods are asked for: cargo xtask rig kubectl get deployments -n {NAMESPACE}"
        );
    }
    Ok(())
}

struct Crowd<'a> {
    cluster: &'a Cluster,
}

impl Crowd<'_> {
    fn ask(&self, arguments: &[&str]) -> Result<String, String> {
        output(kubectl(&self.cluster.kubeconfig())?.args(arguments))
    }

    fn process(&self) -> PathBuf {
        self.cluster.run().join("kwok")
    }

    /// The number of kwok's process, if it runs: numbers are used again.
    fn is_played(&self) -> Option<String> {
        let number = read(&self.process()).ok()?;
        let line = read(&Path::new("/proc").join(&number).join("cmdline")).ok()?;
        line.contains("kwok").then_some(number)
    }

    /// Starts kwok, if it does not run.
    fn play(&self) -> Result<(), String> {
        if self.is_played().is_some() {
            return Ok(());
        }
        let mut command = host::inside(self.cluster, &programs::kwok()?)?;
        command.arg("--kubeconfig").arg(self.cluster.kubeconfig());
        command.arg("--config").arg(root().join("tests/rig/kwok/stages.yaml"));
        command.arg("--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake");
        command.args(["--node-lease-duration-seconds=200", "--server-address=127.0.0.1:10247"]);
        let mut running = Running::start("kwok", &mut command, &self.cluster.log("kwok"))?;
        write(&self.process(), &running.id().to_string())?;
        wait(&mut running, || true)
    }

    /// Deletes what was played, and ends kwok.
    fn clear(&self) -> Result<(), String> {
        let known = self.ask(&["get", "namespace", NAMESPACE, "--ignore-not-found"])?;
        if !known.is_empty() {
            // Pods go when it says so.
            self.play()?;
            self.ask(&["delete", "namespace", NAMESPACE, "--timeout=10m"])?;
        }
        self.ask(&["delete", "nodes", "--selector=type=kwok", "--wait=false"])?;
        if let Some(number) = self.is_played() {
            output(command("kill").args(["-9", &number]))?;
        }
        let _ = fs::remove_file(self.process());
        Ok(())
    }

    /// Creates objects, several at a time.
    fn create(&self, objects: &[Value]) -> Result<(), String> {
        let share = objects.len().div_ceil(ASKING).max(1);
        let lists = objects.chunks(share).enumerate().map(|(at, items)| {
            let path = self.cluster.state().join(format!("crowd-{at}.json"));
            let list = json!({"apiVersion": "v1", "kind": "List", "items": items});
            write(&path, &list.to_string()).map(|()| path)
        });
        let lists: Vec<PathBuf> = lists.collect::<Result<_, _>>()?;
        thread::scope(|scope| {
            let asking: Vec<_> = lists
                .iter()
                .map(|path| {
                    let path = path.display().to_string();
                    scope.spawn(move || self.ask(&["create", "--filename", &path]))
                })
                .collect();
            for asked in asking {
                asked.join().map_err(|_| "kubectl could not be asked")??;
            }
            Ok(())
        })
    }
}

fn node(at: usize) -> Value {
    let name = format!("crowd-{at:05}");
    let room = json!({"cpu": "32", "memory": "256Gi", "pods": "250"});
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": name,
            "annotations": {"kwok.x-k8s.io/node": "fake"},
            "labels": {
                "type": "kwok",
                "kubernetes.io/hostname": name,
                "kubernetes.io/os": "linux",
                "kubernetes.io/arch": "amd64",
            },
        },
        "spec": {"taints": [{"key": "kwok.x-k8s.io/node", "value": "fake", "effect": "NoSchedule"}]},
        "status": {"allocatable": room, "capacity": room},
    })
}

/// A part of so many pods, as people write deployments.
fn deployment(at: usize, pods: usize) -> Value {
    let name = format!("app-{at:04}");
    let replicas = pods.saturating_sub(at * REPLICAS).min(REPLICAS);
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": NAMESPACE, "labels": {"app": name}},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {
                    "nodeSelector": {"type": "kwok"},
                    "tolerations": [{"key": "kwok.x-k8s.io/node", "operator": "Exists"}],
                    "automountServiceAccountToken": false,
                    "containers": [{"name": "app", "image": format!("crowd.test/{name}:1")}],
                },
            },
        },
    })
}
