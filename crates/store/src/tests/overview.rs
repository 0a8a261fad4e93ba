//! The numbers of the first screen.

use super::{
    contract,
    samples::{at, container, finding, image, review, workload},
};
use crate::{
    Counts, Decision, ImageState, Outcome, Store, SubjectKind, WorkloadTotals,
    rows::{Finding, Image, Workload},
};
use std::collections::BTreeSet;

contract! {
    findings_of_what_runs_are_counted_once
    the_trend_is_of_what_is_counted
    workloads_and_images_are_counted
    an_empty_store_has_zeros
    reviews_are_counted_by_answer_and_hour
}

async fn findings_of_what_runs_are_counted_once(store: Store) {
    let w = [finding("w", "K1", "a", 90), finding("w", "K1", "b", 20), finding("w", "K2", "", 90)];
    let mut other = finding("v", "K1", "a", 30);
    other.namespace = Some("pay".into());
    let excepted = Finding { outcome: Outcome::Excepted, ..finding("v", "K3", "", 99) };
    store.put_findings("w", &w, at(1)).await.unwrap();
    let unknown = Finding { outcome: Outcome::Unknown, ..finding("v", "K4", "", 99) };
    store.put_findings("v", &[other, excepted, unknown], at(1)).await.unwrap();
    store.put_findings("u", &[finding("u", "K1", "", 99)], at(1)).await.unwrap();
    store.put_findings("u", &[], at(2)).await.unwrap();
    let own = |subject: &str| finding(subject, "K1", "", 90);
    let image = Finding { subject_kind: SubjectKind::Image, namespace: None, ..own("i") };
    store.put_findings("i", &[image], at(2)).await.unwrap();
    let counts = store.severities(None).await.unwrap();
    assert_eq!(counts, Counts { high: 2, low: 2, unknown: 1, ..Counts::default() });
    let counts = store.severities(Some(&["pay".to_owned()])).await.unwrap();
    assert_eq!(counts, Counts { low: 1, ..Counts::default() });
    let failing = async |namespaces: Option<&[String]>| {
        store.failing_rules(namespaces).await.unwrap().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(failing(None).await, [("K1".to_owned(), 3), ("K2".to_owned(), 1)]);
    assert_eq!(failing(Some(&["pay".to_owned()])).await, [("K1".to_owned(), 1)]);
}

/// The trend ends where the numbers of today are, and only changes are points.
async fn the_trend_is_of_what_is_counted(store: Store) {
    store.put_findings("w", &[finding("w", "K1", "", 90)], at(1)).await.unwrap();
    store.keep_point("c", at(60)).await.unwrap();
    store.keep_point("c", at(120)).await.unwrap();
    store.put_findings("w", &[], at(180)).await.unwrap();
    store.keep_point("c", at(180)).await.unwrap();
    let trend = store.trend("c", at(0)).await.unwrap();
    let told: Vec<_> = trend.iter().map(|point| (point.at, point.high)).collect();
    assert_eq!(told, [(at(60), 1), (at(180), 0)]);
    assert_eq!(store.severities(None).await.unwrap().high, 0);
}

async fn workloads_and_images_are_counted(store: Store) {
    let (debian, alpine) = (image("debian", 5), image("alpine", 1));
    let waiting = Image { state: ImageState::Waiting, ..image("new", 1) };
    let failed = Image { state: ImageState::Failed, ..image("away", 1) };
    let images = [debian, alpine, waiting, failed];
    store.put_images(&images).await.unwrap();
    store.put_images(&[image("idle", 1)]).await.unwrap();
    let run: Vec<_> = images.iter().map(|one| container(&one.name, Some(&one.id))).collect();
    store.put_containers("w", &run, at(1)).await.unwrap();
    let totals: Vec<(ImageState, u64)> = store.image_totals().await.unwrap().into_iter().collect();
    let expected = [(ImageState::Waiting, 1), (ImageState::Scanned, 2), (ImageState::Failed, 1)];
    assert_eq!(totals, expected);
    let looked_into: BTreeSet<_> = store.images_looked_into().await.unwrap().into_iter().collect();
    assert_eq!(looked_into, ["debian", "alpine", "away"].map(|name| image(name, 1).id).into());
    let clean = Workload { high: 0, medium: 0, low: 0, ..workload("pay", "clean", 0) };
    store.put_workloads(&[workload("pay", "worker", 1), clean]).await.unwrap();
    let totals = store.workload_totals(Some(&["pay".to_owned()])).await.unwrap();
    assert_eq!(totals, WorkloadTotals { total: 2, with_findings: 1 });
    let by = async |namespaces: Option<&[String]>| {
        store.workloads_by_namespace(namespaces).await.unwrap().into_iter().collect::<Vec<_>>()
    };
    assert!(by(None).await.contains(&("pay".to_owned(), 2)));
    assert_eq!(by(Some(&["pay".to_owned()])).await, [("pay".to_owned(), 2)]);
    assert_eq!(by(Some(&[])).await, []);
}

async fn an_empty_store_has_zeros(store: Store) {
    assert_eq!(store.severities(None).await.unwrap(), Counts::default());
    assert_eq!(store.workload_totals(None).await.unwrap(), WorkloadTotals::default());
    assert_eq!(store.review_totals(at(0), 2).await.unwrap().hours, [0, 0]);
}

async fn reviews_are_counted_by_answer_and_hour(store: Store) {
    let mut all = vec![review(5, Decision::Allowed), review(3599, Decision::Denied)];
    all.extend([review(3600, Decision::Allowed), review(7200, Decision::Allowed)]);
    store.put_reviews(&all).await.unwrap();
    let totals = store.review_totals(at(0), 2).await.unwrap();
    assert_eq!(totals.hours, [2, 1]);
    let answers: Vec<(Decision, u64)> = totals.decisions.into_iter().collect();
    assert_eq!(answers, [(Decision::Allowed, 2), (Decision::Denied, 1)]);
}
