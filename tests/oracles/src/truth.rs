//! Whether what we say is true: manifests and Dockerfiles of well-known projects (`sets.tsv`, from
//! their Go modules), checked by every built-in rule, and a ledger in which a person labelled every
//! finding of severity high or critical.
//!
//! A finding that the ledger does not have fails the test, like a line of it that is found no more.
//! Findings that nobody can decide from the files ("Not assessed") say nothing that could be false.

use crate::files::{golden, module};
use cofferdam_assess::check::{Check, Input, Question, check};
use cofferdam_bounds::{Meter, file};
use cofferdam_model::Severity;
use cofferdam_policy::{Bundle, Outcome, Stage};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

/// Of a hundred findings so many are true, at least.
const PRECISION: usize = 98;

/// Module, file, subject and code; how often each is found, or is in the ledger.
type Counts = BTreeMap<[String; 4], usize>;

/// What a set of all Dockerfiles of a module has for a path.
const DOCKERFILES: &str = "**/Dockerfile";

/// The files at a path and below that are wanted.
fn files(path: &Path, is_wanted: fn(&Path) -> bool, found: &mut Vec<PathBuf>) {
    if path.is_file() {
        found.extend(is_wanted(path).then(|| path.to_owned()));
        return;
    }
    for entry in fs::read_dir(path).unwrap() {
        files(&entry.unwrap().path(), is_wanted, found);
    }
}

/// What only kustomize reads is no object.
fn is_manifest(path: &Path) -> bool {
    let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
    is_yaml && !path.ends_with("kustomization.yaml")
}

fn is_dockerfile(path: &Path) -> bool {
    let name = path.file_name().unwrap().to_str().unwrap();
    let is_named = name == "Dockerfile" || name.starts_with("Dockerfile.");
    (is_named || name.ends_with(".Dockerfile")) && !path.iter().any(|part| part == "testdata")
}

/// Checks the files of one set, as somebody does who applies them together.
fn judge(bundle: &Bundle, folder: &Path, path: &str) -> Check {
    let mut found = Vec::new();
    let is_dockerfiles = path == DOCKERFILES;
    if is_dockerfiles {
        files(folder, is_dockerfile, &mut found);
    } else {
        files(&folder.join(path), is_manifest, &mut found);
    }
    let input = |path: &PathBuf| {
        let name = path.strip_prefix(folder).unwrap().to_str().unwrap();
        let text = file::read_text(path, 16 << 20).unwrap();
        if is_dockerfiles { Input::dockerfile(name, text) } else { Input::manifest(name, text) }
    };
    let question = Question {
        bundle,
        stage: Stage::Build,
        now: "2026-11-21T12:00:00Z".parse().unwrap(),
        fail_on: Severity::Low,
        kubernetes_minor: None,
        pod_security: None,
        changes: None,
        explain: false,
        patches: false,
    };
    let inputs = found.iter().map(input).collect();
    let check = check(vec![path.to_owned()], inputs, Vec::new(), &question, &Meter::default());
    assert!(check.tally.objects + check.tally.dockerfiles > 0, "{path}");
    check
}

/// What is found, and how each reads.
fn found() -> (Counts, BTreeMap<[String; 4], String>) {
    let bundle = Bundle::built_in().unwrap();
    let (mut counts, mut words) = (Counts::new(), BTreeMap::new());
    for line in golden("truth/sets.tsv").lines().skip(1) {
        let (name, path) = line.split_once('\t').unwrap();
        let check = judge(&bundle, &module(name), path);
        for finding in &check.findings {
            let rule = &check.rules[finding.rule];
            if rule.severity < Severity::High || finding.outcome != Outcome::Fail {
                continue;
            }
            let subject = &check.subjects[finding.subject];
            let file = &check.files[subject.file].path;
            let is_dockerfile = subject.kind == "Dockerfile";
            let about = if is_dockerfile { &*subject.kind } else { &*finding.about };
            let key = [name, file, about, &*rule.code].map(str::to_owned);
            words.insert(key.clone(), format!("{} (line {})", finding.message, finding.place.line));
            *counts.entry(key).or_default() += 1;
        }
    }
    (counts, words)
}

/// The ledger, and how many of its lines are labelled true.
fn ledger() -> (Counts, usize) {
    let (mut counts, mut right) = (Counts::new(), 0);
    for line in golden("truth/ledger.tsv").lines().skip(1) {
        let [module, file, about, code, label, reason] = line.split('\t').collect::<Vec<_>>()[..]
        else {
            panic!("not six columns: {line}");
        };
        assert!(["true", "false"].contains(&label), "{line}");
        assert!(!reason.is_empty(), "{line}");
        right += usize::from(label == "true");
        *counts.entry([module, file, about, code].map(str::to_owned)).or_default() += 1;
    }
    (counts, right)
}

#[test]
fn what_is_high_is_true() {
    let ((found, words), (known, right)) = (found(), ledger());
    let mut wrong = String::new();
    for (key, count) in &found {
        let labelled = known.get(key).copied().unwrap_or_default();
        if labelled < *count {
            let _ = writeln!(wrong, "not in the ledger: {}\t{}", key.join("\t"), words[key]);
        }
    }
    for (key, count) in &known {
        if found.get(key).copied().unwrap_or_default() < *count {
            let _ = writeln!(wrong, "found no more: {}", key.join("\t"));
        }
    }
    let all: usize = known.values().sum();
    println!("{right} of {all} findings are true");
    assert!(wrong.is_empty(), "{wrong}");
    assert!(right * 100 >= all * PRECISION, "{right} of {all} are true");
}
