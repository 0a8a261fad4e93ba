//! `cofferdam policy explain`.

use super::{Explain, bundle, plain, subject::Subjects};
use crate::scan::now;
use cofferdam_model::{Diagnostic, Exit};
use cofferdam_policy::{
    Bundle, Coverage, Detail, Facts, Finding, Input, Policy, Stage, Step, Target, page, screen_with,
};
use jiff::Timestamp;
use std::{fmt::Write as _, path::Path};

/// Bytes of one file that is explained.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// Facts that are shown of one part of a condition.
const INPUTS_SHOWN: usize = 6;

pub(super) fn run(explain: &Explain) -> Result<(String, Exit), Diagnostic> {
    let mut bundle = bundle(&explain.policy)?;
    let word = &explain.code;
    bundle.policies.retain(|policy| policy.code == *word || policy.name == *word);
    let Some(policy) = bundle.policies.first() else {
        return Err(Diagnostic::new(Exit::Usage, "there is no policy with this code or name")
            .at(word)
            .remedy("cofferdam policy list shows all"));
    };
    if explain.files.is_empty() {
        return Ok((plain(&page(policy)), Exit::Pass));
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
    let coverage = Coverage::within(&bundle, policy);
    let mut others = 0;
    let mut exit = Exit::Pass;
    subjects.each(version.as_deref(), &mut |title, facts, target| {
        let told = Told { bundle: &bundle, policy, coverage: &coverage, facts, target, now };
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
    bundle: &'a Bundle,
    policy: &'a Policy,
    coverage: &'a Coverage<'a>,
    facts: &'a Facts<'a>,
    target: &'a Target<'a>,
    now: Timestamp,
}

impl Told<'_> {
    /// What there is to say, and whether it fails; nothing where the policy is not about it.
    fn subject(&self, title: &str) -> Option<(String, bool)> {
        let steps = self.coverage.steps(self.facts, self.target, self.now);
        let stage = self.policy.stages.first().copied().unwrap_or(Stage::Build);
        let (facts, target) = (self.facts, self.target);
        let screened = screen_with(self.bundle, facts, target, stage, self.now, Detail::Explained);
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
        for input in step.inputs.iter().take(INPUTS_SHOWN) {
            let _ = writeln!(text, "{indent}       {}", read(input));
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
        Some(flip) => {
            let _ = writeln!(
                text,
                "    passes   with {}: {} instead of {} (tried)",
                flip.path, flip.to, flip.from
            );
        }
        None => text.push_str("    passes   with no single change that was tried\n"),
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
