//! What each page of the console costs over HTTP, on the store of `bench store` with a cluster of
//! nodes, namespaces and Services in it: every document that the page asks for, one after the
//! other, through the server that `up` and `serve` run.

use crate::store::{FINDINGS, NAMESPACES, P95_MILLISECONDS_MAX, WORKLOADS, image, now, workload};
use cofferdam_api::{Api, ApiParts, Catalogue, Control, Door, Settings, Transport, Trouble};
use cofferdam_bus::Bus;
use cofferdam_control::View;
use cofferdam_identity::{Identity, NewAccount, NewToken, Role, Who};
use cofferdam_model::{ClusterIdentity, Diagnostic};
use cofferdam_policy::Bundle;
use cofferdam_store::{
    ObjectFilter, Page, Store,
    rows::{self, Manifest, Object},
};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::{oneshot, watch},
};

/// What Kubernetes is made for.
const NODES: u32 = 5_000;

/// Rows written in one transaction.
const BATCH: usize = 500;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures each page so many times, on the store at this address that `bench store` has filled.
pub(crate) fn run(url: &str, rounds: &str) -> Result<(), String> {
    let rounds: usize = rounds.parse().map_err(|_| "how many rounds?")?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let slow = runtime.block_on(measured(url, rounds)).map_err(|error| error.to_string())?;
    if slow.is_empty() { Ok(()) } else { Err(slow.join(", ")) }
}

async fn measured(url: &str, rounds: usize) -> Result<Vec<String>, Failure> {
    let store = Store::open(url).await?;
    fill(&store).await?;
    let token = token(&store).await?;
    let (address, stop) = serve(store).await?;
    println!("{FINDINGS} findings of {WORKLOADS} workloads, {NODES} nodes; over HTTP");
    println!("{:<24} documents      KiB first ms   p50 ms   p95 ms", "page");
    let mut slow = Vec::new();
    for (name, paths) in pages() {
        let (mut times, mut bytes) = (Vec::new(), 0);
        for _ in 0..rounds {
            let begin = Instant::now();
            bytes = 0;
            for path in &paths {
                bytes += get(address, &token, path).await?;
            }
            times.push(begin.elapsed());
        }
        // Right after a start the file has to be read first; that is told on its own.
        let first = times.first().copied().unwrap_or_default().as_secs_f64() * 1e3;
        times.sort();
        let at = |share: usize| {
            let time = times.get((times.len() * share / 100).min(times.len().saturating_sub(1)));
            time.copied().unwrap_or(Duration::MAX).as_secs_f64() * 1e3
        };
        let (p50, p95) = (at(50), at(95));
        let (number, kibibytes) = (paths.len(), bytes >> 10);
        println!("{name:<24} {number:>9} {kibibytes:>8} {first:>8.1} {p50:>8.1} {p95:>8.1}");
        if p95 > P95_MILLISECONDS_MAX {
            slow.push(format!("{name}: {p95:.0} ms"));
        }
    }
    drop(stop);
    Ok(slow)
}

/// What the console asks for when a page is opened by its link (`console/src/views`).
fn pages() -> Vec<(&'static str, Vec<String>)> {
    let own = |paths: &[&str]| paths.iter().map(|path| (*path).to_owned()).collect();
    let one = workload(4_321).id;
    let of_image = image(321).id;
    vec![
        ("overview", own(&["/session", "/overview"])),
        ("workloads", own(&["/session", "/workloads", "/cluster/namespaces"])),
        (
            "workloads, searched",
            own(&["/session", "/workloads?q=service-0432&sort=name", "/cluster/namespaces"]),
        ),
        (
            "workloads of a day",
            own(&["/session", "/workloads?at=2026-05-29", "/cluster/namespaces"]),
        ),
        (
            "workload",
            own(&["/session", &format!("/workloads/{one}"), &format!("/findings?subject={one}")]),
        ),
        (
            "workload, manifest",
            own(&[
                "/session",
                &format!("/workloads/{one}"),
                &format!("/workloads/{one}/manifest"),
                &format!("/findings?limit=500&subject={one}"),
            ]),
        ),
        (
            "workload, history",
            own(&["/session", &format!("/workloads/{one}"), &format!("/workloads/{one}/history")]),
        ),
        ("findings", own(&["/session", "/findings", "/cluster/namespaces"])),
        (
            "findings, critical",
            own(&["/session", "/findings?severity=critical", "/cluster/namespaces"]),
        ),
        ("images", own(&["/session", "/images", "/cluster/namespaces"])),
        (
            "image",
            own(&[
                "/session",
                &format!("/images/{of_image}"),
                &format!("/images/{of_image}/vulnerabilities"),
            ]),
        ),
        ("policies", own(&["/session", "/policies?limit=500"])),
        (
            "policy",
            own(&["/session", "/policies/CFD-POD-0001", "/findings?limit=10&rule=CFD-POD-0001"]),
        ),
        (
            "admission",
            own(&["/session", "/admission/status", "/admission/reviews", "/cluster/namespaces"]),
        ),
        ("cluster", own(&["/session", "/cluster"])),
    ]
}

/// A cluster around the workloads, and their manifests, if they are not there.
async fn fill(store: &Store) -> Result<(), Failure> {
    let nodes = ObjectFilter { kind: Some("Node".to_owned()), ..ObjectFilter::default() };
    if store.objects(&nodes, &Page::default()).await?.total > 0 {
        return Ok(());
    }
    let mut objects: Vec<Object> = (0..NODES).map(node).collect();
    objects.extend((0..NAMESPACES).map(|number| {
        let name = format!("team-{number:03}");
        let labels = json!({"pod-security.kubernetes.io/enforce": "baseline"});
        object("Namespace", None, &name, &json!({"metadata": {"name": name, "labels": labels}}))
    }));
    objects.extend((0..WORKLOADS).map(|number| {
        let rows::Workload { name, namespace, .. } = workload(number);
        let ports = json!([{"port": 80, "targetPort": 8080, "protocol": "TCP"}]);
        let spec = json!({"type": "ClusterIP", "ports": ports, "selector": {"app": name}});
        object("Service", Some(&namespace), &name, &json!({"spec": spec}))
    }));
    for some in objects.chunks(BATCH) {
        store.put_objects(some).await?;
    }
    let manifests: Vec<Manifest> = (0..WORKLOADS).map(manifest).collect();
    for some in manifests.chunks(BATCH) {
        store.put_manifests(some).await?;
    }
    Ok(())
}

fn object(kind: &str, namespace: Option<&str>, name: &str, json: &Value) -> Object {
    Object {
        id: rows::id(&["bench", kind, namespace.unwrap_or_default(), name]),
        cluster: "bench".to_owned(),
        api_version: "v1".to_owned(),
        kind: kind.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
        uid: name.to_owned(),
        json: json.to_string().as_str().into(),
        first_seen: now(),
        gone_at: None,
    }
}

fn node(number: u32) -> Object {
    let name = format!("node-{number:04}");
    let info = json!({
        "architecture": "amd64", "operatingSystem": "linux", "kubeletVersion": "v1.34.4",
        "kernelVersion": "6.12.0", "osImage": "Debian GNU/Linux 13 (trixie)",
        "containerRuntimeVersion": "containerd://2.1.4", "systemUUID": name, "bootID": name,
    });
    let conditions = ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"].map(|kind| {
        json!({"type": kind, "status": if kind == "Ready" { "True" } else { "False" },
            "reason": "Kubelet", "lastTransitionTime": "2026-06-01T00:00:00Z"})
    });
    let status = json!({"nodeInfo": info, "conditions": conditions, "capacity": {"pods": "110"}});
    object("Node", None, &name, &json!({"metadata": {"name": name}, "status": status}))
}

fn manifest(number: u32) -> Manifest {
    let rows::Workload { id, name, namespace, kind, .. } = workload(number);
    let variables: Vec<Value> = (0..20)
        .map(|number| json!({"name": format!("SETTING_{number}"), "value": format!("v{number}")}))
        .collect();
    let container = json!({
        "name": "app", "image": "service:1.0", "env": variables,
        "ports": [{"containerPort": 8080}],
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}},
        "securityContext": {"privileged": true},
    });
    let template =
        json!({"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}});
    let object = json!({
        "apiVersion": "apps/v1", "kind": kind,
        "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
        "spec": {"replicas": 3, "selector": {"matchLabels": {"app": name}}, "template": template},
    });
    let manifest = object.to_string().as_str().into();
    Manifest { workload: id, manifest, applied: None, drift: None }
}

/// A token of an admin, who sees everything.
async fn token(store: &Store) -> Result<String, Failure> {
    const PASSWORD: &str = "correct horse battery";
    let identity = Identity::new(store.clone());
    let who = Who { name: "bench".to_owned(), address: "127.0.0.1".to_owned() };
    if store.account_named("bench").await?.is_none() {
        let (name, password) = ("bench".to_owned(), PASSWORD.to_owned());
        let new = NewAccount { name, role: Role::Admin, namespaces: None, password };
        let account = identity.create_account(&who, new, now()).await?;
        store.put_account(&rows::Account { must_change: false, ..account }).await?;
    }
    let owner = identity.sign_in("bench", PASSWORD.to_owned(), "127.0.0.1", now()).await?;
    let new = NewToken { name: "bench".to_owned(), role: Role::Admin, days: 1 };
    Ok(identity.create_token(&who, &owner.principal, new, now()).await?.1)
}

/// What controllers would know: which cluster it is.
struct Still(Arc<View>);

impl Control for Still {
    fn view(&self) -> Arc<View> {
        Arc::clone(&self.0)
    }

    fn door(&self) -> Door {
        Door::default()
    }

    fn troubles(&self) -> Vec<Trouble> {
        Vec::new()
    }

    fn log(&self, mistake: Diagnostic) {
        println!("{mistake}");
    }
}

/// The server on the loopback; it ends with what is given beside its address.
async fn serve(store: Store) -> Result<(SocketAddr, oneshot::Sender<()>), Failure> {
    let cluster = ClusterIdentity {
        id: "bench".to_owned(),
        name: "bench".to_owned(),
        version: "v1.34.4".to_owned(),
        server: "https://localhost".to_owned(),
    };
    let bundle = Bundle::built_in().map_err(|errors| format!("{errors:?}"))?;
    let api = Api::new(ApiParts {
        identity: Arc::new(Identity::new(store.clone())),
        store,
        bus: Bus::open("memory:").await?,
        control: Arc::new(Still(Arc::new(View::new(cluster)))),
        catalogue: watch::channel(Arc::new(Catalogue::new(&bundle, &[]))).1,
        settings: Settings::loopback(),
        clock: now,
    });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(async move {
        api.serve(listener, Transport::Plain, async { drop(stopped.await) }).await;
    });
    Ok((address, stop))
}

/// The bytes of a document.
async fn get(address: SocketAddr, token: &str, path: &str) -> Result<usize, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    let head = format!(
        "GET /api/v1{path} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Connection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    if !answer.starts_with(b"HTTP/1.1 200 ") {
        let told = String::from_utf8_lossy(answer.get(..400.min(answer.len())).unwrap_or(&answer));
        return Err(format!("{path}: {told}").into());
    }
    Ok(answer.len())
}
