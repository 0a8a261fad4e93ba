//! Which objects a policy is about: `matchConstraints`, as in ValidatingAdmissionPolicy.

mod rule;
mod selector;
mod wire;

pub(crate) use rule::{Rule, Scope};
pub(crate) use selector::Selector;
pub(crate) use wire::{ConstraintsDocument, SelectorDocument, read, selector};

use crate::{Facts, Known, Target, Unknown};
use cofferdam_cel::{Lookup, Map, Value};

/// `spec.matchConstraints`, and `spec.matchResources` of a binding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Constraints {
    /// Any of these; none: everything.
    pub(crate) rules: Vec<Rule>,
    /// None of these.
    pub(crate) excluded: Vec<Rule>,
    pub(crate) namespaces: Selector,
    pub(crate) objects: Selector,
    /// `matchPolicy: Exact`. Otherwise a rule speaks of an object in all its groups and versions.
    pub(crate) is_exact: bool,
}

impl Constraints {
    /// Whether these are about the target; unknown where only labels that are not known decide.
    pub(crate) fn matches(&self, target: &Target<'_>, facts: &Facts<'_>) -> Known<bool> {
        let fits = |rules: &[Rule]| rules.iter().any(|rule| rule.matches(target, self.is_exact));
        if !target.is_object()
            || fits(&self.excluded)
            || !(self.rules.is_empty() || fits(&self.rules))
        {
            return Ok(false);
        }
        let objects = self.objects.is_empty() || {
            let of = |root| self.objects.matches(&|key| Ok(object_label(facts, root, key)));
            let is_given = |root| facts.root(root).is_some();
            (is_given("object") && of("object")?) || (is_given("oldObject") && of("oldObject")?)
        };
        if !objects {
            return Ok(false);
        }
        if self.namespaces.is_empty() {
            return Ok(true);
        }
        let is_namespace = target.group.is_empty() && target.kind == "Namespace";
        match (is_namespace, target.namespace) {
            // A Namespace stands for itself.
            (true, _) => self.namespaces.matches(&|key| Ok(object_label(facts, "object", key))),
            (false, None) if !crate::resource::is_namespaced(target) => Ok(true),
            (false, namespace) => {
                self.namespaces.matches(&|key| namespace_label(facts, namespace, key))
            }
        }
    }
}

impl Constraints {
    /// What these are about, for people: `clusterroles, roles`.
    pub(crate) fn about(&self) -> String {
        let mut resources: Vec<&str> = Vec::new();
        for resource in self.rules.iter().flat_map(|rule| &rule.resources) {
            if !resources.contains(&&**resource) {
                resources.push(resource);
            }
        }
        match &*resources {
            [] | ["*" | "*/*"] => "every object".to_owned(),
            _ => resources.join(", "),
        }
    }
}

/// A label of an object that is a root.
fn object_label(facts: &Facts<'_>, root: &str, key: &str) -> Option<String> {
    let source = facts.root(root)?;
    let mut node = crate::facts::TOP;
    for step in ["metadata", "labels"] {
        match source.member(node, step) {
            Lookup::Value(Value::Map(Map::Source(handle))) => node = handle.node,
            _ => return None,
        }
    }
    text(&source.member(node, key))
}

/// The label that every namespace has (KEP-2161): its name.
const NAMESPACE_NAME: &str = "kubernetes.io/metadata.name";

/// A label of the object's namespace: from the Namespace where that is known, else from what is
/// known about it in the files.
fn namespace_label(facts: &Facts<'_>, namespace: Option<&str>, key: &str) -> Known<Option<String>> {
    if let (NAMESPACE_NAME, Some(name)) = (key, namespace) {
        return Ok(Some(name.to_owned()));
    }
    if facts.root("namespaceObject").is_some() {
        return Ok(object_label(facts, "namespaceObject", key));
    }
    let unknown = || {
        let name = namespace.unwrap_or("that it will be put into");
        Unknown::because(format!("the labels of the namespace {name} are not known"))
    };
    let source = facts.root("namespace").ok_or_else(unknown)?;
    match source.member(crate::facts::TOP, "labels") {
        Lookup::Value(Value::Map(Map::Source(handle))) => {
            Ok(text(&handle.source.member(handle.node, key)))
        }
        Lookup::Value(_) | Lookup::Absent => Ok(None),
        Lookup::Unknown => Err(unknown()),
    }
}

fn text(found: &Lookup<'_>) -> Option<String> {
    let Lookup::Value(value) = found else { return None };
    value.as_str().map(str::to_owned)
}
