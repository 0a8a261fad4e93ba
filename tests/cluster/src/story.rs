//! One cluster's day: everything that goes well, then everything that goes wrong.

use crate::{
    cluster::{Cluster, given},
    listener::{Listener, PATIENCE},
    proxy::Proxy,
    server::Server,
};
use cofferdam_cluster::{Detail, KINDS, Kind};
use cofferdam_model::ObjectKey;
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// How soon a change must be told.
const VISIBLE: Duration = Duration::from_secs(2);

/// More objects than two pages of a list hold.
const ACCOUNTS: usize = 1_100;

const ROLLOUTS: &str = r#"{"apiVersion":"apiextensions.k8s.io/v1","kind":"CustomResourceDefinition",
    "metadata":{"name":"rollouts.argoproj.io"},"spec":{"group":"argoproj.io","scope":"Namespaced",
    "names":{"plural":"rollouts","singular":"rollout","kind":"Rollout"},"versions":[{"name":"v1alpha1",
    "served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object",
    "x-kubernetes-preserve-unknown-fields":true}}}]}}"#;

/// As Istio before 1.22 has them.
const VIRTUAL_SERVICES: &str = r#"{"apiVersion":"apiextensions.k8s.io/v1",
    "kind":"CustomResourceDefinition","metadata":{"name":"virtualservices.networking.istio.io"},
    "spec":{"group":"networking.istio.io","scope":"Namespaced",
    "names":{"plural":"virtualservices","singular":"virtualservice","kind":"VirtualService"},
    "versions":[{"name":"v1beta1","served":true,"storage":true,
    "schema":{"openAPIV3Schema":{"type":"object","x-kubernetes-preserve-unknown-fields":true}}}]}}"#;

/// What is not tried on the cluster of somebody else, and why.
const LEFT_OUT: &str = "left out, for the cluster is not ours:\n\
    - an API server that crashes, and a store that forgot: others need them\n\
    - kinds that are served only later: definitions of Argo's and Istio's are not ours to install\n\
    - versions of objects at the first look: others write meanwhile; uids are compared\n\
    - Secrets and ConfigMaps of other namespaces, compared with kubectl: it would read their values";

fn config_map(cluster: &Cluster, name: &str) -> ObjectKey {
    ObjectKey::new("v1", "ConfigMap", Some(&cluster.namespace), name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_a_cluster() {
    let given = given();
    let mut server = given.is_none().then(Server::start);
    // Declared after the server: it is cleared while that still answers.
    let cluster = match (&server, &given) {
        (None, Some(given)) => Cluster::given(given),
        (server, _) => server.as_ref().unwrap().cluster(),
    };
    many_accounts(&cluster);
    let proxy = Proxy::start(cluster.address()).await;
    let mut listener = Listener::start(&cluster.through(proxy.port, None)).await;
    is_who_it_is(&cluster, &listener);
    tells_all_that_kubectl_lists(&cluster, &mut listener).await;
    tells_changes_and_no_secret(&cluster, &mut listener).await;
    does_as_told(&cluster, &listener).await;
    tells_soon(&cluster, &mut listener).await;
    if server.is_some() {
        tells_kinds_that_came_later(&cluster, &mut listener).await;
    }
    makes_up_for_a_cut_wire(&cluster, &proxy, &mut listener).await;
    if let Some(server) = &mut server {
        makes_up_for_a_crash(server, &cluster, &mut listener).await;
        makes_up_for_compaction(server, &cluster, &proxy, &mut listener).await;
    } else {
        println!("{LEFT_OUT}");
    }
    goes_on_without_what_is_forbidden(&cluster, &proxy).await;
}

/// As one list, because a process each takes half a minute.
fn many_accounts(cluster: &Cluster) {
    let account = |number| {
        let metadata = json!({"name": format!("a{number}")});
        json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata})
    };
    let items: Vec<Value> = (0..ACCOUNTS).map(account).collect();
    cluster.create(&json!({"apiVersion": "v1", "kind": "List", "items": items}));
}

fn is_who_it_is(cluster: &Cluster, listener: &Listener) {
    let identity = listener.connection.identity();
    let uid = cluster.kubectl(&["get", "namespace", "kube-system", "-o=jsonpath={.metadata.uid}"]);
    assert_eq!((&*identity.id, &*identity.name), (&*uid, &*cluster.context()));
    let version = cluster.kubectl(&["get", "--raw=/version"]);
    let version: Value = serde_json::from_str(&version).unwrap();
    assert_eq!(version["gitVersion"], *identity.version);
}

/// Objects by their keys: the uid, and the version where nobody else writes.
type Seen = BTreeMap<ObjectKey, (String, Option<String>)>;

async fn tells_all_that_kubectl_lists(cluster: &Cluster, listener: &mut Listener) {
    listener.until("synced").await;
    assert_eq!(listener.lost, [].into());
    for kind in KINDS.iter().filter(|kind| !kind.is_optional) {
        let began = Instant::now();
        loop {
            let (listed, told) = (listed(cluster, kind), seen(cluster, kind, listener));
            if listed == told {
                break;
            }
            // In a living cluster the one may be older than the other.
            let is_over = cluster.is_ours || began.elapsed() > PATIENCE;
            assert!(!is_over, "{}: {listed:#?}\nis not what is told: {told:#?}", kind.kind);
            listener.until_quiet().await;
        }
    }
    let ours = |key: &&ObjectKey| key.namespace.as_deref() == Some(&cluster.namespace);
    let accounts = listener.objects.keys().filter(|key| key.kind == "ServiceAccount").filter(ours);
    assert!(accounts.count() >= ACCOUNTS);
}

/// Whether kubectl is asked about our namespace only.
fn is_private(cluster: &Cluster, kind: &Kind) -> bool {
    !cluster.is_ours && kind.detail == Detail::Metadata
}

fn listed(cluster: &Cluster, kind: &Kind) -> Seen {
    let version = kind.api_version.rsplit('/').next().unwrap();
    let get = ["get", &format!("{}.{version}.{}", kind.resource, kind.group()), "-o=json"];
    let listed = if is_private(cluster, kind) {
        cluster.inside(&get)
    } else {
        cluster.kubectl(&[&get[..], &["--all-namespaces"]].concat())
    };
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let items = listed["items"].as_array().unwrap().iter().map(|item| {
        let text = |field: &str| item["metadata"][field].as_str().map(str::to_owned);
        let (namespace, name) = (text("namespace"), text("name").unwrap());
        let key = ObjectKey::new(kind.api_version, kind.kind, namespace.as_deref(), &name);
        let version = text("resourceVersion").filter(|_| cluster.is_ours);
        (key, (text("uid").unwrap(), version))
    });
    items.collect()
}

fn seen(cluster: &Cluster, kind: &Kind, listener: &Listener) -> Seen {
    let is_asked = |key: &ObjectKey| {
        let is_ours = || key.namespace.as_deref() == Some(&cluster.namespace);
        key.api_version == kind.api_version
            && key.kind == kind.kind
            && (!is_private(cluster, kind) || is_ours())
    };
    let objects = listener.objects.iter().filter(|(key, _)| is_asked(key));
    let objects = objects.map(|(key, object)| {
        let version = cluster.is_ours.then(|| object.resource_version.clone());
        (key.clone(), (object.uid.clone(), version))
    });
    objects.collect()
}

async fn tells_changes_and_no_secret(cluster: &Cluster, listener: &mut Listener) {
    listener.forget();
    let namespace = &*cluster.namespace;
    // Which writes what it was told into an annotation.
    cluster.apply(&json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "stringData": {"p": "hunter2"},
    }));
    assert!(listener.until(&format!("+Secret {namespace}/s")).await < VISIBLE);
    let key = ObjectKey::new("v1", "Secret", Some(namespace), "s");
    let object = &listener.objects[&key];
    assert!(object.applied.is_none());
    // The value as it is, and in base64.
    assert!(!object.json.contains("hunter2") && !object.json.contains("aHVudGVyMg"));
    let data = listener.connection.secret(namespace, "s").await.unwrap().unwrap();
    assert_eq!(data.get("p"), Some(&b"hunter2"[..]));
    assert!(listener.connection.secret(namespace, "none").await.unwrap().is_none());
    // No pod of it is to start anywhere.
    cluster.inside(&["create", "deployment", "web", "--image=web:1", "--replicas=0"]);
    assert!(listener.until(&format!("+Deployment {namespace}/web")).await < VISIBLE);
    cluster.inside(&["delete", "deployment", "web"]);
    assert!(listener.until(&format!("-Deployment {namespace}/web")).await < VISIBLE);
}

async fn does_as_told(cluster: &Cluster, listener: &Listener) {
    let connection = &listener.connection;
    let namespace = &*cluster.namespace;
    let object = |api_version: &str, kind: &str| {
        let metadata = json!({"name": "ours", "namespace": namespace});
        json!({"apiVersion": api_version, "kind": kind, "metadata": metadata}).to_string()
    };
    let applied = connection.apply(&object("v1", "ConfigMap")).await.unwrap();
    assert_eq!(applied.key, config_map(cluster, "ours"));
    assert_eq!(connection.get(&applied.key).await.unwrap().unwrap().uid, applied.uid);
    assert!(connection.delete(&applied.key).await.unwrap());
    assert!(!connection.delete(&applied.key).await.unwrap());
    assert_eq!(connection.get(&applied.key).await.unwrap(), None);
    // A kind that is not in our table.
    let lease = connection.apply(&object("coordination.k8s.io/v1", "Lease")).await.unwrap();
    assert_eq!(lease.key.kind, "Lease");
    assert!(connection.get(&lease.key).await.unwrap().is_some());
    let unknown = ObjectKey::new("none.example/v1", "None", None, "a");
    assert!(connection.get(&unknown).await.is_err());
    assert!(connection.can("list", "", "pods", None).await.unwrap());
    assert!(connection.can("create", "", "pods/exec", Some(namespace)).await.unwrap());
}

/// From before the request to when it is told, each of twenty.
async fn tells_soon(cluster: &Cluster, listener: &mut Listener) {
    let namespace = &cluster.namespace;
    let mut longest = Duration::ZERO;
    for number in 0..20 {
        let json = format!(
            r#"{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"s{number}",
                "namespace":"{namespace}"}},"spec":{{"clusterIP":"None"}}}}"#
        );
        let began = Instant::now();
        listener.connection.apply(&json).await.unwrap();
        listener.until(&format!("+Service {namespace}/s{number}")).await;
        longest = longest.max(began.elapsed());
    }
    println!("longest of twenty changes: {longest:?}");
    assert!(longest < VISIBLE);
}

/// The kind was not served before; it is asked for again from time to time.
/// One in the version that is looked for, one in another.
async fn tells_kinds_that_came_later(cluster: &Cluster, listener: &mut Listener) {
    listener.connection.apply(ROLLOUTS).await.unwrap();
    listener.connection.apply(VIRTUAL_SERVICES).await.unwrap();
    let namespace = &cluster.namespace;
    for (api_version, kind) in
        [("argoproj.io/v1alpha1", "Rollout"), ("networking.istio.io/v1beta1", "VirtualService")]
    {
        let metadata = json!({"name": "r", "namespace": namespace});
        let object = json!({"apiVersion": api_version, "kind": kind, "metadata": metadata});
        let began = Instant::now();
        while let Err(error) = listener.connection.apply(&object.to_string()).await {
            assert!(began.elapsed() < PATIENCE, "{error}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        listener.until(&format!("+{kind} {namespace}/r")).await;
    }
}

/// All that was told and is our doing, in order, without repeats of what is lost.
fn told<'l>(cluster: &Cluster, listener: &'l Listener) -> Vec<&'l str> {
    let inside = format!(" {}/", cluster.namespace);
    let is_ours = |told: &&str| cluster.is_ours || told.contains(&inside);
    let told = listener.told.iter().map(String::as_str);
    told.filter(|told| !told.starts_with(['?', '='])).filter(is_ours).collect()
}

async fn makes_up_for_a_cut_wire(cluster: &Cluster, proxy: &Proxy, listener: &mut Listener) {
    for name in ["kept", "deleted", "replaced"] {
        cluster.inside(&["create", "configmap", name, "--from-literal=a=b"]);
    }
    let namespace = &cluster.namespace;
    listener.until(&format!("+ConfigMap {namespace}/replaced")).await;
    listener.until_quiet().await;
    listener.forget();
    let before = listener.objects[&config_map(cluster, "replaced")].uid.clone();
    proxy.cut();
    cluster.inside(&["delete", "configmap", "deleted", "replaced"]);
    cluster.inside(&["create", "configmap", "replaced"]);
    listener.until("?ConfigMap").await;
    proxy.mend();
    listener.until("synced").await;
    listener.until_quiet().await;
    let told = told(cluster, listener);
    let gone = format!("-ConfigMap {namespace}/deleted");
    assert_eq!(told.iter().filter(|told| **told == gone).count(), 1);
    assert!(told.contains(&&*format!("+ConfigMap {namespace}/replaced")), "{told:?}");
    assert!(told.len() <= 5, "more than what happened: {told:?}");
    assert_ne!(listener.objects[&config_map(cluster, "replaced")].uid, before);
    assert!(listener.objects.contains_key(&config_map(cluster, "kept")));
    assert_eq!(listener.lost, [].into());
}

async fn makes_up_for_a_crash(server: &mut Server, cluster: &Cluster, listener: &mut Listener) {
    listener.forget();
    server.kill_api();
    server.start_api();
    cluster.inside(&["delete", "configmap", "kept"]);
    let (inside, gone) = (format!("{}/", cluster.namespace), config_map(cluster, "kept"));
    let gone = format!("-{gone}");
    listener.until(&gone).await;
    listener.until_quiet().await;
    let told = told(cluster, listener);
    let others: Vec<&&str> = told.iter().filter(|told| told.contains(&inside)).collect();
    assert_eq!(others, [&&*gone]);
}

/// A watch that would go on from what the store has forgotten (410) lists again, and tells only the
/// difference.
async fn makes_up_for_compaction(
    server: &mut Server,
    cluster: &Cluster,
    proxy: &Proxy,
    listener: &mut Listener,
) {
    listener.until_quiet().await;
    listener.forget();
    let count = listener.objects.len();
    proxy.cut();
    cluster.inside(&["delete", "configmap", "replaced"]);
    cluster.inside(&["create", "configmap", "after"]);
    server.kill_api();
    server.compact();
    server.start_api();
    listener.until("?ServiceAccount").await;
    proxy.mend();
    listener.until("synced").await;
    listener.until_quiet().await;
    let told = told(cluster, listener);
    let [gone, made] = ["replaced", "after"].map(|name| config_map(cluster, name));
    assert!(told.contains(&&*format!("-{gone}")), "{told:?}");
    assert!(told.contains(&&*format!("+{made}")), "{told:?}");
    assert!(told.len() < 20, "more than what happened: {} changes", told.len());
    assert_eq!((listener.objects.len(), &listener.lost), (count, &[].into()));
}

/// What the API server has in any version: `pods`, `deployments.apps`.
fn served(cluster: &Cluster) -> BTreeSet<String> {
    let names = cluster.kubectl(&["api-resources", "--output=name"]);
    names.lines().map(str::to_owned).collect()
}

/// The kinds that an account is to be told it may not read: those that are served, by what the API
/// server says that it may.
async fn forbidden(cluster: &Cluster, listener: &Listener) -> Vec<&'static str> {
    let (served, mut forbidden) = (served(cluster), Vec::new());
    for kind in KINDS {
        let full = [kind.resource, kind.group()].join(".");
        let may = listener.connection.can("list", kind.group(), kind.resource, None).await.unwrap();
        if !may && served.contains(full.trim_end_matches('.')) {
            forbidden.push(kind.kind);
        }
    }
    forbidden.sort_unstable();
    forbidden
}

async fn goes_on_without_what_is_forbidden(cluster: &Cluster, proxy: &Proxy) {
    cluster.inside(&["create", "serviceaccount", "poor"]);
    // A kind of which no pod starts, and of which few clusters have any.
    cluster.allow("poor", "", "podtemplates");
    cluster.create(&json!({
        "apiVersion": "v1",
        "kind": "PodTemplate",
        "metadata": {"name": "web"},
        "template": {"spec": {"containers": [{"name": "web", "image": "web:1"}]}},
    }));
    let token = cluster.inside(&["create", "token", "poor"]);
    let mut listener = Listener::start(&cluster.through(proxy.port, Some(token.trim()))).await;
    listener.until("synced").await;
    listener.until_quiet().await;
    // Without the right to see kube-system, its address names the cluster.
    assert_eq!(listener.connection.identity().id, listener.connection.identity().server);
    let template = ObjectKey::new("v1", "PodTemplate", Some(&cluster.namespace), "web");
    assert!(listener.objects.contains_key(&template));
    let forbidden = forbidden(cluster, &listener).await;
    assert!(forbidden.contains(&"Node") && !forbidden.contains(&"PodTemplate"), "{forbidden:?}");
    assert!(listener.objects.keys().all(|key| !forbidden.contains(&&*key.kind)));
    assert!(!cluster.is_ours || listener.objects.len() == 1);
    // Kinds that the API server does not serve are not withheld, though forbidden too.
    assert_eq!(listener.withheld.keys().collect::<Vec<_>>(), forbidden);
    assert_eq!(listener.lost, [].into());
    let why = &listener.withheld["Node"];
    assert!(why.contains("403 Forbidden"), "{why}");
    assert!(!listener.connection.can("list", "", "secrets", None).await.unwrap());
    // Granted later, it comes by itself.
    listener.forget();
    cluster.allow("poor", "", "nodes");
    listener.until("synced").await;
    listener.until_quiet().await;
    assert!(!listener.withheld.contains_key("Node"));
    assert_eq!(listener.withheld.len(), forbidden.len() - 1);
}
