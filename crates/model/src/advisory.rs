//! What a source says about one package: an advisory cut down to what judging it takes.
//!
//! The shape follows the OSV schema 1.7 (<https://ossf.github.io/osv-schema/>), which is what
//! nearly every source publishes today.

use crate::Severity;

/// One advisory, as far as it concerns the one package that was asked for. Withdrawn advisories
/// are never in a database, so there is no such flag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Advisory {
    /// The source's own id: `DSA-5673-1`, `GHSA-h75v-3vvj-5mfj`, `GO-2024-2687`.
    pub id: String,
    /// Other names of the very same vulnerability (OSV `aliases`).
    pub aliases: Vec<String>,
    /// The vulnerabilities that this advisory covers, one or many (OSV `upstream`): a Debian DSA
    /// names its CVEs here.
    pub upstream: Vec<String>,
    /// One line of what it is; the first line of the details where there is no summary.
    pub summary: String,
    /// Severity as published, for this package where the source tells them apart.
    pub severity: Option<Severity>,
    /// CVSS base score in tenths, 0 to 100, the highest of the vectors that were understood.
    pub cvss_tenths: Option<u8>,
    /// When it was first published.
    pub published: Option<jiff::Timestamp>,
    /// When it was last changed.
    pub modified: Option<jiff::Timestamp>,
    /// Whether the package itself is malware (OSV ids `MAL-`).
    pub malicious: bool,
    /// Affected ranges of all `affected` entries for this package; `GIT` ranges are left out.
    pub ranges: Vec<Range>,
    /// Affected versions, listed one by one.
    pub versions: Vec<String>,
}

/// A range of affected versions in the order of the package's ecosystem (OSV types `SEMVER` and
/// `ECOSYSTEM`, which are the same question for one ecosystem).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Range {
    /// Where being affected starts and ends; in the source's order, which may be any.
    pub events: Vec<Event>,
}

/// One change along the line of versions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// Affected from here on, this version included; `0` sorts before every version.
    Introduced(String),
    /// No longer affected from here on, this version included.
    Fixed(String),
    /// Affected up to here, this version included.
    LastAffected(String),
    /// The source says nothing about this version and later ones; `*` is infinity.
    Limit(String),
}
