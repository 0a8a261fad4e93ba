//! A real database against dpkg-query (made by `corpus/dpkg/make.sh`), and stanzas made by hand.

use super::*;
use crate::{FileFacts, combine};
use cofferdam_model::Problem;
use std::path::Path;

fn corpus(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/dpkg").join(name);
    cofferdam_bounds::file::read(&path, 1 << 20).unwrap()
}

fn facts_of(path: &str, bytes: &[u8]) -> FileFacts {
    let candidate = Candidate { path, size_bytes: 1, mode: 0o644, head: b"" };
    assert_eq!(wants(&candidate), Some(Need::Random), "{path}");
    // All but the smallest go through a file, as in a large image.
    let spool = Spool::new(bytes, 1 << 10, 1 << 30, "x").unwrap();
    read(&candidate, &spool, &Limits::default())
}

#[test]
fn the_list_is_that_of_dpkg_query() {
    let text = String::from_utf8(corpus("packages.txt")).unwrap();
    let mut expected = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with("config-files")) {
        let fields: Vec<String> = line.split('\t').map(str::to_owned).collect();
        let [_, name, version, architecture, source, source_version] = &fields[..] else {
            panic!("{line}");
        };
        expected.push([name, version, architecture, source, source_version].map(Clone::clone));
    }
    let facts = facts_of("var/lib/dpkg/status", &corpus("status"));
    assert_eq!(facts.problems, []);
    let row = |package: &Package| {
        let source = package.source.clone().unwrap_or_else(|| SourcePackage {
            name: package.name.clone(),
            version: package.version.clone(),
        });
        let architecture = package.architecture.clone().unwrap();
        [package.name.clone(), package.version.clone(), architecture, source.name, source.version]
    };
    let mut packages: Vec<_> = facts.packages.iter().map(row).collect();
    packages.sort();
    expected.sort();
    assert_eq!(packages, expected);
    assert_eq!(packages.len(), 110);
}

#[test]
fn a_real_list_owns_and_that_of_a_removed_package_does_not() {
    let python = |name: &str, path: &str| Package {
        kind: PackageKind::Python,
        name: name.into(),
        version: "1".into(),
        architecture: None,
        source: None,
        location: Location::path(path),
        evidence: Evidence::Metadata,
        owner: None,
        license: None,
    };
    let files = [
        facts_of("var/lib/dpkg/status", &corpus("status")),
        facts_of("var/lib/dpkg/info/python3-six.list", &corpus("python3-six.list")),
        facts_of("var/lib/dpkg/info/libattr1:amd64.list", &corpus("libattr1_amd64.list")),
        facts_of("var/lib/dpkg/info/e2fsprogs.list", &corpus("e2fsprogs.list")),
        FileFacts {
            packages: vec![
                python("six", "usr/lib/python3/dist-packages/six-1.16.0.egg-info/PKG-INFO"),
                python("attr", "usr/lib/x86_64-linux-gnu/libattr.so.1.1.2501"),
                python("gone", "etc/e2scrub.conf"),
            ],
            ..FileFacts::default()
        },
    ];
    let inventory = combine(files, &[]);
    let owner = |name: &str| {
        inventory.packages.iter().find(|package| package.name == name).unwrap().owner.as_deref()
    };
    assert_eq!(owner("six"), Some("python3-six@1.16.0-4"));
    assert_eq!(owner("attr"), Some("libattr1@1:2.5.1-4"));
    assert_eq!(owner("gone"), None);
}

fn check_present(status: &str, expected: bool) {
    let text = format!("Package: a\nStatus: {status}\nVersion: 1\n");
    let facts = facts_of("var/lib/dpkg/status", text.as_bytes());
    assert_eq!(facts.packages.len(), usize::from(expected), "{status}");
    assert_eq!(facts.problems, [], "{status}");
}

/// dpkg(1), "Package states".
#[test]
fn states() {
    check_present("purge ok not-installed", false);
    check_present("deinstall ok config-files", false);
    check_present("install reinstreq half-installed", true);
    check_present("install ok unpacked", true);
    check_present("install ok half-configured", true);
    check_present("install ok triggers-awaited", true);
    check_present("install ok triggers-pending", true);
    check_present("install ok installed", true);
    check_present("hold ok installed", true);
    check_present("deinstall ok installed", true);
}

fn check(path: &str, text: &[u8], expected: &[(&str, &str)], problems: &[ProblemKind]) {
    let facts = facts_of(path, text);
    let packages: Vec<_> =
        facts.packages.iter().map(|package| (&*package.name, &*package.version)).collect();
    assert_eq!(packages, expected);
    let kinds: Vec<_> = facts.problems.iter().map(|problem| problem.kind).collect();
    assert_eq!(kinds, problems);
}

#[test]
fn broken_stanzas() {
    let status = "var/lib/dpkg/status";
    let malformed = &[ProblemKind::Malformed];
    check(status, b"", &[], &[]);
    check(status, b"\n\n \n", &[], &[]);
    check(status, b"Package: a\nStatus: install ok installed\n", &[], malformed);
    check(status, b"Version: 1\nStatus: install ok installed\n\n", &[], malformed);
    check(status, b"Package: a\nVersion: 1\n", &[], malformed);
    check(status, b"\0\xff\xfe\n", &[], malformed);
    let latin = b"Package: a\nVersion: 1\xe9\nStatus: install ok installed";
    check(status, latin, &[("a", "1\u{fffd}")], malformed);
    let fields =
        b"PACKAGE:a\nversion:  1  \nDescription: x\n Package: no\nstatus: hold ok installed";
    check(status, fields, &[("a", "1")], &[]);
}

#[test]
fn a_line_of_two_megabytes_is_left_out() {
    let text = [&b"Package: a\nStatus: install ok installed\nDepends: "[..], &vec![b'x'; 2 << 20]];
    let text = [&text.concat()[..], b"\nVersion: 1\n"].concat();
    check("var/lib/dpkg/status", &text, &[("a", "1")], &[ProblemKind::BudgetExceeded]);
}

/// Hostile sizes cannot make names and versions fill the memory.
#[test]
fn the_text_of_all_packages_is_bounded() {
    let name = "x".repeat(1 << 20);
    let stanza = format!("Package: {name}\nVersion: 1\nStatus: install ok installed\n\n");
    let facts = facts_of("var/lib/dpkg/status", stanza.repeat(40).as_bytes());
    assert!(facts.packages.len() < 40);
    assert_eq!(facts.problems[0].kind, ProblemKind::BudgetExceeded);
}

#[test]
fn distroless() {
    let stanza = b"Package: tzdata\nArchitecture: all\nVersion: 2024a-0+deb12u1\n";
    for name in ["tzdata", "tzdata.list"] {
        let path = format!("var/lib/dpkg/status.d/{name}");
        check(&path, stanza, &[("tzdata", "2024a-0+deb12u1")], &[]);
    }
    let sums = b"d41d8cd98f00b204e9800998ecf8427e  usr/share/doc/tzdata/copyright\n";
    let facts = facts_of("var/lib/dpkg/status.d/tzdata.md5sums", sums);
    assert_eq!(facts.packages, []);
    assert_eq!(facts.owned[0].package, "tzdata");
    assert_eq!(facts.owned[0].paths, [path_key("/usr/share/doc/tzdata/copyright")]);
}

#[test]
fn an_interrupted_dpkg_is_a_problem() {
    let facts = facts_of("var/lib/dpkg/updates/0001", b"Package: a\n");
    assert_eq!(facts.problems[0].kind, ProblemKind::Ambiguous);
}

fn check_wants(path: &str, expected: bool) {
    let candidate = Candidate { path, size_bytes: 1, mode: 0o644, head: b"" };
    assert_eq!(wants(&candidate).is_some(), expected, "{path}");
}

#[test]
fn which_files() {
    check_wants("var/lib/dpkg/status-old", false);
    check_wants("var/lib/dpkg/available", false);
    check_wants("var/lib/dpkg/info/a.md5sums", false);
    check_wants("var/lib/dpkg/info/a.postinst", false);
    check_wants("var/lib/dpkg/updates/tmp.i", false);
    check_wants("srv/chroot/var/lib/dpkg/status", false);
}

fn check_source(field: &str, expected: Option<(&str, &str)>) {
    let source = source_package(field, "1-2");
    let source = source.as_ref().map(|source| (&*source.name, &*source.version));
    assert_eq!(source, expected, "{field}");
}

#[test]
fn source_fields() {
    check_source("", None);
    check_source("glibc", Some(("glibc", "1-2")));
    check_source("glibc (2.36-9)", Some(("glibc", "2.36-9")));
    check_source("glibc(2.36-9) ", Some(("glibc", "2.36-9")));
    check_source("(1)", None);
}

#[test]
fn a_status_file_that_is_cut_off_hides_packages() {
    let text = "Package: bash\nStatus: install ok installed\nVersion: 5.2\n\nPackage: openssl\nSta";
    for path in ["var/lib/dpkg/status", "var/lib/dpkg/status.d/openssl"] {
        let facts = facts_of(path, text.as_bytes());
        assert_eq!(facts.packages.len(), 1);
        assert!(facts.problems.iter().any(Problem::hides_packages), "{:?}", facts.problems);
        assert!(!facts.problems.iter().any(Problem::hides_files), "its name is known");
    }
}
