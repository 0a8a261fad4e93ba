//! What ran on an earlier day, and what was open of it then.

use super::{
    contract,
    samples::{at, container, finding, workload},
};
use crate::{
    Counts, Outcome, Page, PastFilter, PastWorkload, Store,
    rows::{Finding, Workload},
};

contract! {
    a_workload_that_came_back_did_not_run_in_between
    what_was_open_then_is_counted
    the_past_is_filtered_by_what_never_changes
}

async fn past(store: &Store, filter: &PastFilter) -> Vec<PastWorkload> {
    let page = Page { descending: false, ..Page::default() };
    let listed = store.past_workloads(filter, &page).await.unwrap();
    assert_eq!(listed.total, listed.items.len() as u64);
    listed.items
}

async fn then(store: &Store, seconds: i64) -> Vec<PastWorkload> {
    past(store, &PastFilter { at: at(seconds), ..PastFilter::default() }).await
}

/// Writes a workload with one container, as it is from a time on.
async fn begin(store: &Store, workload: &Workload, seconds: i64) {
    let row = Workload { first_seen: at(seconds), last_seen: at(seconds), ..workload.clone() };
    store.put_workloads(&[row]).await.unwrap();
    store.put_containers(&workload.id, &[container("c", Some("i"))], at(seconds)).await.unwrap();
}

async fn a_workload_that_came_back_did_not_run_in_between(store: Store) {
    let web = workload("shop", "web", 1);
    begin(&store, &web, 1).await;
    store.gone_workloads(std::slice::from_ref(&web.id), at(3)).await.unwrap();
    begin(&store, &web, 7).await;
    for (seconds, there) in [(0, 0), (1, 1), (2, 1), (3, 0), (6, 0), (7, 1), (99, 1)] {
        assert_eq!(then(&store, seconds).await.len(), there, "{seconds}");
    }
    store.gone_workloads(std::slice::from_ref(&web.id), at(9)).await.unwrap();
    let found = then(&store, 2).await.remove(0).name;
    assert_eq!((found.first_seen, found.gone_at), (at(1), Some(at(9))));
}

async fn what_was_open_then_is_counted(store: Store) {
    let (web, other) = (workload("shop", "web", 95), workload("shop", "other", 95));
    begin(&store, &web, 1).await;
    begin(&store, &other, 1).await;
    let of = |rule: &str, score| finding(&web.id, rule, "", score);
    let unknown = Finding { outcome: Outcome::Unknown, ..of("K3", 90) };
    let accepted = Finding { outcome: Outcome::Excepted, ..of("K4", 90) };
    store.put_findings(&web.id, &[of("K1", 90), of("K2", 10)], at(2)).await.unwrap();
    store.put_findings(&web.id, &[of("K2", 10), unknown, accepted], at(4)).await.unwrap();
    let both = [container("c", Some("i")), container("d", Some("j"))];
    store.put_containers(&web.id, &both, at(5)).await.unwrap();
    for (seconds, high, low, unknown, images) in
        [(1, 0, 0, 0, 1), (2, 1, 1, 0, 1), (4, 0, 1, 1, 1), (5, 0, 1, 1, 2)]
    {
        let [first, second] = then(&store, seconds).await.try_into().unwrap();
        let none = (Counts::default(), 1);
        assert_eq!((first.counts, first.images), none, "nothing of it, whatever its row says");
        let expected = Counts { high, low, unknown, ..Counts::default() };
        assert_eq!((second.counts, second.images), (expected, images), "{seconds}");
    }
}

async fn the_past_is_filtered_by_what_never_changes(store: Store) {
    let web = workload("shop", "web", 95);
    let worker = Workload { kind: "Job".into(), ..workload("pay", "worker", 5) };
    begin(&store, &web, 1).await;
    begin(&store, &worker, 1).await;
    store.put_containers(&web.id, &[container("c", Some("j"))], at(5)).await.unwrap();
    let cases: Vec<(PastFilter, &[&str])> = vec![
        (PastFilter::default(), &["web", "worker"]),
        (PastFilter { kind: Some("Job".into()), ..Default::default() }, &["worker"]),
        (PastFilter { namespaces: Some(vec!["shop".into()]), ..Default::default() }, &["web"]),
        (PastFilter { namespaces: Some(vec![]), ..Default::default() }, &[]),
        (PastFilter { text: Some("SHO".into()), ..Default::default() }, &["web"]),
        (PastFilter { image: Some("i".into()), ..Default::default() }, &["web", "worker"]),
        (PastFilter { image: Some("j".into()), ..Default::default() }, &[]),
    ];
    for (filter, expected) in cases {
        let filter = PastFilter { at: at(4), ..filter };
        let found = past(&store, &filter).await;
        let names: Vec<&str> = found.iter().map(|one| one.name.name.as_str()).collect();
        assert_eq!(names, expected, "{filter:?}");
    }
    let filter = PastFilter { at: at(5), image: Some("i".into()), ..Default::default() };
    assert_eq!(past(&store, &filter).await.len(), 1, "one of them runs another since then");
}
