//! JSON documents and words that rows of findings share.

use cofferdam_model::PackageKind;
use cofferdam_policy::{Excepted, Input, Outcome, Provenance};
use cofferdam_store::Outcome as Said;
use serde_json::json;
use std::cmp::Ordering;

/// What a rule said, as it is stored.
pub(crate) const fn outcome(outcome: Outcome, is_excepted: bool) -> Said {
    match (is_excepted, outcome) {
        (true, _) => Said::Excepted,
        (false, Outcome::Fail) => Said::Fail,
        _ => Said::Unknown,
    }
}

/// The exception that covers a finding.
pub(crate) fn excepted(one: &Excepted) -> String {
    json!({"name": one.name, "owner": one.owner, "reason": one.reason,
        "expires": one.expires.to_string()})
    .to_string()
}

/// What decided.
pub(crate) fn explained(clause: Option<&str>, inputs: &[Input]) -> String {
    let inputs: Vec<serde_json::Value> = inputs
        .iter()
        .take(INPUTS_MAX)
        .map(|one| {
            json!({"path": one.path, "value": one.value.to_string(),
                "provenance": provenance(&one.provenance)})
        })
        .collect();
    json!({"clause": clause, "inputs": inputs}).to_string()
}

/// Objects of a cluster are kept as one line: where in it is told by the path of the fact.
fn provenance(provenance: &Provenance) -> String {
    match provenance {
        Provenance::Place(place) => place.file.to_string(),
        other => other.to_string(),
    }
}

/// Facts that an explanation names; a rule that goes through a long list reads thousands.
const INPUTS_MAX: usize = 50;

/// The later of two versions; where they have no order, the one that sorts last as text.
pub(crate) fn later<'v>(kind: PackageKind, one: &'v str, other: &'v str) -> &'v str {
    let order = cofferdam_vulnerability::scheme(kind).compare(one, other);
    match order.unwrap_or_else(|| one.cmp(other)) {
        Ordering::Less => other,
        _ => one,
    }
}

#[cfg(test)]
mod tests {
    use super::later;
    use cofferdam_model::PackageKind;

    #[test]
    fn the_later_of_two_versions() {
        assert_eq!(later(PackageKind::Deb, "3.0.9-1", "3.0.10-1"), "3.0.10-1");
        assert_eq!(later(PackageKind::Npm, "2.0.0", "1.9.9"), "2.0.0");
    }
}
