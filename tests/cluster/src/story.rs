//! One cluster's day: everything that goes well, then everything that goes wrong.

use crate::{listener::Listener, proxy::Proxy, server::Server};
use cofferdam_cluster::{KINDS, Kind};
use cofferdam_model::ObjectKey;
use serde_json::Value;
use std::{
    fmt::Write as _,
    fs,
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

fn config_map(name: &str) -> ObjectKey {
    ObjectKey::new("v1", "ConfigMap", Some("default"), name)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_of_a_cluster() {
    let mut server = Server::start();
    many_accounts(&server);
    let proxy = Proxy::start(server.port).await;
    let mut listener = Listener::start(&server.config("admin", proxy.port)).await;
    is_who_it_is(&server, &listener);
    tells_all_that_kubectl_lists(&server, &mut listener).await;
    tells_changes_and_no_secret(&server, &mut listener).await;
    does_as_told(&listener).await;
    tells_soon(&mut listener).await;
    makes_up_for_a_cut_wire(&server, &proxy, &mut listener).await;
    makes_up_for_a_crash(&mut server, &mut listener).await;
    makes_up_for_compaction(&mut server, &proxy, &mut listener).await;
    goes_on_without_what_is_forbidden(&server).await;
}

/// As one file, because a process each takes half a minute.
fn many_accounts(server: &Server) {
    let mut text = String::new();
    for number in 0..ACCOUNTS {
        let _ = writeln!(
            text,
            "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: a{number}}}"
        );
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    server.kubectl(&["create", "-f", file.path().to_str().unwrap()]);
}

fn is_who_it_is(server: &Server, listener: &Listener) {
    let identity = listener.connection.identity();
    let uid = server.kubectl(&["get", "namespace", "kube-system", "-o=jsonpath={.metadata.uid}"]);
    assert_eq!((&*identity.id, &*identity.name), (&*uid, "tried"));
    let version: Value = serde_json::from_str(&server.kubectl(&["get", "--raw=/version"])).unwrap();
    assert_eq!(version["gitVersion"], *identity.version);
}

async fn tells_all_that_kubectl_lists(server: &Server, listener: &mut Listener) {
    listener.until("synced").await;
    assert_eq!(listener.lost, [].into());
    for kind in KINDS.iter().filter(|kind| !kind.is_optional) {
        let version = kind.api_version.rsplit('/').next().unwrap();
        let group = kind.group();
        let resource = format!("{}.{version}.{group}", kind.resource);
        let listed: Value = serde_json::from_str(&server.kubectl(&[
            "get",
            &resource,
            "--all-namespaces",
            "-o=json",
        ]))
        .unwrap();
        let listed = listed["items"].as_array().unwrap();
        let told = listener.objects.keys().filter(|key| key.kind == kind.kind).count();
        assert_eq!(told, listed.len(), "{}", kind.kind);
        for item in listed {
            let metadata = &item["metadata"];
            let name = metadata["name"].as_str().unwrap();
            let namespace = metadata["namespace"].as_str();
            let key = ObjectKey::new(kind.api_version, kind.kind, namespace, name);
            let object = &listener.objects[&key];
            assert_eq!(metadata["uid"], *object.uid, "{key}");
            assert_eq!(metadata["resourceVersion"], *object.resource_version, "{key}");
        }
    }
    let accounts = listener.objects.keys().filter(|key| key.kind == "ServiceAccount").count();
    assert!(accounts >= ACCOUNTS);
}

async fn tells_changes_and_no_secret(server: &Server, listener: &mut Listener) {
    listener.forget();
    let file = tempfile::NamedTempFile::new().unwrap();
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: hunter2}\n";
    fs::write(file.path(), secret).unwrap();
    server.kubectl(&["apply", "-f", file.path().to_str().unwrap()]);
    assert!(listener.until("+Secret default/s").await < VISIBLE);
    let key = ObjectKey::new("v1", "Secret", Some("default"), "s");
    let object = &listener.objects[&key];
    assert!(object.applied.is_none());
    // The value as it is, and in base64.
    assert!(!object.json.contains("hunter2") && !object.json.contains("aHVudGVyMg"));
    let data = listener.connection.secret("default", "s").await.unwrap().unwrap();
    assert_eq!(data.get("p"), Some(&b"hunter2"[..]));
    assert!(listener.connection.secret("default", "none").await.unwrap().is_none());
    server.kubectl(&["create", "deployment", "web", "--image=web:1"]);
    assert!(listener.until("+Deployment default/web").await < VISIBLE);
    server.kubectl(&["delete", "deployment", "web"]);
    assert!(listener.until("-Deployment default/web").await < VISIBLE);
}

async fn does_as_told(listener: &Listener) {
    let connection = &listener.connection;
    let json = r#"{"apiVersion":"v1","kind":"ConfigMap",
        "metadata":{"name":"ours","namespace":"default"},"data":{"a":"b"}}"#;
    let applied = connection.apply(json).await.unwrap();
    assert_eq!(applied.key, config_map("ours"));
    assert_eq!(connection.get(&applied.key).await.unwrap().unwrap().uid, applied.uid);
    assert!(connection.delete(&applied.key).await.unwrap());
    assert!(!connection.delete(&applied.key).await.unwrap());
    assert_eq!(connection.get(&applied.key).await.unwrap(), None);
    // A kind that is not in our table.
    let definition = connection.apply(ROLLOUTS).await.unwrap();
    assert_eq!(definition.key.kind, "CustomResourceDefinition");
    assert!(connection.get(&definition.key).await.unwrap().is_some());
    let unknown = ObjectKey::new("none.example/v1", "None", None, "a");
    assert!(connection.get(&unknown).await.is_err());
    assert!(connection.can("list", "", "pods", None).await.unwrap());
    assert!(connection.can("create", "", "pods/exec", Some("default")).await.unwrap());
}

/// From before the request to when it is told, each of twenty.
async fn tells_soon(listener: &mut Listener) {
    let mut longest = Duration::ZERO;
    for number in 0..20 {
        let json = format!(
            r#"{{"apiVersion":"v1","kind":"Service","metadata":{{"name":"s{number}",
                "namespace":"default"}},"spec":{{"clusterIP":"None"}}}}"#
        );
        let began = Instant::now();
        listener.connection.apply(&json).await.unwrap();
        listener.until(&format!("+Service default/s{number}")).await;
        longest = longest.max(began.elapsed());
    }
    println!("longest of twenty changes: {longest:?}");
    assert!(longest < VISIBLE);
}

/// All that was told, in order, without repeats of what is lost.
fn told(listener: &Listener) -> Vec<&str> {
    listener.told.iter().map(String::as_str).filter(|told| !told.starts_with('?')).collect()
}

async fn makes_up_for_a_cut_wire(server: &Server, proxy: &Proxy, listener: &mut Listener) {
    for name in ["kept", "deleted", "replaced"] {
        server.kubectl(&["create", "configmap", name, "--from-literal=a=b"]);
    }
    // The kind was not served before; it is asked for again from time to time.
    server.kubectl(&["create", "namespace", "other"]);
    let rollout = r#"{"apiVersion":"argoproj.io/v1alpha1","kind":"Rollout",
        "metadata":{"name":"r","namespace":"other"}}"#;
    listener.connection.apply(rollout).await.unwrap();
    listener.until("+Rollout other/r").await;
    listener.until_quiet().await;
    listener.forget();
    let before = listener.objects[&config_map("replaced")].uid.clone();
    proxy.cut();
    server.kubectl(&["delete", "configmap", "deleted", "replaced"]);
    server.kubectl(&["create", "configmap", "replaced"]);
    listener.until("?ConfigMap").await;
    proxy.mend();
    listener.until("synced").await;
    listener.until_quiet().await;
    let told = told(listener);
    assert_eq!(told.iter().filter(|told| **told == "-ConfigMap default/deleted").count(), 1);
    assert!(told.contains(&"+ConfigMap default/replaced"), "{told:?}");
    assert!(told.len() <= 5, "more than what happened: {told:?}");
    assert_ne!(listener.objects[&config_map("replaced")].uid, before);
    assert!(listener.objects.contains_key(&config_map("kept")));
    assert_eq!(listener.lost, [].into());
}

async fn makes_up_for_a_crash(server: &mut Server, listener: &mut Listener) {
    listener.forget();
    server.kill_api();
    server.start_api();
    server.kubectl(&["delete", "configmap", "kept"]);
    listener.until("-ConfigMap default/kept").await;
    listener.until_quiet().await;
    let told = told(listener);
    let others: Vec<&&str> = told.iter().filter(|told| told.contains("default/")).collect();
    assert_eq!(others, [&"-ConfigMap default/kept"]);
}

/// A watch that would go on from what the store has forgotten (410) lists again, and tells only the
/// difference.
async fn makes_up_for_compaction(server: &mut Server, proxy: &Proxy, listener: &mut Listener) {
    listener.until_quiet().await;
    listener.forget();
    let count = listener.objects.len();
    proxy.cut();
    server.kubectl(&["delete", "configmap", "replaced"]);
    server.kubectl(&["create", "configmap", "after"]);
    server.kill_api();
    server.compact();
    server.start_api();
    listener.until("?ServiceAccount").await;
    proxy.mend();
    listener.until("synced").await;
    listener.until_quiet().await;
    let told = told(listener);
    assert!(told.contains(&"-ConfigMap default/replaced"), "{told:?}");
    assert!(told.contains(&"+ConfigMap default/after"), "{told:?}");
    assert!(told.len() < 20, "more than what happened: {} changes", told.len());
    assert_eq!((listener.objects.len(), &listener.lost), (count, &[].into()));
}

async fn goes_on_without_what_is_forbidden(server: &Server) {
    server.kubectl(&["create", "clusterrole", "pods", "--verb=list,watch", "--resource=pods"]);
    server.kubectl(&["create", "clusterrolebinding", "pods", "--clusterrole=pods", "--user=poor"]);
    server.kubectl(&["run", "web", "--image=web:1"]);
    let mut listener = Listener::start(&server.config("poor", server.port)).await;
    listener.until("synced").await;
    listener.until_quiet().await;
    // Without the right to see kube-system, its address names the cluster.
    assert_eq!(listener.connection.identity().id, listener.connection.identity().server);
    assert!(listener.objects.keys().all(|key| key.kind == "Pod"));
    assert_eq!(listener.objects.len(), 1);
    // Kinds that the API server does not serve are not withheld, though forbidden too.
    let is_served =
        |kind: &Kind| matches!(kind.group(), "argoproj.io" | "admissionregistration.k8s.io");
    let is_absent = |kind: &&Kind| kind.is_optional && !is_served(kind);
    let others = KINDS.len() - KINDS.iter().filter(is_absent).count() - 1;
    assert_eq!(listener.withheld.len(), others, "{:?}", listener.withheld.keys());
    assert_eq!(listener.lost, [].into());
    let why = &listener.withheld["Node"];
    assert!(why.contains("403 Forbidden"), "{why}");
    assert!(!listener.connection.can("list", "", "secrets", None).await.unwrap());
    // Granted later, it comes by itself.
    listener.forget();
    server.kubectl(&["create", "clusterrole", "nodes", "--verb=list,watch", "--resource=nodes"]);
    server.kubectl(&[
        "create",
        "clusterrolebinding",
        "nodes",
        "--clusterrole=nodes",
        "--user=poor",
    ]);
    listener.until("synced").await;
    listener.until_quiet().await;
    assert!(!listener.withheld.contains_key("Node"));
    assert_eq!(listener.withheld.len(), others - 1);
}
