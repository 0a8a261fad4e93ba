//! `cofferdam policy explain`.

use super::{Explain, bundle, plain, subject::Subjects};
use crate::scan::now;
use cofferdam_assess::check::discreet;
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_policy::{
    Bundle, Coverage, Detail, Explain as Ask, Finding, Input, Policy, Stage, Step, page,
    screen_with,
};
use std::{fmt::Write as _, path::Path};

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
        return Ok((plain(&page(policy)), Exit::Pass));
    }
    if policy.about() == "images" {
        return Err(Diagnostic::new(Exit::Usage, "this policy is about images, not about files")
            .at(word)
            .remedy("cofferdam scan IMAGE -o json has the facts that each finding rests on"));
    }
    let mut subjects = Subjects::default();
    for file in &explain.files {
        let text = cofferdam_bounds::file::read_text(file, FILE_BYTES_MAX).map_err(|error| {
            Diagnostic::new(Exit::Usage, "cannot read the file")
                .at(file.display())
                .because(&error.error)
        })?;
        subjects.add(&name(file), &text);
    }
    let mut text = format!("{} {}\n{}\n", policy.code, policy.title, policy.description);
    for problem in &subjects.problems {
        let _ = writeln!(text, "\nNot read: {}", problem.detail);
    }
    let now = explain.at.unwrap_or_else(now);
    let version = explain.kubernetes_version.map(|version| format!("1.{}", version.minor));
    let coverage = Coverage::within(&only, policy);
    let stage = policy.stages.first().copied().unwrap_or(Stage::Build);
    let mut others = 0;
    let mut exit = Exit::Pass;
    subjects.each_changeable(version.as_deref(), &mut |title, facts, target, remake| {
        let asked = Ask { bundle: &all, facts, target, stage, now, remake };
        let told = Told { bundle: &only, policy, coverage: &coverage, asked };
        match told.subject(title) {
            Some((told, fails)) => {
                text.push_str(&told);
                if fails {
                    exit = Exit::PolicyFailed;
                }
            }
            None => others += 1,
        }
    });
    if others > 0 {
        let _ = writeln!(
            text,
            "\nNot asked of {others} other objects: it is about {}.",
            policy.about()
        );
    }
    Ok((plain(&text), exit))
}

fn name(path: &Path) -> String {
    path.display().to_string()
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
    /// What there is to say, and whether it fails; nothing where the policy is not about it.
    fn subject(&self, title: &str) -> Option<(String, bool)> {
        let Ask { facts, target, stage, now, .. } = self.asked;
        let steps = self.coverage.steps(facts, target, now);
        let mut screened = screen_with(self.bundle, facts, target, stage, now, Detail::Full);
        if screened.passed == 0 && screened.verdicts.is_empty() {
            return None;
        }
        let outcome = match screened.verdicts.first() {
            Some(judged) => judged.verdict.outcome.to_string(),
            None => "pass".to_owned(),
        };
        let mut text = format!("\n{title}: {outcome}\n");
        for step in &steps {
            tell_step(step, &mut text);
        }
        if steps.is_empty() {
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
        Some((text, !screened.verdicts.is_empty()))
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
