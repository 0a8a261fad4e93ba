//! What rules said.

use crate::words::{Outcome, SubjectKind};
use cofferdam_model::Severity;
use jiff::Timestamp;

rows! {
    /// A rule that does not pass on a subject, from when to when it was decided and rated so. A
    /// finding that comes back is a second row with the same id, and so is one that is decided or
    /// rated anew: that one keeps when it was first seen.
    Finding in "finding" by ["id", "first_seen", "since"] {
        /// [`crate::rows::id`] over subject, rule and what it is about.
        id: String,
        /// The cluster's id; of an image's findings the empty text.
        cluster: String,
        /// What the subject is.
        subject_kind: SubjectKind,
        /// The subject's id.
        subject: String,
        /// `Deployment shop/web`.
        subject_title: String,
        /// The subject's namespace.
        namespace: Option<String>,
        /// `CFD-K001`.
        rule: String,
        /// The rule's title.
        title: String,
        /// How bad.
        severity: Severity,
        /// What the rule said.
        outcome: Outcome,
        /// What is wrong, in a sentence.
        message: String,
        /// Which part of the subject: a container, a package; empty for all of it.
        about: String,
        /// 0 to 100.
        score: u8,
        /// What makes the score.
        score_why: String,
        /// JSON pointer into the object.
        pointer: Option<String>,
        /// What to do.
        remediation: String,
        /// JSON: the smallest change that passes.
        patch: Option<String>,
        /// JSON: clause and inputs.
        explanation: Option<String>,
        /// JSON: the exception that allows it.
        exception: Option<String>,
        /// Since when it does not pass; set by the store.
        first_seen: Timestamp,
        /// Since when it has this outcome and this severity, where that is later than when it was
        /// first seen; set by the store.
        since: Timestamp,
        /// When it was last judged so with a change; set by the store.
        last_seen: Timestamp,
        /// Until when it was so; set by the store.
        gone_at: Option<Timestamp>,
        /// Whether it went on then with another outcome or severity; set by the store.
        superseded: bool,
    }
}
