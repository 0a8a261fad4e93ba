//! The path as a whole: order, outcomes, and fixes that fix.

use super::{ChangedLines, Changes, Check, Edit, Exposure, FileKind, Input, Question, check};
use crate::live::{Objects, Ways, audit_some};
use cofferdam_bounds::Meter;
use cofferdam_manifest::Object;
use cofferdam_model::{ObjectKey, Problem, ProblemKind, Severity};
use cofferdam_policy::{Bundle, ExceptionStatus, Outcome, PolicyFile, Stage};
use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};

mod places;

static BUILT_IN: LazyLock<Bundle> = LazyLock::new(|| Bundle::built_in().unwrap());

fn question(bundle: &Bundle) -> Question<'_> {
    Question {
        bundle,
        stage: Stage::Build,
        now: "2026-06-01T00:00:00Z".parse().unwrap(),
        fail_on: Severity::Low,
        kubernetes_minor: None,
        pod_security: None,
        changes: None,
        patches: true,
        explain: true,
    }
}

fn judged(inputs: &[(&str, &str)], question: &Question<'_>) -> Check {
    let inputs = inputs.iter().map(|(path, text)| Input::manifest(*path, *text)).collect();
    check(vec!["x".into()], inputs, vec![], question, &Meter::default())
}

/// The object over which judging breaks here, as a mistake of ours would break it.
const MISTAKE: &str = "mistake-of-ours";

/// Breaks over that object.
pub(super) fn stumble(object: &Object<'_>) {
    assert_ne!(object.name, Some(MISTAKE), "on purpose");
}

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}}
spec:
  containers:
    - name: web
      image: web:1
      securityContext: {privileged: true}
";

const SERVICE: &str = "\
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80}]}
";

#[test]
fn the_worst_comes_first_and_ways_in_are_found_over_files() {
    let check = judged(&[("b.yaml", SERVICE), ("a.yaml", POD)], &question(&BUILT_IN));
    assert_eq!(check.outcome, Outcome::Fail);
    assert_eq!(check.paths[0].title(), "from the internet to the node in 3 steps");
    let first = &check.findings[0];
    assert_eq!(check.rule(first).unwrap().severity, Severity::Critical);
    assert_eq!(check.path(first), "a.yaml");
    assert_eq!(check.subject(first).unwrap().exposure, Exposure::Internet);
    let scores: Vec<u8> = check.findings.iter().map(|found| found.rank.score()).collect();
    assert!(scores.is_sorted_by(|a, b| a >= b) || check.findings[0].outcome == Outcome::Fail);
    assert!(check.tally.passed > 50);
}

#[test]
fn the_order_of_inputs_is_nothing() {
    let question = question(&BUILT_IN);
    let [one, other] = [("a.yaml", POD), ("b.yaml", SERVICE)];
    let said = |check: Check| format!("{:?}{:?}{:?}", check.findings, check.paths, check.files);
    let forward = said(judged(&[one, other], &question));
    assert_eq!(forward, said(judged(&[other, one], &question)));
}

#[test]
fn unread_parts_are_unknown_where_somebody_is_there_to_look() {
    let mut question = Question { fail_on: Severity::Critical, ..question(&BUILT_IN) };
    let of = |question: &Question<'_>| {
        let broken = Problem::at(ProblemKind::Unreadable, "c.yaml", "no");
        let namespace = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: y}\n";
        let inputs = vec![Input::manifest("a.yaml", namespace)];
        check(vec![], inputs, vec![broken], question, &Meter::default()).outcome
    };
    assert_eq!(of(&question), Outcome::Unknown);
    question.stage = Stage::Background;
    assert_eq!(of(&question), Outcome::Pass);
}

#[test]
fn files_say_what_they_turned_out_to_be() {
    let inputs = [("a.yaml", POD), ("b.yaml", "replicas: 1\n"), ("c.yaml", "a: [")];
    let check = judged(&inputs, &question(&BUILT_IN));
    let kinds: Vec<FileKind> = check.files.iter().map(|file| file.kind).collect();
    assert_eq!(kinds, [FileKind::Manifest, FileKind::Other, FileKind::Unreadable]);
    assert_eq!(check.problems.len(), 1);
}

#[test]
fn what_did_not_change_is_known_and_not_judged() {
    let files = [("b.yaml".to_owned(), ChangedLines::All)];
    let changes = Changes { files: files.into_iter().collect(), ..Changes::default() };
    let question = Question { changes: Some(&changes), ..question(&BUILT_IN) };
    let check = judged(&[("a.yaml", POD), ("b.yaml", SERVICE)], &question);
    assert_eq!((check.tally.objects, check.tally.judged), (2, 1));
    assert!(check.findings.iter().all(|found| check.path(found) == "b.yaml"));
    assert_eq!(check.paths.len(), 1, "the way in leads over what changed");
}

#[test]
fn an_exception_covers_and_is_counted_over_all_objects() {
    let exception = PolicyFile {
        place: "e.yaml".into(),
        text: "apiVersion: cofferdam.dev/v1alpha1\nkind: PolicyException\nmetadata: {name: e}\n\
               spec: {owner: o, reason: r, expires: 2026-12-31, policies: [privileged-container]}\n"
            .into(),
    };
    let bundle = Bundle::with(&[exception]).unwrap();
    let check = judged(&[("a.yaml", POD), ("b.yaml", POD)], &question(&bundle));
    assert_eq!(check.exceptions[0].status, ExceptionStatus::Used(2));
    let excepted = check.findings.iter().filter(|found| found.exception.is_some());
    assert!(excepted.clone().all(|found| check.decides(found) == Outcome::Pass));
    assert_eq!(excepted.count(), 2);
    assert_eq!(check.valid_until, Some("2026-12-31T00:00:00Z".parse().unwrap()));
}

#[test]
fn an_exception_covers_checks_of_pod_security() {
    let excepted = |fields: &str, namespace: &str| {
        let text = format!(
            "apiVersion: cofferdam.dev/v1alpha1\nkind: PolicyException\n\
             metadata: {{name: e{namespace}}}\n\
             spec: {{owner: o, reason: r, expires: 2026-12-31, policies: [PSS-privileged]{fields}}}\n"
        );
        let bundle = Bundle::with(&[PolicyFile { place: "e.yaml".into(), text }]).unwrap();
        let standard = "baseline".parse().unwrap();
        let question = Question { pod_security: Some(standard), ..question(&bundle) };
        let check = judged(&[("a.yaml", POD)], &question);
        let is_it = |code: &str| code == "PSS-privileged";
        let mut all = check.findings.iter();
        let found = all.find(|found| is_it(&check.rule(found).unwrap().code)).unwrap();
        (found.exception.is_some(), check.exceptions[0].status)
    };
    let (used, unused) = ((true, ExceptionStatus::Used(1)), (false, ExceptionStatus::Unused));
    assert_eq!(excepted("", ""), used);
    assert_eq!(excepted(", match: {objects: [{kind: Pod}], paths: [a.yaml]}", ""), used);
    assert_eq!(excepted(", match: {objects: [{kind: Job}]}", ""), unused);
    assert_eq!(excepted(", match: {paths: [b.yaml]}", ""), unused);
    assert_eq!(excepted(", match: {containers: [web]}", ""), unused, "it does not say of which");
    assert_eq!(excepted("", ", namespace: shop"), unused);
}

/// Lines and columns back to bytes.
fn offset(text: &str, line: u32, column: u32) -> usize {
    let start: usize = text.split_inclusive('\n').take(line as usize - 1).map(str::len).sum();
    let rest = &text[start..];
    rest.char_indices().nth(column as usize - 1).map_or(text.len(), |(at, _)| start + at)
}

fn apply(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| std::cmp::Reverse(edit.place));
    let mut text = text.to_owned();
    for edit in edits {
        let place = edit.place;
        let start = offset(&text, place.line, place.column);
        let end = offset(&text, place.end_line, place.end_column);
        text.replace_range(start..end, &edit.text);
    }
    text
}

/// Failures of a rule, by what they are about.
fn failures(check: &Check, code: &str) -> BTreeMap<String, usize> {
    let mut failures = BTreeMap::new();
    for found in &check.findings {
        if found.outcome == Outcome::Fail && check.rule(found).unwrap().code == code {
            *failures.entry(found.about.to_string()).or_insert(0) += 1;
        }
    }
    failures
}

/// Every manifest that fires a rule: an edit that is offered leaves a file that reads, and one
/// failure less.
#[test]
fn the_edits_of_every_rule_mend_what_it_found() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let question = question(&BUILT_IN);
    let mut tried = 0;
    for area in fs::read_dir(rules).unwrap() {
        let Ok(folders) = fs::read_dir(area.unwrap().path()) else { continue };
        for folder in folders {
            let folder = folder.unwrap().path();
            let policy = folder.join("policy.yaml");
            let fires = folder.join("fires.yaml");
            if !policy.exists() || !fires.exists() || folder.to_str().unwrap().contains("/image/") {
                continue;
            }
            let read = |path: &Path| cofferdam_bounds::file::read_text(path, 1 << 20).unwrap();
            let policy = read(&policy);
            let code = policy.lines().find_map(|line| line.trim().strip_prefix("code: ")).unwrap();
            let text = read(&fires);
            let before = judged(&[("x.yaml", &*text)], &question);
            let counts = failures(&before, code);
            for found in &before.findings {
                let is_meant = before.rule(found).unwrap().code == code;
                if !is_meant || found.edits().is_empty() || found.outcome != Outcome::Fail {
                    continue;
                }
                tried += 1;
                let mended = apply(&text, found.edits());
                let after = judged(&[("x.yaml", &*mended)], &question);
                assert!(after.problems.is_empty(), "{code}: {:?}\n{mended}", after.problems);
                let left = failures(&after, code).get(&*found.about).copied().unwrap_or(0);
                assert!(left < counts[&*found.about], "{code}: {}\n{mended}", found.about);
            }
        }
    }
    assert!(tried > 40, "{tried} edits");
}

/// One object that we cannot judge takes none of the others with it, and is told.
#[test]
fn a_mistake_of_ours_over_one_object_ends_no_other() {
    let bad = POD.replace("name: web, labels", &format!("name: {MISTAKE}, labels"));
    let codes = |check: &Check, path: &str| -> Vec<String> {
        let of = check.findings.iter().filter(|found| check.path(found) == path);
        of.map(|found| check.rule(found).unwrap().code.clone()).collect()
    };
    let is_told = |check: &Check, path: &str| {
        let bugs: Vec<&Problem> =
            check.problems.iter().filter(|one| one.kind == ProblemKind::Bug).collect();
        assert_eq!(bugs.len(), 1, "{:?}", check.problems);
        bugs[0].location.as_ref().is_some_and(|location| location.path == path)
    };
    let whole = judged(&[("good.yaml", POD)], &question(&BUILT_IN));
    let check = judged(&[("bad.yaml", &bad), ("good.yaml", POD)], &question(&BUILT_IN));
    assert!(is_told(&check, "bad.yaml") && codes(&check, "bad.yaml").is_empty());
    assert_eq!(codes(&check, "good.yaml"), codes(&whole, "good.yaml"));
    assert_eq!(check.tally.judged, 1);

    // The same of objects that live.
    let mut objects = Objects::default();
    let keys = [MISTAKE, "web"].map(|name| ObjectKey::new("v1", "Pod", None, name));
    for (key, text) in keys.iter().zip([&*bad, POD]) {
        objects.put(key.clone(), text.into());
    }
    let ways = Ways::of(&objects);
    let check = audit_some(&objects, &keys.into(), &ways, &question(&BUILT_IN));
    assert!(is_told(&check, &format!("Pod {MISTAKE}")));
    assert!(codes(&check, "Pod web").contains(&"CFD-POD-0001".to_owned()));
}
