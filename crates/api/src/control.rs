//! What the API asks of the controllers: little, and nothing that blocks.

use cofferdam_model::{ClusterIdentity, Distribution, Layer, Package, Problem, Secret, Severity};
use cofferdam_store::Mode;
use jiff::Timestamp;

/// The controllers, as the API sees them. Every method answers from memory.
pub trait Control: Send + Sync + 'static {
    /// The cluster that is watched; nothing as long as it was not reached.
    fn cluster(&self) -> Option<ClusterIdentity>;

    /// How much there is.
    fn numbers(&self) -> Numbers;

    /// Whether everything was listed once, so that what is shown is not half of it.
    fn is_synced(&self) -> bool;

    /// Ways from outside to something worth having, the shortest first.
    fn attack_paths(&self) -> Vec<AttackPath>;

    /// Services that lead to a workload: `shop/web`.
    fn services(&self, workload: &str) -> Vec<String>;

    /// How the door stands.
    fn door(&self) -> Door;

    /// How well ecosystems are covered by advisories.
    fn coverage(&self) -> Vec<Coverage>;

    /// What is not as it should be with what Cofferdam itself needs.
    fn troubles(&self) -> Vec<Trouble>;

    /// What the report of an image's scan holds; nothing where it cannot be read any more, and the
    /// image is scanned again.
    fn contents(&self, report: &[u8]) -> Option<Contents>;

    /// What a rule does at the door as long as nobody said anything.
    fn default_mode(&self, severity: Severity) -> Mode;
}

/// What a scan saw of an image.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// Layers, from the bottom up.
    pub layers: Vec<Layer>,
    /// The distribution.
    pub distribution: Option<Distribution>,
    /// Installed packages.
    pub packages: Vec<Package>,
    /// Credentials, masked.
    pub secrets: Vec<Secret>,
    /// What could not be assessed.
    pub problems: Vec<Problem>,
}

/// How much there is in a cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Nodes.
    pub nodes: u64,
    /// Pods.
    pub pods: u64,
    /// Namespaces.
    pub namespaces: u64,
}

/// A way from outside to something worth having.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttackPath {
    /// Where it begins and ends.
    pub title: String,
    /// The steps in order.
    pub steps: Vec<AttackStep>,
    /// What to change so that this way is closed.
    pub cut: String,
    /// The workload, by id, that has to be changed.
    pub cut_at: Option<String>,
    /// The namespaces it leads through.
    pub namespaces: Vec<String>,
}

/// A step of an attack path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AttackStep {
    /// What happens.
    pub title: String,
    /// What makes it possible.
    pub why: String,
    /// The workload, by id, that it goes over.
    pub workload: Option<String>,
}

/// How the door stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Door {
    /// Whether the API server is told to ask.
    pub is_installed: bool,
    /// When the certificate authority expires.
    pub authority_expires: Option<Timestamp>,
    /// When the serving certificate expires.
    pub certificate_expires: Option<Timestamp>,
    /// Reviews since the start.
    pub reviews: u64,
    /// Microseconds within which half of all reviews were answered.
    pub p50_micros: u64,
    /// The same for 99 of 100.
    pub p99_micros: u64,
    /// Requests that passed because they could not be judged.
    pub failed_open: u64,
}

/// How well an ecosystem is covered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Ecosystem as OSV names it.
    pub ecosystem: String,
    /// Whether a source of advisories is loaded for it.
    pub is_covered: bool,
    /// Packages of it in the cluster's images.
    pub packages: u64,
    /// Where its advisories are from.
    pub source: Option<String>,
    /// Time of the newest of them.
    pub dated: Option<Timestamp>,
}

/// Something that is not as it should be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trouble {
    /// What happened.
    pub what: String,
    /// The cause.
    pub why: String,
    /// What to do about it.
    pub remedy: String,
}
