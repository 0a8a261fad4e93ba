//! The controllers over a real store and a real bus, on what was recorded of a small shop.

mod again;
mod faults;

use super::{Controller, Parts, Rules, Source};
use crate::{
    Handle,
    inventory::ImageKey,
    scan::{Images, report},
};
use cofferdam_assess::Contents;
use cofferdam_bounds::Meter;
use cofferdam_bus::Bus;
use cofferdam_cluster::Recording;
use cofferdam_model::{
    ClusterIdentity, Digest, Image, ImageConfig, ImageSource, ObjectKey, Secret, SecretPlace,
};
use cofferdam_policy::{Bundle, ClusterDocument, ClusterDocuments};
use cofferdam_store::{
    FindingFilter, ImageFilter, ImageState, Outcome, Page, Store, SubjectKind, WorkloadFilter,
    rows::Workload,
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{collections::HashMap, sync::Arc};
use tokio::sync::watch;

fn clock() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn digest() -> Digest {
    format!("sha256:{}", "1".repeat(64)).parse().unwrap()
}

fn shop(names: &[&str]) -> Vec<Value> {
    let pod_spec = json!({"containers": [{"name": "web", "image": "shop/web:1",
        "securityContext": {"privileged": true}}]});
    let mut objects = vec![json!({"apiVersion": "v1", "kind": "Node",
        "metadata": {"name": "one", "uid": "n"},
        "status": {"nodeInfo": {"operatingSystem": "linux", "architecture": "amd64"}}})];
    for name in names {
        objects.push(json!({"apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"name": name, "namespace": "shop", "uid": name},
            "spec": {"template": {"metadata": {"labels": {"app": name}}, "spec": pod_spec}}}));
        let mut pod = json!({"apiVersion": "v1", "kind": "Pod", "spec": pod_spec,
            "metadata": {"name": format!("{name}-1"), "namespace": "shop",
                "uid": format!("{name}-1"), "ownerReferences": [{"apiVersion": "apps/v1",
                "kind": "Deployment", "name": name, "uid": name, "controller": true}]},
            "status": {"phase": "Running", "containerStatuses": [{"name": "web",
                "imageID": format!("docker.io/shop/web@{}", digest())}]}});
        pod["spec"]["nodeName"] = "one".into();
        objects.push(pod);
    }
    objects
}

fn key() -> ImageKey {
    ImageKey {
        name: "docker.io/shop/web".to_owned(),
        digest: digest(),
        platform: "linux/amd64".to_owned(),
    }
}

/// What a scan would have seen: an image that runs as root, with a key in it.
fn seen() -> Vec<u8> {
    let secret = Secret {
        kind: "aws-access-key",
        title: "AWS access key",
        place: SecretPlace::Env("KEY".to_owned()),
        line: None,
        masked: "AKIA…".to_owned(),
        evidence: "checksum valid".to_owned(),
    };
    let image = Image {
        source: ImageSource::Registry,
        config: ImageConfig { user: "root".to_owned(), ..ImageConfig::default() },
        ..Image::default()
    };
    let contents = Contents { image, secrets: vec![secret], ..Contents::default() };
    report::encode(&contents).unwrap()
}

fn recorded() -> Images {
    Images::Recorded(Arc::new(HashMap::from([(key().id(), seen())])))
}

async fn started(store: &Store, objects: &[Value]) -> (Handle, watch::Sender<Rules>) {
    let (_, leads) = watch::channel(true);
    started_by(store, objects, leads).await
}

fn identity() -> ClusterIdentity {
    ClusterIdentity {
        id: "c".to_owned(),
        name: "sample".to_owned(),
        version: "v1.34.4".to_owned(),
        server: String::new(),
    }
}

/// The same, of a replica that leads or does not.
async fn started_by(
    store: &Store,
    objects: &[Value],
    leads: watch::Receiver<bool>,
) -> (Handle, watch::Sender<Rules>) {
    let lines: Vec<String> = objects.iter().map(Value::to_string).collect();
    let (recording, problems) =
        Recording::read_lines(lines.join("\n").as_bytes(), &Meter::default());
    assert!(problems.is_empty(), "{problems:?}");
    let bundle = Arc::new(Bundle::built_in().unwrap());
    let (give, rules) = watch::channel(Rules { bundle, advisories: None, is_whole: true });
    let handle = Controller::start(Parts {
        store: store.clone(),
        bus: Bus::open("memory:").await.unwrap(),
        source: Source::Recorded { identity: identity(), recording, missing: Vec::new() },
        images: recorded(),
        rules,
        documents: watch::channel(None).0,
        leads,
        clock,
    });
    (handle, give)
}

async fn store(folder: &tempfile::TempDir) -> Store {
    let path = folder.path().join("store.sqlite");
    Store::open(&format!("sqlite:{}", path.display())).await.unwrap()
}

async fn workloads(store: &Store) -> Vec<Workload> {
    let page = Page { descending: false, ..Page::default() };
    store.workloads(&WorkloadFilter::default(), &page).await.unwrap().items
}

/// Waits until the store says so: every change that could make it so is told.
async fn until(handle: &Handle, store: &Store, is_so: impl AsyncFn(&Store) -> bool) {
    let mut views = handle.views();
    while !is_so(store).await {
        views.changed().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_is_judged_scanned_and_stored() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let (handle, _rules) = started(&store, &shop(&["web", "api"])).await;
    assert!(!handle.state().is_ready());
    until(&handle, &store, async |store| {
        let found = workloads(store).await;
        found.len() == 2 && found.iter().all(|one| one.images == 1 && one.critical > 0)
    })
    .await;
    assert!(handle.state().is_ready(), "{:?}", handle.state());
    let of_image = FindingFilter { rule: Some("CFD-IMG-0005".to_owned()), ..Default::default() };
    let of_itself = FindingFilter { subject_kind: Some(SubjectKind::Image), ..of_image.clone() };
    // On each of the two that run it, and on the image itself if asked.
    until(&handle, &store, async |store| {
        let total = async |filter| store.findings(filter, &Page::default()).await.unwrap().total;
        total(&of_image).await == 2 && total(&of_itself).await == 1
    })
    .await;
    // The trend ends where the numbers of today are.
    until(&handle, &store, async |store| {
        let (counts, trend) =
            (store.severities(None).await.unwrap(), store.trend("c", clock()).await.unwrap());
        trend.last().is_some_and(|last| u64::from(last.critical) == counts.critical)
    })
    .await;
    let images = store.images(&ImageFilter::default(), &Page::default()).await.unwrap().items;
    assert_eq!((images.len(), images[0].state), (1, ImageState::Scanned));
    assert_eq!(images[0].secrets, 1);
    assert!(handle.objects().read().unwrap().len() >= 2);
    let identity = &store.clusters().await.unwrap()[0];
    assert_eq!((&*identity.id, identity.synced_at), ("c", Some(clock())));
    let first = workloads(&store).await;
    handle.shutdown().await;

    // Begun again when one of them is gone: the other is the same as before, and nothing that was
    // found about it ends meanwhile.
    let before = first.iter().find(|one| one.name == "web").unwrap();
    let telling = format!(
        "CREATE TABLE ended (rule TEXT);
        CREATE TRIGGER tell_gone AFTER UPDATE OF gone_at ON finding
            WHEN NEW.gone_at IS NOT NULL AND NEW.subject = '{0}'
            BEGIN INSERT INTO ended VALUES (NEW.rule); END;
        CREATE TRIGGER tell_deleted AFTER DELETE ON finding WHEN OLD.subject = '{0}'
            BEGIN INSERT INTO ended VALUES (OLD.rule); END;",
        before.id
    );
    faults::meddle(folder.path(), &telling);
    let (handle, _rules) = started(&store, &shop(&["web"])).await;
    until(&handle, &store, async |store| {
        workloads(store).await.len() == 1 && {
            let all = FindingFilter::default();
            let found = store.findings(&all, &Page::default()).await.unwrap();
            found.items.iter().all(|one| !one.subject_title.contains("api"))
        }
    })
    .await;
    let after = workloads(&store).await;
    assert_eq!(after[0].name, "web");
    assert_eq!((&after[0].id, after[0].first_seen), (&before.id, before.first_seen));
    until(&handle, &store, async |_| handle.state().is_idle).await;
    handle.shutdown().await;
    let connection = rusqlite::Connection::open(folder.path().join("store.sqlite")).unwrap();
    let ended = "SELECT group_concat(rule) FROM ended";
    let ended: Option<String> = connection.query_row(ended, [], |row| row.get(0)).unwrap();
    assert_eq!(ended, None);
}

/// The rules with an exception that lies in the namespace `shop`, about a workload there.
fn excusing(workload: &str) -> Rules {
    let json = json!({"apiVersion": "cofferdam.dev/v1alpha1", "kind": "PolicyException",
        "metadata": {"name": "old-key", "namespace": "shop"},
        "spec": {"owner": "ann", "reason": "It is revoked.", "expires": "2027-01-01",
            "policies": ["CFD-IMG-0005"],
            "match": {"objects": [{"kind": "Deployment", "name": workload}]}}});
    let key = ObjectKey::new("cofferdam.dev/v1alpha1", "PolicyException", Some("shop"), "old-key");
    let document = ClusterDocument { key, json: json.to_string().into() };
    let documents = ClusterDocuments { documents: vec![document], ..ClusterDocuments::default() };
    let (bundle, problems) = Bundle::with_cluster(&[], &documents).unwrap();
    assert!(problems.is_empty(), "{problems:?}");
    Rules { bundle: Arc::new(bundle), advisories: None, is_whole: true }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exception_of_a_namespace_excuses_there_what_comes_from_an_image() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let mut objects = shop(&["web", "api"]);
    let elsewhere = shop(&["web"]).into_iter().skip(1).map(|object| {
        let text = object.to_string().replace(r#""namespace":"shop""#, r#""namespace":"bank""#);
        serde_json::from_str(&text.replace(r#""uid":"web"#, r#""uid":"of-bank"#)).unwrap()
    });
    objects.extend(elsewhere);
    let (handle, rules) = started(&store, &objects).await;
    // What the rule says of each workload, and of the image.
    let said = async |store: &Store| {
        let rule = Some("CFD-IMG-0005".to_owned());
        let mut said = Vec::new();
        for subject_kind in [SubjectKind::Workload, SubjectKind::Image] {
            let (rule, subject_kind) = (rule.clone(), Some(subject_kind));
            let filter = FindingFilter { rule, subject_kind, ..Default::default() };
            let found = store.findings(&filter, &Page::default()).await.unwrap().items;
            said.extend(found.into_iter().map(|one| (one.subject_title, one.outcome)));
        }
        said.sort();
        said
    };
    let all = |of_web: Outcome| {
        let title = |of: &str| of.to_owned();
        vec![
            (title("Deployment bank/web"), Outcome::Fail),
            (title("Deployment shop/api"), Outcome::Fail),
            (title("Deployment shop/web"), of_web),
            (title("docker.io/shop/web:1"), Outcome::Fail),
        ]
    };
    let before = rules.borrow().clone();
    for (given, of_web) in [
        (before.clone(), Outcome::Fail),
        (excusing("web"), Outcome::Excepted),
        (excusing("none"), Outcome::Fail),
        (excusing("web"), Outcome::Excepted),
        (before, Outcome::Fail),
    ] {
        rules.send_replace(given);
        until(&handle, &store, async |store| said(store).await == all(of_web)).await;
        // What is excused counts for nothing where it is, and stays in sight with who answers.
        let filter = FindingFilter { outcome: Some(Outcome::Excepted), ..Default::default() };
        let excused = store.findings(&filter, &Page::default()).await.unwrap().items;
        let by: Vec<bool> = excused.iter().map(|one| one.exception.is_some()).collect();
        assert_eq!(by, vec![true; usize::from(of_web == Outcome::Excepted)]);
    }
    handle.shutdown().await;
}
