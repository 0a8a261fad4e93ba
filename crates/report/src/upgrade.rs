//! Vulnerable packages of an image, put together where one upgrade cures them.

use crate::text::percent;
use cofferdam_model::{Fix, Package, PackageKind, Severity, Vulnerability};
use cofferdam_vulnerability::scheme;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

/// Packages built from one source, which share their vulnerabilities and are cured together.
pub(crate) struct Upgrade<'a> {
    pub(crate) packages: Vec<&'a Package>,
    /// Of each of the packages, worst first.
    pub(crate) rows: Vec<&'a Vulnerability>,
    /// Which of those that were found this is about, in order.
    pub(crate) found: Vec<usize>,
}

/// What the packages of one upgrade have in common. An image may have a package many thousand
/// times, so they are found by this.
#[derive(PartialEq, Eq, Hash)]
struct Common<'a> {
    kind: PackageKind,
    version: &'a str,
    name: Name<'a>,
    ids: Vec<&'a str>,
}

/// Either is enough.
#[derive(PartialEq, Eq, Hash)]
enum Name<'a> {
    Own(&'a str),
    Source(&'a str),
}

/// Worst first.
pub(crate) fn upgrades<'a>(
    found: impl Iterator<Item = (&'a Package, &'a Vulnerability)>,
) -> Vec<Upgrade<'a>> {
    let mut by_package: BTreeMap<usize, (&Package, Vec<&Vulnerability>, Vec<usize>)> =
        BTreeMap::new();
    for (position, (package, one)) in found.enumerate() {
        let (_, rows, found) = by_package.entry(one.package).or_insert((package, vec![], vec![]));
        rows.push(one);
        found.push(position);
    }
    let mut groups: Vec<Upgrade<'_>> = Vec::new();
    let mut by_common: HashMap<Common<'_>, usize> = HashMap::new();
    for (package, mut rows, found) in by_package.into_values() {
        rows.sort_by_key(|row| Reverse(rank(row)));
        let common = Common::of(package, &rows);
        let known = common.iter().filter_map(|one| by_common.get(one)).min();
        if let Some(group) = known.and_then(|known| groups.get_mut(*known)) {
            group.packages.push(package);
            group.found.extend(found);
            continue;
        }
        for one in common {
            by_common.entry(one).or_insert(groups.len());
        }
        groups.push(Upgrade { packages: vec![package], rows, found });
    }
    for group in &mut groups {
        group.found.sort_unstable();
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

impl<'a> Common<'a> {
    fn of(package: &'a Package, rows: &[&'a Vulnerability]) -> [Self; 2] {
        let source = package.source.as_ref().map_or(&package.name, |source| &source.name);
        [Name::Own(&package.name), Name::Source(source)].map(|name| Self {
            kind: package.kind,
            version: &package.version,
            name,
            ids: rows.iter().map(|row| &*row.id).collect(),
        })
    }
}

impl<'a> Upgrade<'a> {
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
