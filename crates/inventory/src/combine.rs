//! The facts of all visible files, made into one inventory.

use crate::{FileFacts, OwnedPaths, RankedDistribution, path_key};
use crate::{language::is_identity, path_key::is_distribution_place, published::Publishers};
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
    /// For each file that was asked about, the package that brought it from its publisher: the
    /// distribution package that owns it, or the language package whose tests it belongs to.
    pub publishers: Vec<Option<String>>,
}

/// Combines the facts of the files that are visible in the merged file system.
///
/// - The distribution is that of the surest file.
/// - A package that two files prove alike is there once: a distribution package by name, version
///   and architecture, any other also by location.
/// - A language package whose file a distribution package installed gets that `owner`, if it lies
///   where distributions put files: a private package in `/opt` is in no distribution's advisories.
/// - Two rpm databases side by side are a problem: one of them is a remnant of an upgrade, and
///   which one rpm would read depends on its configuration. Packages of both are listed.
/// - A distribution that is known, but has not one package of its own manager, is a problem:
///   somebody removed its database, and "no packages" must not read as "nothing to find".
///
/// The result does not depend on the order of `files`. Give locations and lists of paths their
/// layers first: a file of a later layer than the list it is in was replaced behind the package
/// manager's back, and is nobody's.
///
/// `asked` are other files whose publisher is wanted, see [`Inventory::publishers`].
pub fn combine(files: impl IntoIterator<Item = FileFacts>, asked: &[Location]) -> Inventory {
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
    let owners = Owners::of(&inventory.packages, asked, &lists);
    for package in inventory.packages.iter_mut().filter(|one| !one.kind.is_distribution()) {
        package.owner = owners.find(&package.location);
    }
    let publishers = Publishers::of(&inventory.packages);
    let publisher = |file| owners.find(file).or_else(|| publishers.find(&file.path));
    inventory.publishers = asked.iter().map(publisher).collect();
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

/// Who owns a file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Owner {
    /// `name@version`.
    name: String,
    /// Layer of the list that says so.
    layer: Option<usize>,
}

/// The owners of some files, looked up the thrifty way round: the files that somebody asks about
/// are few, the owned paths are many.
struct Owners(HashMap<u64, Option<Owner>>);

impl Owners {
    /// For the files of language packages and those that are asked about.
    fn of(packages: &[Package], asked: &[Location], lists: &[OwnedPaths]) -> Self {
        let languages = packages.iter().filter(|package| !package.kind.is_distribution());
        let files = languages.map(|package| &package.location).chain(asked);
        // What a package puts elsewhere is not the distribution's, so nobody's advisories cover it.
        let files = files.filter(|location| is_distribution_place(location.file()));
        let mut wanted: HashMap<u64, Option<Owner>> =
            files.map(|location| (path_key(location.file()), None)).collect();
        note_owners(&mut wanted, packages, lists);
        Self(wanted)
    }

    /// Layers compare as the files were written; without layers both are `None`.
    fn find(&self, location: &Location) -> Option<String> {
        let owner = self.0.get(&path_key(location.file()))?.as_ref()?;
        (location.layer <= owner.layer).then(|| owner.name.clone())
    }
}

fn note_owners(
    wanted: &mut HashMap<u64, Option<Owner>>,
    packages: &[Package],
    lists: &[OwnedPaths],
) {
    // A path that a list repeats counts once, or its author could make this take for ever.
    let hits = |list: &OwnedPaths| -> BTreeSet<u64> {
        list.paths.iter().filter(|key| wanted.contains_key(key)).copied().collect()
    };
    let hits = lists.iter().map(|list| (list, hits(list))).filter(|(_, keys)| !keys.is_empty());
    let hits: Vec<_> = hits.collect();
    // A list that a removed package left behind owns nothing.
    let mut installed: HashMap<Lister<'_>, Option<&Package>> =
        hits.iter().map(|(list, _)| (Lister::of(list), None)).collect();
    for package in packages.iter().filter(|package| package.kind.is_distribution()) {
        for lister in Lister::all_of(package) {
            if let Some(slot) = installed.get_mut(&lister) {
                slot.get_or_insert(package);
            }
        }
    }
    for (list, keys) in hits {
        let Some(Some(package)) = installed.get(&Lister::of(list)) else { continue };
        let name = format!("{}@{}", package.name, package.version);
        if !is_identity(&name) {
            continue;
        }
        let owner = Owner { name, layer: list.layer };
        for key in keys {
            let Some(slot) = wanted.get_mut(&key) else { continue };
            if slot.as_ref().is_none_or(|other| owner < *other) {
                *slot = Some(owner.clone());
            }
        }
    }
}

/// What a list of files says of the package whose it is.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Lister<'a> {
    kind: PackageKind,
    package: &'a str,
    version: Option<&'a str>,
    architecture: Option<&'a str>,
}

impl<'a> Lister<'a> {
    fn of(list: &'a OwnedPaths) -> Self {
        let OwnedPaths { kind, package, version, architecture, .. } = list;
        let (version, architecture) = (version.as_deref(), architecture.as_deref());
        Self { kind: *kind, package, version, architecture }
    }

    /// Of a package: its lists may leave out the version, the architecture or both.
    fn all_of(package: &'a Package) -> [Self; 4] {
        let kind = package.kind;
        let (version, architecture) = (Some(&*package.version), package.architecture.as_deref());
        [(version, architecture), (version, None), (None, architecture), (None, None)].map(
            |(version, architecture)| Self { kind, package: &package.name, version, architecture },
        )
    }
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
