//! Writing the answer (`admission.k8s.io/v1`, AdmissionResponse).

use cofferdam_assess::live::ReviewVerdict;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Bytes of the annotation that lists verdicts. The API server has 256 KiB for a whole event.
const RULES_BYTES_MAX: usize = 10 * 1_024;

/// Bytes of it that there is room for at once: some thirty verdicts.
const RULES_BYTES_USUAL: usize = 3 * 1_024;

/// What is said to an API server. Annotations appear in its audit log, each under the name of the
/// webhook.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// What a refused person reads, and the HTTP status; `None`: the request may pass.
    pub(super) refusal: Option<(u16, String)>,
    pub(super) warnings: Vec<String>,
    pub(super) annotations: Vec<(&'static str, String)>,
}

/// The bytes of an answer.
pub(super) fn write(uid: &str, answer: &Answer) -> Vec<u8> {
    let mut response = Map::new();
    response.insert("uid".to_owned(), Value::from(uid));
    response.insert("allowed".to_owned(), Value::from(answer.refusal.is_none()));
    if let Some((code, message)) = &answer.refusal {
        let reason = if *code == FORBIDDEN { "Forbidden" } else { "InternalError" };
        let status =
            json!({"status": "Failure", "code": code, "reason": reason, "message": message});
        response.insert("status".to_owned(), status);
    }
    if !answer.warnings.is_empty() {
        response.insert("warnings".to_owned(), Value::from(answer.warnings.clone()));
    }
    if !answer.annotations.is_empty() {
        let all = answer.annotations.iter();
        let all: Map<String, Value> =
            all.map(|(key, value)| ((*key).to_owned(), Value::from(&**value))).collect();
        response.insert("auditAnnotations".to_owned(), Value::Object(all));
    }
    let review = json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "response": response,
    });
    review.to_string().into_bytes()
}

/// The status of a request that a policy refuses.
pub(super) const FORBIDDEN: u16 = 403;

/// The status of a request that could not be judged and must not pass unjudged.
pub(super) const INTERNAL_ERROR: u16 = 500;

/// `CFD-POD-0001=fail:sha256:…` for every verdict that does not pass.
pub(super) fn rules(verdict: &ReviewVerdict) -> String {
    let mut text = String::with_capacity(RULES_BYTES_USUAL);
    for (told, judged) in verdict.verdicts.iter().enumerate() {
        let verdict_of = &judged.verdict;
        let before = text.len();
        let space = if text.is_empty() { "" } else { " " };
        let (code, outcome, digest) = (&verdict_of.code, verdict_of.outcome, verdict_of.digest);
        let _ = write!(text, "{space}{code}={outcome}:{digest}");
        if text.len() - space.len() > RULES_BYTES_MAX {
            text.truncate(before);
            let more = verdict.verdicts.len() - told;
            let _ = write!(text, " and {more} more");
            break;
        }
    }
    text
}
