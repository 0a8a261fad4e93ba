//! What was decided at the door.

use super::{Time, words};
use schemars::JsonSchema;
use serde::Serialize;

words! {
    /// What became of a request.
    Decision = cofferdam_store::Decision {
        Allowed = "allowed",
        Warned = "warned",
        Denied = "denied",
        FailedOpen = "failed-open",
    }
}

/// An admission review.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Review {
    /// The request's uid.
    pub(crate) id: String,
    /// When.
    pub(crate) at: Time,
    /// Who asked.
    pub(crate) user: String,
    /// `CREATE`
    pub(crate) operation: String,
    /// `pods`
    pub(crate) resource: String,
    /// The namespace; null: none.
    pub(crate) namespace: Option<String>,
    /// The object's name.
    pub(crate) name: String,
    /// What became of it.
    pub(crate) decision: Decision,
    /// What the person who asked reads.
    pub(crate) messages: Vec<String>,
    /// Digest over the policies and facts that decided.
    pub(crate) digest: String,
    /// How long it took, in microseconds.
    pub(crate) micros: u64,
}

/// How the door stands.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AdmissionStatus {
    /// Whether the API server is told to ask.
    pub(crate) installed: bool,
    /// When the certificate authority expires; null: there is none.
    pub(crate) ca_expires: Option<Time>,
    /// When the serving certificate expires; null: there is none.
    pub(crate) certificate_expires: Option<Time>,
    /// Reviews since the start.
    pub(crate) reviews: u64,
    /// Median of the time to answer, in microseconds.
    pub(crate) p50: u64,
    /// 99th percentile of it.
    pub(crate) p99: u64,
    /// Requests that were let through because they could not be judged.
    pub(crate) failed_open: u64,
}
