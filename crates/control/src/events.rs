//! What is told to everybody who listens: that something changed.

use cofferdam_bus::{Bus, Result};
use serde::{Deserialize, Serialize};

/// The subject on which changes are told.
pub const CHANGED: &str = "changed";

/// What changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A workload.
    Workload,
    /// An image.
    Image,
    /// A finding.
    Finding,
    /// What was decided at the door.
    Review,
    /// The cluster as a whole, or a rule.
    Cluster,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// What changed.
    pub kind: Kind,
    /// Which one; nothing: several.
    #[serde(default)]
    pub id: Option<String>,
}

impl Changed {
    /// What was told, if it is an event of ours.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

/// Tells that something changed.
pub async fn tell(bus: &Bus, kind: Kind, id: Option<&str>) -> Result<()> {
    let changed = Changed { kind, id: id.map(str::to_owned) };
    // Strings always have a JSON form.
    bus.tell(CHANGED, &serde_json::to_vec(&changed).unwrap_or_default()).await
}
