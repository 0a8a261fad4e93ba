//! What is wrong with a policy that compiles: it says too little, or something that it never uses.

use crate::{Policy, policy::Expression, types};
use cofferdam_manifest::schema::{Resource, Schema};

/// Something that should be better.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Where in the policy: `spec.description`.
    pub path: String,
    /// What, a sentence without a full stop.
    pub what: String,
}

/// Sentences of a reason.
const SENTENCES: usize = 2;

/// Letters of a title, at most: it stands in the column of a table.
const TITLE_MAX: usize = 60;

/// Looks at a policy as a reviewer would. A plain ValidatingAdmissionPolicy has no place for most of
/// what a person should be told, and is not asked for it.
pub fn lint(policy: &Policy) -> Vec<Remark> {
    let mut remarks = Vec::new();
    let mut say = |path: &str, what: String| remarks.push(Remark { path: path.to_owned(), what });
    for variable in unused(policy) {
        say("spec.variables", format!("nothing reads {variable}"));
    }
    for resource in unknown_resources(policy) {
        let version = Schema::built_in().version();
        let what = format!("Kubernetes {version} has no resource {resource:?} in these groups");
        say("spec.matchConstraints.resourceRules", what);
    }
    for (path, doubt) in types::doubts(policy) {
        say(&path, doubt.message);
    }
    if policy.admission.is_some() {
        for validation in &policy.validations {
            if validation.message.fixed.is_empty() && validation.message.expression.is_none() {
                let path = validation.expression.path.replace(".expression", "");
                say(&path, "without a message people are shown the expression".to_owned());
            }
        }
        return remarks;
    }
    let sentences = policy.description.matches(". ").count() + 1;
    if sentences != SENTENCES || !policy.description.ends_with('.') {
        say(
            "spec.description",
            format!(
                "the reason has {sentences} sentence{}, not two: what is wrong, and what follows",
                if sentences == 1 { "" } else { "s" }
            ),
        );
    }
    if policy.title.ends_with('.') || policy.title.chars().count() > TITLE_MAX {
        say("spec.title", "a title is a topic of few words, without a full stop".to_owned());
    }
    if policy.references.is_empty() {
        say("spec.references", "nobody says where this is written down".to_owned());
    }
    let text = policy.remediation.as_ref().map_or("", |text| &text.fixed);
    if !text.ends_with('.') {
        say("spec.remediation.text", "nobody says what to do, in a sentence".to_owned());
    }
    for (index, validation) in policy.validations.iter().enumerate() {
        let message = &validation.message;
        if *message.fixed == *crate::compile::NO_MESSAGE {
            if message.expression.is_some() {
                continue;
            }
            let what = "a message is what people read first: say what is wrong";
            say(&format!("spec.validations[{index}].message"), what.to_owned());
        } else if !message.fixed.ends_with('.') {
            let what = "a message is a sentence";
            say(&format!("spec.validations[{index}].message"), what.to_owned());
        }
    }
    remarks
}

/// Resources that rules of matching name in groups of Kubernetes' own, and that are in none of them.
fn unknown_resources(policy: &Policy) -> Vec<&str> {
    let schema = Schema::built_in();
    let is_own =
        |group: &String| schema.resources().iter().any(|known| known.kind.group == group.as_str());
    let rules = policy.constraints.iter().flat_map(|constraints| &constraints.rules);
    let rules = rules.filter(|rule| rule.groups.iter().all(is_own));
    let is_unknown = |groups: &[String], resource: &str| {
        let resource = resource.split('/').next().unwrap_or(resource);
        let mut groups = groups.iter().flat_map(|group| crate::resource::groups(group, resource));
        resource != "*"
            && !groups.any(|group| {
                let is_it =
                    |known: &Resource| known.kind.group == group && known.plural == resource;
                schema.resources().iter().any(is_it)
            })
    };
    let named = rules.flat_map(|rule| rule.resources.iter().map(move |one| (&rule.groups, one)));
    named.filter(|(groups, one)| is_unknown(groups, one)).map(|(_, one)| &**one).collect()
}

/// Variables that no expression needs.
fn unused(policy: &Policy) -> Vec<&str> {
    let is_needed = |index: usize| {
        policy.expressions().any(|expression: &Expression| expression.needs.contains(&index))
    };
    let variables = policy.variables.iter().enumerate();
    variables.filter(|(index, _)| !is_needed(*index)).map(|(_, variable)| &*variable.name).collect()
}
