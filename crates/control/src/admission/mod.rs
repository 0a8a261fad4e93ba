//! The door of a cluster: an AdmissionReview in, the answer out.
//!
//! ```text
//! body ─► request (read once) ─► exempt? ─► live::review ─► decide (modes, old sins) ─► answer
//!                                                                    └─► Reviewed ─► queue
//! ```
//!
//! [`Door::handle`] is pure but for its clock and counters: the objects of the cluster, the
//! policies and their modes are in memory, so it answers when the store, the bus or the API server
//! is gone. What it decided goes to a bounded queue; when nobody empties that, decisions are
//! dropped and counted, and requests are answered all the same.
//!
//! What is never judged, whatever the policies say: requests in the namespaces of the system and
//! in Cofferdam's own, and those of the API server itself. The [`configuration`] keeps them from
//! being sent; the door lets them pass again should somebody have changed it.
//!
//! Nothing is refused unless a person said so: see [`Mode`].

mod answer;
pub mod certificate;
pub mod configuration;
mod decide;
mod door;
mod images;
mod lineage;
mod mode;
mod path;
mod request;
mod scope;
pub mod server;
mod status;
mod strangers;
mod words;

#[cfg(test)]
mod tests;

pub use decide::{Decision, Reviewed};
pub use door::{Door, Settings};
pub use lineage::Lineage;
pub use mode::{Mode, Modes, OnFailure, RuleMode, Updates, rule_key};
pub use path::SecretPath;
pub use scope::is_asked;
pub use status::{DoorStatus, FASTEST, SPANS};

/// The namespaces that the cluster itself lives in: never judged, so that no policy can keep a
/// cluster from healing itself.
pub const SYSTEM_NAMESPACES: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// Whether requests about this namespace, or in it, are let through unseen.
pub fn is_exempt(namespace: &str, own: &str) -> bool {
    namespace == own || SYSTEM_NAMESPACES.contains(&namespace)
}
