//! What the store does not take, what breaks, and what grows old.

use super::{clock, identity, recorded, shop, started, store, until, workloads};
use crate::{Controller, Parts, Rules, Source, State};
use cofferdam_bus::Bus;
use cofferdam_policy::Bundle;
use cofferdam_store::{Round, rows};
use jiff::Timestamp;
use std::{path::Path, sync::Arc, time::Duration};
use tokio::{
    sync::{mpsc, watch},
    time,
};

/// Runs a statement beside the store, as nobody should.
pub(super) fn meddle(folder: &Path, sql: &str) {
    let connection = rusqlite::Connection::open(folder.join("store.sqlite")).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    connection.execute_batch(sql).unwrap();
}

/// A database that refuses whatever it is told of one workload, as one does a text that it cannot
/// keep.
pub(super) const REFUSING: &str = "
    CREATE TRIGGER refuse_1 BEFORE INSERT ON workload WHEN NEW.name = 'bad'
        BEGIN SELECT RAISE(ABORT, 'it has no such letter'); END;
    CREATE TRIGGER refuse_2 BEFORE INSERT ON finding WHEN NEW.subject_title LIKE '%/bad'
        BEGIN SELECT RAISE(ABORT, 'it has no such letter'); END;
    CREATE TRIGGER refuse_3 BEFORE INSERT ON pod WHEN NEW.name LIKE 'bad-%'
        BEGIN SELECT RAISE(ABORT, 'it has no such letter'); END;";

#[tokio::test(flavor = "multi_thread")]
async fn what_the_store_refuses_is_told_and_keeps_nothing_else_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    meddle(folder.path(), REFUSING);
    let (handle, _rules) = started(&store, &shop(&["web", "bad", "api"])).await;
    until(&handle, &store, async |store| {
        let found = workloads(store).await;
        found.len() == 2 && found.iter().all(|one| one.images == 1 && one.critical > 0)
    })
    .await;
    until(&handle, &store, async |_| handle.state().refused.is_some()).await;
    let state = handle.state();
    let refused = state.refused.clone().unwrap();
    assert_eq!(refused.count, 3, "the workload, its findings and its pod: {refused:?}");
    assert!(refused.first.contains("shop/bad"), "{refused:?}");
    assert!(refused.first.contains("no such letter"), "{refused:?}");
    assert!(state.is_ready() && state.store.is_none(), "{state:?}");
    handle.shutdown().await;
}

/// By the clock alone, for nothing changes in the cluster.
#[tokio::test]
async fn what_was_refused_is_tried_again_within_an_hour() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    meddle(folder.path(), REFUSING);
    let (handle, _rules) = started(&store, &shop(&["web", "bad"])).await;
    until(&handle, &store, async |_| handle.state().refused.is_some()).await;
    let path = folder.path().to_owned();
    let mend = "DROP TRIGGER refuse_1; DROP TRIGGER refuse_2; DROP TRIGGER refuse_3;";
    // The store waits for this thread in the middle of what it writes.
    tokio::task::spawn_blocking(move || meddle(&path, mend)).await.unwrap();
    time::pause();
    time::advance(Duration::from_hours(1)).await;
    time::resume();
    until(&handle, &store, async |store| {
        let found = workloads(store).await;
        let is_taken = found.iter().any(|one| one.name == "bad" && one.critical > 0);
        is_taken && handle.state().refused.is_none()
    })
    .await;
    handle.shutdown().await;
}

/// Nothing is refused by a damaged database: it takes nothing, and says so until it is mended.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_database_is_not_ready_and_all_waits_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    meddle(
        folder.path(),
        "CREATE TABLE kept AS SELECT rootpage FROM sqlite_master WHERE name = 'pod';
        PRAGMA writable_schema = ON;
        UPDATE sqlite_master SET rootpage =
            (SELECT rootpage FROM sqlite_master WHERE name = 'pod_by_workload')
            WHERE name = 'pod';
        PRAGMA schema_version = 1000;",
    );
    let (handle, _rules) = started(&store, &shop(&["web", "api"])).await;
    until(&handle, &store, async |_| handle.state().store.is_some()).await;
    let state = handle.state();
    assert!(state.store.as_ref().unwrap().contains("damaged"), "{state:?}");
    assert!(!state.is_ready() && state.can_review() && state.refused.is_none(), "{state:?}");
    meddle(
        folder.path(),
        "PRAGMA writable_schema = ON;
        UPDATE sqlite_master SET rootpage = (SELECT rootpage FROM kept) WHERE name = 'pod';
        PRAGMA schema_version = 1001;",
    );
    until(&handle, &store, async |store| {
        let found = workloads(store).await;
        handle.state().is_ready() && found.len() == 2 && found.iter().all(|one| one.critical > 0)
    })
    .await;
    assert_eq!(handle.state().refused, None);
    handle.shutdown().await;
}

/// What is stored of an earlier life and cannot be read back.
#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_back_keeps_nothing_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    // More than a document may be, once it is unpacked.
    let json = " ".repeat((16 << 20) + 1);
    let object = rows::Object {
        id: "role".to_owned(),
        cluster: "c".to_owned(),
        api_version: "v1".to_owned(),
        kind: "Role".to_owned(),
        namespace: None,
        name: "role".to_owned(),
        uid: "role".to_owned(),
        json: json.as_str().into(),
        first_seen: clock(),
        gone_at: None,
    };
    store.put_objects(&[object]).await.unwrap();
    let (handle, _rules) = started(&store, &shop(&["web"])).await;
    until(&handle, &store, async |store| {
        let found = workloads(store).await;
        found.len() == 1 && found[0].critical > 0 && handle.state().refused.is_some()
    })
    .await;
    assert!(handle.state().refused.unwrap().first.contains("16 MiB"));
    handle.shutdown().await;
}

/// It would keep who leads from all writing.
#[tokio::test(flavor = "multi_thread")]
async fn a_summary_that_cannot_be_read_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let cluster = identity().id;
    let id = rows::id(&[&cluster, "Summary", "", "cluster"]);
    let object = rows::Object {
        id: id.clone(),
        cluster,
        api_version: "cofferdam.dev/v1alpha1".to_owned(),
        kind: "Summary".to_owned(),
        namespace: None,
        name: "cluster".to_owned(),
        uid: String::new(),
        json: " ".repeat((16 << 20) + 1).as_str().into(),
        first_seen: clock(),
        gone_at: None,
    };
    store.put_objects(&[object]).await.unwrap();
    assert!(store.object(&id).await.is_err());
    let (handle, _rules) = started(&store, &shop(&["web"])).await;
    until(&handle, &store, async |store| {
        let is_written = matches!(store.object(&id).await, Ok(Some(_)));
        is_written && workloads(store).await.iter().any(|one| one.critical > 0)
    })
    .await;
    handle.shutdown().await;
}

/// Nothing is known of it, but for that it was looked into.
#[tokio::test(flavor = "multi_thread")]
async fn an_image_whose_row_cannot_be_read_keeps_no_trend_waiting() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let (handle, _rules) = started(&store, &shop(&["web"])).await;
    until(&handle, &store, async |store| {
        workloads(store).await.iter().any(|one| one.images == 1 && one.critical > 0)
    })
    .await;
    until(&handle, &store, async |_| handle.state().is_idle).await;
    handle.shutdown().await;
    meddle(folder.path(), "UPDATE image SET packages = 'many'");
    assert_eq!(store.images_looked_into().await.unwrap().len(), 1);
    let (handle, _rules) = started(&store, &shop(&["web"])).await;
    let is_told = async |_: &_| {
        let State { is_idle, refused, .. } = handle.state();
        is_idle && refused.is_some_and(|refused| refused.count == 1)
    };
    let told = until(&handle, &store, is_told);
    time::timeout(Duration::from_mins(1), told).await.unwrap();
    handle.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_went_long_ago_is_forgotten_by_who_leads() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let long_ago: Timestamp = "2024-01-01T00:00:00Z".parse().unwrap();
    let pod = |uid: &str, gone_at| rows::Pod {
        uid: uid.to_owned(),
        workload: None,
        namespace: "shop".to_owned(),
        name: uid.to_owned(),
        node: None,
        phase: "Running".to_owned(),
        started: None,
        gone_at,
    };
    let lately = "2026-11-01T00:00:00Z".parse().unwrap();
    // More than are forgotten in one step.
    let mut pods: Vec<_> = (0..1500).map(|n| pod(&n.to_string(), Some(long_ago))).collect();
    pods.push(pod("lately", Some(lately)));
    store.put_pods(&pods).await.unwrap();
    let (handle, _rules) = started(&store, &shop(&["web"])).await;
    until(&handle, &store, async |store| {
        store.dropped().await.unwrap().get("pod").copied() == Some(1500)
    })
    .await;
    handle.shutdown().await;
    assert_eq!(store.prune(&mut Round::default(), clock()).await.unwrap(), 0, "it was dry");
}

/// Nobody judges any more and nobody says so: the worst that could be shown.
#[tokio::test(flavor = "multi_thread")]
async fn a_task_that_breaks_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let store = store(&folder).await;
    let bundle = Arc::new(Bundle::built_in().unwrap());
    let (_changes, heard) = mpsc::channel(1);
    let mut handle = Controller::start(Parts {
        store,
        bus: Bus::open("memory:").await.unwrap(),
        source: Source::Heard { identity: identity(), changes: heard },
        images: recorded(),
        rules: watch::channel(Rules { bundle, advisories: None, is_whole: true }).1,
        documents: watch::channel(None).0,
        // The keeper alone asks for the time.
        leads: watch::channel(false).1,
        clock: || panic!("no time at all"),
    });
    let why = handle.broken().await;
    assert!(why.contains("no time at all"), "{why}");
    handle.shutdown().await;
}
