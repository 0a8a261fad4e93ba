//! Pages meet without gaps, in every order, whatever is written between them.

use super::{
    contract,
    samples::{at, container, finding, image, object, review, vulnerability, workload},
};
use crate::{
    Cursor, Decision, FindingFilter, FindingSort, ImageFilter, ImageSort, LARGEST_TOTAL,
    ObjectFilter, ObjectSort, Page, PastFilter, PastSort, ReviewFilter, Store, StoreError,
    TimeSort, VulnerabilityFilter, VulnerabilitySort, WorkloadFilter, WorkloadSort, rows::Finding,
    value::Value,
};
use std::collections::BTreeSet;

contract! {
    pages_of_every_order_meet
    a_page_is_at_most_so_large
    what_is_written_between_pages_does_not_repeat
    a_cursor_of_another_order_is_refused
    totals_are_counted_to_a_bound
}

/// Walks all pages of a list in both directions and gives each row's key once.
macro_rules! walk {
    ($store:expr, $method:ident, $filter:expr, $sorts:ty, $key:expr, $expected:expr) => {
        for sort in <$sorts>::ALL.iter().copied() {
            for descending in [true, false] {
                let mut seen: Vec<String> = Vec::new();
                let mut page = Page { limit: 7, sort, descending, after: None };
                loop {
                    let listed = $store.$method(&$filter, &page).await.unwrap();
                    assert_eq!((listed.total, listed.total_is_exact), ($expected as u64, true));
                    seen.extend(listed.items.iter().map($key));
                    let Some(next) = listed.next else { break };
                    page.after = Some(Cursor::parse(&next.text()).unwrap());
                }
                let different: BTreeSet<&String> = seen.iter().collect();
                assert_eq!(
                    (seen.len(), different.len()),
                    ($expected, $expected),
                    "{sort:?} {descending}"
                );
            }
        }
    };
}

async fn pages_of_every_order_meet(store: Store) {
    let all: Vec<_> =
        (0..30).map(|n: u8| workload(&format!("ns{}", n % 3), &format!("w{n}"), n / 4)).collect();
    store.put_workloads(&all).await.unwrap();
    walk!(store, workloads, WorkloadFilter::default(), WorkloadSort, |w| w.id.clone(), 30);
    let ran: Vec<_> = all.iter().map(|one| (one.id.clone(), vec![container("c", None)])).collect();
    store.put_all_containers(&ran, at(1)).await.unwrap();
    let past = PastFilter { at: at(2), ..PastFilter::default() };
    walk!(store, past_workloads, past, PastSort, |w| w.name.id.clone(), 30);
    let all: Vec<_> =
        (0..23).map(|n: u8| finding("w", &format!("K{}", n % 4), &n.to_string(), n % 5)).collect();
    store.put_findings("w", &all, at(1)).await.unwrap();
    walk!(store, findings, FindingFilter::default(), FindingSort, |f| f.id.clone(), 23);
    let past = FindingFilter { at: Some(at(2)), ..FindingFilter::default() };
    walk!(store, findings, past, FindingSort, |f| f.id.clone(), 23);
    let all: Vec<_> = (0..15).map(|n: u8| image(&format!("i{n}"), n / 3)).collect();
    store.put_images(&all).await.unwrap();
    let run: Vec<_> = all.iter().map(|one| container(&one.name, Some(&one.id))).collect();
    store.put_containers("w", &run, at(1)).await.unwrap();
    walk!(store, images, ImageFilter::default(), ImageSort, |i| i.id.clone(), 15);
    let all: Vec<_> = (0..20)
        .map(|n| vulnerability("i", &format!("CVE-{}", n / 2), &format!("p{}", n % 2)))
        .collect();
    store.put_vulnerabilities("i", &all).await.unwrap();
    walk!(
        store,
        vulnerabilities,
        VulnerabilityFilter::default(),
        VulnerabilitySort,
        |v| format!("{} {}", v.id, v.package),
        20
    );
    let all: Vec<_> =
        (0..16).map(|n| object(if n % 2 == 0 { "Node" } else { "Role" }, &n.to_string())).collect();
    store.put_objects(&all).await.unwrap();
    walk!(store, objects, ObjectFilter::default(), ObjectSort, |o| o.id.clone(), 16);
    let all: Vec<_> = (0..22).map(|n| review(n / 2 * 100 + n, Decision::Denied)).collect();
    store.put_reviews(&all).await.unwrap();
    walk!(store, reviews, ReviewFilter::default(), TimeSort, |r| r.id.clone(), 22);
}

async fn a_page_is_at_most_so_large(store: Store) {
    let all: Vec<_> = (0..600).map(|n| review(n, Decision::Allowed)).collect();
    store.put_reviews(&all).await.unwrap();
    for (asked, given) in [(u16::MAX, 500), (500, 500), (1, 1), (0, 1)] {
        let page = Page { limit: asked, ..Page::default() };
        let listed = store.reviews(&ReviewFilter::default(), &page).await.unwrap();
        assert_eq!((listed.items.len(), listed.total), (given, 600));
        assert_eq!(listed.items[0].id, "r000599");
    }
}

async fn what_is_written_between_pages_does_not_repeat(store: Store) {
    let all: Vec<_> = (0..10).map(|n| review(n, Decision::Allowed)).collect();
    store.put_reviews(&all[..8]).await.unwrap();
    let mut page = Page { limit: 4, ..Page::default() };
    let first = store.reviews(&ReviewFilter::default(), &page).await.unwrap();
    store.put_reviews(&all).await.unwrap();
    page.after = first.next;
    let second = store.reviews(&ReviewFilter::default(), &page).await.unwrap();
    let ids: Vec<_> = second.items.iter().map(|review| review.id.as_str()).collect();
    assert_eq!(ids, ["r000003", "r000002", "r000001", "r000000"]);
    assert_eq!((second.next, second.total), (None, 10));
}

async fn a_cursor_of_another_order_is_refused(store: Store) {
    let text = |text: &str| Value::Text(text.to_owned());
    let wrong = [
        vec![],
        vec![text("score")],
        vec![text("x"), text("y")],
        vec![Value::Integer(1), Value::Integer(2)],
        vec![Value::Integer(1), text("y"), text("z")],
    ];
    for values in wrong {
        let page = Page { after: Some(Cursor(values.clone())), ..Page::default() };
        let error = store.findings(&FindingFilter::default(), &page).await.unwrap_err();
        assert!(matches!(error, StoreError::Unsupported(_)), "{values:?}: {error}");
    }
}

async fn totals_are_counted_to_a_bound(store: Store) {
    let many = usize::try_from(LARGEST_TOTAL).unwrap() + 5;
    let all: Vec<Finding> = (0..many).map(|n| finding("w", "K", &n.to_string(), 1)).collect();
    store.put_findings("w", &all, at(1)).await.unwrap();
    let filter = FindingFilter { subject: Some("w".into()), ..FindingFilter::default() };
    let listed = store.findings(&filter, &Page::default()).await.unwrap();
    assert_eq!((listed.total, listed.total_is_exact), (LARGEST_TOTAL, false));
    // What is counted as it opens and closes need not be bounded.
    let filter = FindingFilter { namespaces: Some(vec!["shop".into()]), ..Default::default() };
    let listed = store.findings(&filter, &Page::default()).await.unwrap();
    assert_eq!((listed.total, listed.total_is_exact), (many as u64, true));
}

#[test]
fn a_cursor_survives_a_url_and_nothing_else_is_one() {
    let cursor = Cursor(vec![
        Value::Integer(-7),
        Value::Text("größe%&?".into()),
        Value::Text(String::new()),
    ]);
    let text = cursor.text();
    assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)));
    assert_eq!(Cursor::parse(&text), Some(cursor));
    for wrong in ["", "!", "aQ", "eA", &"A".repeat(5000)] {
        assert_eq!(Cursor::parse(wrong), None, "{wrong}");
    }
}
