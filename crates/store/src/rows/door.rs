//! What was asked at the API server's door.

use crate::words::{Decision, Mode, OnFailure, Updates};
use jiff::Timestamp;

rows! {
    /// A request that admission judged.
    Review in "review" by ["id"] {
        /// Its id; a review that is written twice is one.
        id: String,
        /// When.
        at: Timestamp,
        /// Who.
        user_name: String,
        /// In which groups.
        groups: Vec<String>,
        /// `CREATE`, `UPDATE`, `DELETE`, `CONNECT`.
        operation: String,
        /// `apps/v1/deployments`.
        resource: String,
        /// Its namespace, if it has one.
        namespace: Option<String>,
        /// Its name; may be empty while the server makes one.
        name: String,
        /// The answer.
        decision: Decision,
        /// What the person read.
        messages: Vec<String>,
        /// The verdict's digest.
        digest: String,
        /// How long it took, in microseconds.
        micros: u32,
    }

    /// An audit event of the API server.
    Event in "event" by ["id"] {
        /// Its `auditID`; an event that is written twice is one.
        id: String,
        /// When.
        at: Timestamp,
        /// Who.
        user_name: String,
        /// From where.
        source_ip: String,
        /// The user agent.
        agent: String,
        /// `create`.
        verb: String,
        /// `pods`.
        resource: String,
        /// `exec`; empty for the object itself.
        subresource: String,
        /// Its namespace, if it has one.
        namespace: Option<String>,
        /// Its name.
        name: String,
        /// The HTTP status, 0 when none was given.
        code: u16,
        /// Whether it was allowed.
        allowed: bool,
        /// As whom, where who asked impersonated somebody: name and groups; else empty.
        acts_as: String,
        /// What ran in which container by exec or attach; else empty.
        command: String,
    }

    /// What a rule does at admission, where a person said so.
    RuleMode in "mode" by ["rule"] {
        /// The rule's code; `shop/ACME-1` where it is a rule of the namespace `shop` only.
        rule: String,
        /// What it does.
        mode: Mode,
        /// What becomes of requests that nobody answers, while it is enforced.
        on_failure: OnFailure,
        /// What it refuses of changes, while it is enforced.
        updates: Updates,
        /// Who said so.
        by_name: String,
        /// When.
        at: Timestamp,
    }
}
