//! The schema: today's rows fit it, and it is the sum of its migrations.

use super::{Place, contract, samples::at};
use crate::{
    FindingFilter, Mode, OnFailure, Page, Store, StoreError, Updates,
    engine::{Engine, postgres::Postgres, sqlite::Sqlite},
    rows::{self, Row},
    schema::{MIGRATIONS, migrate},
};
use jiff::Timestamp;
use std::path::Path;

contract! {
    every_row_type_fits_its_table
    a_store_from_the_future_is_refused
}

async fn every_row_type_fits_its_table(store: Store) {
    macro_rules! tables {
        ($($row:ty),*) => {$(
            let columns = crate::list::columns(<$row>::COLUMNS);
            let sql = format!("SELECT {columns} FROM {}", <$row>::FROM);
            assert_eq!(store.engine.query(sql, Vec::new()).await.unwrap().len(), 0);
        )*};
    }
    tables!(
        rows::Workload,
        rows::WorkloadName,
        rows::Manifest,
        rows::Container,
        rows::Pod,
        rows::Image,
        rows::Report,
        rows::Vulnerability,
        rows::Finding,
        rows::Cluster,
        rows::Object,
        rows::Point,
        rows::Review,
        rows::Event,
        rows::RuleMode,
        rows::Account,
        rows::Session,
        rows::Token,
        rows::Trail
    );
}

async fn a_store_from_the_future_is_refused(store: Store) {
    let sql = "INSERT INTO migration (version) VALUES (9999)";
    store.change(sql, Vec::new()).await.unwrap();
    let error = migrate(&store.engine, MIGRATIONS).await.unwrap_err();
    assert!(matches!(&error, StoreError::Unsupported(why) if why.contains("9999")), "{error}");
}

async fn engine(place: &Place) -> Engine {
    match place.url.strip_prefix("sqlite:") {
        Some(path) => Engine::Sqlite(Sqlite::open(Path::new(path)).await.unwrap()),
        None => Engine::Postgres(Postgres::open(&place.url).await.unwrap()),
    }
}

/// What the database says of its tables, columns and indexes.
async fn shape(engine: &Engine) -> Vec<Vec<crate::value::Value>> {
    let sql = match engine {
        Engine::Sqlite(_) => {
            "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master ORDER BY name"
        }
        Engine::Postgres(_) => {
            "SELECT table_name::text, column_name::text, data_type::text, is_nullable::text, \
             coalesce(collation_name::text, ''), ordinal_position::bigint \
             FROM information_schema.columns WHERE table_schema = 'public' \
             UNION ALL SELECT indexname::text, indexdef, '', '', '', 0 FROM pg_indexes \
             WHERE schemaname = 'public' ORDER BY 1, 2"
        }
    };
    engine.query(sql.to_owned(), Vec::new()).await.unwrap()
}

/// Migrations one at a time, as a store goes through them over years, end where a new store begins.
async fn check_sum(fresh: Place, grown: Place) {
    let (fresh_engine, grown_engine) = (engine(&fresh).await, engine(&grown).await);
    migrate(&fresh_engine, MIGRATIONS).await.unwrap();
    for count in 1..=MIGRATIONS.len() {
        migrate(&grown_engine, &MIGRATIONS[..count]).await.unwrap();
        migrate(&grown_engine, &MIGRATIONS[..count]).await.unwrap();
    }
    let shape_now = shape(&fresh_engine).await;
    assert!(shape_now.len() > 30);
    assert_eq!(shape_now, shape(&grown_engine).await);
}

#[tokio::test]
async fn a_fresh_schema_is_the_sum_of_the_migrations_in_sqlite() {
    check_sum(Place::sqlite(), Place::sqlite()).await;
}

#[tokio::test]
async fn a_fresh_schema_is_the_sum_of_the_migrations_in_postgres() {
    check_sum(Place::postgres(), Place::postgres()).await;
}

/// Writes by the first so many migrations, and opens what was written as it is opened today.
async fn grown(place: &Place, migrations: usize, sql: &str) -> Store {
    let old = engine(place).await;
    migrate(&old, &MIGRATIONS[..migrations]).await.unwrap();
    let mut transaction = old.begin().await.unwrap();
    transaction.script(sql.to_owned()).await.unwrap();
    transaction.commit().await.unwrap();
    drop(old);
    Store::open(&place.url).await.unwrap()
}

/// What was said of rules before one could say more goes on as it was.
async fn check_modes(place: Place) {
    let sql = "INSERT INTO mode (rule, mode, by_name, at) VALUES ('K1', 'enforce', 'alice', 1)";
    let modes = grown(&place, 1, sql).await.modes().await.unwrap();
    let said = (modes[0].mode, modes[0].on_failure, modes[0].updates);
    assert_eq!(said, (Mode::Enforce, OnFailure::Ignore, Updates::Lenient));
}

#[tokio::test]
async fn modes_of_the_first_schema_are_kept_in_sqlite() {
    check_modes(Place::sqlite()).await;
}

#[tokio::test]
async fn modes_of_the_first_schema_are_kept_in_postgres() {
    check_modes(Place::postgres()).await;
}

/// What was open before one knew since when it says what it says is open since it was first seen.
async fn check_findings(place: Place) {
    let sql = "INSERT INTO finding (id, cluster, subject_kind, subject, subject_title, namespace, \
         rule, title, severity, outcome, message, about, score, score_why, remediation, \
         first_seen, last_seen, gone_at) VALUES ";
    let row = |id: &str, until: Option<Timestamp>| {
        let millis = |at: Timestamp| at.as_millisecond().to_string();
        let until = until.map_or_else(|| "NULL".to_owned(), millis);
        format!(
            "('{id}', 'c', 'workload', 'w', 'Pod a/w', 'a', 'K1', 't', 3, 'fail', '', '', 1, '', \
             '', {}, {}, {until})",
            millis(at(1)),
            millis(at(2))
        )
    };
    let sql = format!("{sql} {}, {}", row("open", None), row("gone", Some(at(3))));
    let store = grown(&place, 7, &sql).await;
    for (id, until) in [("open", None), ("gone", Some(at(3)))] {
        let found = store.finding(id).await.unwrap().unwrap();
        assert_eq!((found.first_seen, found.gone_at, found.superseded), (at(1), until, false));
    }
    let filter = FindingFilter { at: Some(at(2)), ..FindingFilter::default() };
    assert_eq!(store.findings(&filter, &Page::default()).await.unwrap().items.len(), 2);
}

#[tokio::test]
async fn findings_of_an_older_schema_are_kept_in_sqlite() {
    check_findings(Place::sqlite()).await;
}

#[tokio::test]
async fn findings_of_an_older_schema_are_kept_in_postgres() {
    check_findings(Place::postgres()).await;
}

async fn check_race(place: Place) {
    let opening = (0..6).map(|_| Store::open(&place.url));
    for opened in futures_util::future::join_all(opening).await {
        opened.unwrap();
    }
}

#[tokio::test]
async fn replicas_that_start_together_migrate_once_in_sqlite() {
    check_race(Place::sqlite()).await;
}

#[tokio::test]
async fn replicas_that_start_together_migrate_once_in_postgres() {
    check_race(Place::postgres()).await;
}

#[tokio::test]
async fn a_database_is_for_its_owners_eyes() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::sqlite();
    let _store = Store::open(&place.url).await.unwrap();
    for file in std::fs::read_dir(place.folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", file.file_name());
    }
}

#[tokio::test]
async fn what_is_no_store_is_said_so() {
    for url in ["mysql://x", "", "store.db"] {
        assert!(matches!(Store::open(url).await, Err(StoreError::Unsupported(_))), "{url}");
    }
    let place = Place::sqlite();
    let path = place.folder.path().join("text");
    std::fs::write(&path, "this is a letter, and no database at all").unwrap();
    let opened = Store::open(&format!("sqlite:{}", path.display())).await;
    assert!(matches!(opened, Err(StoreError::Damaged(_))));
    let nowhere = Store::open("sqlite:/nonexistent/folder/store.db").await;
    assert!(matches!(nowhere, Err(StoreError::Unavailable(_))));
    let nobody = Store::open("postgres://x@127.0.0.1:1/x").await;
    assert!(matches!(nobody, Err(StoreError::Unavailable(_))));
}
