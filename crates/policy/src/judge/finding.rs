//! What a finding says beside its message: what it is about, where, and which clause decided.

use super::{Judge, STEPS_MAX};
use crate::{
    Detail, Finding, Flip, Place,
    admission::Params,
    explain::{Trial, literals, of_params},
    json,
    policy::Expression,
};
use cofferdam_cel::{Evaluation, Lookup, Map, Mark, Stop, Value};

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

    /// The smallest change that lets the finding go, if a single fact can.
    pub(super) fn flip(
        &self,
        finding: &Finding,
        validation: usize,
        reads: [Mark; 2],
    ) -> Option<Flip> {
        let source = self.policy.validations.get(validation)?.expression.program.source();
        let candidates = self.record.candidates(self.evaluation.trace(), reads);
        let proposed = finding.patch.iter().flatten().filter_map(|step| step.value.as_ref());
        let mut named: Vec<Value<'static>> =
            proposed.filter(|value| !value.is_object()).map(json::to_value).collect();
        named.extend(finding.clause.iter().flat_map(|clause| literals(clause)));
        named.extend(literals(source));
        for params in self.asked.params(self.target, self.facts).unwrap_or_default() {
            if let Params::Value(params) = params {
                named.extend(of_params(params));
            }
        }
        let trial =
            Trial { asked: self.asked, facts: self.facts, target: self.target, now: self.now };
        trial.flip((finding, validation), &candidates, &named)
    }

    /// The part of a condition that decided, where that is not all of it.
    pub(super) fn clause(
        &self,
        held: &Result<bool, Stop>,
        expression: &Expression,
    ) -> Option<String> {
        if *held == Err(Stop::Exhausted) || self.detail == Detail::Brief {
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
