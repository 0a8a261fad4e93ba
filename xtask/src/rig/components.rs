//! The programs of a cluster and their settings. Inside its mount namespace everything is at the
//! places where Kubernetes' own tools put it, so the settings name no folder of this machine.

use super::{
    certificates::{Certificates, Use},
    cluster::{Cluster, Network},
    make_folder, output, read, write,
};
use crate::command::{command, root};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use std::fs;

/// The address of the server of names, among those of services (10.96.0.0/16).
pub(super) const DNS: &str = "10.96.0.10";

/// The addresses of pods: the same in every cluster, as nobody outside sees them.
const PODS: &str = "10.244.0.0/24";

/// The one node.
pub(super) const NODE: &str = "node-1";

/// Certificates are for a month: clusters of tests are younger.
const DAYS: u32 = 30;

/// Who asks the API server, as which user, with which groups.
const CLIENTS: [(&str, &str); 5] = [
    ("admin", "/O=system:masters/CN=admin"),
    ("controller-manager", "/CN=system:kube-controller-manager"),
    ("scheduler", "/CN=system:kube-scheduler"),
    ("kube-proxy", "/CN=system:kube-proxy"),
    ("kubelet", "/O=system:nodes/CN=system:node:node-1"),
];

/// Writes the settings of everything into the cluster's `etc`.
pub(super) fn write_settings(cluster: &Cluster, network: Network) -> Result<(), String> {
    let etc = cluster.state().join("etc");
    certificates(cluster, network)?;
    for (name, _) in CLIENTS {
        write(&etc.join(format!("{name}.kubeconfig")), &kubeconfig(cluster, network, name))?;
    }
    let open_files = output(command("sh").args(["-c", "ulimit -Hn"]))?;
    let values = [
        ("{{pods}}", PODS),
        ("{{dns}}", DNS),
        ("{{cgroup}}", &cluster.cgroup()),
        // Whole numbers only.
        (
            "{{open_files}}",
            open_files.trim().parse::<u32>().map_or("1048576", |_| open_files.trim()),
        ),
    ];
    let files =
        ["containerd.toml", "cni.conflist", "kubelet.yaml", "kube-proxy.yaml", "audit.yaml"];
    for file in files {
        let mut text = read(&root().join("tests/rig/node").join(file))?;
        for (key, value) in values {
            text = text.replace(key, value);
        }
        let folder = if file.starts_with("cni.") { etc.join("cni") } else { etc.clone() };
        make_folder(&folder)?;
        write(&folder.join(file), &text)?;
    }
    make_folder(&etc.join("registries"))
}

fn certificates(cluster: &Cluster, network: Network) -> Result<(), String> {
    let folder = cluster.state().join("etc/pki");
    make_folder(&folder)?;
    let pki = Certificates { folder: &folder, days: DAYS };
    pki.authority("ca")?;
    // An authority of its own, else who has its certificate could name any user.
    pki.authority("front-ca")?;
    pki.accounts()?;
    let node = network.node();
    let names = format!(
        "DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,\
         DNS:kubernetes.default.svc.cluster.local,DNS:localhost,IP:127.0.0.1,IP:10.96.0.1,IP:{node}"
    );
    pki.signed("ca", "apiserver", "/CN=kube-apiserver", Use::Server(&names))?;
    let names = format!("DNS:{NODE},IP:{node},IP:127.0.0.1");
    pki.signed("ca", "kubelet-server", &format!("/CN={NODE}"), Use::Server(&names))?;
    let subject = "/O=system:masters/CN=kube-apiserver-kubelet-client";
    pki.signed("ca", "apiserver-kubelet", subject, Use::Client)?;
    pki.signed("front-ca", "front-proxy", "/CN=front-proxy", Use::Client)?;
    for (name, subject) in CLIENTS {
        pki.signed("ca", name, subject, Use::Client)?;
    }
    Ok(())
}

fn kubeconfig(cluster: &Cluster, network: Network, user: &str) -> String {
    let pki = "/etc/kubernetes/pki";
    let authority = format!("certificate-authority: {pki}/ca.crt");
    let user = format!("client-certificate: {pki}/{user}.crt, client-key: {pki}/{user}.key");
    format_kubeconfig(cluster, network, &authority, &user)
}

fn format_kubeconfig(cluster: &Cluster, network: Network, authority: &str, user: &str) -> String {
    let (name, server) = (&cluster.name, network.server());
    format!(
        "apiVersion: v1
kind: Config
clusters: [{{name: {name}, cluster: {{server: \"{server}\", {authority}}}}}]
users: [{{name: {name}, user: {{{user}}}}}]
contexts: [{{name: {name}, context: {{cluster: {name}, user: {name}}}}}]
current-context: {name}
"
    )
}

/// The administrator's kubeconfig for the machine, whole in itself.
pub(super) fn write_kubeconfig(cluster: &Cluster, network: Network) -> Result<(), String> {
    let pki = cluster.state().join("etc/pki");
    let data = |name: &str| {
        let path = pki.join(name);
        let bytes = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok::<_, String>(BASE64_STANDARD.encode(bytes))
    };
    let authority = format!("certificate-authority-data: {}", data("ca.crt")?);
    let (certificate, key) = (data("admin.crt")?, data("admin.key")?);
    let user = format!("client-certificate-data: {certificate}, client-key-data: {key}");
    write(&cluster.kubeconfig(), &format_kubeconfig(cluster, network, &authority, &user))
}

/// etcd, which only its API server reaches.
pub(super) const ETCD: &[&str] = &[
    "--name=default",
    "--data-dir=/var/lib/etcd/data",
    "--unsafe-no-fsync",
    "--logger=zap",
    "--listen-client-urls=http://127.0.0.1:2379",
    "--advertise-client-urls=http://127.0.0.1:2379",
    "--listen-peer-urls=http://127.0.0.1:2380",
    "--initial-advertise-peer-urls=http://127.0.0.1:2380",
    "--initial-cluster=default=http://127.0.0.1:2380",
];

/// The API server; its address and where audit events go come in addition.
pub(super) const APISERVER: &[&str] = &[
    "kube-apiserver",
    "--etcd-servers=http://127.0.0.1:2379",
    "--bind-address=0.0.0.0",
    "--secure-port=6443",
    "--tls-cert-file=/etc/kubernetes/pki/apiserver.crt",
    "--tls-private-key-file=/etc/kubernetes/pki/apiserver.key",
    "--client-ca-file=/etc/kubernetes/pki/ca.crt",
    "--kubelet-client-certificate=/etc/kubernetes/pki/apiserver-kubelet.crt",
    "--kubelet-client-key=/etc/kubernetes/pki/apiserver-kubelet.key",
    "--kubelet-certificate-authority=/etc/kubernetes/pki/ca.crt",
    "--kubelet-preferred-address-types=InternalIP",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    "--service-account-key-file=/etc/kubernetes/pki/accounts.key",
    "--service-account-signing-key-file=/etc/kubernetes/pki/accounts.key",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--authorization-mode=Node,RBAC",
    "--enable-admission-plugins=NodeRestriction",
    "--requestheader-client-ca-file=/etc/kubernetes/pki/front-ca.crt",
    "--requestheader-allowed-names=front-proxy",
    "--requestheader-username-headers=X-Remote-User",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    "--proxy-client-cert-file=/etc/kubernetes/pki/front-proxy.crt",
    "--proxy-client-key-file=/etc/kubernetes/pki/front-proxy.key",
    "--enable-aggregator-routing=true",
    "--audit-policy-file=/etc/kubernetes/audit.yaml",
    "--allow-privileged=true",
    "--profiling=false",
];

/// The controllers.
pub(super) const CONTROLLERS: &[&str] = &[
    "kube-controller-manager",
    "--kubeconfig=/etc/kubernetes/controller-manager.kubeconfig",
    "--authentication-kubeconfig=/etc/kubernetes/controller-manager.kubeconfig",
    "--authorization-kubeconfig=/etc/kubernetes/controller-manager.kubeconfig",
    "--service-account-private-key-file=/etc/kubernetes/pki/accounts.key",
    "--root-ca-file=/etc/kubernetes/pki/ca.crt",
    "--cluster-signing-cert-file=/etc/kubernetes/pki/ca.crt",
    "--cluster-signing-key-file=/etc/kubernetes/pki/ca.key",
    "--use-service-account-credentials=true",
    "--leader-elect=false",
    "--bind-address=127.0.0.1",
    "--profiling=false",
    // Crowds of nodes say rarely that they are well, and a busy machine is late.
    "--node-monitor-grace-period=2m",
    // Thousands of pods are to be made in minutes.
    "--kube-api-qps=300",
    "--kube-api-burst=600",
];

/// The scheduler.
pub(super) const SCHEDULER: &[&str] = &[
    "kube-scheduler",
    "--kubeconfig=/etc/kubernetes/scheduler.kubeconfig",
    "--authentication-kubeconfig=/etc/kubernetes/scheduler.kubeconfig",
    "--authorization-kubeconfig=/etc/kubernetes/scheduler.kubeconfig",
    "--leader-elect=false",
    "--bind-address=127.0.0.1",
    "--kube-api-qps=300",
    "--kube-api-burst=600",
];

/// The node's agent; its address comes in addition.
pub(super) const KUBELET: &[&str] = &[
    "kubelet",
    "--config=/etc/kubernetes/kubelet.yaml",
    "--kubeconfig=/etc/kubernetes/kubelet.kubeconfig",
    "--hostname-override=node-1",
];

/// Services on the node.
pub(super) const PROXY: &[&str] = &["kube-proxy", "--config=/etc/kubernetes/kube-proxy.yaml"];
