//! The numbers of the first screen.

use super::{
    contract,
    samples::{at, container, finding, image, review, vulnerability, workload},
};
use crate::{
    Counts, Decision, ImageState, Outcome, Store, WorkloadTotals,
    rows::{Finding, Image, Vulnerability, Workload},
};
use cofferdam_model::Severity;

contract! {
    findings_are_counted_and_grouped_by_what_repairs_them
    updates_are_grouped_by_image_package_and_version
    an_empty_store_has_zeros
    reviews_are_counted_by_answer_and_hour
}

async fn findings_are_counted_and_grouped_by_what_repairs_them(store: Store) {
    let w = [finding("w", "K1", "a", 90), finding("w", "K1", "b", 20), finding("w", "K2", "", 90)];
    let mut other = finding("v", "K1", "a", 30);
    other.namespace = Some("pay".into());
    let excepted = Finding { outcome: Outcome::Excepted, ..finding("v", "K3", "", 99) };
    store.put_findings("w", &w, at(1)).await.unwrap();
    store.put_findings("v", &[other, excepted], at(1)).await.unwrap();
    store.put_findings("u", &[finding("u", "K1", "", 99)], at(1)).await.unwrap();
    store.put_findings("u", &[], at(2)).await.unwrap();
    let counts = store.severities(None).await.unwrap();
    assert_eq!(counts, Counts { high: 2, low: 2, ..Counts::default() });
    let counts = store.severities(Some(&["pay".to_owned()])).await.unwrap();
    assert_eq!(counts, Counts { low: 1, ..Counts::default() });
    let fixes = store.fix_by_rule(None, 10).await.unwrap();
    let told: Vec<(&str, u8, u64, u64)> = fixes
        .iter()
        .map(|fix| (fix.rule.as_str(), fix.score, fix.findings, fix.subjects))
        .collect();
    assert_eq!(told, [("K1", 90, 3, 2), ("K2", 90, 1, 1)]);
    assert_eq!(fixes[0].remediation, "set runAsNonRoot");
    assert_eq!(store.fix_by_rule(Some(&["pay".to_owned()]), 1).await.unwrap()[0].findings, 1);
    let failing: Vec<(String, u64)> = store.failing_rules().await.unwrap().into_iter().collect();
    assert_eq!(failing, [("K1".to_owned(), 3), ("K2".to_owned(), 1)]);
}

async fn updates_are_grouped_by_image_package_and_version(store: Store) {
    let (web, worker) = (workload("shop", "web", 1), workload("pay", "worker", 1));
    let unused = image("unused", 1);
    let debian = image("debian", 5);
    store.put_workloads(&[web.clone(), worker.clone()]).await.unwrap();
    store.put_images(&[debian.clone(), unused.clone()]).await.unwrap();
    for workload in [&web, &worker] {
        let both = [container("a", Some(&debian.id)), container("b", Some(&debian.id))];
        store.put_containers(&workload.id, &both, at(1)).await.unwrap();
    }
    let worst = Vulnerability {
        score: 99,
        exploited: true,
        severity: Some(Severity::Critical),
        ..vulnerability(&debian.id, "CVE-2", "openssl")
    };
    let no_fix = Vulnerability { fixed: None, ..vulnerability(&debian.id, "CVE-3", "openssl") };
    let all = [
        vulnerability(&debian.id, "CVE-1", "openssl"),
        worst,
        no_fix,
        vulnerability(&debian.id, "CVE-4", "zlib"),
    ];
    store.put_vulnerabilities(&debian.id, &all).await.unwrap();
    store
        .put_vulnerabilities(&unused.id, &[vulnerability(&unused.id, "CVE-1", "x")])
        .await
        .unwrap();
    let fixes = store.fix_by_package(None, 10).await.unwrap();
    assert_eq!(fixes.len(), 2);
    let first = &fixes[0];
    assert_eq!((first.package.as_str(), first.fixed.as_str()), ("openssl", "1.1"));
    assert_eq!((first.vulnerabilities, first.exploited, first.workloads), (2, 1, 2));
    assert_eq!((first.severity, first.score), (Some(Severity::Critical), 99));
    assert_eq!((first.image_name.as_str(), fixes[1].severity), ("debian", None));
    let pay = store.fix_by_package(Some(&["pay".to_owned()]), 1).await.unwrap();
    assert_eq!((pay.len(), pay[0].workloads), (1, 1));
    let waiting = Image { state: ImageState::Waiting, ..image("new", 1) };
    store.put_images(&[waiting]).await.unwrap();
    let totals: Vec<(ImageState, u64)> = store.image_totals().await.unwrap().into_iter().collect();
    assert_eq!(totals, [(ImageState::Waiting, 1), (ImageState::Scanned, 2)]);
    let clean = Workload { high: 0, medium: 0, low: 0, ..workload("pay", "clean", 0) };
    store.put_workloads(&[clean]).await.unwrap();
    let totals = store.workload_totals(Some(&["pay".to_owned()])).await.unwrap();
    assert_eq!(totals, WorkloadTotals { total: 2, with_findings: 1 });
}

async fn an_empty_store_has_zeros(store: Store) {
    assert_eq!(store.severities(None).await.unwrap(), Counts::default());
    assert_eq!(store.workload_totals(None).await.unwrap(), WorkloadTotals::default());
    assert_eq!(store.fix_by_rule(None, 5).await.unwrap(), []);
    assert_eq!(store.fix_by_package(None, 5).await.unwrap(), []);
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
