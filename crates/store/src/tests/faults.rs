//! What happens when a process or a server is killed.

use super::{
    Place,
    places::Server,
    samples::{at, finding, pod, review},
};
use crate::{Decision, FindingFilter, Page, ReviewFilter, Store, StoreError, rows::Finding};
use std::{
    io::{BufRead as _, BufReader, Write as _},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// Where the child writes; it is this program again, told to run one test.
pub(super) const CHILD: &str = "COFFERDAM_STORE_TEST_CHILD";

/// Not a test of its own: writes to the store that its parent names until it is killed.
#[tokio::test]
async fn child_that_writes() {
    let Some(url) = std::env::var_os(CHILD) else { return };
    let store = Store::open(url.to_str().unwrap()).await.unwrap();
    let listed = store.reviews(&ReviewFilter::default(), &Page::default()).await.unwrap();
    let first = listed.items.first().map_or(0, |last| last.id[1..].parse::<u32>().unwrap() + 1);
    let mut out = std::io::stdout();
    for number in first.. {
        let findings: Vec<Finding> =
            (0..30).map(|n| finding("w", &format!("K{n}-{}", number % 3), "", 1)).collect();
        store.put_reviews(&[review(number, Decision::Denied)]).await.unwrap();
        store.put_findings("w", &findings, at(i64::from(number))).await.unwrap();
        writeln!(out, "acknowledged {number}").unwrap();
        out.flush().unwrap();
    }
}

pub(super) fn child(url: &str, test: &str) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([test, "--exact", "--nocapture"]);
    command.env(CHILD, url).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
}

/// The last number that the child says was acknowledged, once it said so many.
pub(super) fn acknowledged(child: &mut Child, lines: usize) -> u32 {
    let output = BufReader::new(child.stdout.take().unwrap());
    let numbers = output.lines().map_while(Result::ok).filter_map(|line| {
        line.split_once("acknowledged ").and_then(|(_, number)| number.parse().ok())
    });
    let mut taken: Vec<u32> = Vec::new();
    for number in numbers {
        taken.push(number);
        if taken.len() == lines {
            child.kill().unwrap(); // SIGKILL, in the middle of the next write
        }
    }
    child.wait().unwrap();
    *taken.last().unwrap()
}

#[tokio::test]
async fn a_killed_process_loses_nothing_acknowledged_and_damages_nothing() {
    let place = Place::sqlite();
    for lines in [1, 7, 20] {
        let mut child = child(&place.url, "tests::faults::child_that_writes");
        let last = acknowledged(&mut child, lines);
        let store = Store::open(&place.url).await.unwrap();
        let page = Page { limit: 500, ..Page::default() };
        let listed = store.reviews(&ReviewFilter::default(), &page).await.unwrap();
        let numbers: Vec<u32> =
            listed.items.iter().rev().map(|review| review.id[1..].parse().unwrap()).collect();
        let expected: Vec<u32> = (0..u32::try_from(numbers.len()).unwrap()).collect();
        assert_eq!(numbers, expected);
        assert!(numbers.len() > last as usize);
        let open = store.findings(&FindingFilter::default(), &Page::default()).await.unwrap();
        assert_eq!((open.items.len(), open.total), (30, 30), "a batch is whole or not there");
        let sound =
            store.engine.query("PRAGMA integrity_check".to_owned(), Vec::new()).await.unwrap();
        assert_eq!(sound, [[crate::value::Value::Text("ok".to_owned())]]);
    }
}

#[tokio::test]
async fn a_killed_server_loses_nothing_acknowledged_and_is_found_again() {
    let server = Server::start();
    server.create("faults");
    let store = Store::open(&server.url("faults")).await.unwrap();
    store.put_findings("w", &[finding("w", "K1", "", 1)], at(1)).await.unwrap();
    server.kill();
    let asks = async || store.findings(&FindingFilter::default(), &Page::default()).await;
    // Whoever answers a connection may take a moment to notice.
    let began = Instant::now();
    while asks().await.is_ok() {
        assert!(began.elapsed() < Duration::from_secs(10), "it is still there");
    }
    for _ in 0..3 {
        let error = asks().await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
        let error = store.put_reviews(&[review(1, Decision::Denied)]).await.unwrap_err();
        assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    }
    server.run();
    let listed = store.findings(&FindingFilter::default(), &Page::default()).await.unwrap();
    assert_eq!(listed.total, 1);
    store.put_reviews(&[review(1, Decision::Denied)]).await.unwrap();
}

#[tokio::test]
async fn a_right_that_is_missing_may_come() {
    let place = Place::postgres();
    let store = Store::open(&place.url).await.unwrap();
    let mut transaction = store.engine.begin().await.unwrap();
    transaction.script("CREATE ROLE guest LOGIN".to_owned()).await.unwrap();
    transaction.commit().await.unwrap();
    let refused = Store::open(&place.url.replace("cofferdam@", "guest@")).await;
    let Err(error) = refused else { panic!("a guest may write") };
    assert!(error.passes() && error.to_string().contains("permission denied"), "{error}");
}

#[tokio::test]
async fn a_write_that_is_given_up_leaves_nothing() {
    for place in [Place::sqlite(), Place::postgres()] {
        let store = Store::open(&place.url).await.unwrap();
        let mut transaction = store.engine.begin().await.unwrap();
        let sql = "INSERT INTO subject (id, title) VALUES (?1, ?1)".to_owned();
        let row = vec![crate::value::Value::Text("x".to_owned())];
        transaction.execute(sql.clone(), row.clone()).await.unwrap();
        drop(transaction);
        let mut transaction = store.engine.begin().await.unwrap();
        transaction.execute(sql.clone(), row.clone()).await.unwrap();
        let twice = transaction.execute(sql, row).await.unwrap_err();
        assert!(matches!(twice, StoreError::Conflict(_)), "{twice}");
        drop(transaction);
        let found =
            store.engine.query("SELECT id FROM subject".to_owned(), Vec::new()).await.unwrap();
        assert_eq!(found.len(), 0);
    }
}

/// Not one of the rows is refused, for another database would take them.
#[tokio::test]
async fn what_is_damaged_is_the_database_and_not_what_it_is_given() {
    let pods = ["a", "b", "c"].map(|uid| pod(uid, "w"));
    for place in [Place::sqlite(), Place::postgres()] {
        let store = Store::open(&place.url).await.unwrap();
        store.ping().await.unwrap();
        if let Some(path) = place.url.strip_prefix("sqlite:") {
            let connection = rusqlite::Connection::open(path).unwrap();
            let sql = "PRAGMA writable_schema = ON;
                UPDATE sqlite_master SET rootpage =
                    (SELECT rootpage FROM sqlite_master WHERE name = 'pod_by_workload')
                    WHERE name = 'pod';
                PRAGMA schema_version = 999;";
            connection.execute_batch(sql).unwrap();
        } else {
            let mut transaction = store.engine.begin().await.unwrap();
            transaction.script("DROP TABLE pod".to_owned()).await.unwrap();
            transaction.commit().await.unwrap();
        }
        let error = crate::by_halves(&pods, |some| store.put_pods(some)).await.unwrap_err();
        assert!(matches!(error, StoreError::Damaged(_)) && error.passes(), "{error}");
        // All else is there.
        store.put_reviews(&[review(1, Decision::Denied)]).await.unwrap();
    }
}

#[tokio::test]
async fn a_database_without_tables_does_not_answer() {
    let place = Place::postgres();
    let store = Store::open(&place.url).await.unwrap();
    let mut transaction = store.engine.begin().await.unwrap();
    transaction.script("DROP SCHEMA public CASCADE".to_owned()).await.unwrap();
    transaction.commit().await.unwrap();
    let error = store.ping().await.unwrap_err();
    assert!(matches!(error, StoreError::Damaged(_)), "{error}");
}
