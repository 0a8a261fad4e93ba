//! Events of `/watch`.

use super::words;
use schemars::JsonSchema;
use serde::Serialize;

words! {
    /// What changed.
    ChangedKind {
        Workload = "workload",
        Image = "image",
        Finding = "finding",
        Review = "review",
        Cluster = "cluster",
    }
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
