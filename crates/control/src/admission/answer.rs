//! Writing the answer (`admission.k8s.io/v1`, AdmissionResponse).

use cofferdam_assess::live::ReviewVerdict;
use serde::{Serialize, Serializer};
use std::fmt::Write as _;

/// Bytes of the annotation that lists verdicts. The API server has 256 KiB for a whole event.
const RULES_BYTES_MAX: usize = 10 * 1_024;

/// Bytes of it that there is room for at once: some thirty verdicts.
const RULES_BYTES_USUAL: usize = 3 * 1_024;

/// Bytes of an answer that there is room for at once.
const ANSWER_BYTES_USUAL: usize = 2 * RULES_BYTES_USUAL;

/// What is said to an API server. Annotations appear in its audit log, each under the name of the
/// webhook.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// What a refused person reads, and the HTTP status; `None`: the request may pass.
    pub(super) refusal: Option<(u16, String)>,
    pub(super) warnings: Vec<String>,
    pub(super) annotations: Vec<(&'static str, String)>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Review<'a> {
    api_version: &'static str,
    kind: &'static str,
    response: Response<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Response<'a> {
    uid: &'a str,
    allowed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Failure<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "as_map")]
    audit_annotations: &'a [(&'static str, String)],
}

#[derive(Serialize)]
struct Failure<'a> {
    status: &'static str,
    code: u16,
    reason: &'static str,
    message: &'a str,
}

fn as_map<S: Serializer>(pairs: &[(&str, String)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(pairs.iter().map(|(key, value)| (key, value)))
}

/// The bytes of an answer.
pub(super) fn write(uid: &str, answer: &Answer) -> Vec<u8> {
    let status = answer.refusal.as_ref().map(|(code, message)| Failure {
        status: "Failure",
        code: *code,
        reason: if *code == FORBIDDEN { "Forbidden" } else { "InternalError" },
        message,
    });
    let response = Response {
        uid,
        allowed: status.is_none(),
        status,
        warnings: &answer.warnings,
        audit_annotations: &answer.annotations,
    };
    let review = Review { api_version: "admission.k8s.io/v1", kind: "AdmissionReview", response };
    let mut bytes = Vec::with_capacity(ANSWER_BYTES_USUAL);
    // Texts under texts: nothing of it can fail.
    let _ = serde_json::to_writer(&mut bytes, &review);
    bytes
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
