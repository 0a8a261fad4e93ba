//! Kubernetes' Pod Security Standards: baseline and restricted, in every version.
//!
//! Each version of a standard is the list of checks that its release of Kubernetes made, so that
//! `restricted:v1.24` says today what an API server of 1.24 says, and `latest` what the newest
//! says. Ids, order, reasons and details are those of `k8s.io/pod-security-admission`, against
//! whose pods and evaluator the tests compare: what is printed here is what `kubectl` would print.

mod baseline;
mod profiles;
mod restricted;
mod standard;
mod subject;
mod table;
#[cfg(test)]
mod tests;
mod volumes;

use cofferdam_manifest::{Pod, View};
pub use standard::{Level, Standard, StandardError, Version};
use std::fmt;
use subject::Subject;

/// A check that a pod fails.
#[derive(Clone, Debug)]
pub struct Violation<'t> {
    /// Which check, by its id in Kubernetes: `hostNamespaces`, `seccompProfile_restricted`.
    pub check: &'static str,
    /// In a few words: `host namespaces`.
    pub reason: &'static str,
    /// Who and what: `hostNetwork=true`.
    pub detail: String,
    /// The values that are forbidden; for what is missing, the nearest map that should have it.
    /// In the order in which `detail` names them, never empty.
    pub places: Vec<View<'t>>,
}

impl fmt::Display for Violation<'_> {
    /// As the API server joins them: `host namespaces (hostNetwork=true)`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({})", self.reason, self.detail)
    }
}

/// What a pod must change to be admitted at this level and version, baseline checks first, each
/// kind in the order of its ids. Nothing for a pod that is admitted.
///
/// Values of the wrong type, which no API server accepts, count as not set.
pub fn check<'t>(level: Level, version: Version, pod: &Pod<'t>) -> Vec<Violation<'t>> {
    if level == Level::Privileged {
        return Vec::new();
    }
    let subject = Subject::of(pod);
    table::rules(level, version).filter_map(|rule| rule(&subject)).collect()
}

/// The ids of the checks that are made at this level and version, in the order of [`check`].
pub fn checks(level: Level, version: Version) -> impl Iterator<Item = &'static str> {
    table::checks(level, version).map(|check| check.id)
}
