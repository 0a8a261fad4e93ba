//! Every rule has its fixtures and its page.

use super::{none, text};
use crate::command::root;
use std::{fs, path::PathBuf};

#[test]
fn every_rule_has_a_fixture_that_fires_and_one_that_does_not_and_a_page() {
    let mut complaints = Vec::new();
    let mut count = 0;
    for entry in fs::read_dir(root().join("rules/image")).unwrap() {
        let folder = entry.unwrap().path();
        count += 1;
        for file in ["policy.yaml", "fires.yaml", "quiet.yaml"] {
            if !folder.join(file).is_file() {
                complaints.push(format!("{}: no {file}", folder.display()));
            }
        }
        let policy = text(&folder.join("policy.yaml"));
        let code = policy.lines().find_map(|line| line.trim().strip_prefix("code: "));
        let page = format!("docs/rules/{}.md", code.unwrap_or("without-a-code"));
        if !root().join(&page).is_file() {
            complaints.push(format!("{}: no {page}", folder.display()));
        }
    }
    assert!(count > 0, "no rules found");
    none(&complaints);
}

#[test]
fn every_problem_kind_has_its_paragraph() {
    let page = text(&PathBuf::from("docs/problems.md"));
    let source = text(&PathBuf::from("crates/model/src/problem.rs"));
    let codes = source.split('"').filter(|word| word.starts_with("CFD-P"));
    assert!(codes.clone().count() > 5, "no codes found");
    let complaints: Vec<String> = codes
        .filter(|code| !page.contains(&format!("## {code}")))
        .map(|code| format!("docs/problems.md: no word about {code}"))
        .collect();
    none(&complaints);
}
