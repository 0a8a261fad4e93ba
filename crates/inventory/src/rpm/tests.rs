//! Real databases against `rpm -qa` (made by `corpus/rpm/make.sh`).

use super::*;
use crate::path_key;
use std::{collections::BTreeSet, path::Path};

fn corpus(name: &str) -> Vec<u8> {
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
