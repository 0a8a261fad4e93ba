//! `cofferdam policy explain`.

use super::{Explain, bundle, count, plain, subject::Subjects};
use crate::scan::now;
use cofferdam_assess::check::discreet;
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_policy::{
    Bundle, Coverage, Detail, Explain as Ask, Finding, Input, Judged, Outcome, Policy, Stage, Step,
    page, screen_with,
};
use std::{fmt::Write as _, path::PathBuf};

/// Where exceptions are described.
const PAGE: &str = "docs/policies.md, \"Exceptions\"";

/// Bytes of one file that is explained.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// Facts that are shown of one part of a condition.
const INPUTS_SHOWN: usize = 6;

pub(super) fn run(explain: &Explain) -> Result<(String, Exit), Diagnostic> {
    let all = bundle(&explain.policy)?;
    let mut only = bundle(&explain.policy)?;
    let word = &explain.code;
    only.policies.retain(|policy| policy.code == *word || policy.name == *word);
    let Some(policy) = only.policies.first() else {
        return Err(Diagnostic::new(Exit::Usage, "there is no policy with this code or name")
            .at(word)
            .remedy("cofferdam policy list shows all"));
    };
    if explain.files.is_empty() {
        // In a terminal there is no page beside this one.
        let page = page(policy).replace("[policies](../policies.md#exceptions)", PAGE);
        return Ok((plain(&page), Exit::Pass));
    }
    if policy.about() == "images" {
        return Err(Diagnostic::new(Exit::Usage, "this policy is about images, not about files")
            .at(word)
            .remedy("cofferdam scan IMAGE -o json has the facts that each finding rests on"));
    }
    let subjects = subjects(&explain.files)?;
    let mut text = format!("{} {}\n{}\n", policy.code, policy.title, policy.description);
    for problem in &subjects.problems {
        let place = problem.location.as_ref().map(|location| format!("{}: ", location.path));
        let _ = writeln!(text, "\nNot read: {}{}", place.unwrap_or_default(), problem.detail);
    }
    let now = explain.at.unwrap_or_else(now);
    let version = explain.kubernetes_version.map(|version| format!("1.{}", version.minor));
    let coverage = Coverage::within(&only, policy);
    let stage = policy.stages.first().copied().unwrap_or(Stage::Build);
    let (mut about, mut others) = (0, 0);
    // What was not read may be what the policy is about.
    let mut worst = if subjects.problems.is_empty() { Outcome::Pass } else { Outcome::Unknown };
    subjects.each_changeable(version.as_deref(), &mut |title, facts, target, remake| {
        let asked = Ask { bundle: &all, facts, target, stage, now, remake };
        let told = Told { bundle: &only, policy, coverage: &coverage, asked };
        match told.subject(title) {
            Some((told, outcome)) => {
                about += 1;
                text.push_str(&told);
                worst = worst.max(outcome);
            }
            None => others += 1,
        }
    });
    if about == 0 && worst == Outcome::Pass {
        let there = match others {
            0 => "there is no Kubernetes object and no Dockerfile in them".to_owned(),
            others => format!("they have {} only", count(others, "other object", "other objects")),
        };
        return Err(Diagnostic::new(Exit::Usage, "this policy is about nothing in the files")
            .at(word)
            .because(format!("it is about {}, and {there}", policy.about())));
    }
    if others > 0 {
        let _ = writeln!(
            text,
            "\nNot asked of {}: it is about {}.",
            count(others, "other object", "other objects"),
            policy.about()
        );
    }
    let exit = match worst {
        Outcome::Pass => Exit::Pass,
        Outcome::Fail => Exit::PolicyFailed,
        Outcome::Unknown => Exit::NotAssessed,
    };
    Ok((plain(&text), exit))
}

/// What is in the files.
fn subjects(files: &[PathBuf]) -> Result<Subjects, Diagnostic> {
    let mut subjects = Subjects::default();
    for file in files {
        let text = cofferdam_bounds::file::read_text(file, FILE_BYTES_MAX).map_err(|error| {
            Diagnostic::new(Exit::Usage, "cannot read the file")
                .at(file.display())
                .because(&error.error)
        })?;
        subjects.add(&file.display().to_string(), &text);
    }
    Ok(subjects)
}

/// One target, to be told about.
struct Told<'a> {
    /// The policy alone, with all exceptions.
    bundle: &'a Bundle,
    policy: &'a Policy,
    coverage: &'a Coverage<'a>,
    asked: Ask<'a>,
}

impl Told<'_> {
    /// What there is to say, and what it comes to; nothing where the policy is not about it.
    fn subject(&self, title: &str) -> Option<(String, Outcome)> {
        let Ask { facts, target, stage, now, .. } = self.asked;
        let steps = self.coverage.steps(facts, target, now);
        let mut screened = screen_with(self.bundle, facts, target, stage, now, Detail::Full);
        if screened.passed == 0 && screened.verdicts.is_empty() {
            return None;
        }
        let judged = screened.verdicts.first();
        let outcome = judged.map_or(Outcome::Pass, |judged| judged.verdict.outcome);
        let decides = screened.verdicts.iter().map(Judged::decides).max().unwrap_or(Outcome::Pass);
        let mut text = format!("\n{title}: {outcome}\n");
        for step in &steps {
            tell_step(step, &mut text);
        }
        // Nobody knows what is in a list that could not be had: the finding says so.
        if steps.is_empty() && outcome == Outcome::Pass {
            text.push_str("  nothing to judge: the list is empty\n");
        }
        let explained = self.asked.verdicts(self.policy).into_iter();
        let explained = explained.filter(|verdict| !verdict.findings.is_empty());
        for (judged, explained) in screened.verdicts.iter_mut().zip(explained) {
            let findings = judged.verdict.findings.iter_mut().zip(explained.findings);
            findings.for_each(|(finding, explained)| finding.flip = explained.flip);
        }
        for judged in &screened.verdicts {
            for finding in &judged.verdict.findings {
                tell_finding(finding, &mut text);
            }
        }
        Some((text, decides))
    }
}

fn tell_step(step: &Step, text: &mut String) {
    let indent = "  ".repeat(step.level + 1);
    let of = match &step.element {
        Some(element) if step.level == 0 => format!(" ({element})"),
        _ => String::new(),
    };
    let result = match &step.result {
        Ok(true) => "true   ".to_owned(),
        Ok(false) => "false  ".to_owned(),
        Err(_) => "?      ".to_owned(),
    };
    let source = step.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let _ = writeln!(text, "{indent}{result}{source}{of}");
    if let Err(reason) = &step.result {
        let _ = writeln!(text, "{indent}       {reason}");
    }
    // The facts stand with the smallest part that reads them.
    if !step.has_parts {
        for input in discreet(step.inputs.clone()).into_iter().take(INPUTS_SHOWN) {
            let _ = writeln!(text, "{indent}       {}", read(&input));
        }
    }
}

fn read(input: &Input) -> String {
    format!("{} is {}, {}", input.path, input.value, input.provenance)
}

fn tell_finding(finding: &Finding, text: &mut String) {
    let _ = writeln!(text, "  {}: {}", finding.subject, finding.message);
    if let Some(place) = &finding.place {
        let _ = writeln!(text, "    at       {place}");
    }
    if let Some(clause) = &finding.clause {
        let clause = clause.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "    decided  {clause}");
    }
    match &finding.flip {
        Some(flip) if Some(&flip.patch) == finding.patch.as_ref() => {
            text.push_str("    passes   with the patch below (tried)\n");
        }
        Some(flip) => {
            let _ = writeln!(text, "    passes   with {flip} (tried)");
        }
        None => {}
    }
    if let Some(remediation) = &finding.remediation {
        let _ = writeln!(text, "    do       {remediation}");
    }
    for operation in finding.patch.iter().flatten() {
        let _ = writeln!(text, "    patch    {}", operation.to_json());
    }
    if let Some(exception) = &finding.exception {
        let _ = writeln!(
            text,
            "    excepted by {} ({}, until {}): {}",
            exception.name, exception.owner, exception.expires, exception.reason
        );
    }
}
