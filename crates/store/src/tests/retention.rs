//! What is old and gone is forgotten, in bounded steps; what is open stays however old it is.

use super::{
    Place, contract,
    faults::{CHILD, acknowledged, child},
    samples::{
        account, at, container, event, finding, image, manifest, object, pod, point, review,
        session, token, trail, vulnerability, workload,
    },
};
use crate::{
    Decision, FindingFilter, HISTORY_KEPT, ImageState, Page, Round, Store, SubjectKind,
    retention::{AT_ONCE, PRUNE_EVERY},
    rows::{Finding, Image, Session},
    value::Value,
};
use jiff::Timestamp;
use std::io::Write as _;

contract! {
    what_is_gone_for_long_goes_and_what_is_open_stays
    a_step_is_bounded
    a_table_is_looked_at_once_in_a_round
    whoever_writes_makes_room_in_bounded_steps
}

/// When all that went at the beginning is to be forgotten.
fn much_later() -> Timestamp {
    at(1000).checked_add(HISTORY_KEPT).unwrap()
}

/// One of everything: a workload that runs an image, with all that belongs to both.
async fn fill(store: &Store, name: &str, findings: usize) -> (String, String) {
    let workload = workload("shop", name, 1);
    let image = Image { judged_at: Some(at(1)), ..image(name, 1) };
    store.put_workloads(std::slice::from_ref(&workload)).await.unwrap();
    store.put_manifests(&[manifest(&workload.id)]).await.unwrap();
    store.put_pods(&[pod(name, &workload.id)]).await.unwrap();
    store.put_objects(&[object("Role", name)]).await.unwrap();
    store.put_images(std::slice::from_ref(&image)).await.unwrap();
    store.put_report(&image.id, vec![1]).await.unwrap();
    let hole = vulnerability(&image.id, "CVE-1", "openssl");
    store.put_vulnerabilities(&image.id, &[hole]).await.unwrap();
    let own = finding(&image.id, "K9", "", 90);
    let own = Finding { subject_kind: SubjectKind::Image, namespace: None, ..own };
    store.put_findings(&image.id, &[own], at(1)).await.unwrap();
    store.put_containers(&workload.id, &[container("c", Some(&image.id))], at(1)).await.unwrap();
    let all: Vec<_> =
        (0..findings).map(|n| finding(&workload.id, "K1", &n.to_string(), 90)).collect();
    store.put_findings(&workload.id, &all, at(1)).await.unwrap();
    (workload.id, image.id)
}

/// Ends what [`fill`] began.
async fn end(store: &Store, name: &str) {
    let (workload, object) = (workload("shop", name, 1), object("Role", name));
    store.gone_workloads(&[workload.id], at(10)).await.unwrap();
    store.gone_objects(&[object.id], at(10)).await.unwrap();
    store.gone_pods(&[name.to_owned()], at(10)).await.unwrap();
}

/// A whole round. Gives how many rows went.
pub(super) async fn prune_all(store: &Store, now: Timestamp) -> u64 {
    let (mut round, mut dropped) = (Round::default(), 0);
    loop {
        match store.prune(&mut round, now).await.unwrap() {
            0 => return dropped,
            more => dropped += more,
        }
    }
}

async fn rows(store: &Store, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    let rows = store.engine.query(sql, Vec::new()).await.unwrap();
    let Value::Integer(count) = rows[0][0] else { panic!("{rows:?}") };
    count
}

async fn counts(store: &Store, tables: &[&'static str]) -> Vec<(&'static str, i64)> {
    let mut counts = Vec::new();
    for table in tables {
        counts.push((*table, rows(store, table).await));
    }
    counts
}

/// What belongs to a workload, an object or an image.
const OF_THINGS: &[&str] = &[
    "workload",
    "manifest",
    "container",
    "pod",
    "object",
    "image",
    "report",
    "vulnerability",
    "finding",
    "subject",
];

async fn what_is_gone_for_long_goes_and_what_is_open_stays(store: Store) {
    let (_, open_image) = fill(&store, "open", 1).await;
    let open = counts(&store, OF_THINGS).await;
    let (gone, gone_image) = fill(&store, "gone", 2).await;
    let (back, _) = fill(&store, "back", 1).await;
    end(&store, "gone").await;
    end(&store, "back").await;
    let failed = Image { state: ImageState::Failed, judged_at: None, ..image("failed", 1) };
    let waiting = Image { state: ImageState::Waiting, judged_at: None, ..image("waiting", 1) };
    store.put_images(&[failed.clone(), waiting.clone()]).await.unwrap();
    store.put_reviews(&[review(1, Decision::Allowed)]).await.unwrap();
    store.put_events(&[event(1)]).await.unwrap();
    store.put_trail(&[trail(1)]).await.unwrap();
    store.put_point(&point(1, 1)).await.unwrap();
    store.create_account(&account("alice")).await.unwrap();
    store.create_session(&session("a-alice")).await.unwrap();
    let later = much_later().checked_add(HISTORY_KEPT).unwrap();
    let signed_in = Session { id_hash: "now".into(), expires_at: later, ..session("a-alice") };
    store.create_session(&signed_in).await.unwrap();
    store.create_token(&token("a-alice")).await.unwrap();

    let before = counts(&store, OF_THINGS).await;
    let soon = at(9).checked_add(HISTORY_KEPT).unwrap();
    prune_all(&store, at(11)).await;
    assert_eq!(store.image(&failed.id).await.unwrap(), None, "no container has it");
    let images = |counts: &[(&str, i64)]| counts.iter().position(|(table, _)| *table == "image");
    let mut expected = before.clone();
    expected[images(&before).unwrap()].1 -= 1;
    assert_eq!(counts(&store, OF_THINGS).await, expected, "nothing else is old");
    prune_all(&store, soon).await;
    assert_eq!(counts(&store, OF_THINGS).await, expected, "nothing is gone for so long");
    // One comes back before its time is over.
    fill(&store, "back", 1).await;

    prune_all(&store, much_later()).await;
    assert_eq!(store.workload(&gone).await.unwrap(), None);
    assert_eq!(store.manifest(&gone).await.unwrap(), None);
    assert_eq!(store.containers(&gone, Some(at(5))).await.unwrap(), []);
    assert_eq!(store.image(&gone_image).await.unwrap(), None);
    assert_eq!(store.report(&gone_image).await.unwrap(), None);
    assert!(store.workload(&back).await.unwrap().unwrap().gone_at.is_none());
    assert!(store.image(&open_image).await.unwrap().is_some());
    assert!(store.image(&waiting.id).await.unwrap().is_some(), "somebody is about to scan it");
    // Twice what is of one, and the image that waits.
    let mut expected: Vec<_> = open.iter().map(|(table, count)| (*table, count * 2)).collect();
    expected[images(&open).unwrap()].1 += 1;
    assert_eq!(counts(&store, OF_THINGS).await, expected);
    let others = counts(&store, &["review", "event", "trail", "history", "session"]).await;
    let left: Vec<_> = others.iter().map(|(_, count)| *count).collect();
    assert_eq!(left, [0, 0, 0, 0, 1], "{others:?}");
    assert!(store.session("now").await.unwrap().is_some());
    assert!(store.token("t").await.unwrap().is_some());
    // What is counted is what is there.
    assert_eq!(store.severities(None).await.unwrap().high, 2);
    let of_images = FindingFilter { subject_kind: Some(SubjectKind::Image), ..Default::default() };
    let listed = store.findings(&of_images, &Page { limit: 1, ..Page::default() }).await.unwrap();
    assert_eq!(listed.total, 2);
    let dropped = store.dropped().await.unwrap();
    // The findings of the workload, of its image, and the one that came back.
    assert_eq!((dropped["finding"], dropped["image"], dropped["pod"]), (4, 2, 1));
}

async fn a_step_is_bounded(store: Store) {
    let once = usize::try_from(AT_ONCE).unwrap();
    fill(&store, "gone", once * 2 + 1).await;
    end(&store, "gone").await;
    let mut round = Round::default();
    let steps = [AT_ONCE + 1, 1, 0];
    for left in steps {
        store.prune(&mut round, much_later()).await.unwrap();
        assert_eq!(rows(&store, "finding WHERE subject_kind = 'workload'").await, left);
    }
    prune_all(&store, much_later()).await;
    assert_eq!(rows(&store, "subject").await, 0);
}

async fn a_table_is_looked_at_once_in_a_round(store: Store) {
    let once = usize::try_from(AT_ONCE).unwrap();
    store.put_reviews(&[review(1, Decision::Allowed)]).await.unwrap();
    fill(&store, "gone", once + 1).await;
    end(&store, "gone").await;
    let mut round = Round::default();
    assert_eq!(store.prune(&mut round, much_later()).await.unwrap(), 1, "the review");
    store.put_reviews(&[review(2, Decision::Allowed)]).await.unwrap();
    while store.prune(&mut round, much_later()).await.unwrap() > 0 {
        assert_eq!(rows(&store, "review").await, 1);
    }
    let things = counts(&store, OF_THINGS).await;
    assert!(things.iter().all(|(_, count)| *count == 0), "{things:?}");
    // It is over, and the next step begins another.
    assert_eq!(store.prune(&mut round, much_later()).await.unwrap(), 1);
    assert_eq!(rows(&store, "review").await, 0);
}

async fn whoever_writes_makes_room_in_bounded_steps(store: Store) {
    const OLD: i64 = 41_000;
    let sql = format!(
        "INSERT INTO event (id, at, user_name, source_ip, agent, verb, resource, subresource, \
         name, code, allowed) WITH RECURSIVE n (n) AS \
         (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {OLD}) \
         SELECT 'e' || n, {}, '', '', '', '', '', '', '', 200, 1 FROM n",
        at(1).as_millisecond()
    );
    let mut transaction = store.engine.begin().await.unwrap();
    transaction.script(sql).await.unwrap();
    transaction.commit().await.unwrap();
    store.prune_after("event", PRUNE_EVERY - 1, much_later()).await.unwrap();
    assert_eq!(rows(&store, "event").await, OLD, "it is not time yet");
    store.prune_after("event", 1, much_later()).await.unwrap();
    let twice = i64::try_from(PRUNE_EVERY * 2).unwrap();
    assert_eq!(rows(&store, "event").await, OLD - twice);
    assert_eq!(store.dropped().await.unwrap()["event"], PRUNE_EVERY * 2);
    store.prune_after("event", PRUNE_EVERY, much_later()).await.unwrap();
    assert_eq!(rows(&store, "event").await, 0);
}

/// Not a test of its own: forgets until it is killed.
#[tokio::test]
async fn child_that_forgets() {
    let Some(url) = std::env::var_os(CHILD) else { return };
    let store = Store::open(url.to_str().unwrap()).await.unwrap();
    let mut out = std::io::stdout();
    let mut round = Round::default();
    for number in 0.. {
        store.prune(&mut round, much_later()).await.unwrap();
        writeln!(out, "acknowledged {number}").unwrap();
        out.flush().unwrap();
    }
}

#[tokio::test]
async fn a_process_killed_while_it_forgets_loses_nothing_that_stays() {
    let place = Place::sqlite();
    let store = Store::open(&place.url).await.unwrap();
    fill(&store, "open", 3).await;
    let open = counts(&store, OF_THINGS).await;
    fill(&store, "gone", usize::try_from(AT_ONCE).unwrap() * 3).await;
    end(&store, "gone").await;
    for n in 0..60 {
        let name = format!("gone-{n}");
        fill(&store, &name, 1).await;
        end(&store, &name).await;
    }
    for lines in [1, 1, 2] {
        let mut child = child(&place.url, "tests::retention::child_that_forgets");
        acknowledged(&mut child, lines);
        // An image is whole, or not there.
        let broken = "image WHERE id NOT IN (SELECT image FROM report) \
                      OR id NOT IN (SELECT image FROM vulnerability) \
                      OR id NOT IN (SELECT subject FROM finding WHERE gone_at IS NULL)";
        assert_eq!(rows(&store, broken).await, 0);
        let sum = "(SELECT sum(findings) AS n FROM tally) AS t WHERE n <> \
                   (SELECT count(*) FROM finding WHERE gone_at IS NULL)";
        assert_eq!(rows(&store, sum).await, 0, "the tally is of what is open");
        assert_eq!(store.severities(None).await.unwrap().high, 3);
    }
    prune_all(&store, much_later()).await;
    assert_eq!(counts(&store, OF_THINGS).await, open);
}
