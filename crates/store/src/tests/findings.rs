//! Findings open, close, come back, and are asked about as of a time.

use super::{
    contract,
    samples::{at, finding, workload},
};
use crate::{
    Changed, FindingFilter, FindingSort, Outcome, Page, Store,
    rows::{Finding, id},
};
use cofferdam_model::Severity::{Critical, Medium};
use jiff::Timestamp;

contract! {
    a_finding_opens_stays_changes_and_closes
    a_finding_that_comes_back_is_another_span
    the_same_is_written_twice_without_effect
    the_past_is_as_it_was
    what_is_decided_or_rated_anew_was_said_otherwise_before
    many_subjects_in_one_write
    two_replicas_say_the_same
    filters_choose
    a_workload_that_goes_takes_its_findings_along
}

async fn open(store: &Store, at: Option<Timestamp>) -> Vec<(String, u8)> {
    let filter = FindingFilter { at, ..FindingFilter::default() };
    let page = Page { sort: FindingSort::Rule, descending: false, ..Page::default() };
    let listed = store.findings(&filter, &page).await.unwrap();
    assert_eq!(listed.total, listed.items.len() as u64);
    listed.items.into_iter().map(|finding| (finding.rule, finding.score)).collect()
}

async fn a_finding_opens_stays_changes_and_closes(store: Store) {
    let (one, two) = (finding("w", "K1", "", 10), finding("w", "K2", "", 20));
    let changed = store.put_findings("w", &[one.clone(), two.clone()], at(1)).await.unwrap();
    assert_eq!(changed, Changed { opened: 2, gone: 0, updated: 0 });
    let worse = Finding { score: 90, ..two };
    let changed = store.put_findings("w", &[worse], at(2)).await.unwrap();
    assert_eq!(changed, Changed { opened: 0, gone: 1, updated: 1 });
    assert_eq!(open(&store, None).await, [("K2".to_owned(), 90)]);
    let closed = store.finding(&one.id).await.unwrap().unwrap();
    assert_eq!((closed.first_seen, closed.gone_at), (at(1), Some(at(2))));
    let kept = store.finding(&finding("w", "K2", "", 0).id).await.unwrap().unwrap();
    assert_eq!((kept.first_seen, kept.last_seen, kept.gone_at), (at(1), at(2), None));
    assert_eq!(store.finding("none").await.unwrap(), None);
}

async fn a_finding_that_comes_back_is_another_span(store: Store) {
    let one = finding("w", "K1", "", 10);
    for (seconds, findings) in
        [(1, vec![one.clone()]), (2, vec![]), (3, vec![one.clone()]), (4, vec![])]
    {
        store.put_findings("w", &findings, at(seconds)).await.unwrap();
    }
    for (seconds, there) in [(0, 0), (1, 1), (2, 0), (3, 1), (4, 0)] {
        assert_eq!(open(&store, Some(at(seconds))).await.len(), there, "{seconds}");
    }
    assert_eq!(store.finding(&one.id).await.unwrap().unwrap().first_seen, at(3));
    // All in one moment: what was there for no time was never there.
    for findings in [vec![one.clone()], vec![], vec![one.clone()], vec![], vec![one.clone()]] {
        store.put_findings("w", &findings, at(9)).await.unwrap();
    }
    assert_eq!(open(&store, None).await.len(), 1);
}

async fn the_same_is_written_twice_without_effect(store: Store) {
    let said = [finding("w", "K1", "", 10), finding("w", "K1", "", 10)];
    assert_eq!(store.put_findings("w", &said, at(1)).await.unwrap().opened, 1);
    let before = store.finding(&said[0].id).await.unwrap();
    assert_eq!(store.put_findings("w", &said, at(2)).await.unwrap(), Changed::default());
    assert_eq!(store.finding(&said[0].id).await.unwrap(), before);
}

async fn the_past_is_as_it_was(store: Store) {
    store.put_findings("w", &[finding("w", "K1", "", 1)], at(1)).await.unwrap();
    store.put_findings("v", &[finding("v", "K2", "", 2)], at(5)).await.unwrap();
    store.put_findings("w", &[], at(9)).await.unwrap();
    assert_eq!(open(&store, Some(at(0))).await, []);
    assert_eq!(open(&store, Some(at(4))).await, [("K1".to_owned(), 1)]);
    assert_eq!(open(&store, Some(at(8))).await.len(), 2);
    assert_eq!(open(&store, None).await, [("K2".to_owned(), 2)]);
}

async fn what_is_decided_or_rated_anew_was_said_otherwise_before(store: Store) {
    store.put_workloads(&[workload("shop", "web", 1)]).await.unwrap();
    let id = workload("shop", "web", 1).id;
    let fail = Finding { severity: Medium, ..finding(&id, "K1", "", 50) };
    let worse = Finding { severity: Critical, score: 90, ..fail.clone() };
    let reworded = Finding { message: "in other words".into(), ..worse.clone() };
    let accepted = Finding { outcome: Outcome::Excepted, ..worse.clone() };
    let said = [Some(&fail), Some(&worse), Some(&reworded), Some(&accepted), None, Some(&fail)];
    for (findings, seconds) in said.into_iter().zip([1, 3, 4, 5, 7, 8]) {
        let findings: Vec<Finding> = findings.into_iter().cloned().collect();
        let changed = store.put_findings(&id, &findings, at(seconds)).await.unwrap();
        let expected = match seconds {
            1 | 8 => Changed { opened: 1, ..Changed::default() },
            7 => Changed { gone: 1, ..Changed::default() },
            _ => Changed { updated: 1, ..Changed::default() },
        };
        assert_eq!(changed, expected, "{seconds}");
    }
    for (seconds, expected) in [
        (0, None),
        (2, Some((Medium, Outcome::Fail, 1, 1, Some(3), true))),
        (3, Some((Critical, Outcome::Fail, 1, 3, Some(5), true))),
        (4, Some((Critical, Outcome::Fail, 1, 3, Some(5), true))),
        (6, Some((Critical, Outcome::Excepted, 1, 5, Some(7), false))),
        (7, None),
        (9, Some((Medium, Outcome::Fail, 8, 8, None, false))),
    ] {
        let expected = expected.map(|(severity, outcome, first, since, until, superseded)| {
            (severity, outcome, at(first), at(since), until.map(at), superseded)
        });
        for severity in [None, expected.map(|expected| expected.0)] {
            let filter = FindingFilter { at: Some(at(seconds)), severity, ..Default::default() };
            let listed = store.findings(&filter, &Page::default()).await.unwrap();
            assert_eq!(listed.total, u64::from(expected.is_some()), "{seconds}");
            let then = |one: &Finding| {
                let Finding { severity, outcome, first_seen, since, gone_at, superseded, .. } =
                    *one;
                (severity, outcome, first_seen, since.max(first_seen), gone_at, superseded)
            };
            assert_eq!(listed.items.first().map(then), expected, "{seconds}");
        }
    }
    let history = store.workload_history(&id, &Page::default()).await.unwrap();
    let of_findings: Vec<_> = history
        .items
        .iter()
        .filter(|happened| happened.what != "seen")
        .map(|happened| (happened.at, happened.what.as_str(), happened.outcome, happened.severity))
        .collect();
    assert_eq!(
        of_findings,
        [
            (at(8), "opened", Some(Outcome::Fail), Some(Medium)),
            (at(7), "closed", None, None),
            (at(5), "changed", Some(Outcome::Excepted), Some(Critical)),
            (at(3), "changed", Some(Outcome::Fail), Some(Critical)),
            (at(1), "opened", Some(Outcome::Fail), Some(Medium)),
        ]
    );
    // What was so for no time at all is rewritten.
    store.put_findings(&id, std::slice::from_ref(&worse), at(8)).await.unwrap();
    let now = store.finding(&fail.id).await.unwrap().unwrap();
    assert_eq!((now.severity, now.first_seen, now.since), (Critical, at(8), Timestamp::UNIX_EPOCH));
    assert_eq!(store.workload_history(&id, &Page::default()).await.unwrap().total, history.total);
}

async fn many_subjects_in_one_write(store: Store) {
    let all: Vec<(String, Vec<Finding>)> = (0..40)
        .map(|number| {
            let subject = format!("w{number}");
            let findings = (0..20).map(|rule| finding(&subject, &format!("K{rule}"), "", 5));
            (subject.clone(), findings.collect())
        })
        .collect();
    assert_eq!(store.put_all_findings(&all, at(1)).await.unwrap().opened, 800);
    let nothing: Vec<(String, Vec<Finding>)> =
        all.into_iter().map(|(subject, _)| (subject, Vec::new())).collect();
    assert_eq!(store.put_all_findings(&nothing, at(2)).await.unwrap().gone, 800);
}

async fn two_replicas_say_the_same(store: Store) {
    let findings: Vec<Finding> =
        (0..50).map(|rule| finding("w", &format!("K{rule:02}"), "", 5)).collect();
    let both =
        (store.put_findings("w", &findings, at(1)), store.put_findings("w", &findings, at(1)));
    let (one, other) = tokio::join!(both.0, both.1);
    one.unwrap();
    other.unwrap();
    assert_eq!(open(&store, None).await.len(), 50);
}

async fn filters_choose(store: Store) {
    let mut other = finding("v", "K2", "sidecar", 90);
    other.namespace = Some("pay".into());
    other.outcome = Outcome::Unknown;
    other.title = "100% odd_name\\".into();
    store.put_findings("w", &[finding("w", "K1", "", 10)], at(1)).await.unwrap();
    store.put_findings("v", &[other.clone()], at(1)).await.unwrap();
    let filters: Vec<(FindingFilter, &[&str])> = vec![
        (FindingFilter { rule: Some("K1".into()), ..Default::default() }, &["K1"]),
        (FindingFilter { subject: Some("v".into()), ..Default::default() }, &["K2"]),
        (FindingFilter { outcome: Some(Outcome::Unknown), ..Default::default() }, &["K2"]),
        (FindingFilter { severity: Some(other.severity), ..Default::default() }, &["K2"]),
        (FindingFilter { namespaces: Some(vec![]), ..Default::default() }, &[]),
        (FindingFilter { namespaces: Some(vec!["pay".into()]), ..Default::default() }, &["K2"]),
        (
            FindingFilter {
                namespaces: Some(vec!["pay".into(), "shop".into()]),
                ..Default::default()
            },
            &["K1", "K2"],
        ),
        (FindingFilter { text: Some("SHOP/w".into()), ..Default::default() }, &["K1"]),
        (FindingFilter { text: Some("100% ODD_name\\".into()), ..Default::default() }, &["K2"]),
        (FindingFilter { text: Some("%".into()), ..Default::default() }, &["K2"]),
        (FindingFilter { text: Some("o_d".into()), ..Default::default() }, &[]),
        (FindingFilter { text: Some("nul\0".into()), ..Default::default() }, &[]),
        (FindingFilter { text: Some("  ".into()), ..Default::default() }, &["K1", "K2"]),
    ];
    let page = Page { sort: FindingSort::Rule, descending: false, ..Page::default() };
    for (filter, expected) in filters {
        let listed = store.findings(&filter, &page).await.unwrap();
        let rules: Vec<&str> = listed.items.iter().map(|finding| finding.rule.as_str()).collect();
        assert_eq!(rules, expected, "{filter:?}");
        assert_eq!(listed.total, expected.len() as u64);
    }
}

async fn a_workload_that_goes_takes_its_findings_along(store: Store) {
    let web = workload("shop", "web", 10);
    store.put_workloads(std::slice::from_ref(&web)).await.unwrap();
    store.put_findings(&web.id, &[finding(&web.id, "K1", "", 1)], at(1)).await.unwrap();
    store.gone_workloads(&[web.id.clone(), id(&["another"])], at(3)).await.unwrap();
    assert_eq!(open(&store, None).await, []);
    assert_eq!(open(&store, Some(at(2))).await.len(), 1);
    assert_eq!(store.workload(&web.id).await.unwrap().unwrap().gone_at, Some(at(3)));
}
