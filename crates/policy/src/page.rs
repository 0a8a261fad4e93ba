//! The pages of the rules, made from their policies.

use crate::{OnUnknown, Policy, Stage, policy::PatchValue};
use std::fmt::Write as _;

/// The page `docs/rules/<CODE>.md` of a policy.
pub fn page(policy: &Policy) -> String {
    let mut page = String::new();
    let stages: Vec<_> = policy.stages.iter().map(|stage| stage.as_str()).collect();
    let _ = write!(
        page,
        "# {} {}\n\n{}\n\n| | |\n|---|---|\n| Name | `{}` |\n| Severity | {} |\n| About | {} |\n\
         | Asked at | {} |\n| When unknown | {} |\n",
        policy.code,
        policy.title,
        policy.description,
        policy.name,
        policy.severity,
        policy.about(),
        stages.join(", "),
        unknowns(policy),
    );
    let _ = write!(page, "\n## What must hold\n\n");
    if !policy.match_conditions.is_empty() {
        page.push_str("Asked only where\n\n");
        for condition in &policy.match_conditions {
            code(&mut page, condition.expression.program.source());
        }
        page.push('\n');
    }
    match &policy.for_each {
        Some(for_each) => {
            let _ = write!(page, "For each `{}` in\n\n", for_each.variable);
            code(&mut page, for_each.list.program.source());
            page.push_str("\nthis must be true:\n\n");
        }
        None => page.push_str("This must be true:\n\n"),
    }
    for validation in &policy.validations {
        code(&mut page, validation.expression.program.source());
        if validation.outcome == crate::Outcome::Unknown {
            page.push_str(
                "\nIf it is false, the verdict is *unknown*: nothing is known to be wrong.\n",
            );
        }
    }
    if !policy.variables.is_empty() {
        page.push_str("\nwhere\n\n");
    }
    for variable in &policy.variables {
        let source = variable.expression.program.source().trim();
        let _ = writeln!(page, "```cel\n{} = {source}\n```", variable.name);
    }
    if let Some(text) = &policy.remediation {
        let _ = write!(page, "\n## What to do\n\n");
        let _ = writeln!(page, "{}", text.fixed);
    }
    patch(policy, &mut page);
    if !policy.references.is_empty() {
        let _ = write!(page, "\n## Read on\n\n");
        for reference in &policy.references {
            let _ = match &reference.url {
                Some(url) => writeln!(page, "- [{}]({url})", reference.title),
                None => writeln!(page, "- {}", reference.title),
            };
        }
    }
    let _ = write!(
        page,
        "\nTo accept a finding of this rule for a while, write an exception: \
         [policies](../policies.md#exceptions).\n"
    );
    page
}

/// The change that the policy proposes.
fn patch(policy: &Policy, page: &mut String) {
    if policy.patch.is_empty() {
        return;
    }
    page.push_str("\nThe patch, on the object as its file has it:\n\n");
    for operation in &policy.patch {
        let from = operation.from.as_ref().map(|from| from.program.source().trim());
        let value = match &operation.value {
            None => String::new(),
            Some(PatchValue::Fixed(value)) => format!(": `{value}`"),
            Some(PatchValue::Computed(expression)) => {
                format!(": `{}`", expression.program.source().trim())
            }
        };
        let _ = writeln!(
            page,
            "- {} `{}` of `{}`{value}",
            operation.op.as_str(),
            operation.path,
            from.unwrap_or("object"),
        );
    }
}

/// The page that lists all rules.
pub fn index(policies: &[Policy]) -> String {
    let mut page = String::from("# Rules\n\n| Code | Title | Severity |\n|---|---|---|\n");
    for policy in policies {
        let _ = writeln!(
            page,
            "| [{code}]({code}.md) | {} | {} |",
            policy.title,
            policy.severity,
            code = policy.code
        );
    }
    page
}

fn unknowns(policy: &Policy) -> String {
    let words = policy.stages.iter().map(|stage: &Stage| {
        let what = match policy.on_unknown(*stage) {
            OnUnknown::Fail => "fails",
            OnUnknown::Warn => "warns",
            OnUnknown::Ignore => "is ignored",
        };
        format!("{what} at {stage}")
    });
    words.collect::<Vec<_>>().join(", ")
}

fn code(page: &mut String, source: &str) {
    let _ = writeln!(page, "```cel\n{}\n```", source.trim());
}
