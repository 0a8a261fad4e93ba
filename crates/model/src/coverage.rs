//! What advisories were at hand for what was found: "no source" is never "clean".

/// How well one ecosystem in a target is covered by the advisories loaded.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Coverage {
    /// Ecosystem as OSV names it, with its release: `Debian:12`, `PyPI`.
    pub ecosystem: String,
    /// Packages of it in the target.
    pub packages: usize,
    /// What was at hand.
    pub status: CoverageStatus,
}

/// What advisories were at hand for an ecosystem.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CoverageStatus {
    /// A source is loaded.
    Loaded {
        /// Advisories it holds for this ecosystem and release.
        advisories: u64,
        /// The newest entry's time: how fresh the source is.
        newest: Option<jiff::Timestamp>,
    },
    /// Nothing is loaded for this ecosystem or release: its packages are not assessed.
    NoSource,
}
