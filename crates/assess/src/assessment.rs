//! What comes out.

use cofferdam_model::{
    Coverage, Distribution, Image, Lifecycle, Location, Package, Problem, Secret, Vulnerability,
};
use cofferdam_policy::{Decision, Known};
use jiff::Timestamp;

/// Everything that is known of one target, and the verdicts on it.
#[derive(Clone, Debug)]
pub struct Assessment {
    /// The target as it was named.
    pub target: String,
    /// When it was judged.
    pub now: Timestamp,
    /// What the target's own bytes say; stays true for as long as its digest.
    pub contents: Contents,
    /// What the advisories say about it; changes with them.
    pub matches: Matches,
    /// The advisories that were asked.
    pub advisories: Option<AdvisorySummary>,
    /// The verdicts.
    pub decision: Decision,
}

/// What a target's own bytes say.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// The image; for a root file system an empty one.
    pub image: Image,
    /// The distribution, when one was recognised.
    pub distribution: Option<Distribution>,
    /// Where the distribution was read.
    pub distribution_location: Option<Location>,
    /// What is installed, sorted.
    pub packages: Vec<Package>,
    /// Credentials, sorted by place.
    pub secrets: Vec<Secret>,
    /// What could not be read, sorted.
    pub problems: Vec<Problem>,
    /// How much was read.
    pub size: Size,
}

/// How much was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Uncompressed bytes of all layers or files.
    pub bytes: u64,
    /// Entries of all layers or directories.
    pub entries: u64,
}

/// What the advisories say about a target.
#[derive(Clone, Debug)]
pub struct Matches {
    /// Vulnerabilities, worst first; unknown without a database.
    pub vulnerabilities: Known<Vec<Vulnerability>>,
    /// How well each ecosystem in the target is covered.
    pub coverage: Vec<Coverage>,
    /// How long the distribution is looked after.
    pub lifecycle: Known<Lifecycle>,
}

/// Which advisories were asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdvisorySummary {
    /// When the database was built.
    pub built: Timestamp,
    /// The newest entry of any source.
    pub newest: Option<Timestamp>,
    /// Advisories in it.
    pub advisories: u64,
}
