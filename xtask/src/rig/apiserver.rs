//! An API server with its etcd alone, on loopback ports that nobody else has. No root needed.
//!
//! What it needs to run is made for it and deleted after it: certificates, the store, logs.

use super::{
    certificates::{Certificates, Use},
    folder, kubectl, make_folder,
    process::{self, Running},
    programs, write,
};
use crate::command::{check, command, root};
use std::{
    fs, io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// How long one may take to end.
const PATIENCE: Duration = Duration::from_mins(2);

/// Admission plugins that fill in what no file says, and those that want objects which only
/// controllers make.
const PLUGINS_OFF: &str = "ServiceAccount,DefaultTolerationSeconds,Priority,\
    TaintNodesByCondition,DefaultIngressClass,RuntimeClass";

/// Where it keeps everything.
pub(super) fn state() -> PathBuf {
    folder().join("apiserver")
}

/// Starts it; when this returns it answers.
pub(super) fn up() -> Result<(), String> {
    let (kube, etcd) = (programs::kubernetes()?, programs::etcd()?);
    if state().exists() {
        return Err(format!("{} is there: cargo xtask rig apiserver down", state().display()));
    }
    start(&kube, &etcd).or_else(|error| {
        down()?;
        Err(error)
    })
}

fn start(kube: &Path, etcd: &Path) -> Result<(), String> {
    let pki = state().join("pki");
    make_folder(&pki)?;
    let certificates = Certificates { folder: &pki, days: 1 };
    certificates.authority("ca")?;
    let names = Use::Server("DNS:localhost,IP:127.0.0.1");
    certificates.signed("ca", "apiserver", "/CN=kube-apiserver", names)?;
    certificates.signed("ca", "admin", "/O=system:masters/CN=admin", Use::Client)?;
    certificates.accounts()?;
    let [client, peer, port] = free_ports()?;
    let url = |port: u16| format!("http://127.0.0.1:{port}");
    let mut store = Command::new(etcd);
    store.arg("--name=default").arg("--data-dir").arg(state().join("etcd")).args([
        "--unsafe-no-fsync",
        "--logger=zap",
        &format!("--listen-client-urls={}", url(client)),
        &format!("--advertise-client-urls={}", url(client)),
        &format!("--listen-peer-urls={}", url(peer)),
        &format!("--initial-advertise-peer-urls={}", url(peer)),
        &format!("--initial-cluster=default={}", url(peer)),
    ]);
    spawn("etcd", &mut store)?;
    let mut server = spawn("kube-apiserver", &mut apiserver(kube, &pki, &url(client), port))?;
    write(&state().join("port"), &port.to_string())?;
    let config = state().join("kubeconfig");
    write(&config, &kubeconfig(port))?;
    process::wait(&mut server, || {
        let ready = kubectl(&config).and_then(|mut kubectl| {
            kubectl.args(["get", "--raw=/readyz"]).output().map_err(|error| error.to_string())
        });
        ready.is_ok_and(|output| output.stdout == b"ok")
    })?;
    println!("an API server answers: KUBECONFIG={}", config.display());
    Ok(())
}

fn apiserver(kube: &Path, pki: &Path, store: &str, port: u16) -> Command {
    let mut command = Command::new(kube);
    let file = |flag: &str, path: PathBuf| format!("--{flag}={}", path.display());
    command.args([
        "kube-apiserver",
        "--bind-address=127.0.0.1",
        "--advertise-address=192.0.2.1",
        "--endpoint-reconciler-type=none",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-cluster-ip-range=10.96.0.0/16",
        "--allow-privileged=true",
        "--profiling=false",
        &format!("--secure-port={port}"),
        &format!("--etcd-servers={store}"),
        &format!("--disable-admission-plugins={PLUGINS_OFF}"),
        &file("tls-cert-file", pki.join("apiserver.crt")),
        &file("tls-private-key-file", pki.join("apiserver.key")),
        &file("client-ca-file", pki.join("ca.crt")),
        &file("service-account-key-file", pki.join("accounts.key")),
        &file("service-account-signing-key-file", pki.join("accounts.key")),
        &file("audit-policy-file", root().join("tests/rig/kubernetes/audit.yaml")),
        &file("audit-log-path", state().join("audit.log")),
    ]);
    command
}

fn kubeconfig(port: u16) -> String {
    format!(
        "apiVersion: v1
kind: Config
clusters: [{{name: rig, cluster: {{server: \"https://127.0.0.1:{port}\", certificate-authority: pki/ca.crt}}}}]
users: [{{name: admin, user: {{client-certificate: pki/admin.crt, client-key: pki/admin.key}}}}]
contexts: [{{name: rig, context: {{cluster: rig, user: admin}}}}]
current-context: rig
"
    )
}

/// Three ports that were free a moment ago.
fn free_ports() -> Result<[u16; 3], String> {
    let told = |error: io::Error| format!("no free port: {error}");
    let listen = || TcpListener::bind("127.0.0.1:0");
    let held = [listen().map_err(told)?, listen().map_err(told)?, listen().map_err(told)?];
    let mut ports = [0; 3];
    for (port, listener) in ports.iter_mut().zip(&held) {
        *port = listener.local_addr().map_err(told)?.port();
    }
    Ok(ports)
}

/// Starts a program and writes down its number.
fn spawn(name: &'static str, command: &mut Command) -> Result<Running, String> {
    let running = Running::start(name, command, &state().join(format!("{name}.log")))?;
    write(&state().join(format!("{name}.pid")), &running.id().to_string())?;
    Ok(running)
}

/// Ends what `up` started and deletes what it left.
pub(super) fn down() -> Result<(), String> {
    for name in ["kube-apiserver", "etcd"] {
        let Ok(number) = fs::read_to_string(state().join(format!("{name}.pid"))) else { continue };
        if is_running(&number, name) {
            check(command("kill").arg(&number))?;
            let began = Instant::now();
            while is_running(&number, name) && began.elapsed() < PATIENCE {
                thread::sleep(Duration::from_millis(100));
            }
        }
    }
    match fs::remove_dir_all(state()) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(format!("{}: {error}", state().display()))
        }
        _ => Ok(()),
    }
}

/// Whether the process with this number is one of ours: numbers are used again. One that has
/// ended and was not waited for has no command line any more.
fn is_running(number: &str, name: &str) -> bool {
    let line = fs::read(Path::new("/proc").join(number).join("cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line);
    line.contains(name) && line.contains(&*state().to_string_lossy())
}
