//! One assessment in every format: nothing hidden, nothing that commands a terminal.

use crate::{Format, upgrade::upgrades, write};
use cofferdam_assess::{Assessment, Contents, Matches};
use cofferdam_model::{
    Coverage, CoverageStatus, Digest, Evidence, Exploitation, Fix, Image, Location, Package,
    PackageKind, Problem, ProblemKind, Severity, SourcePackage, Vulnerability,
};
use cofferdam_policy::{
    Decision, Element, Excepted, ExceptionStatus, ExceptionUse, Finding, Judged, OnUnknown,
    Outcome, Unknown, Verdict,
};
use jiff::Timestamp;
use std::time::{Duration, Instant};

fn package(name: &str, version: &str) -> Package {
    Package {
        kind: PackageKind::Python,
        name: name.into(),
        version: version.into(),
        architecture: None,
        source: None,
        location: Location { path: format!("site-packages/{name}/METADATA"), layer: Some(1) },
        evidence: Evidence::Metadata,
        owner: None,
        license: None,
    }
}

fn vulnerability(id: &str, package: usize, fix: &str) -> Vulnerability {
    Vulnerability {
        id: id.into(),
        aliases: vec![],
        advisories: vec![format!("PYSEC-{id}")],
        package,
        summary: "what it is".into(),
        severity: (fix != "2.0").then_some(Severity::High),
        cvss_tenths: None,
        fix: Fix::Version(fix.into()),
        exploitation: Exploitation { known_exploited: Some(false), epss: Some(0.25) },
        malicious: false,
    }
}

fn finding(index: usize, outcome: Outcome, exception: Option<Excepted>) -> Finding {
    Finding {
        subject: format!("subject {index}"),
        message: format!("message {index}."),
        outcome,
        element: Some(Element { list: "image.vulnerabilities".into(), index }),
        inputs: vec![],
        remediation: None,
        place: None,
        patch: None,
        clause: None,
        flip: None,
        exception,
    }
}

/// A package with an escape sequence for a name, two fixes, an unknown and an exception.
fn assessment() -> Assessment {
    let now: Timestamp = "2026-06-01T00:00:00Z".parse().unwrap();
    let excepted = Excepted {
        name: "accepted".into(),
        owner: "team-blue".into(),
        reason: "not reachable".into(),
        expires: now,
    };
    let findings = vec![
        finding(0, Outcome::Fail, None),
        finding(1, Outcome::Fail, None),
        finding(2, Outcome::Unknown, None),
        finding(3, Outcome::Fail, Some(excepted)),
    ];
    let verdict = Verdict {
        code: "CFD-IMG-0002".into(),
        name: "fixable-vulnerability".into(),
        title: "Vulnerabilities that an upgrade fixes".into(),
        severity: Severity::High,
        outcome: Outcome::Fail,
        applies: true,
        findings,
        inputs: vec![],
        digest: Digest::sha256([7; 32]),
        valid_until: None,
    };
    let problem = Problem::at(ProblemKind::Malformed, "evil\u{1b}[2J", "broken");
    Assessment {
        target: "app.tar".into(),
        now,
        contents: Contents {
            image: Image::default(),
            packages: vec![package("evil\u{1b}[2J\u{202e}", "1.0"), package("other", "1.0")],
            problems: vec![problem],
            ..Contents::default()
        },
        matches: Matches {
            vulnerabilities: Ok(vec![
                vulnerability("CVE-2026-0001", 0, "1.9"),
                vulnerability("CVE-2026-0002", 0, "1.10"),
                vulnerability("CVE-2026-0003", 1, "2.0"),
                vulnerability("CVE-2026-0004", 1, "1.1"),
            ]),
            coverage: vec![Coverage {
                ecosystem: "npm".into(),
                packages: 3,
                status: CoverageStatus::NoSource,
            }],
            lifecycle: Err(Unknown::because("there is no distribution")),
        },
        advisories: None,
        decision: Decision {
            verdicts: vec![Judged { verdict, on_unknown: OnUnknown::Fail }],
            outcome: Outcome::Fail,
            exceptions: vec![ExceptionUse {
                name: "stale".into(),
                owner: "team-red".into(),
                place: "exceptions.yaml".into(),
                status: ExceptionStatus::Expired(2),
            }],
            local: Vec::new(),
            valid_until: None,
        },
    }
}

fn render(format: Format) -> String {
    let mut bytes = Vec::new();
    write(&assessment(), format, 100, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn without_styles(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

#[test]
fn the_table_says_what_failed_what_to_do_and_how_it_ends() {
    let table = without_styles(&render(Format::Table));
    for expected in [
        "CVE-2026-0001  high  EPSS 25 %  → 1.9 ",
        // 1.10 is above 1.9 in the order of Python's versions.
        "fix: upgrade to 1.10 or later, which fixes both",
        "1 more could not be judged, for example: message 2.",
        "excepted: subject 3 — team-blue, until 2026-06-01: not reachable",
        "no source loaded: not assessed",
        "CFD-P003",
        "exception stale of team-red (exceptions.yaml) has expired and no longer covers 2 findings",
        "1 of 1 policy failed (exit code 1)",
    ] {
        assert!(table.contains(expected), "{expected} is missing in\n{table}");
    }
}

#[test]
fn a_page_says_which_one_upgrade_is_rid_of_all() {
    let page = render(Format::Html);
    let cure = ":</b> upgrade to 1.10 or later, which fixes both.</p>";
    assert_eq!(page.matches(cure).count(), 1, "{page}");
}

#[test]
fn a_comment_has_one_upgrade_for_each_package() {
    let mut assessment = assessment();
    let all = assessment.matches.vulnerabilities.as_mut().unwrap();
    all[1].severity = Some(Severity::Critical);
    all[0].exploitation.known_exploited = Some(true);
    for (index, finding) in assessment.decision.verdicts[0].verdict.findings.iter_mut().enumerate()
    {
        finding.remediation = Some(format!("Upgrade as of message {index}.").into());
    }
    let render = |assessment: &Assessment| {
        let mut bytes = Vec::new();
        write(assessment, Format::Markdown, 100, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let text = render(&assessment);
    let rows: Vec<&str> = text.lines().filter(|line| line.contains("[CFD-IMG-0002]")).collect();
    // One package, what could not be judged, what is excepted.
    let [package, unknown, excepted] = &*rows else { panic!("{text}") };
    for expected in [
        "| critical |",
        "2 vulnerabilities: CVE-2026-0001 (high, exploited now), CVE-2026-0002 (critical, EPSS 25 %)",
        "*Fix:* upgrade to 1.10 or later, which fixes both.",
    ] {
        assert!(package.contains(expected), "{expected} is missing in\n{package}");
    }
    assert!(!package.contains("as of message"), "{package}");
    assert!(unknown.starts_with("| unknown |") && unknown.contains("as of message 2"), "{unknown}");
    assert!(excepted.starts_with("| excepted |"), "{excepted}");
    assert!(text.contains("</b> 1 critical, 1 high, 1 unknown</summary>"), "{text}");

    // Names that are left out are counted, and so is what could not be judged.
    let all = assessment.matches.vulnerabilities.as_mut().unwrap();
    *all = (0..9).map(|number| vulnerability(&format!("CVE-{number}"), 0, "1.9")).collect();
    let findings = &mut assessment.decision.verdicts[0].verdict.findings;
    *findings = (0..9).map(|index| finding(index, Outcome::Fail, None)).collect();
    let text = render(&assessment);
    assert!(text.contains("CVE-5 (high, EPSS 25 %), 3 more<br>*Fix:*"), "{text}");
    let findings = &mut assessment.decision.verdicts[0].verdict.findings;
    for finding in findings {
        finding.outcome = Outcome::Unknown;
    }
    let text = render(&assessment);
    assert!(text.contains("9 vulnerabilities not judged, for example: message 0."), "{text}");
}

/// A package that lies in an image many thousand times is told of once, at once: whoever goes
/// through all of them for each takes half a minute.
#[test]
fn a_comment_of_many_copies_is_written_at_once() {
    const COPIES: usize = 150_000;
    let mut assessment = assessment();
    assessment.contents.packages = (0..COPIES).map(|_| package("lodash", "4.17.20")).collect();
    assessment.matches.vulnerabilities =
        Ok((0..COPIES).map(|copy| vulnerability("CVE-2021-23337", copy, "4.17.21")).collect());
    assessment.decision.verdicts[0].verdict.findings =
        (0..COPIES).map(|index| finding(index, Outcome::Fail, None)).collect();
    let began = Instant::now();
    let mut bytes = Vec::new();
    write(&assessment, Format::Markdown, 100, &mut bytes).unwrap();
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    let text = String::from_utf8(bytes).unwrap();
    let rows: Vec<&str> = text.lines().filter(|line| line.contains("lodash 4.17.20")).collect();
    assert_eq!(rows.len(), 1, "{text}");
}

#[test]
fn packages_of_one_source_or_one_name_are_one_upgrade() {
    let of = |source: Option<&str>, name: &str, version: &str| Package {
        source: source.map(|name| SourcePackage { name: name.into(), version: "1".into() }),
        ..package(name, version)
    };
    let packages = [
        of(Some("glibc"), "libc6", "1"),
        of(None, "glibc", "1"),
        of(Some("other"), "libc6", "1"),
        of(Some("glibc"), "libc-bin", "2"),
        of(Some("glibc"), "libc-bin", "1"),
        of(Some("glibc"), "locales", "1"),
    ];
    let mut all: Vec<_> = (0..5).map(|index| vulnerability("CVE-1", index, "3")).collect();
    all.push(vulnerability("CVE-2", 5, "3"));
    // The last first, so that positions are not those of the packages.
    all.reverse();
    let found = all.iter().map(|one| (&packages[one.package], one));
    let upgrades = upgrades(found);
    let shown: Vec<_> = upgrades.iter().map(|one| (one.names().join(" "), &*one.found)).collect();
    let expected: [(String, &[usize]); 3] = [
        ("libc6 glibc libc6 libc-bin".into(), &[1, 3, 4, 5]),
        ("libc-bin".into(), &[2]),
        ("locales".into(), &[0]),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn no_format_lets_an_image_command_the_terminal() {
    // Styles of our own are colours; what the image wrote would clear the screen.
    for format in Format::ALL {
        let text = render(format);
        assert!(!text.contains("\u{1b}[2J"), "{format:?}");
    }
    let table = render(Format::Table);
    assert!(table.contains("evil\\u{1b}[2J\\u{202e}"), "{table}");
}

#[test]
fn exceptions_stand_in_every_machine_readable_format() {
    let json: serde_json::Value = serde_json::from_str(&render(Format::Json)).unwrap();
    assert_eq!(json["verdicts"][0]["findings"][3]["exception"]["owner"], "team-blue");
    assert_eq!(json["exceptions"][0]["status"], "expired");
    assert_eq!(json["decision"]["exitCode"], 1);
    let sarif: serde_json::Value = serde_json::from_str(&render(Format::Sarif)).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    let levels: Vec<&str> = results.iter().map(|one| one["level"].as_str().unwrap()).collect();
    assert_eq!(levels, ["error", "error", "warning", "error"]);
    assert_eq!(results[3]["suppressions"][0]["status"], "accepted");
    let uri = &results[2]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"];
    assert_eq!(uri, "site-packages/other/METADATA");
}
