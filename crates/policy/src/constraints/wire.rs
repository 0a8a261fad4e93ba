//! `matchConstraints` as they are written.

use super::{
    Constraints, Rule, Scope, Selector,
    selector::{Operator, Requirement},
};
use crate::{Operation, yaml::Located};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;

/// `matchConstraints`, or `matchResources` of a binding (`admissionregistration.k8s.io`,
/// `MatchResources`).
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ConstraintsDocument {
    #[serde(default)]
    resource_rules: Option<Vec<RuleDocument>>,
    #[serde(default)]
    exclude_resource_rules: Option<Vec<RuleDocument>>,
    #[serde(default)]
    namespace_selector: Option<SelectorDocument>,
    #[serde(default)]
    object_selector: Option<SelectorDocument>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    match_policy: Option<Located<String>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct RuleDocument {
    #[schemars(with = "Vec<String>")]
    api_groups: Vec<Located<String>>,
    #[schemars(with = "Vec<String>")]
    api_versions: Vec<Located<String>>,
    #[serde(default)]
    #[schemars(with = "Option<Vec<String>>")]
    operations: Option<Vec<Located<String>>>,
    #[schemars(with = "Vec<String>")]
    resources: Vec<Located<String>>,
    #[serde(default)]
    resource_names: Option<Vec<String>>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    scope: Option<Located<String>>,
}

/// `LabelSelector` of Kubernetes.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SelectorDocument {
    #[serde(default)]
    match_labels: Option<BTreeMap<String, String>>,
    #[serde(default)]
    match_expressions: Option<Vec<RequirementDocument>>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct RequirementDocument {
    key: String,
    #[schemars(with = "String")]
    operator: Located<String>,
    #[serde(default)]
    values: Option<Vec<String>>,
}

/// Turns what is written into constraints; each mistake is told with the value that has it.
pub(crate) fn read(
    document: &ConstraintsDocument,
    refuse: &mut dyn FnMut(&Located<String>, String),
) -> Constraints {
    let mut rules = |rules: &Option<Vec<RuleDocument>>| -> Vec<Rule> {
        rules.iter().flatten().map(|document| rule(document, refuse)).collect()
    };
    let (included, excluded) =
        (rules(&document.resource_rules), rules(&document.exclude_resource_rules));
    let mut is_exact = false;
    if let Some(policy) = &document.match_policy {
        match &*policy.value {
            "Exact" => is_exact = true,
            "Equivalent" => {}
            other => refuse(policy, format!("{other:?} is no matchPolicy: use Equivalent, Exact")),
        }
    }
    let mut selected = |given: &Option<SelectorDocument>| {
        given.as_ref().map(|given| selector(given, refuse)).unwrap_or_default()
    };
    Constraints {
        rules: included,
        excluded,
        namespaces: selected(&document.namespace_selector),
        objects: selected(&document.object_selector),
        is_exact,
    }
}

fn rule(document: &RuleDocument, refuse: &mut dyn FnMut(&Located<String>, String)) -> Rule {
    let mut operations = Vec::new();
    for operation in document.operations.iter().flatten() {
        if operation.value == "*" {
            operations.clear();
            break;
        }
        match Operation::ALL.into_iter().find(|known| known.as_str() == operation.value) {
            Some(known) => operations.push(known),
            None => refuse(
                operation,
                format!(
                    "{:?} is no operation: use CREATE, UPDATE, DELETE, CONNECT or *",
                    operation.value
                ),
            ),
        }
    }
    let scope = match document.scope.as_ref().map(|scope| (&*scope.value, scope)) {
        None | Some(("*", _)) => Scope::All,
        Some(("Cluster", _)) => Scope::Cluster,
        Some(("Namespaced", _)) => Scope::Namespaced,
        Some((other, at)) => {
            refuse(at, format!("{other:?} is no scope: use *, Cluster, Namespaced"));
            Scope::All
        }
    };
    for resource in &document.resources {
        if resource.value.bytes().any(|byte| byte.is_ascii_uppercase()) {
            let what = "is a kind: rules name resources, in lower case and plural";
            refuse(resource, format!("{:?} {what}", resource.value));
        }
    }
    let texts = |list: &[Located<String>]| list.iter().map(|one| one.value.clone()).collect();
    Rule {
        groups: texts(&document.api_groups),
        versions: texts(&document.api_versions),
        operations,
        resources: texts(&document.resources),
        names: document.resource_names.clone().unwrap_or_default(),
        scope,
    }
}

/// A selector as Kubernetes reads it.
pub(crate) fn selector(
    document: &SelectorDocument,
    refuse: &mut dyn FnMut(&Located<String>, String),
) -> Selector {
    let labels = document.match_labels.iter().flatten().map(|(key, value)| Requirement {
        key: key.clone(),
        operator: Operator::In,
        values: vec![value.clone()],
    });
    let mut requirements: Vec<Requirement> = labels.collect();
    for given in document.match_expressions.iter().flatten() {
        let operator = match &*given.operator.value {
            "In" => Operator::In,
            "NotIn" => Operator::NotIn,
            "Exists" => Operator::Exists,
            "DoesNotExist" => Operator::DoesNotExist,
            other => {
                let what = "is no operator: use In, NotIn, Exists, DoesNotExist";
                refuse(&given.operator, format!("{other:?} {what}"));
                continue;
            }
        };
        let values = given.values.clone().unwrap_or_default();
        requirements.push(Requirement { key: given.key.clone(), operator, values });
    }
    Selector(requirements)
}
