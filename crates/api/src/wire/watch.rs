//! Events of `/watch`.

use super::words;
use schemars::JsonSchema;
use serde::Serialize;

words! {
    /// What changed.
    #[derive(PartialOrd, Ord)]
    ChangedKind {
        Workload = "workload",
        Image = "image",
        Finding = "finding",
        Review = "review",
        Cluster = "cluster",
    }
}

impl ChangedKind {
    /// All of them.
    pub(crate) const ALL: [Self; 5] =
        [Self::Workload, Self::Image, Self::Finding, Self::Review, Self::Cluster];
}

/// The data of an event `changed`: lists of this kind may be out of date.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Changed {
    /// What changed.
    pub(crate) kind: ChangedKind,
    /// Which one; null: several.
    pub(crate) id: Option<String>,
}
