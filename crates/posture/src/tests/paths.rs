//! Attack paths, their steps in words, and where to cut.

use super::read;
use crate::{ObjectSet, paths};
use std::fmt::Write as _;

/// The title, the steps and the cut of each path.
fn check(yaml: &str, expected: &str) {
    let source = read(yaml);
    let set = ObjectSet::of([&source]);
    let mut told = String::new();
    for path in paths(&set).found {
        let _ = writeln!(told, "{}", path.title());
        for step in &path.steps {
            let line = step.place.as_ref().map_or(0, |place| place.line);
            let _ = writeln!(told, "  {line}: {}", step.text);
        }
        if let Some(cut) = &path.cut {
            let (step, closes) = (cut.step + 1, cut.closes);
            let _ = writeln!(told, "  cut step {step}, closes {closes}: {}", cut.advice);
        }
    }
    assert_eq!(told.trim(), expected.trim(), "{yaml}");
}

const FRONT: &str = "
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
";

const WEB: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers: [{name: app}]
---
";

const ADMIN: &str = "
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: web}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
";

#[test]
fn from_the_internet_to_cluster_admin() {
    check(
        &format!("{FRONT}{WEB}{ADMIN}"),
        "
from the internet to cluster-admin in 4 steps
  4: Ingress shop/web routes requests from the internet to Service shop/web
  9: Service shop/web forwards requests to Deployment shop/web
  20: Deployment shop/web mounts the token of ServiceAccount shop/web
  26: ServiceAccount shop/web can do everything (ClusterRoleBinding web), which gives access to cluster-admin
  cut step 3, closes 1: set automountServiceAccountToken to false in Deployment shop/web, or give it a service account without these rights
",
    );
}

#[test]
fn no_way_without_a_service_a_token_or_a_right() {
    check(&format!("{WEB}{ADMIN}"), "");
    check(&format!("{FRONT}{WEB}"), "");
    let untold = WEB.replace(
        "serviceAccountName: web",
        "serviceAccountName: web\n      automountServiceAccountToken: false",
    );
    check(&format!("{FRONT}{untold}{ADMIN}"), "");
    let other = ADMIN.replace("namespace: shop}]", "namespace: bank}]");
    check(&format!("{FRONT}{WEB}{other}"), "");
    let denied = "
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: none, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress]}
---
";
    check(&format!("{FRONT}{WEB}{ADMIN}{denied}"), "");
}

/// Two ways out of one container: no change of one of them closes the path.
#[test]
fn what_stays_open_is_no_cut() {
    let privileged = WEB.replace(
        "{name: app}",
        "{name: app, securityContext: {privileged: true, capabilities: {add: [SYS_ADMIN]}}}",
    );
    check(
        &format!("{FRONT}{privileged}"),
        "
from the internet to the node in 3 steps
  4: Ingress shop/web routes requests from the internet to Service shop/web
  9: Service shop/web forwards requests to Deployment shop/web
  21: a container of Deployment shop/web is privileged, which gives access to the node
  cut step 1, closes 1: expose Ingress shop/web only to the addresses that need it, or not at all
",
    );
}

/// A right to run commands in the pods of a namespace, and one of those pods is stronger.
#[test]
fn over_another_pod() {
    let exec = "
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: exec, namespace: shop}
rules: [{apiGroups: [''], resources: [pods/exec], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: exec, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: exec}
subjects: [{kind: ServiceAccount, name: web}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  template:
    spec:
      volumes: [{name: run, hostPath: {path: /run/containerd/containerd.sock}}]
      containers: [{name: agent, volumeMounts: [{name: run, mountPath: /run/c.sock, readOnly: true}]}]
---
";
    check(
        &format!("{FRONT}{WEB}{exec}"),
        "
from the internet to the node in 5 steps
  4: Ingress shop/web routes requests from the internet to Service shop/web
  9: Service shop/web forwards requests to Deployment shop/web
  20: Deployment shop/web mounts the token of ServiceAccount shop/web
  27: ServiceAccount shop/web can run commands in containers (RoleBinding shop/exec and Role shop/exec), which gives access to DaemonSet shop/agent
  41: a container of DaemonSet shop/agent mounts the container runtime socket, which gives access to the node
  cut step 5, closes 1: remove the container runtime socket from DaemonSet shop/agent
",
    );
}

/// Two ways in, one weakness behind both: the cut that closes both is told.
#[test]
fn one_cut_for_many_paths() {
    let balancer = "
apiVersion: v1
kind: Service
metadata: {name: direct, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}}
---
";
    check(
        &format!("{FRONT}{balancer}{WEB}{ADMIN}"),
        "
from the internet to cluster-admin in 4 steps
  4: Ingress shop/web routes requests from the internet to Service shop/web
  9: Service shop/web forwards requests to Deployment shop/web
  26: Deployment shop/web mounts the token of ServiceAccount shop/web
  32: ServiceAccount shop/web can do everything (ClusterRoleBinding web), which gives access to cluster-admin
  cut step 3, closes 2: set automountServiceAccountToken to false in Deployment shop/web, or give it a service account without these rights
from the internet to cluster-admin in 4 steps
  15: Service shop/direct is exposed to the internet
  15: Service shop/direct forwards requests to Deployment shop/web
  26: Deployment shop/web mounts the token of ServiceAccount shop/web
  32: ServiceAccount shop/web can do everything (ClusterRoleBinding web), which gives access to cluster-admin
  cut step 3, closes 2: set automountServiceAccountToken to false in Deployment shop/web, or give it a service account without these rights
",
    );
}

/// From a port of the node. The token of a pod that runs on every node is there for whoever is in
/// the pod and for whoever has the node: one change takes both away.
#[test]
fn from_the_nodes_network() {
    let agent = "
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: agent, namespace: shop}
spec:
  template:
    spec:
      hostNetwork: true
      serviceAccountName: web
      containers: [{name: agent, ports: [{containerPort: 9100}], securityContext: {privileged: true}}]
---
";
    check(
        &format!("{agent}{ADMIN}"),
        "
from the network of the nodes to cluster-admin in 3 steps
  10: DaemonSet shop/agent listens on a port of its nodes
  9: DaemonSet shop/agent mounts the token of ServiceAccount shop/web
  15: ServiceAccount shop/web can do everything (ClusterRoleBinding web), which gives access to cluster-admin
  cut step 2, closes 1: set automountServiceAccountToken to false in DaemonSet shop/agent, or give it a service account without these rights
from the network of the nodes to the node in 2 steps
  10: DaemonSet shop/agent listens on a port of its nodes
  10: a container of DaemonSet shop/agent is privileged, which gives access to the node
  cut step 2, closes 1: remove privileged from DaemonSet shop/agent
",
    );
}
