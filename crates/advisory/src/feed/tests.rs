//! Feeds end to end: written by other tools' formats, built, opened, asked.

mod real;

use crate::{BuildReport, Database, Error, Feed, SourceKind, build, import};
use cofferdam_bounds::file::read;
use cofferdam_model::{CoverageStatus, Diagnostic, Distribution, Event, Exit, Severity};
use jiff::Timestamp;
use std::{
    fs,
    io::{Cursor, Write as _},
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// A folder of feeds and the database that is built of it.
struct Feeds(TempDir);

impl Feeds {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn with(self, name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let path = self.0.path().join("feeds").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
        self
    }

    fn output(&self) -> PathBuf {
        self.0.path().join("advisories.db")
    }

    fn build(&self) -> Result<BuildReport, Diagnostic> {
        let feed = Feed { path: self.0.path().join("feeds"), origin: "feeds".into() };
        build(&[feed], &self.output(), now(), &|_, _| ())
    }

    fn database(&self) -> Database {
        self.build().unwrap();
        Database::open(&self.output()).unwrap()
    }
}

fn now() -> Timestamp {
    "2026-11-01T00:00:00Z".parse().unwrap()
}

/// An OSV record: `extra` are more top-level members, `affected` the members of its only entry.
fn osv(id: &str, extra: &str, package: (&str, &str), affected: &str) -> String {
    let (ecosystem, name) = package;
    format!(
        r#"{{"id": "{id}", "modified": "2026-01-02T03:04:05.678Z", {extra} "affected": [
            {{"package": {{"ecosystem": "{ecosystem}", "name": "{name}"}}, {affected}}}]}}"#
    )
}

const ALL_VERSIONS: &str =
    r#""ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]}]"#;

fn zip(members: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for (name, text) in members {
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar(members: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, text) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(u64::try_from(text.len()).unwrap());
        header.set_mode(0o644);
        builder.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

const KEV: &str = r#"{"title": "CISA Catalog", "catalogVersion": "2026.01.01",
    "dateReleased": "2026-01-01T10:00:00.0Z", "vulnerabilities": [{"cveID": "CVE-2021-44228"}]}"#;
const EPSS: &str = "#model_version:v2025.03.14,score_date:2026-01-03T00:00:00Z\n\
    cve,epss,percentile\nCVE-2021-44228,0.94358,0.99961\nCVE-2020-0001,0.00001,0.1\n";
const DEBIAN: &str = "---\npermalink: /debian\nreleases:\n  - releaseCycle: \"12\"\n    \
    eol: 2026-07-11\n    eoes: 2028-06-30\n    latestReleaseDate: 2026-05-01\n---\ntext\n";

/// One folder of everything, in every form that is read.
fn everything() -> Feeds {
    let debian = osv("DSA-1-1", r#""upstream": ["CVE-1"],"#, ("Debian:12", "bash"), ALL_VERSIONS);
    let python = osv("PYSEC-1", "", ("PyPI", "Some.Package"), ALL_VERSIONS);
    let npm = osv("GHSA-1", "", ("npm", "@scope/name"), ALL_VERSIONS);
    let go = osv("GO-1", "", ("Go", "example.com/a"), ALL_VERSIONS);
    let broken = "{\"id\": \"PYSEC-2\", \"modified\": \"2026-01-02T03:04:05Z\", \"affected\": 7}";
    let products = tar(&[("endoflife/products/debian.md", DEBIAN), ("endoflife/x.rb", "x = 1")]);
    let others = tar(&[("a/b.yaml", "a: 1"), ("a/c.json", r#"{"id": 7, "name": "x"}"#)]);
    Feeds::new()
        .with("osv/Debian/all.zip", zip(&[("DSA-1-1.json", &debian)]))
        .with("osv/PyPI/all.zip", zip(&[("a.json", &python), ("b.json", broken), ("c.json", "{")]))
        .with("osv/npm/GHSA-1.json", &npm)
        .with("osv/npm/package.json", r#"{"name": "x", "version": "1"}"#)
        .with("go.tar", tar(&[("GO-1.json", &go)]))
        .with("kev.json", KEV)
        .with("epss.csv.gz", gzip(EPSS.as_bytes()))
        .with("endoflife.tar.zst", zstd::encode_all(&*products, 3).unwrap())
        .with("others.tar.gz", gzip(&others))
        .with("README.md", "# Feeds")
        .with("empty", "")
}

#[test]
fn a_folder_of_everything_is_recognised_by_content() {
    let feeds = everything();
    let report = feeds.build().unwrap();
    let sources: Vec<_> = report
        .sources
        .iter()
        .map(|source| {
            let counts = (source.records, source.skipped, source.problems);
            (source.kind, source.origin.as_str(), source.ecosystems.join(" "), counts)
        })
        .collect();
    let osv = SourceKind::Osv;
    assert_eq!(
        sources,
        [
            (SourceKind::EndOfLife, "feeds/endoflife.tar.zst", String::new(), (1, 0, 0)),
            (SourceKind::Epss, "feeds/epss.csv.gz", String::new(), (2, 0, 0)),
            (osv, "feeds/go.tar", "Go".into(), (1, 0, 0)),
            (SourceKind::KnownExploited, "feeds/kev.json", String::new(), (1, 0, 0)),
            (osv, "feeds/osv/Debian/all.zip", "Debian".into(), (1, 0, 0)),
            (osv, "feeds/osv/PyPI/all.zip", "PyPI".into(), (1, 0, 2)),
            (osv, "feeds/osv/npm", "npm".into(), (1, 0, 0)),
        ]
    );
    let ignored: Vec<_> = report.ignored.iter().map(|ignored| ignored.origin.as_str()).collect();
    let expected =
        ["feeds/README.md", "feeds/empty", "feeds/osv/npm/package.json", "feeds/others.tar.gz"];
    assert_eq!(ignored, expected);
    assert_eq!((report.problem_count, report.problems.len()), (2, 2));
    let place = report.problems[0].location.as_ref().unwrap();
    assert_eq!(place.path, "feeds/osv/PyPI/all.zip: b.json");
    assert_eq!((report.advisories, report.packages, report.lifecycles), (4, 4, 1));
    assert_eq!((report.known_exploited, report.scores), (1, 2));
    assert_eq!(report.bytes, fs::metadata(feeds.output()).unwrap().len());
}

/// Databases are handed around.
#[test]
fn no_password_goes_into_a_database() {
    let check = |origin: &str, expected: &str| {
        let feed = Feed { path: PathBuf::new(), origin: origin.into() };
        assert_eq!(feed.shown_origin(), expected);
    };
    check("https://user:secret@a.example/b/c?token=secret#x", "https://a.example/b/c");
    check("https://a.example", "https://a.example/");
    check("feeds/a@b?c", "feeds/a@b?c");
}

#[test]
fn what_was_built_is_found() {
    let database = everything().database();
    let advisories = database.affecting("Debian:12", "bash").unwrap();
    assert_eq!(advisories[0].upstream, ["CVE-1"]);
    assert_eq!(advisories[0].modified.unwrap().as_second(), 1_767_323_045);
    let events = [Event::Introduced("0".into()), Event::Fixed("2".into())];
    assert_eq!(advisories[0].ranges[0].events, events);
    assert_eq!(database.affecting("Debian:11", "bash").unwrap(), []);
    assert_eq!(database.affecting("PyPI", "some_package").unwrap()[0].id, "PYSEC-1");
    assert_eq!(database.affecting("npm", "@scope/name").unwrap()[0].id, "GHSA-1");
    let CoverageStatus::Loaded { advisories, newest } = database.coverage("Debian:12") else {
        panic!("Debian:12 is loaded");
    };
    assert_eq!((advisories, newest.unwrap().as_second()), (1, 1_767_323_045));
    assert_eq!(database.coverage("Debian:11"), CoverageStatus::NoSource);
    assert_eq!(database.coverage("Debian"), CoverageStatus::NoSource);
    let log4shell = database.exploitation("cve-2021-44228").unwrap();
    assert_eq!((log4shell.known_exploited, log4shell.epss), (Some(true), Some(0.943_58)));
    let other = database.exploitation("CVE-2019-0001").unwrap();
    assert_eq!((other.known_exploited, other.epss), (Some(false), None));
    let distribution =
        Distribution { id: "debian".into(), version: "12".into(), ..Distribution::default() };
    let lifecycle = database.lifecycle(&distribution).unwrap().unwrap();
    assert_eq!(lifecycle.end_of_life.unwrap().to_string(), "2026-07-12T00:00:00Z");
    assert_eq!(lifecycle.end_of_extended_support.unwrap().to_string(), "2028-07-01T00:00:00Z");
    let sid = Distribution { id: "debian".into(), ..Distribution::default() };
    assert_eq!(database.lifecycle(&sid).unwrap(), None);
    assert_eq!(database.built(), now());
    database.verify().unwrap();
}

#[test]
fn what_is_not_loaded_is_not_known() {
    let record = osv("X-1", "", ("npm", "a"), ALL_VERSIONS);
    let database = Feeds::new().with("x.json", record).database();
    let exploitation = database.exploitation("CVE-2021-44228").unwrap();
    assert_eq!((exploitation.known_exploited, exploitation.epss), (None, None));
    assert!(!database.has(SourceKind::Epss) && database.has(SourceKind::Osv));
    assert_eq!(database.exploitation("GHSA-1").unwrap().known_exploited, None);
}

#[test]
fn the_same_feeds_give_the_same_bytes() {
    let feeds = everything();
    feeds.build().unwrap();
    let first = read(&feeds.output(), 1 << 20).unwrap();
    feeds.build().unwrap();
    assert_eq!(read(&feeds.output(), 1 << 20).unwrap(), first);
}

/// One record in, what is found for `npm` `a` out: severity, score, summary, malicious.
fn check_record(
    extra: &str,
    affected: &str,
    expected: Option<(Option<Severity>, Option<u8>, &str, bool)>,
) {
    let affected = format!("{ALL_VERSIONS}, {affected}");
    let record = osv("X-1", extra, ("npm", "a"), affected.trim_end_matches([',', ' ']));
    let kev = ("kev.json", KEV);
    let database = Feeds::new().with("x.json", record).with(kev.0, kev.1).database();
    let found = database.affecting("npm", "a").unwrap();
    let found = found
        .first()
        .map(|found| (found.severity, found.cvss_tenths, found.summary.as_str(), found.malicious));
    assert_eq!(found, expected, "{extra} {affected}");
}

#[test]
fn severity_is_as_published() {
    use Severity::{Critical, High, Low, Medium};
    let v31 = r#"{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}"#;
    let v2 = r#"{"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:C/I:C/A:C"}"#;
    let odd = r#"{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}"#;
    let word = r#""database_specific": {"severity": "MODERATE"},"#;
    let check = |extra: &str, affected: &str, severity, tenths| {
        check_record(extra, affected, Some((severity, tenths, "", false)));
    };
    check("", "", None, None);
    check(&format!(r#""severity": [{v31}],"#), "", Some(High), Some(75));
    check(&format!(r#""severity": [{v31}, {v2}],"#), "", Some(Critical), Some(100));
    check(&format!(r#""severity": [{odd}], {word}"#), "", Some(Medium), None);
    check(&format!(r#""severity": [{v31}], {word}"#), "", Some(High), Some(75));
    check(
        &format!(r#""severity": [{v2}],"#),
        &format!(r#""severity": [{v31}]"#),
        Some(High),
        Some(75),
    );
    check(word, r#""ecosystem_specific": {"urgency": "low**"}"#, Some(Low), None);
    check("", r#""ecosystem_specific": {"urgency": "not yet assigned"}"#, None, None);
    check("", r#""ecosystem_specific": {"severity": ["x"], "urgency": 7}"#, None, None);
    check(r#""severity": [{"type": "Ubuntu", "score": "negligible"}],"#, "", Some(Low), None);
}

#[test]
fn the_rest_of_a_record() {
    check_record(r#""withdrawn": "2026-01-01T00:00:00Z","#, "", None);
    let long = "ä".repeat(500);
    let cut = format!("{}…", "ä".repeat(239));
    check_record(&format!(r#""summary": "{long}","#), "", Some((None, None, &cut, false)));
    let details = r#""details": "\n### Impact\n\nBad.","#;
    check_record(details, "", Some((None, None, "Impact", false)));
    check_record(r#""aliases": ["MAL-2026-1"],"#, "", Some((None, None, "", true)));
    check_record(
        r#""aliases": null, "references": [{"url": 7}],"#,
        "",
        Some((None, None, "", false)),
    );
}

#[test]
fn ranges_and_versions_of_a_package_are_merged() {
    let record = r#"{"id": "X-1", "modified": "2026-01-02T03:04:05Z", "affected": [
        {"package": {"ecosystem": "PyPI", "name": "a-b"}, "versions": ["1.0", "1.1"],
         "ranges": [{"type": "GIT", "repo": "https://x", "events": [{"introduced": "0"}]},
                    {"type": "ECOSYSTEM", "events": [{"introduced": "1"}, {"last_affected": "1.1"}]}]},
        {"package": {"ecosystem": "PyPI", "name": "A_B"}, "versions": ["1.1", "0.9"]},
        {"package": {"ecosystem": "PyPI", "name": "git-only"}, "ranges": [{"type": "GIT", "events": []}]},
        {"ranges": []}]}"#;
    let database = Feeds::new().with("x.json", record).database();
    let found = database.affecting("PyPI", "a.b").unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].versions, ["0.9", "1.0", "1.1"]);
    assert_eq!(found[0].ranges.len(), 1);
    let last = Event::LastAffected("1.1".into());
    assert_eq!(found[0].ranges[0].events, [Event::Introduced("1".into()), last]);
    assert_eq!(database.affecting("PyPI", "git-only").unwrap(), []);
}

#[test]
fn the_newest_copy_of_an_advisory_wins() {
    let copy = |modified: &str, summary: &str| {
        osv("X-1", &format!(r#""summary": "{summary}","#), ("npm", "a"), ALL_VERSIONS)
            .replace("2026-01-02T03:04:05.678Z", modified)
    };
    let (old, new) = (copy("2025-01-01T00:00:00Z", "old"), copy("2025-06-01T00:00:00Z", "new"));
    for (first, second) in [(&old, &new), (&new, &old)] {
        let database = Feeds::new().with("1.json", first).with("2.json", second).database();
        let found = database.affecting("npm", "a").unwrap();
        assert_eq!(found.iter().map(|found| &*found.summary).collect::<Vec<_>>(), ["new"]);
    }
}

/// A record dated years ahead must not make a stale source look fresh.
#[test]
fn the_future_is_not_fresh() {
    let past = osv("X-1", "", ("npm", "a"), ALL_VERSIONS);
    let future = osv("X-2", "", ("npm", "a"), ALL_VERSIONS).replace("2026-01-02", "2099-01-02");
    let feeds = Feeds::new().with("1.json", past).with("2.json", future);
    let expected = Some("2026-01-02T03:04:05Z".parse().unwrap());
    assert_eq!(
        feeds.build().unwrap().sources[0].newest.map(Timestamp::as_second),
        expected.map(|time: Timestamp| time.as_second())
    );
    let database = Database::open(&feeds.output()).unwrap();
    assert_eq!(
        database.coverage("npm"),
        CoverageStatus::Loaded { advisories: 2, newest: expected }
    );
}

#[test]
fn a_damaged_feed_ends_the_build_and_the_old_file_stays() {
    let record = osv("X-1", "", ("npm", "a"), ALL_VERSIONS);
    let good = zip(&[("a.json", &record), ("b.json", &record)]);
    let feeds = Feeds::new().with("all.zip", &good);
    feeds.build().unwrap();
    let before = read(&feeds.output(), 1 << 20).unwrap();
    let mut flipped = good.clone();
    flipped[60] ^= 0xff;
    let epss = gzip(EPSS.as_bytes());
    let tar = tar(&[("a.json", &record)]);
    let compressed = zstd::encode_all(&*tar, 3).unwrap();
    for damaged in [
        &good[..good.len() - 30],
        &flipped,
        &epss[..epss.len() - 10],
        &tar[..600],
        &gzip(&tar)[..100],
        &compressed[..compressed.len() - 5],
        br#"{"catalogVersion": "x", "vulnerabilities": "#,
    ] {
        let feeds = Feeds(tempfile::tempdir().unwrap()).with("x", damaged);
        fs::write(feeds.output(), &before).unwrap();
        let error = feeds.build().unwrap_err();
        assert_eq!(error.exit, Exit::Usage);
        assert_eq!(error.place.as_deref(), Some("feeds/x"), "{error}");
        assert_eq!(read(&feeds.output(), 1 << 20).unwrap(), before);
    }
    let nothing = Feeds::new().with("README", "nothing");
    assert_eq!(nothing.build().unwrap_err().what, "found no advisory data");
    let absent = Feed::at("/nonexistent/feed");
    let error = build(&[absent], &feeds.output(), now(), &|_, _| ()).unwrap_err();
    assert_eq!(error.what, "cannot read the advisory feed");
}

#[test]
fn import_takes_only_whole_databases() {
    let feeds = everything();
    feeds.build().unwrap();
    let bytes = read(&feeds.output(), 1 << 20).unwrap();
    let copy = feeds.0.path().join("copy.db");
    import(&feeds.output(), &copy).unwrap();
    assert_eq!(read(&copy, 1 << 20).unwrap(), bytes);
    let damaged = feeds.0.path().join("damaged.db");
    for at in (0..bytes.len()).step_by(3) {
        let mut bad = bytes.clone();
        bad[at] ^= 0x04;
        fs::write(&damaged, &bad).unwrap();
        let error = import(&damaged, &copy).unwrap_err();
        assert!(error.cause.unwrap().contains("damaged.db"), "byte {at}");
    }
    fs::write(&damaged, [bytes.as_slice(), b"more"].concat()).unwrap();
    assert!(import(&damaged, &copy).is_err());
    assert_eq!(read(&copy, 1 << 20).unwrap(), bytes);
}

/// A damaged block is an error that says where, never an absent advisory.
#[test]
fn damage_is_never_an_answer() {
    let feeds = everything();
    feeds.build().unwrap();
    let mut bytes = read(&feeds.output(), 1 << 20).unwrap();
    bytes[60] ^= 1;
    let database = Database::over(bytes, Path::new("x.db")).unwrap();
    let error = database.affecting("PyPI", "some-package").unwrap_err();
    assert_eq!(error.to_string(), "x.db is damaged at offset 48: checksum");
    let diagnostic = Diagnostic::from(error);
    assert_eq!(diagnostic.exit, Exit::Infrastructure);
    let absent = Database::open(Path::new("/nonexistent.db")).unwrap_err();
    assert!(matches!(absent, Error::File(_)));
    assert_eq!(Diagnostic::from(absent).exit, Exit::Usage);
    let other = Database::over(b"PK\x03\x04".to_vec(), Path::new("x.zip")).unwrap_err();
    assert!(matches!(other, Error::NotADatabase { .. }));
}
