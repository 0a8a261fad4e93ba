//! What a finding says beside its message: what it is about, where, and which clause decided.

use super::{Judge, STEPS_MAX};
use crate::{
    Detail, Finding, Flip, Place,
    admission::Params,
    explain::{Tests, Trial},
    policy::Expression,
};
use cofferdam_cel::{Evaluation, Lookup, Map, Mark, Scope, Stop, Value};

impl Judge<'_> {
    /// Without a subject in the policy: `container web of Deployment shop/web`, `Deployment
    /// shop/web`, or the title where the target is no object.
    pub(super) fn default_subject(&self) -> String {
        if !self.target.is_object() {
            return self.policy.title.clone();
        }
        let object = self.target.subject();
        let element = self.element.as_ref().and_then(|(element, _)| name_of(element));
        match (&self.policy.for_each, element) {
            (Some(for_each), Some(name)) => {
                [&*for_each.variable, " ", &name, " of ", &object].concat()
            }
            _ => object,
        }
    }

    /// Where the last value stands that was read since the mark; where it found nothing, what is
    /// around that. Without such a value, where the element stands, or the object.
    pub(super) fn place_of_finding(&self, mark: Mark) -> Option<Place> {
        let trace = self.evaluation.trace();
        self.record
            .place(trace, mark)
            .or_else(|| {
                let (element, mark) = self.element.as_ref()?;
                let handle = element.handle();
                handle
                    .and_then(|handle| self.facts.owner(&handle, "")?.place(handle.node))
                    .or_else(|| self.record.place(trace, *mark))
            })
            .or_else(|| self.place_of_target())
    }

    /// Where the target begins.
    pub(super) fn place_of_target(&self) -> Option<Place> {
        self.facts.roots().find_map(|(_, source)| source.place(crate::facts::TOP))
    }

    /// Changes of one fact each that let the finding go.
    pub(super) fn proposals(
        &self,
        finding: &Finding,
        validation: usize,
        reads: [Mark; 2],
    ) -> Option<Vec<Flip>> {
        let object = self.facts.root("object")?.view(crate::facts::TOP)?;
        let mut scope = Scope::default();
        let params = self.asked.params(self.target, self.facts).unwrap_or_default();
        if let Some(params @ Params::Value(_)) = params.into_iter().next() {
            params.bind(&mut scope);
        }
        let (validated, clause) = (self.policy.validations.get(validation)?, &finding.clause);
        let tests = Tests::of(self.policy, validated, clause.as_deref(), scope);
        let candidates = self.record.candidates(self.evaluation.trace(), reads, &tests);
        let Self { asked, facts, target, now, .. } = *self;
        let trial = Trial { asked, facts, target, now, object };
        Some(trial.flips((finding, validation), &candidates))
    }

    /// The part of a condition that decided, where that is not all of it.
    pub(super) fn clause(
        &self,
        held: &Result<bool, Stop>,
        expression: &Expression,
    ) -> Option<String> {
        if *held == Err(Stop::Exhausted) || self.detail < Detail::Full {
            return None;
        }
        let mut evaluation = Evaluation::unrecorded(STEPS_MAX);
        let clause = evaluation.clause(&expression.program, &self.scope);
        Some(clause.text.to_owned())
    }
}

/// The member `name` of a map.
pub(crate) fn name_of(element: &Value<'_>) -> Option<String> {
    let Value::Map(Map::Source(handle)) = element else { return None };
    match handle.source.member(handle.node, "name") {
        Lookup::Value(name) => name.as_str().map(str::to_owned),
        _ => None,
    }
}
