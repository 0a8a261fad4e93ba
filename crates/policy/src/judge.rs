//! The one pure function that judges.

use crate::{Facts, Outcome, Policy, Verdict};
use cofferdam_model::Digest;
use jiff::Timestamp;

/// Judges one set of facts by one policy at one time. Pure: the same three give the same verdict,
/// everywhere.
pub fn judge(policy: &Policy, facts: &Facts<'_>, now: Timestamp) -> Verdict {
    let _ = (facts.roots().count(), now);
    Verdict {
        code: policy.code.clone(),
        name: policy.name.clone(),
        title: policy.title.clone(),
        severity: policy.severity,
        outcome: Outcome::Unknown,
        applies: true,
        findings: Vec::new(),
        inputs: Vec::new(),
        digest: Digest::sha256([0; 32]),
        valid_until: None,
    }
}
