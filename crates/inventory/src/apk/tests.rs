//! A database written by the format's description (`corpus/apk`).

use super::*;
use crate::path_key;
use cofferdam_model::Problem;
use std::path::Path;

fn facts_of(bytes: &[u8]) -> FileFacts {
    crate::check::facts("lib/apk/db/installed", bytes, &Limits::default()).unwrap()
}

#[test]
fn packages_and_their_files() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/apk/installed");
    let facts = facts_of(&cofferdam_bounds::file::read(&path, 1 << 20).unwrap());
    assert_eq!(facts.problems, []);
    let row = |package: &Package| {
        let source = package.source.clone();
        let source = source.map_or_else(String::new, |source| source.name + "=" + &source.version);
        let license = package.license.clone().unwrap_or_default();
        let architecture = package.architecture.clone().unwrap();
        [package.name.clone(), package.version.clone(), architecture, source, license].join(" ")
    };
    let packages: Vec<String> = facts.packages.iter().map(row).collect();
    assert_eq!(
        packages,
        [
            "musl 1.2.5-r0 x86_64  MIT",
            "ssl_client 1.36.1-r29 x86_64 busybox=1.36.1-r29 GPL-2.0-only",
            ".build-deps 20240520.123456 noarch  ",
            "py3-six 1.16.0-r9 x86_64  MIT",
        ]
    );
    let paths: Vec<u64> = facts.owned.iter().flat_map(|owned| owned.paths.clone()).collect();
    let expected = [
        "lib/ld-musl-x86_64.so.1",
        "lib/libc.musl-x86_64.so.1",
        "usr/bin/ssl_client",
        "usr/lib/python3.12/site-packages/six.py",
        "usr/lib/python3.12/site-packages/six-1.16.0-py3.12.egg-info/PKG-INFO",
        "usr/lib/python3.12/site-packages/six-1.16.0-py3.12.egg-info/top_level.txt",
    ];
    assert_eq!(paths, expected.map(path_key));
}

fn check(text: &[u8], packages: usize, problems: usize) {
    let facts = facts_of(text);
    assert_eq!(facts.packages.len(), packages, "{text:?}");
    assert_eq!(facts.problems.len(), problems, "{text:?}");
}

#[test]
fn broken_paragraphs() {
    check(b"", 0, 0);
    check(b"P:a\nV:1", 1, 0);
    check(b"P:a\n\nP:b\nV:1\n", 1, 1);
    check(b"V:1\n\n", 0, 1);
    check(b"R:file\nP:a\nV:1\nX\n:\n\n", 1, 0);
    check(b"P:\xff\nV:1\n\n", 1, 1);
    check(b"Package: a\nVersion: 1\n", 0, 1);
}

#[test]
fn a_broken_paragraph_hides_packages() {
    for path in DATABASES {
        let facts = crate::check::facts(path, b"P:a\n\nP:b\nV:1\n", &Limits::default()).unwrap();
        assert!(facts.problems.iter().all(Problem::hides_packages), "{:?}", facts.problems);
    }
}
