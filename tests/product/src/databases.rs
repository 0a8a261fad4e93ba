//! Advisory databases that scenarios share: a small one of our own, and one of real data.

use crate::binary::{Home, root, shared};
use flate2::{Compression, write::GzEncoder};
use std::{
    io::{self, Write as _},
    path::PathBuf,
    sync::LazyLock,
};

/// `bash` of Debian 12 below 5.2.15-9 is severe, exploited and fixable.
pub(crate) const OSV: &str = r#"{
    "id": "DSA-9001-1", "modified": "2026-06-01T00:00:00Z", "published": "2026-06-01T00:00:00Z",
    "aliases": ["CVE-2026-9001"], "summary": "a hole made for tests",
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "affected": [{"package": {"ecosystem": "Debian:12", "name": "bash"},
        "ranges": [{"type": "ECOSYSTEM",
            "events": [{"introduced": "0"}, {"fixed": "5.2.15-9"}]}]}]
}"#;

pub(crate) const KEV: &str = r#"{
    "title": "CISA Catalog of Known Exploited Vulnerabilities", "catalogVersion": "2026.06.02",
    "dateReleased": "2026-06-02T00:00:00Z", "count": 1,
    "vulnerabilities": [{"cveID": "CVE-2026-9001", "dateAdded": "2026-06-02"}]
}"#;

const EPSS: &str = "#model_version:v2026.06.01,score_date:2026-06-03T00:00:00Z\n\
    cve,epss,percentile\nCVE-2026-9001,0.91,0.99\n";

const DEBIAN: &str = "---\ntitle: Debian\npermalink: /debian\nreleases:\n\
    -   releaseCycle: \"12\"\n    codename: Bookworm\n    releaseDate: 2023-06-10\n    \
    eol: 2026-07-11\n    eoas: 2026-06-10\n    eoes: 2028-06-30\n---\n\nText.\n";

/// EPSS scores as they are published.
pub(crate) fn epss() -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(EPSS.as_bytes()).unwrap();
    gzip.finish().unwrap()
}

/// Writes small feeds of every kind into a home; gives the folder.
pub(crate) fn feeds(home: &Home) -> PathBuf {
    home.write("feeds/osv/DSA-9001-1.json", OSV);
    home.write("feeds/known_exploited_vulnerabilities.json", KEV);
    home.write("feeds/epss_scores.csv.gz", epss());
    home.write("feeds/endoflife/debian.md", DEBIAN);
    home.path("feeds")
}

/// A database of the small feeds.
pub(crate) static SMALL: LazyLock<PathBuf> = LazyLock::new(|| {
    let home = Home::new();
    let path = shared("small.cfd");
    home.cofferdam(&["advisory", "build"]).with(feeds(&home)).database(&path).run().exits(0);
    path
});

/// Where real feeds are: `COFFERDAM_ADVISORIES`, or the folder beside the repository.
pub(crate) fn real_feeds() -> Option<PathBuf> {
    let named = std::env::var_os("COFFERDAM_ADVISORIES").map(PathBuf::from);
    named.or_else(|| Some(root().join("../shared/advisories"))).filter(|path| path.is_dir())
}

static REAL: LazyLock<Option<PathBuf>> = LazyLock::new(|| {
    let feeds = real_feeds()?;
    let path = shared("real.cfd");
    Home::new().cofferdam(&["advisory", "build"]).with(feeds).database(&path).run().exits(0);
    Some(path)
});

/// Tests that may be skipped, and why: they need data that are not in the repository.
const SKIPPABLE: &[&str] = &[
    "an_old_debian_fails",
    "the_real_feeds_make_a_database",
    "a_killed_build_leaves_the_old_database",
    "matches_equal_those_of_osv_scanner",
    "real_images_pass_every_schema",
];

/// The database of real data; without them says on the terminal that the test is skipped.
pub(crate) fn real(test: &str) -> Option<PathBuf> {
    if REAL.is_none() {
        assert!(
            SKIPPABLE.contains(&test),
            "{test} is not on the list of tests that may be skipped"
        );
        // Not `eprintln!`, which the test harness swallows.
        let reason = "no advisory data: set COFFERDAM_ADVISORIES to a folder of feeds";
        writeln!(io::stderr(), "skipped: {test}: {reason}").unwrap();
    }
    REAL.clone()
}
