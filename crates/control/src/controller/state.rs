//! What is known of the cluster and of the controllers, for whoever asks.

use crate::{
    audit::{AttackPath, Audit, Denials, FixFirst},
    inventory::Numbers,
};
use cofferdam_model::ClusterIdentity;
use jiff::Timestamp;
use std::collections::BTreeMap;

/// How far the controllers are. Nothing here is better than it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct State {
    /// When everything was last known to be as it is here; nothing before all was listed once.
    pub synced_at: Option<Timestamp>,
    /// Kinds that may be out of date, with the reasons.
    pub lost: BTreeMap<String, String>,
    /// Kinds that may not be read, with the reasons. Nothing is out of date for them.
    pub withheld: BTreeMap<String, String>,
    /// Why the store cannot be written, if it cannot.
    pub store: Option<String>,
    /// What the store refuses although it can be written; all else is in it. Only who writes says
    /// so.
    pub refused: Option<Refused>,
    /// Why what is old is not forgotten, if it is not. Only who writes says so.
    pub unpruned: Option<String>,
    /// Whether all that is known was judged and given to the store.
    pub is_idle: bool,
    /// Whether the policies and exceptions of the cluster are among the rules.
    pub is_ruled: bool,
    /// Since when the door waits no longer for what is stored of the images that run: it was heard
    /// once, or is not to be had in time.
    pub recalled_at: Option<Timestamp>,
    /// Whether this replica writes.
    pub leads: bool,
    /// Why the cluster is not heard of any more, if it is not.
    pub ended: Option<String>,
}

impl State {
    /// Whether what is shown is true: all was listed once, the rules are whole, what is stored of
    /// images was heard, and the store answers. Kinds that are lost or withheld do not count: the rest is worth
    /// showing, and says what is missing.
    pub const fn is_ready(&self) -> bool {
        self.can_review() && self.store.is_none()
    }

    /// Whether requests can be judged at the door: from memory, without the store.
    pub const fn can_review(&self) -> bool {
        let is_known = self.synced_at.is_some() && self.recalled_at.is_some();
        is_known && self.is_ruled && self.ended.is_none()
    }
}

/// What the store refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// How many things; [`REFUSED_MAX`] are so many or more.
    pub count: usize,
    /// One of them, and why.
    pub first: String,
}

/// Things that are remembered as refused.
pub const REFUSED_MAX: usize = 1_000;

/// What is known, in one piece.
#[derive(Clone, Debug)]
pub struct View {
    /// The cluster.
    pub cluster: ClusterIdentity,
    /// How far the controllers are.
    pub state: State,
    /// How much there is.
    pub numbers: Numbers,
    /// Ways from outside to something worth having.
    pub attack_paths: Vec<AttackPath>,
    /// What one fix would buy, the most first.
    pub fix_first: Vec<FixFirst>,
    /// How well the packages of all images are covered by advisories.
    pub coverage: Vec<Coverage>,
    /// The namespaces in which nothing may reach a pod that no NetworkPolicy lets in; nothing as
    /// long as nobody looked.
    pub denials: Option<Denials>,
}

/// How well an ecosystem is covered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Ecosystem as OSV names it, with its release.
    pub ecosystem: String,
    /// Packages of it in all images that run.
    pub packages: u64,
    /// Whether a source is loaded for it.
    pub is_covered: bool,
    /// Time of the newest of its advisories.
    pub newest: Option<Timestamp>,
}

impl View {
    /// Nothing is known yet of this cluster.
    pub fn new(cluster: ClusterIdentity) -> Self {
        Self {
            cluster,
            state: State::default(),
            numbers: Numbers::default(),
            attack_paths: Vec::new(),
            fix_first: Vec::new(),
            coverage: Vec::new(),
            denials: None,
        }
    }

    pub(super) fn of(cluster: &ClusterIdentity, audit: &Audit, state: State) -> Self {
        let summary = audit.summary();
        Self {
            cluster: cluster.clone(),
            state,
            numbers: audit.inventory().numbers(),
            attack_paths: summary.attack_paths.clone(),
            fix_first: summary.fix_first.clone(),
            coverage: audit.coverage(),
            denials: summary.denials.clone(),
        }
    }
}
