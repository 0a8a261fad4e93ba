//! A server with something in it: two namespaces, an image, findings, and an account of each role.

use super::client::{Answer, Ask};
use crate::{Api, ApiParts, Catalogue, Control, Door, Settings, Transport, Trouble};
use cofferdam_assess::Contents;
use cofferdam_bus::Bus;
use cofferdam_control::{
    View,
    admission::DoorStatus,
    audit::{AttackPath, AttackStep, Denials, FixFirst},
    inventory::Numbers,
    scan::report,
};
use cofferdam_identity::{Identity, NewAccount, NewToken, Role, Who};
use cofferdam_model::{
    ClusterIdentity, Diagnostic, Distribution, Evidence, Image, Layer, Location, Package,
    PackageKind, Problem, ProblemKind, Secret, SecretPlace, Severity,
};
use cofferdam_policy::{Bundle, PolicyFile};
use cofferdam_store::{
    ContainerKind, Exposure, ImageState, Outcome, Store, SubjectKind,
    rows::{self, Account},
};
use jiff::Timestamp;
use serde_json::Value;
use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tempfile::TempDir;
use tokio::{
    net::TcpListener,
    sync::{oneshot, watch},
    task::JoinHandle,
};

pub(super) const PASSWORD: &str = "correct horse battery";
pub(super) const AUDIT_TOKEN: &str = "audit-token";

pub(super) struct House {
    pub(super) address: SocketAddr,
    pub(super) store: Store,
    pub(super) bus: Bus,
    pub(super) identity: Arc<Identity>,
    pub(super) control: Arc<Fake>,
    pub(super) stop: Option<oneshot::Sender<()>>,
    pub(super) serving: JoinHandle<()>,
    _folder: TempDir,
}

pub(super) fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

pub(super) fn who() -> Who {
    Who { name: "test".to_owned(), address: "192.0.2.1".to_owned() }
}

/// Controllers that know what they are told.
pub(super) struct Fake {
    pub(super) is_synced: AtomicBool,
    /// Why the store cannot be written.
    pub(super) store: Mutex<Option<String>>,
    /// What was written into the log.
    pub(super) logged: Mutex<Vec<Diagnostic>>,
}

impl Control for Fake {
    fn view(&self) -> Arc<View> {
        let mut view = View::new(ClusterIdentity {
            id: "c".to_owned(),
            name: "rig".to_owned(),
            version: "v1.34.4".to_owned(),
            server: "https://test".to_owned(),
        });
        view.numbers = Numbers { nodes: 1, pods: 2, namespaces: 2, objects: 5 };
        view.state.is_ruled = true;
        view.state.withheld = [("Secret".to_owned(), "403 Forbidden".to_owned())].into();
        view.state.recalled_at = Some(now());
        view.state.store.clone_from(&self.store.lock().unwrap());
        view.state.synced_at = self.is_synced.load(Ordering::Relaxed).then(now);
        let through = AttackPath {
            title: "From the internet over shop into bank".to_owned(),
            namespaces: vec!["bank".to_owned(), "shop".to_owned()],
            ..path("web", "shop")
        };
        view.attack_paths = vec![path("web", "shop"), path("vault", "bank"), through];
        view.fix_first = vec![fix("web", &["shop"]), fix("vault", &["bank"]), fix("role", &[])];
        let (known, unknown) = (["shop".to_owned()].into(), Some([].into()));
        view.denials = Some(Denials { known, unknown });
        Arc::new(view)
    }

    fn door(&self) -> Door {
        let status = DoorStatus { allowed: 7, ..DoorStatus::default() };
        Door { is_installed: true, status: Some(status), ..Door::default() }
    }

    fn troubles(&self) -> Vec<Trouble> {
        let of = |namespace: Option<&str>| Trouble {
            what: format!("trouble of {namespace:?}"),
            namespace: namespace.map(str::to_owned),
            ..Trouble::default()
        };
        vec![of(None), of(Some("shop")), of(Some("vault"))]
    }

    fn log(&self, mistake: Diagnostic) {
        self.logged.lock().unwrap().push(mistake);
    }
}

fn path(workload: &str, namespace: &str) -> AttackPath {
    let step = AttackStep {
        title: "Reach it".to_owned(),
        why: "It is open".to_owned(),
        workload: Some(workload.to_owned()),
    };
    AttackPath {
        title: format!("From the internet over {namespace}"),
        steps: vec![step],
        cut: "Close it".to_owned(),
        cut_at: Some(workload.to_owned()),
        namespaces: vec![namespace.to_owned()],
    }
}

fn fix(of: &str, namespaces: &[&str]) -> FixFirst {
    FixFirst {
        title: format!("Mend {of}"),
        score: 80,
        namespaces: namespaces.iter().map(|one| (*one).to_owned()).collect(),
        ..FixFirst::default()
    }
}

/// What was seen in the image.
fn report() -> Vec<u8> {
    let location = Location { path: "var/lib/dpkg/status".to_owned(), layer: Some(0) };
    let layer = Layer { digest: None, diff_id: None, size_bytes: 5, created_by: None };
    report::encode(&Contents {
        image: Image { layers: vec![layer], ..Image::default() },
        distribution: Some(Distribution { id: "debian".to_owned(), ..Distribution::default() }),
        packages: vec![Package {
            kind: PackageKind::Deb,
            name: "openssl".to_owned(),
            version: "3.0".to_owned(),
            architecture: None,
            source: None,
            location: location.clone(),
            evidence: Evidence::Metadata,
            owner: None,
            license: None,
        }],
        secrets: vec![Secret {
            kind: "aws-access-key",
            title: "AWS access key",
            place: SecretPlace::File { location, deleted_in: Some(1), published_by: None },
            line: Some(3),
            masked: "AK…".to_owned(),
            evidence: "checksum".to_owned(),
        }],
        problems: vec![Problem::at(ProblemKind::Truncated, "a", "ends")],
        ..Contents::default()
    })
    .unwrap()
}

/// The rules about images, and a policy of one namespace.
fn catalogue() -> Catalogue {
    let text = "
apiVersion: cofferdam.dev/v1alpha1
kind: SecurityPolicy
metadata: {name: one-owner, namespace: vault}
spec:
  code: VAULT-1
  title: Pods have an owner
  description: Why.
  severity: low
  stages: [background]
  matchConstraints:
    resourceRules:
      - {apiGroups: [''], apiVersions: [v1], operations: [CREATE], resources: [pods]}
  validations:
    - expression: \"'owner' in object.metadata.labels\"
      message: The pod has no owner.
";
    let place = "SecurityPolicy vault/one-owner".to_owned();
    let files = [PolicyFile { place, text: text.to_owned() }];
    Catalogue::new(&Bundle::of_images(&files).unwrap(), &files)
}

impl House {
    pub(super) async fn new() -> Self {
        let settings =
            Settings { audit_token: Some(AUDIT_TOKEN.to_owned()), ..Settings::loopback() };
        Self::with(settings).await
    }

    pub(super) async fn with(settings: Settings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("cofferdam.db").display());
        let store = Store::open(&url).await.unwrap();
        let bus = Bus::open("memory:").await.unwrap();
        let identity = Arc::new(Identity::new(store.clone()));
        let control = Arc::new(Fake {
            is_synced: AtomicBool::new(true),
            store: Mutex::default(),
            logged: Mutex::default(),
        });
        fill(&store).await;
        let api = Api::new(ApiParts {
            store: store.clone(),
            bus: bus.clone(),
            identity: Arc::clone(&identity),
            control: Arc::clone(&control) as Arc<dyn Control>,
            catalogue: watch::channel(Arc::new(catalogue())).1,
            settings,
            clock: now,
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let (end, ended) = watch::channel(false);
        tokio::spawn(api.listen(ended));
        let serving = tokio::spawn(async move {
            let shutdown = async { drop(stopped.await) };
            api.serve(listener, Transport::Plain, shutdown).await;
            end.send_replace(true);
        });
        let stop = Some(stop);
        Self { address, store, bus, identity, control, stop, serving, _folder: folder }
    }

    /// An account of a role, which need not change its password; its name is the role's.
    pub(super) async fn account(&self, role: Role) -> Account {
        let namespaces = (role == Role::Developer).then(|| vec!["shop".to_owned()]);
        let (name, password) = (role.as_str().to_owned(), PASSWORD.to_owned());
        let new = NewAccount { name, role, namespaces, password };
        let account = self.identity.create_account(&who(), new, now()).await.unwrap();
        let account = Account { must_change: false, ..account };
        self.store.put_account(&account).await.unwrap();
        account
    }

    /// A token of a new account of a role.
    pub(super) async fn token(&self, role: Role) -> String {
        self.account(role).await;
        let name = role.as_str();
        let password = PASSWORD.to_owned();
        let owner = self.identity.sign_in(name, password, "127.0.0.1", now()).await.unwrap();
        let new = NewToken { name: "test".to_owned(), role, days: 1 };
        let made = self.identity.create_token(&who(), &owner.principal, new, now()).await;
        made.unwrap().1
    }

    /// Signs in over HTTP: the cookie and the value for changes.
    pub(super) async fn sign_in(&self, name: &str) -> (String, String) {
        let body = serde_json::json!({ "name": name, "password": PASSWORD });
        let answer = self.send(Ask::new("POST", "/api/v1/session").json(&body)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let cookie = answer.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        (cookie, answer.json()["csrf"].as_str().unwrap().to_owned())
    }

    pub(super) async fn send(&self, ask: Ask) -> Answer {
        ask.send(self.address).await
    }

    /// The document at a path below `/api/v1`.
    pub(super) async fn get(&self, path: &str, token: &str) -> Value {
        let answer = self.send(Ask::get(format!("/api/v1{path}")).token(token)).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
        answer.json()
    }
}

/// A workload in a namespace.
pub(super) fn workload(name: &str, namespace: &str, score: u8) -> rows::Workload {
    rows::Workload {
        id: name.to_owned(),
        cluster: "c".to_owned(),
        api_version: "apps/v1".to_owned(),
        kind: "Deployment".to_owned(),
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        replicas: 2,
        ready: 1,
        service_account: "default".to_owned(),
        exposure: Exposure::Internet,
        privileged: true,
        labels: [("app".to_owned(), name.to_owned())].into(),
        score,
        score_why: "because".to_owned(),
        critical: 1,
        high: 0,
        medium: 0,
        low: 0,
        unknown: 0,
        images: 1,
        first_seen: now(),
        last_seen: now(),
        gone_at: None,
    }
}

fn finding(id: &str, kind: SubjectKind, subject: &str, namespace: Option<&str>) -> rows::Finding {
    rows::Finding {
        id: id.to_owned(),
        cluster: "c".to_owned(),
        subject_kind: kind,
        subject: subject.to_owned(),
        subject_title: format!("Deployment {subject}"),
        namespace: namespace.map(str::to_owned),
        rule: "CFD-IMG-0001".to_owned(),
        title: "Privileged containers".to_owned(),
        severity: Severity::Critical,
        outcome: Outcome::Fail,
        message: "Container web is privileged.".to_owned(),
        about: "web".to_owned(),
        score: 90,
        score_why: "critical".to_owned(),
        pointer: Some("/spec/containers/0/securityContext/privileged".to_owned()),
        remediation: "Remove it.".to_owned(),
        patch: Some(r#"[{"op":"remove","path":"/spec"}]"#.to_owned()),
        explanation: Some(
            r#"{"clause":"!a","inputs":[{"path":"a","value":"true","provenance":"x"}]}"#.to_owned(),
        ),
        exception: None,
        first_seen: now(),
        since: now(),
        last_seen: now(),
        gone_at: None,
        superseded: false,
    }
}

fn image() -> rows::Image {
    rows::Image {
        id: "i".to_owned(),
        name: "shop/web".to_owned(),
        tag: Some("1".to_owned()),
        digest: "sha256:aa".to_owned(),
        platform: "linux/amd64".to_owned(),
        state: ImageState::Scanned,
        why: None,
        scanned_at: Some(now()),
        judged_at: Some(now()),
        size: 5,
        distribution: Some("Debian 12".to_owned()),
        packages: 1,
        critical: 1,
        high: 0,
        medium: 0,
        low: 0,
        unknown: 0,
        secrets: 1,
        exploited: 0,
        score: 80,
    }
}

fn vulnerability() -> rows::Vulnerability {
    rows::Vulnerability {
        image: "i".to_owned(),
        id: "CVE-2026-1".to_owned(),
        aliases: Vec::new(),
        package: "openssl".to_owned(),
        version: "3.0".to_owned(),
        purl: "pkg:deb/debian/openssl@3.0".to_owned(),
        path: "var/lib/dpkg/status".to_owned(),
        layer: None,
        severity: Some(Severity::Critical),
        score: 80,
        epss: Some(0.5),
        exploited: true,
        fixed: Some("3.1".to_owned()),
        fixable: true,
        title: "Overflow".to_owned(),
    }
}

pub(super) fn object(kind: &str, name: &str, json: &Value) -> rows::Object {
    rows::Object {
        id: format!("{kind} {name}"),
        cluster: "c".to_owned(),
        api_version: "v1".to_owned(),
        kind: kind.to_owned(),
        namespace: None,
        name: name.to_owned(),
        uid: name.to_owned(),
        json: json.to_string().as_str().into(),
        first_seen: now(),
        gone_at: None,
    }
}

/// Deployment web in shop and Deployment vault in bank, web with an image.
async fn fill(store: &Store) {
    let cluster = rows::Cluster {
        id: "c".to_owned(),
        name: "rig".to_owned(),
        version: "v1.34.4".to_owned(),
        server: "https://192.0.2.1:6443".to_owned(),
        synced_at: Some(now()),
        lost: Vec::new(),
    };
    store.put_cluster(&cluster).await.unwrap();
    let workloads = [workload("web", "shop", 90), workload("vault", "bank", 50)];
    store.put_workloads(&workloads).await.unwrap();
    store.put_images(&[image()]).await.unwrap();
    store.put_vulnerabilities("i", &[vulnerability()]).await.unwrap();
    store.put_report("i", report()).await.unwrap();
    let container = rows::Container {
        workload: "web".to_owned(),
        kind: ContainerKind::Container,
        name: "web".to_owned(),
        image_ref: "shop/web:1".to_owned(),
        image: Some("i".to_owned()),
        first_seen: now(),
        gone_at: None,
    };
    store.put_containers("web", &[container], now()).await.unwrap();
    let manifest = serde_json::json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "web", "labels": { "app": "web" } },
        "spec": { "containers": [{ "name": "web", "securityContext": { "privileged": true } }] },
    });
    let manifest = rows::Manifest {
        workload: "web".to_owned(),
        manifest: manifest.to_string().as_str().into(),
        applied: None,
        drift: Some(r#"[{"path":"spec.replicas","live":"2","applied":"1"}]"#.to_owned()),
    };
    store.put_manifests(&[manifest]).await.unwrap();
    for (id, kind, subject, namespace) in [
        ("fw", SubjectKind::Workload, "web", Some("shop")),
        ("fv", SubjectKind::Workload, "vault", Some("bank")),
        ("fi", SubjectKind::Image, "i", None),
    ] {
        let findings = [finding(id, kind, subject, namespace)];
        store.put_findings(subject, &findings, now()).await.unwrap();
    }
    let node = serde_json::json!({ "status": {
        "nodeInfo": { "kubeletVersion": "v1.34.4", "osImage": "Debian", "containerRuntimeVersion": "containerd://2" },
        "conditions": [{ "type": "Ready", "status": "True" }],
    } });
    let label = "pod-security.kubernetes.io/enforce";
    let shop = serde_json::json!({ "metadata": { "labels": { label: "restricted" } } });
    let objects = [
        object("Node", "one", &node),
        object("Namespace", "shop", &shop),
        object("Namespace", "bank", &serde_json::json!({})),
    ];
    store.put_objects(&objects).await.unwrap();
    // One that leads to web, one that leads to what is called so elsewhere, one that leads nowhere.
    for (name, namespace, app) in
        [("web", "shop", "web"), ("vault", "bank", "web"), ("x", "shop", "x")]
    {
        let service = serde_json::json!({ "spec": { "selector": { "app": app } } });
        let namespace = Some(namespace.to_owned());
        let service = rows::Object { namespace, ..object("Service", name, &service) };
        store.put_objects(&[service]).await.unwrap();
    }
}
