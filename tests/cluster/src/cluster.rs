//! The cluster that is watched, asked by kubectl and written to in a namespace of its own: of an
//! API server of ours, or one that somebody named for tests, of which nothing is left there.

use serde_json::{Value, json};
use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
};
use tempfile::TempDir;

/// Names the kubeconfig of a cluster that tests may write to. Not KUBECONFIG: that of a developer
/// often means a cluster that matters.
const GIVEN: &str = "COFFERDAM_TEST_KUBECONFIG";

/// What all that is made in the cluster of somebody else has, so that it is found.
const LABEL: &str = "cofferdam.dev/test";

/// Patience of kubectl with the end of what has much in it.
const UNTIL_GONE: &str = "--timeout=3m";

pub(crate) struct Cluster {
    /// kubectl, with its first word where it is one program of several.
    kubectl: Vec<OsString>,
    config: PathBuf,
    /// Kubeconfigs of ours.
    folder: TempDir,
    /// Ours alone, by its name.
    pub(crate) namespace: String,
    /// Whether nobody else writes to it, and all of it ends with us.
    pub(crate) is_ours: bool,
}

/// The kubeconfig that somebody named for tests, relative to the repository as people type it.
pub(crate) fn given() -> Option<PathBuf> {
    let given = std::env::var_os(GIVEN).filter(|given| !given.is_empty())?;
    Some(crate::server::root().join(given))
}

impl Cluster {
    /// The one that somebody named.
    pub(crate) fn given(config: &Path) -> Self {
        assert!(config.is_file(), "{GIVEN}: there is no {}", config.display());
        let kubectl = crate::server::of_system("kubectl").map_or_else(
            || vec![crate::server::programs().0.into(), "kubectl".into()],
            |kubectl| vec![kubectl.into()],
        );
        let cluster = Self::open(kubectl, config.to_owned(), false);
        println!("uses the namespace {} of {}", cluster.namespace, config.display());
        cluster
    }

    /// With a namespace that nobody had before.
    pub(crate) fn open(kubectl: Vec<OsString>, config: PathBuf, is_ours: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut cluster = Self { kubectl, config, folder, namespace: String::new(), is_ours };
        let labels = json!({LABEL: ""});
        cluster.namespace = cluster.create(&json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"generateName": "cofferdam-test-", "labels": labels},
        }));
        cluster
    }

    /// What kubectl says.
    pub(crate) fn kubectl(&self, words: &[&str]) -> String {
        self.try_kubectl(words).unwrap_or_else(|said| panic!("kubectl {words:?}: {said}"))
    }

    /// What kubectl says of our namespace.
    pub(crate) fn inside(&self, words: &[&str]) -> String {
        self.kubectl(&[&["--namespace", &self.namespace], words].concat())
    }

    pub(crate) fn try_kubectl(&self, words: &[&str]) -> Result<String, String> {
        let mut command = Command::new(&self.kubectl[0]);
        command.args(&self.kubectl[1..]).arg("--kubeconfig").arg(&self.config).args(words);
        let output = command.output().unwrap();
        if output.status.success() {
            return Ok(String::from_utf8(output.stdout).unwrap());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Makes an object, in our namespace if it lies in one; its name.
    pub(crate) fn create(&self, object: &Value) -> String {
        self.send("create", object)
    }

    pub(crate) fn apply(&self, object: &Value) {
        self.send("apply", object);
    }

    fn send(&self, verb: &str, object: &Value) -> String {
        let file = self.folder.path().join("object.json");
        fs::write(&file, object.to_string()).unwrap();
        let words = [verb, "-o=jsonpath={.metadata.name}", "-f", file.to_str().unwrap()];
        if self.namespace.is_empty() { self.kubectl(&words) } else { self.inside(&words) }
    }

    /// Lets an account of our namespace list and watch a resource everywhere.
    pub(crate) fn allow(&self, account: &str, group: &str, resource: &str) {
        let api_version = "rbac.authorization.k8s.io/v1";
        let (labels, namespace) = (json!({LABEL: self.namespace}), &self.namespace);
        let metadata = json!({"name": format!("{namespace}-{resource}"), "labels": labels});
        let role = self.create(&json!({
            "apiVersion": api_version,
            "kind": "ClusterRole",
            "metadata": metadata,
            "rules": [{"apiGroups": [group], "resources": [resource], "verbs": ["list", "watch"]}],
        }));
        self.create(&json!({
            "apiVersion": api_version,
            "kind": "ClusterRoleBinding",
            "metadata": metadata,
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": role},
            "subjects": [{"kind": "ServiceAccount", "name": account, "namespace": namespace}],
        }));
    }

    /// Where its API server listens.
    pub(crate) fn address(&self) -> String {
        Server::of(&self.view()).address
    }

    /// The context of its kubeconfig.
    pub(crate) fn context(&self) -> String {
        self.kubectl(&["config", "current-context"]).trim().to_owned()
    }

    /// A kubeconfig that leads through a port of this machine, with this token in place of who we
    /// are. TLS goes through, and the certificate is still to be the API server's.
    pub(crate) fn through(&self, port: u16, token: Option<&str>) -> PathBuf {
        let mut config = self.view();
        let server = Server::of(&config);
        let cluster = &mut config["clusters"][0]["cluster"];
        cluster["server"] = json!(format!("https://127.0.0.1:{port}{}", server.path));
        if cluster["tls-server-name"].is_null() {
            cluster["tls-server-name"] = json!(server.name);
        }
        if let Some(token) = token {
            config["users"][0]["user"] = json!({"token": token});
        }
        let account = if token.is_some() { "poor" } else { "own" };
        let file = self.folder.path().join(format!("{account}.kubeconfig"));
        fs::write(&file, config.to_string()).unwrap();
        file
    }

    /// Its kubeconfig, whole in itself, without other contexts.
    fn view(&self) -> Value {
        let view = ["config", "view", "--minify", "--flatten", "--raw", "-o=json"];
        serde_json::from_str(&self.kubectl(&view)).unwrap()
    }

    /// Deletes all that was made, and waits until it is gone.
    fn clear(&self) -> Result<(), String> {
        let label = format!("--selector={LABEL}={}", self.namespace);
        let rights = self.try_kubectl(&["delete", "clusterrolebindings,clusterroles", &label]);
        let all = self.try_kubectl(&["delete", "namespace", &self.namespace, UNTIL_GONE]);
        rights.and(all).map(drop)
    }
}

/// An API server, out of a kubeconfig.
struct Server {
    /// `api.example.com:443`
    address: String,
    /// What its certificate is for.
    name: String,
    /// Of those that are behind one address with others.
    path: String,
}

impl Server {
    fn of(config: &Value) -> Self {
        let cluster = &config["clusters"][0]["cluster"];
        assert!(cluster["proxy-url"].is_null(), "a cluster behind a proxy cannot be tried");
        let server = cluster["server"].as_str().unwrap();
        let (_, rest) = server.split_once("https://").expect("an API server with TLS");
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let has_port = host.rfind(':') > host.rfind(']');
        let address = if has_port { host.to_owned() } else { format!("{host}:443") };
        let name = address.rsplit_once(':').unwrap().0.trim_matches(['[', ']']).to_owned();
        Self { address, name, path: path.trim_end_matches('/').to_owned() }
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if self.is_ours || self.namespace.is_empty() {
            return;
        }
        let cleared = self.clear();
        // A second panic would end the test without a word about the first.
        if thread::panicking() {
            println!("the namespace {}: {cleared:?}", self.namespace);
        } else {
            cleared.unwrap();
        }
    }
}
