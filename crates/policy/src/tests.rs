//! Every rule of `rules/` against its fixtures, and what holds for all verdicts.

mod admission;
mod agreement;
mod cluster;
mod definitions;
mod documents;
mod exceptions;
mod facts;
mod files;
mod fixture;
mod flips;
mod objects;
mod property;
mod rules;

use crate::{Bundle, Facts, Policy, PolicyFile, Verdict, judge};
use cofferdam_model::Diagnostic;
use fixture::Fixture;
use jiff::Timestamp;
use std::{fs, path::Path, sync::LazyLock};

/// Outcome, and outcome, subject and message of each finding.
fn told(verdict: &Verdict) -> String {
    let findings = verdict.findings.iter().map(|finding| {
        let excepted = if finding.exception.is_some() { " (excepted)" } else { "" };
        format!("\n{}{excepted}: {}: {}", finding.outcome, finding.subject, finding.message)
    });
    std::iter::once(verdict.outcome.to_string()).chain(findings).collect()
}

/// Judges `facts`, YAML in the format of the fixtures, by a policy with this `spec`.
fn check(spec: &str, facts: &str, expected: &str) {
    let policy = policy(spec);
    let verdict = judge_yaml(&policy, facts);
    assert_eq!(told(&verdict), expected, "{spec}\n{facts}");
}

fn policy(spec: &str) -> Policy {
    let text = format!(
        "apiVersion: cofferdam.dev/v1alpha1\nkind: ClusterSecurityPolicy\nmetadata: {{name: test}}\n\
         spec:\n  code: T-1\n  title: Test\n  description: Test.\n  severity: low\n  \
         stages: [build]\n{}",
        indented(spec)
    );
    Policy::compile(&text, "test").unwrap_or_else(|errors| panic!("{errors:#?}\n{text}"))
}

/// Every line two columns further right.
fn indented(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| format!("  {}\n", line.trim_end())).collect();
    lines.concat()
}

fn judge_yaml(policy: &Policy, facts: &str) -> Verdict {
    let fixture = Fixture::read(facts);
    judge(policy, &Facts::image(fixture.facts()), fixture.now)
}

/// The rules of `rules/`, compiled once for all tests.
fn built_in() -> &'static Bundle {
    static BUNDLE: LazyLock<Bundle> =
        LazyLock::new(|| Bundle::built_in().unwrap_or_else(|errors| panic!("{errors:#?}")));
    &BUNDLE
}

/// The rules about images, as far as tests of exceptions and mistakes need rules.
fn with_rules_about_images(files: &[PolicyFile]) -> Result<Bundle, Vec<Diagnostic>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules/image");
    let mut all: Vec<PolicyFile> = fs::read_dir(folder)
        .unwrap()
        .map(|rule| {
            let rule = rule.unwrap();
            let name = rule.file_name().into_string().unwrap();
            let text = cofferdam_bounds::file::read_text(&rule.path().join("policy.yaml"), 1 << 20);
            PolicyFile { place: format!("built-in:image/{name}"), text: text.unwrap() }
        })
        .collect();
    all.extend(files.iter().cloned());
    Bundle::only(&all)
}

const NOW: &str = "2026-11-21T00:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}
