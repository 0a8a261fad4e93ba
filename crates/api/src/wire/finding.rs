//! Findings: what does not hold or cannot be said.

use super::{Severity, Time, words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

words! {
    /// What a finding hangs on.
    SubjectKind = cofferdam_store::SubjectKind {
        Workload = "workload",
        Object = "object",
        Image = "image",
    }
}

words! {
    /// What a finding says.
    Outcome = cofferdam_store::Outcome {
        Fail = "fail",
        Unknown = "unknown",
        Excepted = "excepted",
    }
}

/// One thing that does not hold or cannot be said.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding {
    /// Stable id.
    pub(crate) id: String,
    /// What it hangs on.
    pub(crate) subject_kind: SubjectKind,
    /// The id of what it hangs on.
    pub(crate) subject: String,
    /// What it hangs on, for people: `Deployment shop/web`.
    pub(crate) subject_title: String,
    /// The namespace; null: none.
    pub(crate) namespace: Option<String>,
    /// Code of the rule.
    pub(crate) rule: String,
    /// What the rule asks for.
    pub(crate) title: String,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// What it says.
    pub(crate) outcome: Outcome,
    /// What is wrong.
    pub(crate) message: String,
    /// What it is about within its subject.
    pub(crate) about: String,
    /// What it is worth, 0 to 100.
    pub(crate) score: u8,
    /// What that is made of.
    pub(crate) score_why: String,
    /// JSON pointer (RFC 6901) into the object; null: none. Its lines in the manifest of a workload
    /// are among the marks of that.
    pub(crate) pointer: Option<String>,
    /// What to do about it.
    pub(crate) remediation: Option<String>,
    /// The same as a JSON patch (RFC 6902).
    #[schemars(with = "Option<Vec<PatchOperation>>")]
    pub(crate) patch: Option<Value>,
    /// What it rests on.
    pub(crate) explanation: Option<Explanation>,
    /// The exception that covers it.
    pub(crate) exception: Option<Exception>,
    /// When it was first seen.
    pub(crate) first_seen: Time,
    /// Since when it has this outcome and this severity.
    pub(crate) since: Time,
    /// When it was last seen.
    pub(crate) last_seen: Time,
    /// Until when it had them; null: it has them still.
    pub(crate) gone_at: Option<Time>,
    /// It went on then with another outcome or severity; otherwise it was gone.
    pub(crate) superseded: bool,
}

/// An operation of a JSON patch (RFC 6902).
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PatchOperation {
    /// `add`, `remove`, `replace` or `test`.
    pub(crate) op: String,
    /// JSON pointer from the top of the object.
    pub(crate) path: String,
    /// The value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<Value>,
}

/// What a finding rests on.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Explanation {
    /// The part of the rule's expression that decided.
    pub(crate) clause: Option<String>,
    /// The facts that were read.
    pub(crate) inputs: Vec<Input>,
}

/// A fact that was read.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Input {
    /// Its path among the facts.
    pub(crate) path: String,
    /// Its value as CEL would write it.
    pub(crate) value: String,
    /// Where it comes from.
    pub(crate) provenance: String,
}

/// Who accepted a finding.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Exception {
    /// Name of the exception.
    pub(crate) name: String,
    /// Who answers for it.
    pub(crate) owner: String,
    /// Why.
    pub(crate) reason: String,
    /// Until when.
    pub(crate) expires: String,
}
