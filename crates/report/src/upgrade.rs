//! Vulnerable packages of an image, put together where one upgrade cures them.

use crate::text::percent;
use cofferdam_model::{Fix, Package, Severity, Vulnerability};
use cofferdam_vulnerability::scheme;
use std::{cmp::Reverse, collections::BTreeMap};

/// Packages built from one source, which share their vulnerabilities and are cured together.
pub(crate) struct Upgrade<'a> {
    pub(crate) packages: Vec<&'a Package>,
    /// Of each of the packages, worst first.
    pub(crate) rows: Vec<&'a Vulnerability>,
}

/// Worst first.
pub(crate) fn upgrades<'a>(
    found: impl Iterator<Item = (&'a Package, &'a Vulnerability)>,
) -> Vec<Upgrade<'a>> {
    let mut by_package: BTreeMap<usize, (&Package, Vec<&Vulnerability>)> = BTreeMap::new();
    for (package, one) in found {
        by_package.entry(one.package).or_insert((package, Vec::new())).1.push(one);
    }
    let mut groups: Vec<Upgrade<'_>> = Vec::new();
    for (package, mut rows) in by_package.into_values() {
        rows.sort_by_key(|row| Reverse(rank(row)));
        match groups.iter_mut().find(|group| group.is_of(package, &rows)) {
            Some(group) => group.packages.push(package),
            None => groups.push(Upgrade { packages: vec![package], rows }),
        }
    }
    groups.sort_by_key(|group| Reverse(group.rows.first().map(|row| rank(row))));
    groups
}

/// What makes one vulnerability worse than another.
fn rank(vulnerability: &Vulnerability) -> (bool, bool, Option<Severity>, u32) {
    let per_million = vulnerability.exploitation.epss.unwrap_or_default() * 1e6;
    (
        vulnerability.malicious,
        vulnerability.exploitation.known_exploited == Some(true),
        vulnerability.severity,
        // An EPSS is between 0 and 1.
        format!("{per_million:.0}").parse().unwrap_or_default(),
    )
}

impl<'a> Upgrade<'a> {
    fn is_of(&self, package: &Package, rows: &[&Vulnerability]) -> bool {
        let source = |package: &Package| {
            package.source.as_ref().map_or_else(|| package.name.clone(), |one| one.name.clone())
        };
        let same = |one: &Package| {
            one.kind == package.kind
                && one.version == package.version
                && (one.name == package.name || source(one) == source(package))
        };
        self.packages.first().is_some_and(|one| same(one))
            && self.rows.iter().map(|row| &row.id).eq(rows.iter().map(|row| &row.id))
    }

    /// The names of the packages.
    pub(crate) fn names(&self) -> Vec<&'a str> {
        let mut names: Vec<&str> = self.packages.iter().map(|one| &*one.name).collect();
        names.dedup();
        names
    }

    /// One upgrade that is rid of all that can be had rid of. The fixes of one vulnerability stand
    /// in its row; only what they have in common is worth a line.
    pub(crate) fn cure(&self) -> Option<String> {
        let scheme = scheme(self.packages.first()?.kind);
        let fixes: Vec<&str> = self
            .rows
            .iter()
            .filter_map(|row| match &row.fix {
                Fix::Version(version) => Some(version.as_str()),
                Fix::None => None,
            })
            .collect();
        let [first, rest @ ..] = fixes.as_slice() else { return None };
        if rest.is_empty() {
            return None;
        }
        let highest = rest.iter().try_fold(*first, |highest, fix| {
            Some(if scheme.compare(fix, highest)?.is_gt() { fix } else { highest })
        })?;
        Some(match self.rows.len() - fixes.len() {
            0 if fixes.len() == 2 => format!("upgrade to {highest} or later, which fixes both"),
            0 => format!("upgrade to {highest} or later, which fixes all {}", fixes.len()),
            unfixed => {
                format!(
                    "upgrade to {highest} or later, which fixes {} ({unfixed} have no fix)",
                    fixes.len()
                )
            }
        })
    }
}

/// How bad it is.
pub(crate) fn severity(row: &Vulnerability) -> String {
    match row.severity {
        _ if row.malicious => "malware".to_owned(),
        Some(severity) => severity.to_string(),
        None => "severity ?".to_owned(),
    }
}

/// How likely it is that somebody makes use of it.
pub(crate) fn likelihood(row: &Vulnerability) -> String {
    match (row.exploitation.known_exploited, row.exploitation.epss) {
        (Some(true), _) => "exploited now".to_owned(),
        (_, Some(epss)) => format!("EPSS {}", percent(epss)),
        (_, None) => "EPSS ?".to_owned(),
    }
}
