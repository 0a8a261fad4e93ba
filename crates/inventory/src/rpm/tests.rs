//! Real databases against `rpm -qa` (made by `corpus/rpm/make.sh`).

use super::*;
use crate::path_key;
use cofferdam_model::Problem;
use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant},
};

pub(super) fn corpus(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/rpm").join(name);
    cofferdam_bounds::file::read(&path, 1 << 20).unwrap()
}

fn facts_of(path: &str, bytes: &[u8]) -> FileFacts {
    let head = bytes.get(..4096).unwrap_or(bytes);
    let size_bytes = bytes.size();
    let candidate = Candidate { path, size_bytes, mode: 0o644, head };
    assert_eq!(wants(&candidate), Some(Need::Random));
    let spool = Spool::new(bytes, 1 << 20, 1 << 20, "x").unwrap();
    read(&candidate, &spool, &Limits::default())
}

/// What rpm says: name, epoch, version, release, architecture, source, licence.
fn truth() -> Vec<Package> {
    let text = String::from_utf8(corpus("packages.txt")).unwrap();
    let package = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, epoch, version, release, architecture, source, license] = fields[..] else {
            panic!("{line}");
        };
        let epoch = if epoch == "(none)" { String::new() } else { format!("{epoch}:") };
        let version = format!("{epoch}{version}-{release}");
        Package {
            kind: PackageKind::Rpm,
            name: name.into(),
            architecture: Some(architecture.into()),
            source: source_package(source, &version)
                .filter(|source| source.name != name || source.version != version),
            location: Location::path("var/lib/rpm/x"),
            evidence: Evidence::Metadata,
            owner: None,
            license: Some(license.into()),
            version,
        }
    };
    text.lines().map(package).collect()
}

fn check(path: &str, file: &str) {
    let facts = facts_of(path, &corpus(file));
    assert_eq!(facts.problems, []);
    let mut packages = facts.packages;
    packages.sort();
    let expected: Vec<Package> = truth()
        .into_iter()
        .map(|package| Package { location: Location::path(path), ..package })
        .collect();
    assert_eq!(packages, expected, "{file}");

    let text = String::from_utf8(corpus("files.txt")).unwrap();
    let files = text.lines().map(|line| line.split_once('\t').unwrap());
    let expected: BTreeSet<_> = files.map(|(name, path)| (name.into(), path_key(path))).collect();
    let owned: BTreeSet<_> = facts
        .owned
        .iter()
        .flat_map(|owned| owned.paths.iter().map(|key| (owned.package.clone(), *key)))
        .collect();
    assert_eq!(owned, expected, "{file}");
}

#[test]
fn every_format_says_what_rpm_says() {
    check("var/lib/rpm/Packages", "Packages");
    check("var/lib/rpm/Packages", "Packages-big-endian");
    check("usr/lib/sysimage/rpm/Packages.db", "Packages.db");
    check("usr/lib/sysimage/rpm/rpmdb.sqlite", "rpmdb.sqlite");
    check("usr/share/rpm/rpmdb.sqlite", "rpmdb-small-pages.sqlite");
}

/// Changes a database and expects a problem of this kind, and this many packages if that is sure.
pub(super) fn check_broken(
    file: &str,
    change: impl FnOnce(&mut Vec<u8>),
    kind: ProblemKind,
    packages: Option<usize>,
) {
    let mut bytes = corpus(file);
    let before = bytes.clone();
    change(&mut bytes);
    assert_ne!(bytes, before);
    let started = Instant::now();
    let facts = facts_of("var/lib/rpm/rpmdb.sqlite", &bytes);
    assert!(started.elapsed() < Duration::from_secs(5));
    let problems = facts.problems;
    assert!(problems.iter().any(|problem| problem.kind == kind), "{problems:?}");
    if let Some(packages) = packages {
        assert_eq!(facts.packages.len(), packages, "{problems:?}");
    }
}

const ALL: &[&str] =
    &["Packages", "Packages-big-endian", "Packages.db", "rpmdb.sqlite", "rpmdb-small-pages.sqlite"];

/// Nothing that is cut off may go missing without a word.
#[test]
fn a_database_cut_anywhere_is_a_problem() {
    for file in ALL {
        let whole = corpus(file);
        for end in (0..whole.len()).step_by(1_021) {
            let facts = facts_of("var/lib/rpm/Packages", &whole[..end]);
            let complete = facts.packages.len() == truth().len();
            assert!(complete || !facts.problems.is_empty(), "{file} cut at {end}");
        }
    }
}

/// Any byte may be anything: no panic, no endless loop.
#[test]
fn a_database_with_any_byte_changed_is_read_to_its_end() {
    let started = Instant::now();
    for file in ALL {
        let whole = corpus(file);
        for at in (0..whole.len()).step_by(101) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0xff;
            facts_of("var/lib/rpm/Packages", &bytes);
        }
    }
    assert!(started.elapsed() < Duration::from_mins(1));
}

#[test]
fn no_database_at_all() {
    for bytes in [&b""[..], b"not a database", &[0; 8192]] {
        let facts = facts_of("var/lib/rpm/Packages", bytes);
        assert_eq!(facts.problems[0].kind, ProblemKind::Unsupported);
    }
}

fn check_wants(path: &str, size_bytes: u64, expected: bool) {
    let candidate = Candidate { path, size_bytes, mode: 0o644, head: b"" };
    assert_eq!(wants(&candidate).is_some(), expected, "{path}");
}

#[test]
fn where_databases_are() {
    check_wants("var/lib/rpm/Packages", 0, true);
    check_wants("usr/lib/sysimage/rpm/Packages.db", 1, true);
    check_wants("usr/share/rpm/rpmdb.sqlite", 1, true);
    check_wants("var/lib/rpm/Name", 1, false);
    check_wants("var/lib/rpm/rpmdb.sqlite-shm", 1, false);
    check_wants("srv/var/lib/rpm/Packages", 1, false);
    check_wants("Packages", 1, false);
    // SQLite leaves an empty log behind when all is well.
    check_wants("var/lib/rpm/rpmdb.sqlite-wal", 0, false);
    check_wants("var/lib/rpm/rpmdb.sqlite-wal", 4152, true);
}

#[test]
fn a_journal_that_is_not_empty_is_a_problem() {
    let facts = facts_of("var/lib/rpm/rpmdb.sqlite-wal", &[0x37, 0x7f, 6, 0x82]);
    assert_eq!(facts.problems[0].kind, ProblemKind::Ambiguous);
}

fn check_source(file: &str, binary_version: &str, expected: Option<(&str, &str)>) {
    let source = source_package(file, binary_version);
    let source = source.as_ref().map(|source| (&*source.name, &*source.version));
    assert_eq!(source, expected, "{file}");
}

#[test]
fn source_packages() {
    check_source("bash-5.1.8-6.el9.src.rpm", "5.1.8-6.el9", Some(("bash", "5.1.8-6.el9")));
    check_source("a-b-1-2.nosrc.rpm", "9-9", Some(("a-b", "1-2")));
    check_source("acme-1.4.2-3.el9.src.rpm", "2:1.4.2-3.el9", Some(("acme", "2:1.4.2-3.el9")));
    check_source("acme-1.4.2-3.el9.src.rpm", "2:0.9~rc1-7", Some(("acme", "1.4.2-3.el9")));
    check_source("(none)", "1-1", None);
    check_source("x.src.rpm", "1-1", None);
}

#[test]
fn packages_beyond_the_limit_are_a_problem() {
    let bytes = corpus("Packages");
    let path = "var/lib/rpm/Packages";
    let candidate = Candidate { path, size_bytes: bytes.size(), mode: 0o644, head: &bytes[..4096] };
    let spool = Spool::new(&*bytes, 1 << 20, 1 << 20, "x").unwrap();
    let limits = Limits { packages: 3, ..Limits::default() };
    let facts = read(&candidate, &spool, &limits);
    assert_eq!(facts.packages.len(), 3);
    assert_eq!(facts.problems.len(), 1);
    assert_eq!(facts.problems[0].kind, ProblemKind::BudgetExceeded);
}

#[test]
fn damage_to_any_database_hides_packages() {
    let places = FOLDERS.iter().flat_map(|folder| DATABASES.iter().map(move |name| (folder, name)));
    for (folder, name) in places {
        let path = format!("{folder}/{name}");
        let spool = Spool::new(&b"neither"[..], 1 << 10, 1 << 10, "x").unwrap();
        let candidate = Candidate { path: &path, size_bytes: 7, mode: 0o644, head: b"neither" };
        let problems = read(&candidate, &spool, &Limits::default()).problems;
        assert!(problems.iter().any(Problem::hides_packages), "{problems:?}");
    }
}
