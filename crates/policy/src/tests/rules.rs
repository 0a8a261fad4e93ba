//! Every rule of `rules/`: it fires, it is quiet, and it says when it cannot know.

use super::{built_in, fixture::Fixture};
use crate::{Facts, Policy, index, judge, page};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &Path) -> String {
    cofferdam_bounds::file::read_text(path, 1 << 20).unwrap()
}

/// Judges one fixture and compares everything that it expects.
fn check(policy: &Policy, path: &Path) {
    let fixture = Fixture::read(&read(path));
    let verdict = judge(policy, &Facts::image(fixture.facts()), fixture.now);
    let place = path.display();
    assert_eq!(verdict.outcome.as_str(), fixture.expect.outcome, "{place}: {verdict:#?}");
    let found: Vec<_> = verdict
        .findings
        .iter()
        .map(|finding| (finding.outcome.as_str(), &*finding.subject, &*finding.message))
        .collect();
    let expected: Vec<_> = fixture
        .expect
        .findings
        .iter()
        .map(|finding| (&*finding.outcome, &*finding.subject, &*finding.message))
        .collect();
    assert_eq!(found, expected, "{place}");
    for (finding, expected) in verdict.findings.iter().zip(&fixture.expect.findings) {
        if let Some(remediation) = &expected.remediation {
            assert_eq!(finding.remediation.as_deref(), Some(&**remediation), "{place}");
        }
        assert!(!finding.inputs.is_empty() || finding.element.is_some(), "{place}: {finding:?}");
    }
    let valid_until = verdict.valid_until.map(|until| until.to_string());
    assert_eq!(valid_until, fixture.expect.valid_until, "{place}");
}

#[test]
fn every_rule_both_ways() {
    let bundle = built_in();
    // Rules about objects and Dockerfiles need facts that are made elsewhere: `posture` tests them.
    let of_images = |policy: &&Policy| policy.place.starts_with("built-in:image/");
    for policy in bundle.policies.iter().filter(of_images) {
        let folder = policy.place.trim_start_matches("built-in:");
        let folder = repository().join("rules").join(folder.split(':').next().unwrap());
        let mut seen = BTreeMap::new();
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            if name != "policy" {
                check(policy, &path);
                seen.insert(name, Fixture::read(&read(&path)).expect.outcome);
            }
        }
        let fires = seen.get("fires").map(String::as_str);
        assert!(matches!(fires, Some("fail" | "unknown")), "{}: no fires.yaml", policy.place);
        assert_eq!(seen.get("quiet").map(String::as_str), Some("pass"), "{}", policy.place);
        if let Some(unknown) = seen.get("unknown") {
            assert_eq!(unknown, "unknown", "{}", policy.place);
        }
    }
}

/// A rule is asked where its verdict can be, and its texts are for people.
#[test]
fn texts() {
    for policy in &built_in().policies {
        let sentences = policy.description.matches(". ").count() + 1;
        assert_eq!(sentences, 2, "{}: why, in two sentences", policy.code);
        assert!(policy.description.ends_with('.'), "{}", policy.code);
        assert!(!policy.title.ends_with('.'), "{}", policy.code);
        assert!(!policy.references.is_empty(), "{}", policy.code);
        let remediation = policy.remediation.as_ref().map_or("", |text| &text.fixed);
        assert!(remediation.ends_with('.'), "{}: a remediation for its page", policy.code);
    }
}

/// The pages are made from the policies: `UPDATE=1` writes them.
#[test]
fn pages_are_fresh() {
    let folder = repository().join("docs/rules");
    let mut pages = BTreeMap::new();
    let bundle = built_in();
    for policy in &bundle.policies {
        pages.insert(format!("{}.md", policy.code), page(policy));
    }
    pages.insert("README.md".to_owned(), index(&bundle.policies));
    if std::env::var_os("UPDATE").is_some() {
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in &pages {
            fs::write(folder.join(name), text).unwrap();
        }
    }
    for (name, text) in &pages {
        let message = "run UPDATE=1 cargo test -p cofferdam-policy";
        // Not both texts: there are hundreds.
        assert!(read(&folder.join(name)) == *text, "{name} is stale: {message}");
    }
    for entry in fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(pages.contains_key(&name), "{name} has no rule");
    }
}
