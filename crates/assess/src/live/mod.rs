//! The objects of a cluster, kept as trees, and judged: all again and again, one at the door.
//!
//! ```text
//! Objects ─┬─► audit:      the whole set ────────────► join ─► judge ─► Check
//!          ├─► audit_some: what touches some ─────────► join ─► judge ─► Check
//!          └─► review:     what touches one object ───► join ─► judge ─► ReviewVerdict
//! ```
//!
//! All take the one path of [`crate::check`]: the same readers and defaults, the same joins, the
//! same judge. A review joins only what the facts about its object can depend on (see [`nearby`]),
//! so that it costs as much in a large cluster as in a small one; a test holds both to the same
//! verdicts and the same facts read.
//!
//! What an API server adds for itself is left out on entry, for no fact is in it: `status`,
//! `metadata.managedFields`, and the annotation with what was last applied. No I/O, no clock.
//!
//! ```
//! use cofferdam_assess::{check::Question, live::{Objects, audit}};
//! use cofferdam_model::{ObjectKey, Severity};
//! use cofferdam_policy::{Bundle, Stage};
//!
//! let mut objects = Objects::default();
//! let key = ObjectKey::new("v1", "Pod", Some("shop"), "web");
//! let json = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop"},
//!     "spec":{"containers":[{"name":"web","image":"web:1","securityContext":{"privileged":true}}]}}"#;
//! assert!(objects.put(key, json.into()).is_empty());
//!
//! let bundle = Bundle::built_in().unwrap();
//! let question = Question {
//!     bundle: &bundle,
//!     stage: Stage::Background,
//!     now: "2026-06-01T00:00:00Z".parse().unwrap(),
//!     fail_on: Severity::Low,
//!     kubernetes_minor: Some(34),
//!     pod_security: None,
//!     changes: None,
//!     patches: false,
//!     explain: false,
//! };
//! let check = audit(&objects, &question);
//! assert!(check.findings.iter().any(|found| check.rule(found).unwrap().code == "CFD-POD-0001"));
//! ```

mod audit;
mod index;
mod nearby;
mod objects;
mod review;
mod trim;

#[cfg(test)]
mod tests;

use cofferdam_policy::{Bundle, Stage, facts::RootSet};

pub use audit::{Ways, audit, audit_some};
pub use objects::{Objects, Parsed};
pub use review::{Incoming, Review, ReviewVerdict, review};

/// Whether some policy of a stage asks who may do what: that may rest on any role and binding.
fn asks_for_rights(bundle: &Bundle, stage: Stage) -> bool {
    let rights = RootSet::of(["authorizer"]);
    let mut policies = bundle.policies.iter();
    policies.any(|policy| policy.stages.contains(&stage) && policy.reads.has_any(rights))
}
