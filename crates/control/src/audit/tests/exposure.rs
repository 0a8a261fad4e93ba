//! From where workloads can be reached, as far as anybody knows.

use super::{audit, begun, front, now, question, web, workload};
use crate::{audit::Audit, inventory::testing::object};
use cofferdam_assess::check::Question;
use cofferdam_model::Change;
use cofferdam_policy::Bundle;
use cofferdam_store::Exposure;

/// Who is reached from where, whether or not anything was found.
#[test]
fn what_nothing_leads_to_is_known_to_be_reached_by_nobody() {
    let (_, writes) = begun(&[web(false)]);
    assert_eq!(workload(&writes).exposure, Exposure::None);

    let mut audit = audit();
    let mut nothing = Bundle::built_in().unwrap();
    nothing.policies.clear();
    let question = Question { bundle: &nothing, ..question() };
    for value in [web(false), front("LoadBalancer")] {
        audit.apply(Change::Put(object(&value)), now());
    }
    audit.apply(Change::Synced, now());
    let writes = audit.step(now(), &question);
    assert!(writes.findings.iter().all(|(_, found)| found.is_empty()));
    assert_eq!(workload(&writes).exposure, Exposure::Internet);
}

/// An Ingress that may not be read may lead there; one that was read a moment ago is still there.
#[test]
fn what_may_not_be_read_is_not_taken_to_be_missing() {
    let (mut audit, first) = begun(&[web(false), front("ClusterIP")]);
    assert_eq!(workload(&first).exposure, Exposure::Cluster);
    let kind = || "Ingress".to_owned();
    for (change, expected) in [
        (Change::Lost { kind: kind(), why: "away".to_owned(), was_read: true }, None),
        (Change::Withheld { kind: kind(), why: "forbidden".to_owned() }, Some(Exposure::Unknown)),
        (Change::Lost { kind: kind(), why: "away".to_owned(), was_read: false }, None),
        (Change::Current { kind: kind() }, Some(Exposure::Cluster)),
    ] {
        audit.apply(change.clone(), now());
        let writes = audit.step(now(), &question());
        let told = writes.workloads.first().map(|one| one.workload.exposure);
        assert_eq!(told, expected, "{change:?}");
    }
    let denies = |audit: &Audit| audit.summary().denials.as_ref().unwrap().of("shop");
    assert_eq!(denies(&audit), Some(false));
    let (kind, why) = ("NetworkPolicy".to_owned(), "forbidden".to_owned());
    audit.apply(Change::Withheld { kind, why }, now());
    audit.step(now(), &question());
    assert_eq!(denies(&audit), None);
}
