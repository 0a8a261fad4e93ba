//! One check with hostile names in every format.

use crate::{Format, write_check};
use cofferdam_assess::check::{
    AttackPath, Check, Edit, Exposure, File, FileKind, Found, LeadsTo, Mending, PatchStep,
    PathStep, Place, Rank, Rule, Subject, Tally,
};
use cofferdam_model::{Problem, ProblemKind, Severity};
use cofferdam_policy::{
    Excepted, ExceptionStatus, ExceptionUse, OnUnknown, Outcome, Reference, Stage,
};
use sha2::Digest as _;
use std::sync::Arc;

/// Breaks whatever does not escape: a terminal, HTML, Markdown, XML, a table.
const EVIL: &str = "x\u{1b}[2J\u{202e}<script>alert(1)</script>|`]]>\"'&@team #1 https://evil.test\n\
                    ## h";

fn rule(code: &str, severity: Severity) -> Rule {
    Rule {
        code: code.into(),
        name: "privileged-container".into(),
        title: "Privileged containers".into(),
        description: "Whoever breaks into it owns the node.".into(),
        severity,
        on_unknown: OnUnknown::Warn,
        references: vec![Reference { title: "CIS 5.2.2".into(), url: None }],
        is_built_in: true,
        failed: 1,
        unknown: 0,
        excepted: 0,
    }
}

fn found(rule: usize, outcome: Outcome, severity: Severity) -> Found {
    Found {
        rule,
        subject: 0,
        outcome,
        about: format!("container {EVIL}").into(),
        message: format!("The container {EVIL} is privileged.").into(),
        place: Place { line: 7, column: 9, end_line: 7, end_column: 13 },
        file: None,
        is_rendered: false,
        remediation: Some(Arc::from("Remove privileged.")),
        mending: None,
        exception: None,
        explanation: None,
        rank: Rank {
            severity,
            leads_to: LeadsTo::Node,
            is_on_path: false,
            exposure: Exposure::Internet,
        },
    }
}

pub(super) fn check() -> Check {
    let now = "2026-06-01T00:00:00Z".parse().unwrap();
    let mut mended = found(0, Outcome::Fail, Severity::Critical);
    let patch = vec![PatchStep {
        operation: "replace",
        path: "/spec/privileged".into(),
        value: Some("false".into()),
    }];
    let edits = vec![Edit { place: mended.place, text: "false".into() }];
    mended.mending = Some(Box::new(Mending { patch, edits }));
    let mut excepted = found(1, Outcome::Fail, Severity::Low);
    excepted.exception = Some(Arc::new(Excepted {
        name: "accepted".into(),
        owner: "team-blue".into(),
        reason: "not reachable".into(),
        expires: now,
    }));
    Check {
        targets: vec!["deploy".into()],
        now,
        stage: Stage::Build,
        kubernetes_version: None,
        files: vec![
            File {
                path: "deploy/web.yaml".into(),
                kind: FileKind::Manifest,
                objects: 1,
                passed: 9,
            },
            File { path: "deploy/x.yaml".into(), kind: FileKind::Other, objects: 0, passed: 0 },
        ],
        subjects: vec![Subject {
            kind: "Deployment".into(),
            api_version: "apps/v1".into(),
            namespace: Some("shop".into()),
            name: Some(EVIL.into()),
            file: 0,
            line: Some(1),
            exposure: Exposure::Internet,
            is_on_path: false,
        }],
        rules: vec![rule("CFD-POD-0001", Severity::Critical), rule("CFD-REL-0001", Severity::Low)],
        findings: vec![mended, found(1, Outcome::Unknown, Severity::Low), excepted],
        paths: vec![AttackPath {
            from: "the internet".into(),
            to: "cluster-admin".into(),
            steps: vec![PathStep {
                text: format!("Ingress {EVIL}"),
                file: Some("deploy/web.yaml".into()),
                line: Some(3),
            }],
            cuts: vec![format!("unbind {EVIL}")],
        }],
        problems: vec![Problem::at(ProblemKind::Malformed, "deploy/broken.yaml", EVIL)],
        exceptions: vec![ExceptionUse {
            name: "stale".into(),
            owner: "team-red".into(),
            place: "exceptions.yaml".into(),
            status: ExceptionStatus::Expired(2),
        }],
        tally: Tally { objects: 1, dockerfiles: 0, judged: 1, passed: 9, bytes: 100 },
        outcome: Outcome::Fail,
        fail_on: Severity::None,
        valid_until: None,
    }
}

const FORMATS: [Format; 6] =
    [Format::Table, Format::Json, Format::Sarif, Format::Junit, Format::Html, Format::Markdown];

fn render_of(check: &Check, format: Format) -> String {
    let mut bytes = Vec::new();
    write_check(check, format, 100, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn render(format: Format) -> String {
    render_of(&check(), format)
}

#[test]
fn the_table_says_what_is_worst_where_and_how_to_mend_it() {
    let table = anstream::adapter::strip_str(&render(Format::Table)).to_string();
    for expected in [
        "2 files · 1 object · 2 rules · 1 file without Kubernetes objects",
        "ATTACK PATH  from the internet to cluster-admin in 1 step",
        "deploy/web.yaml:3",
        "cut here: unbind x",
        "deploy/web.yaml:1",
        "reachable from the internet",
        "  critical  :7",
        "CFD-POD-0001",
        "fix: Remove privileged.",
        "excepted: CFD-REL-0001",
        "CFD-P003  deploy/broken.yaml: x",
        "1 check could not be judged from these files, for example CFD-REL-0001: The",
        "No Kubernetes objects in deploy/x.yaml",
        "exception stale of team-red (exceptions.yaml) has expired",
        "FAIL     1 critical in 1 of 1 object (exit code 1)",
    ] {
        assert!(table.contains(expected), "{expected} is missing in\n{table}");
    }
}

/// What decides although it could not be judged is no failure of any severity.
#[test]
fn what_is_left_out_of_the_table_is_counted_by_its_outcome() {
    let mut check = check();
    let mut undecided = found(0, Outcome::Unknown, Severity::High);
    undecided.message = "Nobody knows.".into();
    check.rules[0].on_unknown = OnUnknown::Fail;
    let low = || found(1, Outcome::Fail, Severity::Low);
    check.findings = (0..10).map(|_| low()).collect();
    check.findings.push(undecided);
    let table = anstream::adapter::strip_str(&render_of(&check, Format::Table)).to_string();
    assert!(table.contains("and 3 more: 2 low, 1 unknown\n"), "{table}");
    // The same of objects that are left out as a whole.
    let subject = check.subjects[0].clone();
    for number in 1..14 {
        check.subjects.push(Subject { name: Some(format!("web-{number}")), ..subject.clone() });
        let mut of = check.findings.clone();
        for found in &mut of {
            found.subject = number;
        }
        of.truncate(11);
        check.findings.extend(of);
    }
    let table = anstream::adapter::strip_str(&render_of(&check, Format::Table)).to_string();
    assert!(table.contains("and 2 objects more with 20 low, 2 unknown (-o json"), "{table}");
}

#[test]
fn an_exception_says_until_when_it_holds() {
    let mut check = check();
    check.findings[2].about = "container with-a-name-that-is-long ".repeat(6).into();
    for width in [60, 80, 100] {
        let mut bytes = Vec::new();
        write_check(&check, Format::Table, width, &mut bytes).unwrap();
        let table = anstream::adapter::strip_str(&String::from_utf8(bytes).unwrap()).to_string();
        let line = table.lines().find(|line| line.contains("excepted: CFD-REL-0001")).unwrap();
        assert!(line.contains("team-blue, until 2026-06-01"), "{line}");
        assert!(line.chars().count() <= width, "{line}");
    }
    let junit = render_of(&check, Format::Junit);
    let expected = "<skipped message=\"excepted by team-blue until 2026-06-01: not reachable\"/>";
    assert!(junit.contains(expected), "{junit}");
}

#[test]
fn what_a_manifest_says_commands_nothing() {
    for format in FORMATS {
        let text = render(format);
        assert!(!text.contains("\u{1b}[2J"), "{format:?}");
        let is_markup = matches!(format, Format::Junit | Format::Html | Format::Markdown);
        assert!(!is_markup || !text.contains("<script>alert"), "{format:?}\n{text}");
        let is_quiet = |one: char| one == '\n' || !one.is_control();
        let plain = anstream::adapter::strip_str(&text).to_string();
        assert!(plain.chars().all(is_quiet), "{format:?}");
        if format != Format::Json {
            assert!(!text.contains('\u{202e}'), "{format:?}");
        }
    }
}

#[test]
fn markdown_calls_nobody_and_keeps_to_its_cells() {
    let text = render(Format::Markdown);
    assert!(!text.contains("@team"), "{text}");
    assert!(!text.contains("#1"), "{text}");
    assert!(!text.contains("https://evil"), "{text}");
    assert!(!text.contains("\n## h"), "{text}");
    let cells = |line: &str| line.replace("\\|", "").matches('|').count();
    for row in text.lines().filter(|line| line.starts_with("| ")) {
        assert_eq!(cells(row), 5, "{row}");
    }
}

#[test]
fn markdown_stays_below_its_limit_and_says_what_it_leaves_out() {
    let mut check = check();
    for number in 0..2_000 {
        let mut subject = check.subjects[0].clone();
        subject.name = Some(format!("web-{number}"));
        check.subjects.push(subject);
        let mut one = found(0, Outcome::Fail, Severity::Critical);
        one.subject = number + 1;
        check.findings.push(one);
    }
    let text = render_of(&check, Format::Markdown);
    let characters = text.chars().count();
    assert!((50_000..60_000).contains(&characters), "{characters}");
    assert!(text.contains(" more findings left out** of this comment"), "{text}");
}

#[test]
fn a_page_needs_nothing_from_elsewhere_and_lets_no_other_script_run() {
    let page = render(Format::Html);
    for outside in ["src=", "<link", "@import", "url(", "<img", "<iframe", "javascript:"] {
        assert!(!page.contains(outside), "{outside}");
    }
    assert_eq!(page.matches("<script>").count(), 1);
    assert!(page.contains("default-src 'none'"));
    // The hash in the policy is that of the script as it stands in the page.
    let script = page.split("<script>").nth(1).unwrap().split("</script>").next().unwrap();
    let digest = sha2::Sha256::digest(script.as_bytes());
    let digest = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, digest);
    assert!(page.contains(&format!("script-src 'sha256-{digest}'")), "{digest}");
    for expected in ["Cut here:", "Fix:", "94 of 99: critical (80)", "excepted by team-blue"] {
        assert!(page.contains(expected), "{expected}");
    }
}

#[test]
fn a_page_says_what_it_leaves_out() {
    let mut check = check();
    check.findings.extend((0..4_000).map(|_| found(0, Outcome::Fail, Severity::Critical)));
    let page = render_of(&check, Format::Html);
    assert!(
        page.contains("1,003 findings more left out") || page.contains("left out of this page")
    );
}

#[test]
fn sarif_has_regions_fixes_and_suppressions() {
    let sarif: serde_json::Value = serde_json::from_str(&render(Format::Sarif)).unwrap();
    let run = &sarif["runs"][0];
    let results = run["results"].as_array().unwrap();
    let place = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "deploy/web.yaml");
    assert_eq!(place["region"]["startColumn"], 9);
    assert_eq!(place["region"]["endColumn"], 13);
    let change = &results[0]["fixes"][0]["artifactChanges"][0]["replacements"][0];
    assert_eq!(change["insertedContent"]["text"], "false");
    assert_eq!(results[2]["suppressions"][0]["status"], "accepted");
    assert_eq!(results[1]["kind"], "open");
    // Two findings of one rule in one object are told apart.
    let prints: Vec<&serde_json::Value> =
        results.iter().map(|one| &one["partialFingerprints"]["cofferdam/v1"]).collect();
    assert_ne!(prints[1], prints[2]);
    assert_eq!(run["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len(), 1);
}

/// What was rendered has no line of its own to lead to, and a finding may stand elsewhere.
#[test]
fn sarif_leads_to_no_line_of_what_was_rendered() {
    let related = |line: Option<u32>| {
        let mut check = check();
        check.subjects[0].line = line;
        check.findings[0].file = Some("deploy/values.yaml".into());
        let text = render_of(&check, Format::Sarif);
        let sarif: serde_json::Value = serde_json::from_str(&text).unwrap();
        sarif["runs"][0]["results"][0]["relatedLocations"].clone()
    };
    assert!(related(None).is_null());
    let place = &related(Some(3))[0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "deploy/web.yaml");
    assert_eq!(place["region"]["startLine"], 3);
}

#[test]
fn junit_counts_what_it_lists() {
    let text = render(Format::Junit);
    let number = |what: &str| text.matches(what).count();
    assert!(text.contains("tests=\"5\" failures=\"1\" errors=\"1\" skipped=\"2\""), "{text}");
    assert_eq!((number("<testcase "), number("<failure "), number("<skipped ")), (5, 1, 2));
    assert!(text.contains("name=\"checks.passed\" value=\"9\""));
    assert!(text.contains("line=\"7\""));
}

#[test]
fn json_has_everything() {
    let json: serde_json::Value = serde_json::from_str(&render(Format::Json)).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 3);
    assert_eq!(json["findings"][0]["patch"][0]["value"], false);
    assert_eq!(json["findings"][2]["exception"]["owner"], "team-blue");
    assert_eq!(json["attackPaths"][0]["to"], "cluster-admin");
    assert_eq!(json["decision"]["exitCode"], 1);
    assert_eq!(json["exceptions"][0]["status"], "expired");
}

#[test]
fn a_check_has_no_bill_of_materials() {
    let error = write_check(&check(), Format::CycloneDx, 100, &mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::Unsupported);
}
