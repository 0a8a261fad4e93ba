//! Errors: problem details (RFC 9457).

use schemars::JsonSchema;
use serde::Serialize;

/// Why a request was not answered (RFC 9457, `application/problem+json`).
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Problem {
    /// What kind of problem: a stable word after `https://cofferdam.dev/problems/`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The kind, for people.
    pub(crate) title: String,
    /// The HTTP status.
    pub(crate) status: u16,
    /// This one, for people, with what to do about it.
    pub(crate) detail: String,
    /// The path that was asked.
    pub(crate) instance: String,
}
