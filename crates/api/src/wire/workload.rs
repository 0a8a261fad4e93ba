//! Workloads: what a person edits, with what runs for it.

use super::{AttackPath, Counts, Severity, Time, finding::Outcome, row_and_whole, words};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

words! {
    /// From where a workload can be reached.
    Exposure = cofferdam_store::Exposure {
        Unknown = "unknown",
        None = "none",
        Cluster = "cluster",
        Node = "node",
        Internet = "internet",
    }
}

words! {
    /// What a container is for.
    ContainerKind = cofferdam_store::ContainerKind {
        Container = "container",
        Init = "init",
        Sidecar = "sidecar",
        Ephemeral = "ephemeral",
    }
}

row_and_whole! {
    /// A workload in a list.
    row WorkloadRow {
        /// Stable id.
        id: String,
        /// `Deployment`
        kind: String,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Images that it runs; with `at` those that it ran then.
        images: u64,
        /// Open findings of it and of its images; with `at` those that were open then, each by the
        /// outcome and severity that it had then.
        counts: Counts,
        /// When it was first seen.
        first_seen: Time,
        /// When it was gone; null: it is there now.
        gone_at: Option<Time>,
    }
    now {
        /// Pods that it wants. Null in a list with `at`: nobody keeps it.
        replicas: u32,
        /// Pods that are ready. Null in a list with `at`: nobody keeps it.
        ready: u32,
        /// What the worst of its findings is worth, 0 to 100. Null in a list with `at`: nobody keeps it.
        score: u8,
        /// What the score is made of. Null in a list with `at`: nobody keeps it.
        score_why: String,
        /// From where it can be reached. Null in a list with `at`: nobody keeps it.
        exposure: Exposure,
        /// Whether a container of it is privileged. Null in a list with `at`: nobody keeps it.
        privileged: bool,
        /// Its service account. Null in a list with `at`: nobody keeps it.
        service_account: String,
        /// When it was last seen. Null in a list with `at`: nobody keeps it.
        last_seen: Time,
    }
    /// A workload.
    whole Workload = WorkloadRow + WorkloadMore {
        /// `apps/v1`
        api_version: String,
        /// Its labels.
        labels: BTreeMap<String, String>,
        /// Its containers of every kind.
        containers: Vec<Container>,
        /// Its pods.
        pods: Vec<Pod>,
        /// Services that lead to it.
        services: Vec<String>,
        /// Attack paths over it.
        attack_paths: Vec<AttackPath>,
        /// Where it differs from what was last applied.
        drift: Vec<Drift>,
        /// Whether its manifest can be shown.
        has_manifest: bool,
    }
}

/// A container.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Container {
    /// Its name.
    pub(crate) name: String,
    /// What it is for.
    pub(crate) kind: ContainerKind,
    /// The image as it is written.
    pub(crate) image_ref: String,
    /// The id of the image that runs; null: none does yet.
    pub(crate) image: Option<String>,
}

/// A pod.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Pod {
    /// Its name.
    pub(crate) name: String,
    /// The node it runs on; null: none yet.
    pub(crate) node: Option<String>,
    /// `Running`
    pub(crate) phase: String,
}

/// A field that differs from what was last applied.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Drift {
    /// Where in the object.
    pub(crate) path: String,
    /// What is there; null: nothing.
    pub(crate) live: Option<String>,
    /// What was applied; null: nothing.
    pub(crate) applied: Option<String>,
}

/// An object as YAML, and where its findings are.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Manifest {
    /// YAML.
    pub(crate) text: String,
    /// Findings in it, by line.
    pub(crate) marks: Vec<Mark>,
}

/// Where a finding is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Mark {
    /// First line, from 1.
    pub(crate) line: u32,
    /// Last line.
    pub(crate) end_line: u32,
    /// First column, from 1.
    pub(crate) column: u32,
    /// One past the last column of the last line.
    pub(crate) end_column: u32,
    /// The id of the finding.
    pub(crate) finding: String,
}

/// Something that happened to a workload.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct HistoryEntry {
    /// When.
    pub(crate) at: Time,
    /// `seen`, `gone`, `opened`, `changed`, `closed` (findings), `image`, `image-gone`.
    pub(crate) what: String,
    /// The rule and its title, or the container and its image.
    pub(crate) detail: String,
    /// What a finding that opened or changed says since then; null: of anything else.
    pub(crate) outcome: Option<Outcome>,
    /// How bad that is.
    pub(crate) severity: Option<Severity>,
}
