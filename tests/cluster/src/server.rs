//! A real API server with its store, on ports of its own; nothing of it is left.

use crate::cluster::Cluster;
use cofferdam_bounds::file::read_text;
use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    net::{TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// How long one may take to answer, on a machine with other work.
const PATIENCE: Duration = Duration::from_mins(2);

const LOG_BYTES_MAX: u64 = 16 << 20;

/// Plugins that want objects which only controllers make.
const PLUGINS_OFF: &str = "ServiceAccount,DefaultTolerationSeconds,Priority,\
    TaintNodesByCondition,DefaultIngressClass,RuntimeClass";

/// The administrator, its name its own token.
const ACCOUNTS: &str = "admin,admin,1,\"system:masters\"\n";

pub(crate) struct Server {
    folder: TempDir,
    kube: PathBuf,
    port: u16,
    store_port: u16,
    store: Child,
    api: Option<Child>,
}

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap().to_owned()
}

/// A program that the rig made: `target/rig/NAME-VERSION/NAME`.
fn of_rig(name: &str) -> Option<PathBuf> {
    let folders = fs::read_dir(root().join("target/rig")).ok()?;
    let is_one =
        |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(&format!("{name}-"));
    let programs = folders.flatten().filter(is_one).map(|entry| entry.path().join(name));
    programs.filter(|program| program.is_file()).max()
}

/// The system's own.
pub(crate) fn of_system(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

/// Kubernetes and its store. The first time it takes minutes.
pub(crate) fn programs() -> (PathBuf, PathBuf) {
    let found = || Some((of_rig("kube")?, of_system("etcd").or_else(|| of_rig("etcd"))?));
    found().unwrap_or_else(|| {
        let build = Command::new(env!("CARGO"))
            .current_dir(root())
            .args(["xtask", "rig", "build"])
            .status();
        assert!(build.unwrap().success(), "cargo xtask rig build");
        found().expect("cargo xtask rig build makes what the system does not have")
    })
}

/// Ports that were free a moment ago.
fn free_ports<const N: usize>() -> [u16; N] {
    let held = [(); N].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    held.map(|listener| listener.local_addr().unwrap().port())
}

impl Server {
    pub(crate) fn start() -> Self {
        let (kube, etcd) = programs();
        let folder = tempfile::tempdir().unwrap();
        let [store_port, peer, port] = free_ports();
        let url = |port: u16| format!("http://127.0.0.1:{port}");
        let mut store = Command::new(etcd);
        store
            .args(["--name=default", "--unsafe-no-fsync", "--logger=zap"])
            .arg(format!("--data-dir={}", folder.path().join("etcd").display()))
            .arg(format!("--listen-client-urls={}", url(store_port)))
            .arg(format!("--advertise-client-urls={}", url(store_port)))
            .arg(format!("--listen-peer-urls={}", url(peer)))
            .arg(format!("--initial-advertise-peer-urls={}", url(peer)))
            .arg(format!("--initial-cluster=default={}", url(peer)));
        let store = spawn(&mut store, &folder.path().join("etcd.log"));
        let key = folder.path().join("accounts.key");
        let made = Command::new("openssl")
            .args(["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out"])
            .arg(&key)
            .output()
            .unwrap();
        assert!(made.status.success(), "{made:?}");
        fs::write(folder.path().join("accounts.csv"), ACCOUNTS).unwrap();
        let mut server = Self { folder, kube, port, store_port, store, api: None };
        server.write_config();
        server.start_api();
        server
    }

    /// Starts the API server, and waits until it answers.
    pub(crate) fn start_api(&mut self) {
        let file = |name: &str| self.folder.path().join(name).display().to_string();
        let mut command = Command::new(&self.kube);
        command.args([
            "kube-apiserver",
            "--bind-address=127.0.0.1",
            "--advertise-address=192.0.2.1",
            "--endpoint-reconciler-type=none",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            "--service-cluster-ip-range=10.96.0.0/16",
            "--profiling=false",
            &format!("--secure-port={}", self.port),
            &format!("--etcd-servers=http://127.0.0.1:{}", self.store_port),
            &format!("--disable-admission-plugins={PLUGINS_OFF}"),
            &format!("--cert-dir={}", file("pki")),
            &format!("--token-auth-file={}", file("accounts.csv")),
            &format!("--service-account-key-file={}", file("accounts.key")),
            &format!("--service-account-signing-key-file={}", file("accounts.key")),
        ]);
        self.api = Some(spawn(&mut command, &self.folder.path().join("api.log")));
        let began = Instant::now();
        while !self.is_ready() {
            let log = || read_text(Path::new(&file("api.log")), LOG_BYTES_MAX).unwrap_or_default();
            assert!(began.elapsed() < PATIENCE, "no API server: {}", log());
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// As a crash does.
    pub(crate) fn kill_api(&mut self) {
        if let Some(mut api) = self.api.take() {
            api.kill().unwrap();
            api.wait().unwrap();
        }
    }

    /// As its administrator.
    pub(crate) fn cluster(&self) -> Cluster {
        let kubectl = vec![self.kube.clone().into(), "kubectl".into()];
        Cluster::open(kubectl, self.config(), true)
    }

    fn config(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    fn write_config(&self) {
        let (port, authority) = (self.port, self.folder.path().join("pki/apiserver.crt"));
        let text = format!(
            "apiVersion: v1\nkind: Config\n\
             clusters: [{{name: c, cluster: {{server: 'https://127.0.0.1:{port}', \
             certificate-authority: '{}'}}}}]\n\
             users: [{{name: u, user: {{token: admin}}}}]\n\
             contexts: [{{name: tried, context: {{cluster: c, user: u}}}}]\n\
             current-context: tried\n",
            authority.display()
        );
        fs::write(self.config(), text).unwrap();
    }

    fn is_ready(&self) -> bool {
        let mut command = Command::new(&self.kube);
        command.arg("kubectl").arg("--kubeconfig").arg(self.config());
        command.args(["get", "--raw=/readyz"]).output().unwrap().stdout == b"ok"
    }

    /// Makes the store forget what was before now (etcd v3 API, `Compact`).
    pub(crate) fn compact(&self) {
        let status = self.ask_store("/v3/maintenance/status", "{}");
        let (_, rest) = status.split_once("\"revision\":\"").unwrap();
        let (revision, _) = rest.split_once('"').unwrap();
        let body = format!("{{\"revision\":\"{revision}\",\"physical\":true}}");
        assert!(!self.ask_store("/v3/kv/compaction", &body).contains("error"));
    }

    fn ask_store(&self, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.store_port)).unwrap();
        let length = body.len();
        write!(
            stream,
            "POST {path} HTTP/1.1\r\nHost: store\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )
        .unwrap();
        let mut answer = String::new();
        #[expect(clippy::disallowed_methods, reason = "our own store, which we started")]
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill_api();
        let _ = self.store.kill();
        let _ = self.store.wait();
    }
}

fn spawn(command: &mut Command, log: &Path) -> Child {
    let log = File::options().create(true).append(true).open(log).unwrap();
    let errors = log.try_clone().unwrap();
    command.stdin(Stdio::null()).stdout(log).stderr(errors).spawn().unwrap()
}
