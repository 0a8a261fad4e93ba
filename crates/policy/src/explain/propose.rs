//! Changes of single facts that let a finding go.

use super::overlay::{self, Change};
use crate::{
    Detail, Facts, Finding, Flip, Observation, PatchKind, Place, Target,
    admission::Asked,
    json,
    judge::{Effort, build, judge_with_origins},
    record,
};
use cofferdam_cel::{Handle, Value};
use cofferdam_manifest::View;
use jiff::Timestamp;

/// Changes that are laid over the facts for one finding.
const TRIES_MAX: usize = 48;

/// Changes that are proposed for one finding.
const PROPOSALS_MAX: usize = 4;

/// Steps of one try: what is looked for is a simple reason.
const STEPS_MAX: u64 = 200_000;

/// What an object is found by. With another it would be another object.
const IDENTITY: &[&str] =
    &["/apiVersion", "/kind", "/metadata/name", "/metadata/generateName", "/metadata/namespace"];

/// A fact that was read, which stands in the object, and what it could be instead.
#[derive(Debug)]
pub(crate) struct Candidate<'a> {
    /// The map that it was read from.
    pub(crate) holder: Handle<'a>,
    pub(crate) key: String,
    /// Where it stands in the object, or would.
    pub(crate) pointer: String,
    pub(crate) from: Observation,
    pub(crate) place: Option<Place>,
    /// The values that the condition compares it with.
    pub(crate) values: Vec<Value<'static>>,
    /// Whether the condition forbids it.
    pub(crate) may_go: bool,
}

/// A finding, and the number of its validation.
type Found<'f> = (&'f Finding, usize);

/// What is judged again for each try.
#[derive(Clone, Copy)]
pub(crate) struct Trial<'a> {
    pub(crate) asked: Asked<'a>,
    pub(crate) facts: &'a Facts<'a>,
    pub(crate) target: &'a Target<'a>,
    pub(crate) now: Timestamp,
    /// The object as its file has it.
    pub(crate) object: View<'a>,
}

impl Trial<'_> {
    /// The changes that let the finding go, the first ones; `candidates` are in order of
    /// preference.
    pub(crate) fn flips(&self, finding: Found<'_>, candidates: &[Candidate<'_>]) -> Vec<Flip> {
        let is_of_it = |one: &&Candidate<'_>| !IDENTITY.contains(&&*one.pointer);
        let tries = candidates.iter().filter(is_of_it).flat_map(|candidate| {
            alternatives(candidate).into_iter().map(move |to| (candidate, to))
        });
        let tries = tries.take(TRIES_MAX);
        let flips = tries.filter_map(|(candidate, to)| {
            self.lets_go(finding, candidate, to.as_ref()).then(|| self.flip(finding, candidate, to))
        });
        flips.flatten().take(PROPOSALS_MAX).collect()
    }

    /// The change as one of the object.
    fn flip(
        &self,
        finding: Found<'_>,
        candidate: &Candidate<'_>,
        to: Option<Value<'static>>,
    ) -> Option<Flip> {
        let any = Value::from(ANYTHING);
        // Of values that the condition names, some may be those that do not pass.
        let is_any = candidate.from == Observation::Absent
            && candidate.values.is_empty()
            && self.lets_go(finding, candidate, Some(&Value::Bool(false)))
            && self.lets_go(finding, candidate, Some(&any));
        let (op, value) = match if is_any { Some(any) } else { to } {
            Some(value) => (PatchKind::Add, Some(json::of_value(&value)?)),
            None => (PatchKind::Remove, None),
        };
        let mut patch = Vec::new();
        build(op, &candidate.pointer, value, self.object, &mut patch)?;
        let (from, place) = (Some(candidate.from.clone()), candidate.place.clone());
        (!patch.is_empty()).then_some(Flip { patch, from, is_any, place })
    }

    /// Whether the finding is gone, and none has come for it, when a fact is changed.
    fn lets_go(
        &self,
        (finding, validation): Found<'_>,
        candidate: &Candidate<'_>,
        to: Option<&Value<'static>>,
    ) -> bool {
        let change = Change { holder: candidate.holder, key: &candidate.key, to: to.cloned() };
        let changed = overlay::lay(self.facts, &change);
        let effort = Effort { steps: STEPS_MAX, detail: Detail::Brief, proposes: false };
        let (verdict, origins) =
            judge_with_origins(self.asked, &changed, self.target, self.now, effort);
        // Neither this nor another of the same condition, for the same element.
        let is_it = |(other, origin): (&Finding, &crate::judge::Origin)| {
            other.element == finding.element
                && origin.validation.is_none_or(|origin| origin == validation)
        };
        verdict.applies && !verdict.findings.iter().zip(&origins).any(is_it)
    }
}

/// What stands for any value.
const ANYTHING: &str = "?";

/// What a value could be instead, the nearest first; `None`: not there.
fn alternatives(candidate: &Candidate<'_>) -> Vec<Option<Value<'static>>> {
    let Candidate { from, values, may_go, .. } = candidate;
    let is_alike = |value: &&Value<'static>| match from {
        Observation::Bool(_) => matches!(value, Value::Bool(_)),
        Observation::Int(_) | Observation::Double(_) => {
            matches!(value, Value::Int(_) | Value::Double(_))
        }
        Observation::String(_) => matches!(value, Value::String(_)),
        Observation::Absent => true,
        _ => false,
    };
    let is_other = |value: &&Value<'static>| record::observe(value) != *from;
    let mut all = Vec::new();
    if let Observation::Bool(value) = from {
        all.push(Some(Value::Bool(!value)));
    }
    all.extend(values.iter().filter(is_alike).filter(is_other).cloned().map(Some));
    match from {
        // What is compared with texts or numbers is neither true nor false.
        Observation::Absent if values.iter().all(|value| matches!(value, Value::Bool(_))) => {
            all.extend([true, false].map(|value| Some(Value::Bool(value))));
        }
        // Whoever is to go without a text or a list needs another: that is more than this change.
        Observation::Bool(_) | Observation::Int(_) | Observation::Double(_) if *may_go => {
            all.push(None);
        }
        _ => {}
    }
    all
}
