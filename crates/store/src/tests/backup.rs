//! A backup of either engine restores into either.

use super::{
    Place,
    samples::{
        account, at, cluster, container, event, finding, image, manifest, object, pod, point,
        review, session, token, trail, vulnerability, workload,
    },
};
use crate::{
    Decision, Mode, OnFailure, Store, StoreError, Updates, engine::Values, rows::RuleMode,
};
use std::path::Path;

async fn fill(store: &Store) {
    let web = workload("shop", "größe", 95);
    let debian = image("debian", 9);
    store.put_cluster(&cluster()).await.unwrap();
    store.put_workloads(std::slice::from_ref(&web)).await.unwrap();
    store.put_manifests(&[manifest(&web.id)]).await.unwrap();
    store.put_containers(&web.id, &[container("c", Some(&debian.id))], at(1)).await.unwrap();
    store.put_pods(&[pod("1", &web.id)]).await.unwrap();
    store.put_objects(&[object("Node", "n1")]).await.unwrap();
    store.put_images(std::slice::from_ref(&debian)).await.unwrap();
    store.put_report(&debian.id, vec![0, 1, 255]).await.unwrap();
    store
        .put_vulnerabilities(&debian.id, &[vulnerability(&debian.id, "CVE-1", "x")])
        .await
        .unwrap();
    let many: Vec<_> = (0..1200).map(|n: u16| finding(&web.id, "K1", &n.to_string(), 60)).collect();
    store.put_findings(&web.id, &many, at(1)).await.unwrap();
    store.put_findings(&web.id, &many[..700], at(2)).await.unwrap();
    store.put_findings(&web.id, &many, at(3)).await.unwrap();
    store.put_point(&point(0, 1)).await.unwrap();
    store.put_reviews(&[review(1, Decision::Denied)]).await.unwrap();
    store.put_events(&[event(1)]).await.unwrap();
    let mode = RuleMode {
        rule: "K1".into(),
        mode: Mode::Warn,
        on_failure: OnFailure::Fail,
        updates: Updates::Strict,
        by_name: "a".into(),
        at: at(1),
    };
    store.set_mode(&mode).await.unwrap();
    store.create_account(&account("alice")).await.unwrap();
    store.create_session(&session("a-alice")).await.unwrap();
    store.create_token(&token("a-alice")).await.unwrap();
    store.put_trail(&[trail(1)]).await.unwrap();
}

/// Every row of every table, the derived ones too.
async fn contents(store: &Store) -> Vec<Vec<Values>> {
    let mut all = Vec::new();
    let derived =
        [("\"subject\"", "id"), ("\"tally\"", "namespace, rule, severity, outcome, subject_kind")];
    let own = crate::backup::TABLES.iter().map(|table| (table.from, table.key.join(", ")));
    let tables = own.chain(derived.map(|(from, key)| (from, key.to_owned())));
    for (from, key) in tables {
        let sql = format!("SELECT * FROM {from} ORDER BY {key}");
        all.push(store.engine.query(sql, Vec::new()).await.unwrap());
    }
    all
}

async fn check(from: Place, to: Place) {
    let (source, target) =
        (Store::open(&from.url).await.unwrap(), Store::open(&to.url).await.unwrap());
    fill(&source).await;
    let path = from.folder.path().join("backup");
    let rows = source.backup(&path).await.unwrap();
    assert_eq!(target.restore(&path).await.unwrap(), rows);
    // Columns come in one order in both engines; 1,700 findings were open at some time.
    let (before, after) = (contents(&source).await, contents(&target).await);
    assert_eq!(before, after);
    assert!(before.iter().any(|rows| rows.len() == 1700));
    let again = target.restore(&path).await.unwrap_err();
    assert!(matches!(again, StoreError::Conflict(_)), "{again}");
    let exists = source.backup(&path).await.unwrap_err();
    assert!(matches!(exists, StoreError::Conflict(_)), "{exists}");
}

#[tokio::test]
async fn sqlite_to_sqlite() {
    check(Place::sqlite(), Place::sqlite()).await;
}

#[tokio::test]
async fn sqlite_to_postgres() {
    check(Place::sqlite(), Place::postgres()).await;
}

#[tokio::test]
async fn postgres_to_sqlite() {
    check(Place::postgres(), Place::sqlite()).await;
}

async fn refused(store: &Store, path: &Path) -> StoreError {
    let error = store.restore(path).await.unwrap_err();
    assert!(contents(store).await.iter().all(Vec::is_empty));
    error
}

/// PostgreSQL takes none, and a question with U+0000 asks for U+FFFD.
#[tokio::test]
async fn nul_in_a_file_is_restored_as_the_replacement_character() {
    let from = Place::sqlite();
    let source = Store::open(&from.url).await.unwrap();
    fill(&source).await;
    let path = from.folder.path().join("backup");
    let rows = source.backup(&path).await.unwrap();
    let whole = cofferdam_bounds::file::read(&path, 1 << 20).unwrap();
    let text = String::from_utf8(zstd::decode_all(whole.as_slice()).unwrap()).unwrap();
    let said = text.replace("größe", "gr\\u0000ße");
    assert_ne!(said, text);
    std::fs::write(&path, zstd::encode_all(said.as_bytes(), 1).unwrap()).unwrap();
    for to in [Place::sqlite(), Place::postgres()] {
        let target = Store::open(&to.url).await.unwrap();
        assert_eq!(target.restore(&path).await.unwrap(), rows);
        let id = workload("shop", "größe", 95).id;
        assert_eq!(target.workload(&id).await.unwrap().unwrap().name, "gr\u{fffd}ße");
    }
}

#[tokio::test]
async fn a_file_that_is_not_whole_leaves_the_store_empty() {
    let (from, to) = (Place::sqlite(), Place::sqlite());
    let (source, target) =
        (Store::open(&from.url).await.unwrap(), Store::open(&to.url).await.unwrap());
    fill(&source).await;
    let path = from.folder.path().join("backup");
    source.backup(&path).await.unwrap();
    let whole = cofferdam_bounds::file::read(&path, 1 << 20).unwrap();
    let torn = from.folder.path().join("torn");
    std::fs::write(&torn, &whole[..whole.len() / 2]).unwrap();
    assert!(matches!(refused(&target, &torn).await, StoreError::Corrupt(_)));
    let lines = zstd::decode_all(whole.as_slice()).unwrap();
    let text = String::from_utf8(lines).unwrap();
    let schema = format!("\"schema\":{}", crate::schema::MIGRATIONS.len());
    let cases = [
        text.replace(&schema, "\"schema\":99"),
        text.replace("cofferdam-backup", "tar"),
        text.replace("\"table\":\"\\\"review", "\"table\":\"\\\"migration"),
        text.rsplit_once("{\"end\"").unwrap().0.to_owned(),
        text.replace("{\"end\":", "{\"end\":7"),
        text.replacen('[', "{", 1),
    ];
    for case in cases {
        assert_ne!(case, text);
        std::fs::write(&torn, zstd::encode_all(case.as_bytes(), 1).unwrap()).unwrap();
        refused(&target, &torn).await;
    }
    target.restore(&path).await.unwrap();
}
