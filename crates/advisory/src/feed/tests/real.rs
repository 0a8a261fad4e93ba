//! The public feeds as they were published, where a copy of them is at hand.

use crate::{Database, Feed, build};
use cofferdam_model::{CoverageStatus, Distribution};
use std::path::{Path, PathBuf};

/// What each feed holds, by SHA-256 of its file: records taken, left out. Counted by a script of
/// another language (Python's `json`, `csv` and `yaml`), from the definitions in this crate.
const COUNTS: &[(&str, u64, u64)] = &[
    ("5a82f0df7ecffb9eff314b8e84996388b9c051a9df996a81f2138cbd960395a1", 10_724, 0),
    ("19712430c8f1c023f4e241052f395bbfcb56469b0760f6db6e08c1f3611f1af1", 4_274, 17),
    ("203d42ea2ada61e422c9b00465719ed06bd956425d41895700e9b4fb16f019f4", 6_800, 280),
    ("91a93b66d17a27d67519a3104e5223b53edc7639a2a301e00b333352b37ebc12", 726, 0),
    ("226e76ba8b583f8471dcf1be9f4dfa7abed9019ac1d0808e1c733b3e41a388bb", 360_142, 0),
    ("901b1f227941a3879a3e39fcb857bb6f7252bf9d71b63ef08d50a836d5ab1bd2", 1_404, 0),
    ("b1db6c7f5c41e422ca214c7aaf9b050a941fc71aded952cf7c123173d01b2a5a", 8_351, 0),
];

/// `COFFERDAM_ADVISORIES`, or a folder beside the repository.
fn folder() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/advisories");
    let folder = std::env::var_os("COFFERDAM_ADVISORIES").map_or_else(beside, PathBuf::from);
    folder.is_dir().then_some(folder)
}

#[test]
fn real_feeds_give_what_another_reader_counts() {
    let Some(folder) = folder() else {
        eprintln!("NOT RUN: no copy of the public feeds; set COFFERDAM_ADVISORIES to one");
        return;
    };
    let output = tempfile::tempdir().unwrap();
    let path = output.path().join("advisories.db");
    let now = "2026-11-01T00:00:00Z".parse().unwrap();
    let report = build(&[Feed::at(folder)], &path, now, &|_, _| ()).unwrap();
    assert_eq!(report.problem_count, 0, "{:?}", report.problems);
    let mut known = 0;
    for source in &report.sources {
        let digest = source.digest.hex();
        let counts = COUNTS.iter().find(|(known, ..)| *known == digest);
        if let Some(&(_, records, skipped)) = counts {
            assert_eq!((source.records, source.skipped), (records, skipped), "{}", source.origin);
            known += 1;
        }
    }
    let database = Database::open(&path).unwrap();
    database.verify().unwrap();
    if known < COUNTS.len() {
        eprintln!("NOT RUN: counts of {} feeds: these are other copies", COUNTS.len() - known);
        return;
    }
    check_answers(&database);
}

/// From the same script, and from reading the feeds by eye.
fn check_answers(database: &Database) {
    let ids = |ecosystem, package| {
        let advisories = database.affecting(ecosystem, package).unwrap();
        advisories.into_iter().map(|advisory| advisory.id).collect::<Vec<_>>()
    };
    let openssl =
        ["DSA-5532-1", "DSA-5764-1", "DSA-6015-1", "DSA-6113-1", "DSA-6201-1", "DSA-6335-1"];
    assert_eq!(ids("Debian:12", "openssl"), openssl);
    let django = database.affecting("PyPI", "Django").unwrap();
    assert_eq!(django.len(), 160);
    assert_eq!(django.iter().map(|advisory| advisory.versions.len()).sum::<usize>(), 6_100);
    let advisories = |ecosystem| match database.coverage(ecosystem) {
        CoverageStatus::Loaded { advisories, .. } => advisories,
        CoverageStatus::NoSource => 0,
    };
    assert_eq!(["Debian:12", "Debian:99", "Go"].map(advisories), [871, 0, 4_274]);
    let log4shell = database.exploitation("CVE-2021-44228").unwrap();
    assert_eq!((log4shell.known_exploited, log4shell.epss), (Some(true), Some(0.999_99)));
    for (id, version, end) in [
        ("debian", "12", "2026-07-12T00:00:00Z"),
        ("ubuntu", "25.10", "2026-07-02T00:00:00Z"),
        ("alpine", "3.22.1", "2027-05-02T00:00:00Z"),
        ("rhel", "9.4", "2032-06-01T00:00:00Z"),
        ("centos", "7", "2024-07-01T00:00:00Z"),
        ("rocky", "8.10", "2029-06-01T00:00:00Z"),
        ("almalinux", "9.3", "2032-06-01T00:00:00Z"),
        ("fedora", "42", "2026-05-28T00:00:00Z"),
        ("amzn", "2", "2026-07-01T00:00:00Z"),
        ("ol", "8.9", "2029-08-01T00:00:00Z"),
        ("opensuse-leap", "15.5", "2025-01-01T00:00:00Z"),
        ("sles", "15.6", "2026-01-01T00:00:00Z"),
    ] {
        let (id, version) = (id.to_owned(), version.to_owned());
        let release = Distribution { id, version, ..Distribution::default() };
        let lifecycle = database.lifecycle(&release).unwrap().unwrap();
        assert_eq!(lifecycle.end_of_life.unwrap().to_string(), end, "{}", release.id);
    }
}
