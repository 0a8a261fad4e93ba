//! The first page: what to fix first, and why.

use super::{AttackPath, Counts, Time, cluster::ClusterSummary};
use schemars::JsonSchema;
use serde::Serialize;

/// The state of the cluster on one page.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Overview {
    /// The cluster.
    pub(crate) cluster: ClusterSummary,
    /// Open findings by severity: those of the workloads and other objects that are there now, without
    /// what somebody accepted. The trend counts the same.
    pub(crate) counts: Counts,
    /// Workloads.
    pub(crate) workloads: WorkloadTally,
    /// Images.
    pub(crate) images: ImageTally,
    /// What one fix would buy, the most first.
    pub(crate) fix_first: Vec<FixFirst>,
    /// Ways from outside to something worth having; the first 20. The others are with the workloads
    /// that they lead through.
    pub(crate) attack_paths: Vec<AttackPath>,
    /// How many ways are known; more than 100 are not looked for.
    pub(crate) attack_paths_total: u64,
    /// Open findings over time, counted as `counts` is; its last point is now.
    pub(crate) trend: Vec<TrendPoint>,
    /// What was decided at the door.
    pub(crate) reviews: ReviewTally,
    /// How well ecosystems are covered by advisories.
    pub(crate) coverage: Vec<Coverage>,
    /// What could not be assessed.
    pub(crate) problems: Vec<Trouble>,
}

/// Workloads, counted.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkloadTally {
    /// All.
    pub(crate) total: u64,
    /// Those with an open finding.
    pub(crate) with_findings: u64,
}

/// Images, counted.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageTally {
    /// All.
    pub(crate) total: u64,
    /// Scanned.
    pub(crate) scanned: u64,
    /// Waiting to be scanned, or being scanned.
    pub(crate) waiting: u64,
    /// Those that could not be scanned.
    pub(crate) failed: u64,
}

/// One fix, and what it buys.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FixFirst {
    /// What is wrong.
    pub(crate) title: String,
    /// Why it comes first.
    pub(crate) why: String,
    /// What to do.
    pub(crate) how: String,
    /// What the worst finding of it is worth, 0 to 100.
    pub(crate) score: u8,
    /// Findings that this one fix closes.
    pub(crate) findings: u64,
    /// Workloads that are better for it.
    pub(crate) workloads: u64,
    /// A path of the console.
    pub(crate) link: String,
    /// The rule, where it is about one.
    pub(crate) rule: Option<String>,
    /// The image, where it is about one.
    pub(crate) image: Option<String>,
}

/// Open findings at one time.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TrendPoint {
    /// When.
    pub(crate) at: Time,
    /// Critical ones.
    pub(crate) critical: u64,
    /// High ones.
    pub(crate) high: u64,
    /// Medium ones.
    pub(crate) medium: u64,
    /// Low ones.
    pub(crate) low: u64,
}

/// Admission reviews of the last day, counted.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ReviewTally {
    /// Allowed without a word.
    pub(crate) allowed: u64,
    /// Allowed with a warning.
    pub(crate) warned: u64,
    /// Denied.
    pub(crate) denied: u64,
    /// Let through because they could not be judged.
    pub(crate) failed_open: u64,
    /// All, by hour: 24 numbers, the oldest first.
    pub(crate) last24h: Vec<u64>,
}

/// How well an ecosystem is covered.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Coverage {
    /// Ecosystem as OSV names it.
    pub(crate) ecosystem: String,
    /// `loaded` or `no-source`.
    pub(crate) status: String,
    /// Packages of it in the cluster's images.
    pub(crate) packages: u64,
    /// Where its advisories are from; null: nowhere.
    pub(crate) source: Option<String>,
    /// Time of the newest of them.
    pub(crate) dated: Option<Time>,
}

/// Something that is not as it should be with what Cofferdam itself needs.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Trouble {
    /// What happened.
    pub(crate) what: String,
    /// The cause.
    pub(crate) why: String,
    /// What to do about it.
    pub(crate) remedy: String,
}
