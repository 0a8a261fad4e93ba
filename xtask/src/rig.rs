//! A real Kubernetes to ask, built from its Go modules: the programs in one binary under
//! `target/rig`, and an API server with its etcd on loopback ports that nobody else has.
//!
//! What it needs to run is made for it and deleted after it: certificates, the store, logs.

use crate::command::{check, command, find, root};
use std::{
    fmt::Write as _,
    fs::{self, File},
    io,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The version of Kubernetes, without its `v`.
const VERSION: &str = "1.34.4";

/// The store, where the system has none.
const ETCD: (&str, &str) = ("go.etcd.io/etcd/server/v3", "v3.6.16");

/// How long a program may take to answer, on a machine that has other things to do.
const PATIENCE: Duration = Duration::from_mins(2);

/// Admission plugins that fill in what no file says, and those that want objects which only
/// controllers make.
const PLUGINS_OFF: &str = "ServiceAccount,DefaultTolerationSeconds,Priority,\
    TaintNodesByCondition,DefaultIngressClass,RuntimeClass";

fn folder() -> PathBuf {
    root().join("target/rig")
}

fn state() -> PathBuf {
    folder().join("apiserver")
}

fn kubernetes() -> PathBuf {
    folder().join(format!("kube-{VERSION}"))
}

/// Builds Kubernetes' programs, once; it takes minutes and gigabytes of cache.
pub(crate) fn build() -> Result<PathBuf, String> {
    let program = kubernetes().join("kube");
    if program.is_file() {
        return Ok(program);
    }
    let version = "k8s.io/component-base/version";
    let minor = VERSION.split('.').nth(1).unwrap_or_default();
    let flags = format!(
        "-s -w -X {version}.gitVersion=v{VERSION} -X {version}.gitMajor=1 \
         -X {version}.gitMinor={minor} -X k8s.io/client-go/pkg/version.gitVersion=v{VERSION}"
    );
    compile("kubernetes", &go_mod()?, &flags, &program)?;
    Ok(program)
}

/// Builds a program of `tests/rig` in the folder of the program, with this `go.mod`.
fn compile(name: &str, go_mod: &str, flags: &str, program: &Path) -> Result<(), String> {
    let folder = program.parent().ok_or("a program is in a folder")?;
    fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let main = root().join("tests/rig").join(name).join("main.go");
    fs::copy(&main, folder.join("main.go"))
        .map_err(|error| format!("{}: {error}", main.display()))?;
    write(&folder.join("go.mod"), go_mod)?;
    let go = || {
        let mut go = command("go");
        go.current_dir(folder).env("CGO_ENABLED", "0").env("GOFLAGS", "-buildvcs=false -mod=mod");
        go
    };
    check(go().args(["mod", "tidy"]))?;
    let mut build = go();
    build.args(["build", "-p", "1", "-trimpath", "-ldflags", flags, "-o"]).arg(program).arg(".");
    check(&mut build)
}

/// A module that requires Kubernetes, whose own parts are modules at the same version.
fn go_mod() -> Result<String, String> {
    let module = format!("k8s.io/kubernetes@v{VERSION}");
    let found = output(command("go").args(["mod", "download", "-json", &module]))?;
    let path = found.lines().find_map(|line| line.trim().strip_prefix("\"GoMod\": \""));
    let path = path.and_then(|path| path.strip_suffix("\",")).ok_or("go told no path of go.mod")?;
    let text = fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
    let mut made =
        format!("module rig/kube\n\ngo 1.24.0\n\nrequire k8s.io/kubernetes v{VERSION}\n");
    made.push_str("\nreplace (\n");
    let minor = VERSION.trim_start_matches("1.");
    let part = |line: &str| {
        let (name, version) = line.trim().split_once(' ')?;
        (name.starts_with("k8s.io/") && version == "v0.0.0").then(|| name.to_owned())
    };
    for name in text.lines().filter_map(part) {
        writeln!(made, "\t{name} => {name} v0.{minor}").map_err(|error| error.to_string())?;
    }
    made.push_str(")\n");
    Ok(made)
}

/// The store's program: the system's, or one made from its module.
fn etcd() -> Result<PathBuf, String> {
    if let Some(program) = find("etcd") {
        return Ok(program);
    }
    let (module, version) = ETCD;
    let program = folder().join(format!("etcd-{version}/etcd"));
    if !program.is_file() {
        let go_mod = format!("module rig/etcd\n\ngo 1.24.0\n\nrequire {module} {version}\n");
        compile("etcd", &go_mod, "-s -w", &program)?;
    }
    Ok(program)
}

/// Starts an API server; when this returns it answers.
pub(crate) fn up() -> Result<(), String> {
    let (kube, etcd) = (build()?, etcd()?);
    if state().exists() {
        return Err(format!("{} is there: cargo xtask rig apiserver down", state().display()));
    }
    let started = start(&kube, &etcd);
    if let Err(error) = started {
        let log = fs::read_to_string(state().join("kube-apiserver.log")).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(5).collect();
        down()?;
        return Err(format!("{error}\n{}", last.join("\n")));
    }
    Ok(())
}

fn start(kube: &Path, etcd: &Path) -> Result<(), String> {
    let pki = state().join("pki");
    fs::create_dir_all(&pki).map_err(|error| format!("{}: {error}", pki.display()))?;
    certificates(&pki)?;
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
    spawn("kube-apiserver", &mut apiserver(kube, &pki, &url(client), port))?;
    write(&state().join("port"), &port.to_string())?;
    write(&state().join("kubeconfig"), &kubeconfig(port))?;
    let began = Instant::now();
    let kubeconfig = state().join("kubeconfig");
    while began.elapsed() < PATIENCE {
        let mut ready = Command::new(kube);
        ready.arg("kubectl").arg("--kubeconfig").arg(&kubeconfig).args(["get", "--raw=/readyz"]);
        if ready.output().is_ok_and(|output| output.stdout == b"ok") {
            println!("an API server answers: KUBECONFIG={}", kubeconfig.display());
            return Ok(());
        }
        thread::sleep(Duration::from_millis(300));
    }
    Err(format!("no API server after {} s", PATIENCE.as_secs()))
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

/// Certificates for a day: an authority, the server's, and one of an administrator.
fn certificates(pki: &Path) -> Result<(), String> {
    let openssl = |arguments: &str| {
        let mut openssl = command("openssl");
        openssl.current_dir(pki).args(arguments.split(' '));
        output(&mut openssl).map(drop)
    };
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1";
    openssl(&format!("req -x509 {key} -keyout ca.key -out ca.crt -subj /CN=rig"))?;
    let signed =
        format!("req -x509 {key} -CA ca.crt -CAkey ca.key -addext basicConstraints=CA:FALSE");
    openssl(&format!(
        "{signed} -keyout apiserver.key -out apiserver.crt -subj /CN=kube-apiserver \
         -addext subjectAltName=DNS:localhost,IP:127.0.0.1"
    ))?;
    openssl(&format!(
        "{signed} -keyout admin.key -out admin.crt -subj /O=system:masters/CN=admin \
         -addext extendedKeyUsage=clientAuth"
    ))?;
    openssl("genrsa -out accounts.key 2048")
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

/// Starts a program that stays, with a log, and writes down its number.
fn spawn(name: &str, command: &mut Command) -> Result<(), String> {
    let log = state().join(format!("{name}.log"));
    let told = |error: io::Error| format!("{}: {error}", log.display());
    let file = File::create(&log).map_err(told)?;
    command.stdin(Stdio::null()).stdout(file.try_clone().map_err(told)?).stderr(file);
    let child = command.spawn().map_err(|error| format!("cannot run {name}: {error}"))?;
    write(&state().join(format!("{name}.pid")), &child.id().to_string())
}

/// Ends what `up` started and deletes what it left.
pub(crate) fn down() -> Result<(), String> {
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

/// Asks an API server afresh for `tests/goldens/admission/apiserver.txt`.
pub(crate) fn admission() -> Result<(), String> {
    up()?;
    let golden = root().join("tests/goldens/admission/apiserver.txt");
    let asked = output(command("python3").arg("tests/rig/admission/ask.py").arg(state()));
    down()?;
    write(&golden, &asked?)
}

fn output(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&output.stderr)));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("{command:?}: {error}"))
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))
}
