//! Cofferdam in a cluster of the rig's, by its chart; asked as people ask it.

use crate::{Rig, root, succeed};
use cofferdam_bounds::file::read_text;
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
    thread::sleep,
    time::{Duration, Instant},
};
use tempfile::TempDir;

pub(crate) const NAMESPACE: &str = "cofferdam-system";
/// How long a roll-out may take.
const PATIENCE: &str = "--timeout=3m";
/// How often something is asked again that is not there yet.
const AGAIN: Duration = Duration::from_millis(500);
/// Small files of the rig.
const BYTES_MAX: u64 = 1 << 20;

/// The feeds that are served in the test, and where they are among the advisories beside the
/// repository; the others are left out.
const FEEDS: &[(&str, Option<&str>)] = &[
    ("osv-debian", Some("osv/Debian/all.zip")),
    ("osv-pypi", Some("osv/PyPI/all.zip")),
    ("osv-go", Some("osv/Go/all.zip")),
    ("osv-crates", Some("osv/crates.io/all.zip")),
    ("kev", Some("known_exploited_vulnerabilities.json")),
    ("epss", Some("epss_scores.csv.gz")),
    ("end-of-life", Some("endoflife.tar.zst")),
    ("osv-ubuntu", None),
    ("osv-alpine", None),
    ("osv-rocky", None),
    ("osv-almalinux", None),
    ("osv-redhat", None),
    ("osv-opensuse", None),
    ("osv-suse", None),
    ("osv-wolfi", None),
    ("osv-chainguard", None),
    ("osv-npm", None),
    ("osv-maven", None),
];

/// An installation that is signed in to. Its helpers end with it.
pub(crate) struct Install<'r> {
    rig: &'r Rig,
    /// Cookies, and the authority that its console is believed by.
    folder: TempDir,
    feeds: Child,
    forward: Option<Forward>,
    url: String,
    password: String,
    csrf: String,
    token: String,
}

impl Drop for Install<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            println!("{}", self.log());
        }
        let _ = self.feeds.kill();
    }
}

/// A way to what is installed, as long as it is held.
pub(crate) struct Forward {
    pub(crate) port: String,
    process: Child,
}

impl Drop for Forward {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl<'r> Install<'r> {
    /// With SQLite on a volume, which is a folder of the node.
    pub(crate) fn one_replica(rig: &'r Rig) -> Self {
        rig.volume();
        Self::new(rig, &[])
    }

    /// With PostgreSQL and NATS, over TLS.
    pub(crate) fn two_replicas(rig: &'r Rig) -> Self {
        succeed(&mut rig.command(&["services"]));
        let store = read_text(&rig.folder().join("services/store"), BYTES_MAX).unwrap();
        let _ = rig.kubectl(&["create", "namespace", NAMESPACE]);
        let authority = "sslrootcert=/etc/cofferdam/authority/ca.crt";
        let url = format!("--from-literal=url={store}?{authority}");
        let create = ["create", "secret", "generic", "store", &url, "-n", NAMESPACE];
        let _ = rig.kubectl(&create);
        let bus = format!("bus.url=tls://{}:4222?{authority}", rig.node());
        Self::new(rig, &["--set", "replicas=2,store.secret=store", "--set", &bus])
    }

    fn new(rig: &'r Rig, values: &[&str]) -> Self {
        succeed(&mut rig.command(&["registry", "up"]));
        succeed(rig.command(&["load"]).arg(image()));
        if !rig.kubectl(&["get", "namespaces", "-o", "name"]).contains(NAMESPACE) {
            let _ = rig.kubectl(&["create", "namespace", NAMESPACE]);
        }
        let restricted = "pod-security.kubernetes.io/enforce=restricted";
        let _ = rig.kubectl(&["label", "namespace", NAMESPACE, restricted]);
        let authority = format!("--from-file={}", rig.folder().join("etc/pki/ca.crt").display());
        let create = ["create", "configmap", "registries", &authority, "-n", NAMESPACE];
        let _ = rig.kubectl(&create);
        let folder = tempfile::tempdir().unwrap();
        let (feeds, address) = serve_feeds(rig, folder.path());
        let mut install = Self {
            rig,
            folder,
            feeds,
            forward: None,
            url: String::new(),
            password: String::new(),
            csrf: String::new(),
            token: String::new(),
        };
        let sources = FEEDS.iter().map(|(name, path)| {
            let url = path.map(|path| format!("{address}/{path}")).unwrap_or_default();
            format!("advisories.sources.{name}={url}")
        });
        let sources = sources.collect::<Vec<_>>().join(",");
        let mut helm = install.helm(&["install", "cofferdam", "deploy/chart", "--wait", PATIENCE]);
        helm.args(["--set", "scan.pullSecrets=true,authority.configMap=registries"]);
        succeed(helm.args(["--set-string", &sources]).args(values));
        install.forward();
        install.sign_in();
        install
    }

    fn helm(&self, words: &[&str]) -> Command {
        let tools = std::fs::read_dir(root().join("target/tools")).unwrap().flatten();
        let helm = tools.map(|tool| tool.path().join("helm")).find(|path| path.is_file());
        let mut helm = Command::new(helm.expect("no helm: cargo xtask setup"));
        helm.current_dir(root()).env("KUBECONFIG", self.rig.kubeconfig());
        helm.args(words).args(["--namespace", NAMESPACE]);
        helm
    }

    /// Leads to the console anew: what led there ended with the pod it led to.
    pub(crate) fn forward(&mut self) {
        self.forward = None;
        let status = ["-n", NAMESPACE, "rollout", "status", "deployment/cofferdam", PATIENCE];
        let _ = self.rig.kubectl(&status);
        let forward = self.lead("service/cofferdam", ":443");
        self.url = format!("https://localhost:{}", forward.port);
        self.forward = Some(forward);
        // As docs/install.md has people do it.
        let template = r#"go-template={{index .data "ca.crt" | base64decode}}"#;
        let words = ["get", "secret", "cofferdam-certificates", "-n", NAMESPACE, "-o", template];
        let authority = self.rig.kubectl(&words);
        std::fs::write(self.authority(), authority).unwrap();
    }

    /// Leads from a port of this machine to one of what is installed.
    pub(crate) fn lead(&self, to: &str, port: &str) -> Forward {
        let words = ["kubectl", "-n", NAMESPACE, "port-forward", to, port];
        let mut process = self.rig.command(&words).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let line = lines.next().unwrap().unwrap();
        let port = line.split("127.0.0.1:").nth(1).and_then(|rest| rest.split(' ').next());
        let port = port.unwrap().to_owned();
        // Its pipe stays open as long as it runs.
        std::thread::spawn(move || lines.for_each(drop));
        Forward { port, process }
    }

    /// Sees that what people copy to believe the console by is this.
    pub(crate) fn authority_is(&self, expected: &str) {
        assert_eq!(read_text(&self.authority(), BYTES_MAX).unwrap(), expected);
    }

    fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.crt")
    }

    fn curl(&self, method: &str, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let cookies = self.folder.path().join("cookies");
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--fail-with-body", "--request", method]);
        curl.arg("--cacert").arg(self.authority()).arg("--cookie").arg(&cookies);
        curl.arg("--cookie-jar").arg(&cookies);
        if let Some(body) = body {
            curl.args(["--header", "Content-Type: application/json", "--data", &body.to_string()]);
            curl.args(["--header", &format!("X-Cofferdam-CSRF: {}", self.csrf)]);
        }
        let output = curl.arg(format!("{}/api/v1{path}", self.url)).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        if !output.status.success() {
            return Err(format!("{path}: {said}{}", String::from_utf8_lossy(&output.stderr)));
        }
        Ok(serde_json::from_str(&said).unwrap_or(Value::Null))
    }

    /// What all replicas said.
    fn log(&self) -> String {
        let words = ["-n", NAMESPACE, "logs", "-l", "app.kubernetes.io/name=cofferdam"];
        self.rig.kubectl(&[&words[..], &["--tail=-1"]].concat())
    }

    /// Sees that every line of the log is one of docs/install.md, and that none tells a secret.
    pub(crate) fn read_log(&self) {
        let store = read_text(&self.rig.folder().join("services/store"), BYTES_MAX);
        let store = store.unwrap_or_default();
        let store = store.split_once('@').and_then(|(user, _)| user.rsplit_once(':'));
        let store = store.map(|(_, password)| password).filter(|one| !one.starts_with("//"));
        let secrets = [Some(&*self.password), Some(&*self.token), store];
        let log = self.log();
        assert!(log.lines().count() > 1, "{log}");
        for line in log.lines() {
            let read: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
            for field in ["time", "level", "message"] {
                assert!(read[field].is_string(), "{field} of {line}");
            }
            for secret in secrets.iter().flatten() {
                assert!(!line.contains(secret), "a secret is told: {line}");
            }
        }
    }

    /// The first password, out of its Secret.
    pub(crate) fn first_password(&self) -> String {
        let template = "go-template={{.data.password | base64decode}}";
        self.rig.kubectl(&["get", "secret", "cofferdam-admin", "-n", NAMESPACE, "-o", template])
    }

    /// As the first account.
    fn sign_in(&mut self) {
        let first = self.first_password();
        self.begin(&first);
        let refused = self.curl("GET", "/overview", None).unwrap_err();
        assert!(refused.contains("Change the password first"), "{refused}");
        // No longer than one session, and never again the one that the Secret has.
        self.password = format!("{first} and more");
        let change = json!({"current": first, "password": self.password});
        self.curl("PUT", "/session/password", Some(&change)).unwrap();
        self.begin(&self.password.clone());
        let token = json!({"name": "test", "role": "viewer", "days": 1});
        let token = self.curl("POST", "/access/tokens", Some(&token)).unwrap();
        self.token = token["value"].as_str().unwrap_or_else(|| panic!("{token}")).to_owned();
    }

    /// Begins a session.
    fn begin(&mut self, password: &str) {
        let session = json!({"name": "admin", "password": password});
        let session = self.curl("POST", "/session", Some(&session)).unwrap();
        self.csrf = session["csrf"].as_str().unwrap().to_owned();
    }

    pub(crate) fn get(&self, path: &str) -> Value {
        self.try_get(path).unwrap()
    }

    pub(crate) fn try_get(&self, path: &str) -> Result<Value, String> {
        self.curl("GET", path, None)
    }

    pub(crate) fn put(&self, path: &str, body: &Value) {
        self.try_put(path, body).unwrap();
    }

    pub(crate) fn try_put(&self, path: &str, body: &Value) -> Result<(), String> {
        self.curl("PUT", path, Some(body)).map(drop)
    }

    /// What fails, by subject and rule, in order.
    pub(crate) fn findings(&self) -> Vec<(String, String)> {
        self.try_findings().unwrap()
    }

    pub(crate) fn try_findings(&self) -> Result<Vec<(String, String)>, String> {
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.try_get(&format!("/findings?limit=500&outcome=fail{after}"))?;
            let text = |one: &Value, key: &str| one[key].as_str().unwrap_or_default().to_owned();
            let items = page["items"].as_array().cloned().unwrap_or_default();
            all.extend(items.iter().map(|one| (text(one, "subjectTitle"), text(one, "rule"))));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        all.sort();
        Ok(all)
    }

    /// What our own command line says, as kubectl's plugin.
    pub(crate) fn cofferdam(&self, words: &[&str]) -> String {
        let plugin = self.folder.path().join("kubectl-cofferdam");
        let _ = std::os::unix::fs::symlink(root().join("target/release/cofferdam"), &plugin);
        let mut path = self.folder.path().as_os_str().to_owned();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let mut kubectl = self.rig.command(&["kubectl", "cofferdam"]);
        kubectl.args(words).env("PATH", path);
        kubectl.env("COFFERDAM_URL", &self.url).env("COFFERDAM_TOKEN", &self.token);
        let output = succeed(kubectl.arg("--ca-certificate").arg(self.authority()));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Signs in to the console in a real browser, and sees these findings.
    pub(crate) fn browse(&self, sins: &[(&str, &str)]) {
        let mut browser = Command::new("npm");
        browser.current_dir(root().join("console")).args(["run", "e2e"]);
        browser.env("BASE_URL", &self.url).env("PASSWORD", &self.password);
        succeed(browser.env("SINS", json!(sins).to_string()));
    }

    /// Asks again until it is so, or says what is not.
    pub(crate) fn wait<T>(
        &mut self,
        patience: Duration,
        mut is_so: impl FnMut(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        let began = Instant::now();
        loop {
            match is_so(self) {
                Ok(found) => {
                    println!("after {:.1} s", began.elapsed().as_secs_f32());
                    return Ok(found);
                }
                Err(why) if began.elapsed() > patience => return Err(why),
                Err(_) => sleep(AGAIN),
            }
        }
    }

    /// The replica that writes.
    pub(crate) fn leader(&self) -> String {
        let words = ["-n", NAMESPACE, "get", "lease", "cofferdam", "-o"];
        self.rig.kubectl(&[&words[..], &["jsonpath={.spec.holderIdentity}"]].concat())
    }

    pub(crate) fn scale(&self, replicas: u32) {
        let replicas = format!("--replicas={replicas}");
        let words = ["-n", NAMESPACE, "scale", "deployment/cofferdam", &replicas];
        let _ = self.rig.kubectl(&words);
        if replicas.ends_with("=0") {
            let pods = ["wait", "--for=delete", "pods", "-l", "app.kubernetes.io/name=cofferdam"];
            let _ = self.rig.kubectl(&[&pods[..], &["-n", NAMESPACE, PATIENCE]].concat());
        }
    }

    pub(crate) fn upgrade(&self, values: &[&str]) {
        let mut helm = self.helm(&["upgrade", "cofferdam", "deploy/chart", "--wait", PATIENCE]);
        succeed(helm.arg("--reuse-values").args(values));
    }

    /// As docs/install.md says, and what this test itself made besides.
    pub(crate) fn uninstall(self) {
        succeed(&mut self.helm(&["uninstall", "cofferdam", "--wait"]));
        let _ = self.rig.kubectl(&["delete", "--filename=deploy/chart/crds"]);
        let left =
            self.rig.kubectl(&["-n", NAMESPACE, "get", "all,pvc,lease,secret", "-o", "name"]);
        assert_eq!(left, "", "the chart leaves nothing in its namespace");
        let _ = self.rig.kubectl(&["delete", "namespace", NAMESPACE]);
        let _ = self.rig.kubectl(&["delete", "persistentvolume", "cofferdam"]);
    }
}

/// The image of Cofferdam: the one that somebody gave, or one of what is here, built once for all
/// tests.
pub(crate) fn image() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        std::env::var_os("COFFERDAM_IMAGE").map_or_else(
            || {
                succeed(&mut crate::cargo(&["xtask", "package"]));
                "target/package/cofferdam.tar".into()
            },
            PathBuf::from,
        )
    })
}

impl Rig {
    /// The address of its node, as the kubeconfig says it: `10.200.0.1`.
    fn node(&self) -> String {
        let config = read_text(&self.kubeconfig(), BYTES_MAX).unwrap();
        let server = config.split("https://").nth(1).unwrap();
        server.split(':').next().unwrap().to_owned()
    }

    /// The address of this machine to it (`tests/rig/README.md`).
    pub(crate) fn machine(&self) -> String {
        let node = self.node();
        format!("{}.254", node.rsplit_once('.').unwrap().0)
    }

    /// A volume that the store of an installation may have: a folder of the node.
    pub(crate) fn volume(&self) {
        let data = self.folder().join("data");
        std::fs::create_dir_all(&data).unwrap();
        succeed(Command::new("chown").arg("65532:65532").arg(&data));
        self.apply(&json!({
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": "cofferdam"},
            "spec": {
                "capacity": {"storage": "8Gi"},
                "accessModes": ["ReadWriteOnce"],
                "persistentVolumeReclaimPolicy": "Retain",
                "hostPath": {"path": data},
            },
        }));
    }

    pub(crate) fn apply(&self, object: &Value) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), object.to_string()).unwrap();
        let _ = self.kubectl(&["apply", "--filename", &file.path().display().to_string()]);
    }

    /// Tries to start a privileged pod; what the refusal says.
    pub(crate) fn refusal(&self) -> Result<String, String> {
        self.refusal_of(&["--privileged", "--image=rig.test/pause:1", "--image-pull-policy=Never"])
    }

    /// Tries to start a pod that `kubectl run` makes of these; what the refusal says. One that is
    /// let in does not stay.
    pub(crate) fn refusal_of(&self, words: &[&str]) -> Result<String, String> {
        let mut run = self.command(&["kubectl", "run", "refused"]);
        let output = run.args(words).output().unwrap();
        if output.status.success() {
            let _ = self.kubectl(&["delete", "pod", "refused", "--now"]);
            return Err(format!("the pod was let in: {words:?}"));
        }
        Ok(String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Names of all objects that an installation may leave.
    pub(crate) fn everything(&self) -> BTreeSet<String> {
        let kinds = "namespaces,customresourcedefinitions,clusterroles,clusterrolebindings,\
                     validatingwebhookconfigurations,persistentvolumes,leases,secrets,\
                     configmaps,serviceaccounts,services,deployments,networkpolicies";
        let names = "custom-columns=KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name";
        let all = self.kubectl(&["get", &kinds.replace(' ', ""), "--all-namespaces", "-o", names]);
        all.lines().filter(|line| !line.contains("kube-node-lease")).map(str::to_owned).collect()
    }
}

/// Serves the advisories beside the repository to the cluster, under the authority of its registry:
/// feeds are believed over TLS only.
fn serve_feeds(rig: &Rig, folder: &Path) -> (Child, String) {
    let advisories = std::env::var_os("COFFERDAM_ADVISORIES")
        .map_or_else(|| root().join("../shared/advisories"), PathBuf::from);
    let (pki, identity) = (rig.folder().join("etc/pki"), folder.join("feeds.pem"));
    let mut sign = Command::new("openssl");
    sign.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]);
    sign.args(["-subj", "/CN=feeds", "-days", "2"]);
    sign.args(["-addext", &format!("subjectAltName=IP:{}", rig.machine())]);
    sign.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    sign.arg("-CA").arg(pki.join("ca.crt")).arg("-CAkey").arg(pki.join("ca.key"));
    succeed(sign.arg("-keyout").arg(&identity).arg("-out").arg(folder.join("feeds.crt")));
    let server = "import functools, http.server, ssl, sys\n\
        handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=sys.argv[2])\n\
        server = http.server.ThreadingHTTPServer((sys.argv[1], 0), handler)\n\
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n\
        context.load_cert_chain(sys.argv[3], sys.argv[4])\n\
        server.socket = context.wrap_socket(server.socket, server_side=True)\n\
        print(server.server_port, flush=True)\n\
        server.serve_forever()";
    let mut python = Command::new("python3");
    python.args(["-c", server, &rig.machine()]).arg(advisories);
    python.arg(folder.join("feeds.crt")).arg(&identity);
    let mut server = python.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut port = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut port).unwrap();
    (server, format!("https://{}:{}", rig.machine(), port.trim()))
}
