//! The smallest change of a fact with which a policy would hold, tried by judging.
//!
//! A policy reads facts, and its conditions compare them with what it says. So the values to try
//! are few: the opposite of what is true or false, what the condition has in quotes or as a number,
//! what the policy's own patch would put there, and nothing at all. Each is laid over the facts and
//! judged; the first that lets the finding go is told.

mod literals;
mod overlay;

use crate::{
    Detail, Facts, Finding, Flip, Observation, Place, Target,
    admission::Asked,
    judge::{Effort, judge_with_origins},
};
use cofferdam_cel::{Handle, Value};
use jiff::Timestamp;
pub(crate) use literals::{literals, of_params};
use overlay::Change;

/// Changes that are tried for one finding.
const TRIES_MAX: usize = 48;

/// Steps of one try: what is looked for is a simple reason.
const STEPS_MAX: u64 = 200_000;

/// A fact that was read, and what it could be instead.
#[derive(Debug)]
pub(crate) struct Candidate<'a> {
    /// The map or list that it was read from.
    pub(crate) holder: Handle<'a>,
    pub(crate) step: Step,
    pub(crate) path: String,
    pub(crate) from: Observation,
    pub(crate) place: Option<Place>,
}

/// A step to a fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Member(String),
    Element(usize),
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
}

impl Trial<'_> {
    /// The first change that lets the finding go. `candidates` are in order of preference, and so
    /// are the values that the policy itself names.
    pub(crate) fn flip(
        &self,
        finding: Found<'_>,
        candidates: &[Candidate<'_>],
        named: &[Value<'static>],
    ) -> Option<Flip> {
        let mut tries = 0;
        for candidate in candidates {
            for to in alternatives(&candidate.from, named) {
                tries += 1;
                if tries > TRIES_MAX {
                    return None;
                }
                if self.lets_go(finding, candidate, to.as_ref()) {
                    let is_any = candidate.from == Observation::Absent
                        && self.lets_go(finding, candidate, Some(&Value::Bool(false)))
                        && self.lets_go(finding, candidate, Some(&Value::from("?")));
                    return Some(Flip {
                        path: candidate.path.clone(),
                        from: candidate.from.clone(),
                        to: match to {
                            _ if is_any => Observation::Anything,
                            None => Observation::Absent,
                            Some(value) => crate::record::observe(&value),
                        },
                        place: candidate.place.clone(),
                    });
                }
            }
        }
        None
    }

    /// Whether the finding is gone, and none has come for it, when a fact is changed.
    fn lets_go(
        &self,
        (finding, validation): Found<'_>,
        candidate: &Candidate<'_>,
        to: Option<&Value<'static>>,
    ) -> bool {
        let change = Change { holder: candidate.holder, step: &candidate.step, to: to.cloned() };
        let changed = overlay::lay(self.facts, &change);
        let effort = Effort { steps: STEPS_MAX, detail: Detail::Brief };
        let (verdict, origins) =
            judge_with_origins(self.asked, &changed, self.target, self.now, effort);
        // Neither this nor another of the same condition, for the same element.
        let is_it = |(other, origin): (&Finding, &Option<usize>)| {
            other.element == finding.element && origin.is_none_or(|origin| origin == validation)
        };
        verdict.applies && !verdict.findings.iter().zip(&origins).any(is_it)
    }
}

/// What a value could be instead, the nearest first; `None`: not there.
fn alternatives(from: &Observation, named: &[Value<'static>]) -> Vec<Option<Value<'static>>> {
    let is_alike = |value: &&Value<'static>| match from {
        Observation::Bool(_) => matches!(value, Value::Bool(_)),
        Observation::Int(_) | Observation::Double(_) => {
            matches!(value, Value::Int(_) | Value::Double(_))
        }
        Observation::String(_) => matches!(value, Value::String(_)),
        _ => true,
    };
    let mut all = Vec::new();
    if let Observation::Bool(value) = from {
        all.push(Some(Value::Bool(!value)));
    }
    if !matches!(from, Observation::Entries(_)) {
        all.extend(named.iter().filter(is_alike).cloned().map(Some));
    }
    match from {
        Observation::Absent | Observation::Unknown(_) => {
            all.extend([Some(Value::Bool(true)), Some(Value::Bool(false))]);
        }
        _ => all.push(None),
    }
    all
}
