//! Every rule of `rules/` against its fixtures, and what holds for all verdicts.

mod admission;
mod exceptions;
mod facts;
mod files;
mod fixture;
mod objects;
mod property;
mod rules;

use crate::{Bundle, Facts, Policy, Verdict, judge};
use fixture::Fixture;
use jiff::Timestamp;

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

fn built_in() -> Bundle {
    Bundle::built_in().unwrap_or_else(|errors| panic!("{errors:#?}"))
}

const NOW: &str = "2026-11-21T00:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}
