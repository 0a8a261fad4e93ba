//! A compiled policy.

use crate::{
    Facts, Known, OnUnknown, Operation, Outcome, PatchKind, Stage, Target,
    admission::{self, Rules},
    constraints::Constraints,
    facts::RootSet,
};
use cofferdam_cel::Program;
use cofferdam_model::{Digest, Severity};
use std::sync::{Arc, atomic::AtomicBool};

/// A `SecurityPolicy`, compiled: every expression parsed, every name checked.
#[derive(Debug)]
pub struct Policy {
    /// Code, stable: `CFD-IMG-0001`.
    pub code: String,
    /// `metadata.name`.
    pub name: String,
    /// One line.
    pub title: String,
    /// Why, in two sentences.
    pub description: String,
    /// How bad a failure is.
    pub severity: Severity,
    /// Where it is asked.
    pub stages: Vec<Stage>,
    /// Where to read on.
    pub references: Vec<Reference>,
    /// Where it was read, for diagnostics: `file:line`, or `built-in:image/root-user`.
    pub place: String,
    /// SHA-256 over everything that decides a verdict.
    pub digest: Digest,
    /// The roots of facts that its expressions read.
    pub reads: RootSet,
    /// Those of them that are facts of the target: what it is about.
    pub(crate) needs: RootSet,
    /// The namespace that it is for; that of a `SecurityPolicy`.
    pub namespace: Option<String>,
    pub(crate) unknown: Vec<(Stage, OnUnknown)>,
    pub(crate) constraints: Option<Constraints>,
    pub(crate) params: Option<Params>,
    pub(crate) match_conditions: Vec<Named>,
    pub(crate) variables: Vec<Variable>,
    pub(crate) for_each: Option<ForEach>,
    pub(crate) subject: Option<Expression>,
    pub(crate) validations: Vec<Validation>,
    pub(crate) remediation: Option<Text>,
    pub(crate) patch: Vec<PatchTemplate>,
    /// A plain ValidatingAdmissionPolicy: two-valued.
    pub(crate) admission: Option<Rules>,
    /// Whether the last object that was screened failed. Then the next one probably does, and is
    /// judged in full at once; what is said of it is the same either way.
    pub(crate) has_failed: AtomicBool,
}

/// The parameters that a policy brings along. They are a part of it, not facts.
#[derive(Debug)]
pub(crate) struct Params {
    /// As JSON, for the digest.
    pub(crate) text: String,
    pub(crate) value: cofferdam_cel::Value<'static>,
}

/// An operation of a patch, to be filled in for a finding.
#[derive(Debug)]
pub(crate) struct PatchTemplate {
    pub(crate) op: PatchKind,
    /// What the path begins at; nothing: the object.
    pub(crate) from: Option<Expression>,
    /// A JSON pointer.
    pub(crate) path: String,
    pub(crate) value: Option<PatchValue>,
}

#[derive(Debug)]
pub(crate) enum PatchValue {
    Fixed(serde_json::Value),
    Computed(Expression),
}

/// Something to read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// What it is: a clause of a standard, an article.
    pub title: String,
    /// Where it is.
    pub url: Option<String>,
}

/// An expression and the variables that it needs, in the order in which they are evaluated.
#[derive(Debug)]
pub(crate) struct Expression {
    pub(crate) program: Program,
    /// Where it stands in the document: `spec.validations[0].expression`.
    pub(crate) path: String,
    pub(crate) needs: Vec<usize>,
    /// A number that it shares with the same expressions of other policies, which have the same
    /// value on the same facts; that of an element's variable, for the same element.
    pub(crate) shared: Option<u32>,
}

#[derive(Debug)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) expression: Expression,
}

#[derive(Debug)]
pub(crate) struct Variable {
    /// `variables.name`
    pub(crate) name: String,
    pub(crate) expression: Expression,
    /// Whether it depends on the element that is judged.
    pub(crate) per_element: bool,
}

#[derive(Debug)]
pub(crate) struct ForEach {
    pub(crate) variable: String,
    pub(crate) list: Expression,
}

impl ForEach {
    /// Whether both go through the same list, and call its elements the same.
    pub(crate) fn is_shared_with(&self, other: &Self) -> bool {
        self.list.shared.is_some()
            && self.list.shared == other.list.shared
            && self.variable == other.variable
    }
}

#[derive(Debug)]
pub(crate) struct Validation {
    pub(crate) expression: Expression,
    pub(crate) message: Text,
    /// What Kubernetes tells its clients: `Forbidden`, `Invalid`.
    pub(crate) reason: Option<String>,
    /// What it means that the expression is false.
    pub(crate) outcome: Outcome,
}

/// A text: an expression, or a fixed one where there is none or it gives none.
#[derive(Debug)]
pub(crate) struct Text {
    /// Shared by every finding that says it.
    pub(crate) fixed: Arc<str>,
    pub(crate) expression: Option<Expression>,
}

impl Policy {
    /// What unknown means at a stage.
    pub fn on_unknown(&self, stage: Stage) -> OnUnknown {
        self.unknown
            .iter()
            .find(|(of, _)| *of == stage)
            .map_or_else(|| stage.default_on_unknown(), |(_, on_unknown)| *on_unknown)
    }

    /// The policy, for one namespace only.
    pub(crate) fn within(mut self, namespace: Option<String>) -> Self {
        if namespace.is_some() {
            self.namespace = namespace;
            self.digest = crate::compile::digest(&self);
        }
        self
    }

    /// Whether these facts are of the kind that the policy is about: they have every root of the
    /// target itself that its expressions read. One that reads none is about everything.
    pub fn is_about(&self, facts: &Facts<'_>) -> bool {
        facts.present().has(self.needs)
    }

    /// Whether it is about objects of a cluster and about nothing else.
    pub(crate) fn is_about_objects(&self) -> bool {
        self.needs.has_any(RootSet::of(["object", "workload", "manifest"]))
            && !self.needs.has_any(RootSet::of(["image", "dockerfile"]))
    }

    /// Whether there is nothing but facts that says which targets it is about.
    pub(crate) const fn covers_all(&self) -> bool {
        self.constraints.is_none() && self.namespace.is_none() && self.admission.is_none()
    }

    /// Whether the match constraints are about the target; unknown where labels decide that are
    /// not known.
    #[inline]
    pub(crate) fn covers(&self, target: &Target<'_>, facts: &Facts<'_>) -> Known<bool> {
        if self.covers_all() { Ok(true) } else { self.covers_some(target, facts) }
    }

    fn covers_some(&self, target: &Target<'_>, facts: &Facts<'_>) -> Known<bool> {
        // What is no object lies in no namespace.
        let is_elsewhere = target.is_object()
            && self.namespace.is_some()
            && self.namespace.as_deref() != target.namespace;
        if is_elsewhere || self.admission.is_some() && admission::is_excluded(target) {
            return Ok(false);
        }
        self.constraints.as_ref().map_or(Ok(true), |given| given.matches(target, facts))
    }

    /// Whether it says itself where its parameters come from.
    pub(crate) const fn has_params(&self) -> bool {
        self.params.is_some() || self.admission.is_some()
    }

    /// The resources that its match constraints name, without subresources: `pods`. `None` where
    /// it names none, or any.
    pub fn resources(&self) -> Option<Vec<&str>> {
        let rules = &self.constraints.as_ref()?.rules;
        let resources = rules.iter().flat_map(|rule| &rule.resources);
        let names = resources.map(|resource| resource.split('/').next().unwrap_or(resource));
        let names: Vec<&str> = names.collect();
        (!names.is_empty() && !names.contains(&"*")).then_some(names)
    }

    /// Whether its match constraints name one of these operations on a resource of an API group, or
    /// on a subresource: `pods`, `pods/exec`. Where they name none it is about all.
    pub fn names(&self, group: &str, resource: &str, operations: &[Operation]) -> bool {
        let rules = self.constraints.as_ref().map_or(&[][..], |given| &given.rules);
        rules.is_empty() || rules.iter().any(|rule| rule.names(group, resource, operations))
    }

    /// What it is about, for people: `objects that make pods`.
    pub fn about(&self) -> String {
        if let Some(constraints) = &self.constraints {
            return constraints.about();
        }
        match self.needs.iter().next() {
            Some(root) => root.about.to_owned(),
            None => "everything".to_owned(),
        }
    }

    /// Every expression, in a fixed order, with the path where it stands.
    pub(crate) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        let validations = self.validations.iter().flat_map(|validation| {
            [Some(&validation.expression), validation.message.expression.as_ref()]
        });
        self.match_conditions
            .iter()
            .map(|condition| Some(&condition.expression))
            .chain(self.variables.iter().map(|variable| Some(&variable.expression)))
            .chain([self.for_each.as_ref().map(|for_each| &for_each.list)])
            .chain([self.subject.as_ref()])
            .chain(validations)
            .chain([self.remediation.as_ref().and_then(|text| text.expression.as_ref())])
            .chain(self.patch.iter().flat_map(PatchTemplate::expressions))
            .chain(self.admission.iter().flat_map(Rules::expressions))
            .flatten()
    }
}

impl PatchTemplate {
    fn expressions(&self) -> impl Iterator<Item = Option<&Expression>> {
        let value = match &self.value {
            Some(PatchValue::Computed(expression)) => Some(expression),
            _ => None,
        };
        [self.from.as_ref(), value].into_iter()
    }
}
