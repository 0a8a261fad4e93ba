//! The facts of all visible files, made into one inventory.

use crate::{FileFacts, OwnedPaths, RankedDistribution, path_key};
use cofferdam_model::{Distribution, Location, Package, PackageKind, Problem, ProblemKind};
use std::collections::{BTreeSet, HashMap};

/// What is installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The distribution, when one was recognised.
    pub distribution: Option<Distribution>,
    /// The file that says so.
    pub distribution_location: Option<Location>,
    /// Packages sorted by kind, name, version and location.
    pub packages: Vec<Package>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// Combines the facts of the files that are visible in the merged file system.
///
/// - The distribution is that of the surest file.
/// - A package that two files prove alike is there once: a distribution package by name, version
///   and architecture, any other also by location.
/// - A language package whose file a distribution package installed gets that `owner`.
/// - Two rpm databases side by side are a problem: one of them is a remnant of an upgrade, and
///   which one rpm would read depends on its configuration. Packages of both are listed.
/// - A distribution that is known, but has not one package of its own manager, is a problem:
///   somebody removed its database, and "no packages" must not read as "nothing to find".
///
/// The result does not depend on the order of `files`. Give locations their layers first: a file
/// of a later layer than the database that lists it was replaced behind the package manager's
/// back, and is nobody's.
pub fn combine(files: impl IntoIterator<Item = FileFacts>) -> Inventory {
    let mut surest = None::<RankedDistribution>;
    let mut lists = Vec::new();
    let mut inventory = Inventory::default();
    for facts in files {
        inventory.packages.extend(facts.packages);
        inventory.problems.extend(facts.problems);
        lists.extend(facts.owned);
        surest = surest.into_iter().chain(facts.distribution).min_by_key(|found| found.rank);
    }
    (inventory.distribution, inventory.distribution_location) =
        surest.map(|found| (found.distribution, found.location)).unzip();
    inventory.problems.extend(second_database(&inventory.packages));
    inventory.packages.sort_unstable();
    inventory.packages.dedup_by(|package, kept| is_same(package, kept));
    set_owners(&mut inventory.packages, &lists);
    inventory.problems.extend(missing_database(&inventory));
    inventory.problems.sort_unstable();
    inventory.problems.dedup();
    inventory
}

/// Whether two neighbours in sorted order are one package. The first has the surer evidence.
fn is_same(package: &Package, kept: &Package) -> bool {
    (package.kind, &package.name, &package.version, &package.architecture)
        == (kept.kind, &kept.name, &kept.version, &kept.architecture)
        && (package.kind.is_distribution() || package.location == kept.location)
}

fn set_owners(packages: &mut [Package], lists: &[OwnedPaths]) {
    let owners = owners_of_wanted(packages, lists);
    for package in packages.iter_mut().filter(|package| !package.kind.is_distribution()) {
        package.owner = owners
            .get(&path_key(package.location.file()))
            .and_then(Option::as_ref)
            // Layers compare as the files were written; without layers both are `None`.
            .filter(|owner| package.location.layer <= owner.layer)
            .map(|owner| owner.name.clone());
    }
}

/// Who owns a file.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Owner {
    /// `name@version`.
    name: String,
    /// Layer of the database that says so.
    layer: Option<usize>,
}

/// The owners of the files of language packages, looked up the thrifty way round: those files are
/// few, the owned paths are many.
fn owners_of_wanted(packages: &[Package], lists: &[OwnedPaths]) -> HashMap<u64, Option<Owner>> {
    let mut wanted: HashMap<u64, Option<Owner>> = packages
        .iter()
        .filter(|package| !package.kind.is_distribution())
        .map(|package| (path_key(package.location.file()), None))
        .collect();
    let mut installed: HashMap<(PackageKind, &str), Vec<&Package>> = HashMap::new();
    for package in packages.iter().filter(|package| package.kind.is_distribution()) {
        installed.entry((package.kind, &package.name)).or_default().push(package);
    }
    for list in lists {
        for key in &list.paths {
            let Some(slot) = wanted.get_mut(key) else { continue };
            // A list that a removed package left behind owns nothing.
            let candidates = installed.get(&(list.kind, &*list.package));
            let owner = candidates.into_iter().flatten().find(|package| list.belong_to(package));
            let Some(owner) = owner else { continue };
            let owner = Owner {
                name: format!("{}@{}", owner.name, owner.version),
                layer: owner.location.layer,
            };
            if slot.as_ref().is_none_or(|other| owner < *other) {
                *slot = Some(owner);
            }
        }
    }
    wanted
}

fn second_database(packages: &[Package]) -> Option<Problem> {
    let rpms = packages.iter().filter(|package| package.kind == PackageKind::Rpm);
    let mut paths = rpms.map(|package| &package.location.path).collect::<BTreeSet<_>>().into_iter();
    let (first, other) = (paths.next()?, paths.next()?);
    let detail = format!("{first} and {other} are both databases of rpm: one of them is stale");
    Some(Problem::whole(ProblemKind::Ambiguous, detail))
}

fn missing_database(inventory: &Inventory) -> Option<Problem> {
    let distribution = inventory.distribution.as_ref()?;
    let kind = manager(distribution)?;
    if inventory.packages.iter().any(|package| package.kind == kind) {
        return None;
    }
    let database = match kind {
        PackageKind::Deb => "dpkg",
        PackageKind::Apk => "apk",
        _ => "rpm",
    };
    Some(Problem::whole(
        ProblemKind::Missing,
        format!(
            "the system is {}, but no package was found in a database of {database}",
            distribution.id
        ),
    ))
}

/// The package manager that a distribution always has, where we know it.
fn manager(distribution: &Distribution) -> Option<PackageKind> {
    let names = || {
        let like = distribution.like.iter().map(String::as_str);
        like.chain([&*distribution.id])
    };
    MANAGERS
        .iter()
        .find(|(_, families)| names().any(|name| families.contains(&name)))
        .map(|(kind, _)| *kind)
}

/// Distributions by their `ID`; others name one of these in `ID_LIKE`.
const MANAGERS: &[(PackageKind, &[&str])] = &[
    (PackageKind::Deb, &["debian", "ubuntu"]),
    (PackageKind::Apk, &["alpine", "wolfi", "chainguard"]),
    (
        PackageKind::Rpm,
        &[
            "almalinux",
            "amzn",
            "azurelinux",
            "centos",
            "fedora",
            "mariner",
            "ol",
            "openEuler",
            "opensuse",
            "opensuse-leap",
            "opensuse-tumbleweed",
            "photon",
            "rhel",
            "rocky",
            "scientific",
            "sl-micro",
            "sles",
            "suse",
        ],
    ),
];

#[cfg(test)]
mod tests;
