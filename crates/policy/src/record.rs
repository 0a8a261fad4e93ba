//! What a judgement read: inputs for people, a digest for machines, and until when it holds.

use crate::{
    Detail, Facts, Input, Observation, Place, Policy, Provenance,
    explain::{self, Candidate},
    facts::{FactSource, ROOTS},
    hash::Hasher,
};
use cofferdam_cel::{Evaluation, Lookup, Mark, Read, ReadId, Step, Trace, Value};
use cofferdam_model::Digest;
use jiff::Timestamp;
use std::{collections::HashSet, fmt::Write as _};

/// Reasons that one unknown finding names; more are left out.
const REASONS_MAX: usize = 3;

/// Facts that a finding or a verdict lists; the rest is counted, and all are in the digest. More
/// than these nobody reads, and a rule over all packages reads a hundred thousand.
const INPUTS_MAX: usize = 32;

/// Collects what a judgement read.
pub(crate) struct Record<'a> {
    policy: &'a Policy,
    facts: &'a Facts<'a>,
    now: Timestamp,
    detail: Detail,
    /// Hashes of what was read: sorted and each once, they do not depend on the order of reading.
    entries: Vec<Digest>,
    /// What was read outside of findings.
    pub(crate) inputs: Vec<Input>,
    /// The first instant at which a comparison with the clock has another result.
    pub(crate) valid_until: Option<Timestamp>,
}

impl<'a> Record<'a> {
    pub(crate) const fn new(
        policy: &'a Policy,
        facts: &'a Facts<'a>,
        now: Timestamp,
        detail: Detail,
    ) -> Self {
        Self {
            policy,
            facts,
            now,
            detail,
            entries: Vec::new(),
            inputs: Vec::new(),
            valid_until: None,
        }
    }

    /// Keeps everything read so far as inputs of the verdict as a whole.
    pub(crate) fn keep_inputs(&mut self, evaluation: &Evaluation<'a>) {
        self.inputs = self.inputs_of(evaluation.trace(), evaluation.trace().reads(), false);
        self.note_all(evaluation.trace());
    }

    /// The inputs read since a mark, each path once, in order of reading.
    pub(crate) fn inputs_since(&self, trace: &Trace<'a>, mark: Mark) -> Vec<Input> {
        let clock = !trace.clock_since(mark).is_empty();
        self.inputs_of(trace, trace.reads_since(mark), clock)
    }

    /// The inputs of a whole trace.
    pub(crate) fn inputs_of_all(&self, trace: &Trace<'a>) -> Vec<Input> {
        self.inputs_of(trace, trace.reads(), false)
    }

    fn inputs_of(&self, trace: &Trace<'a>, reads: &[Read<'a>], clock: bool) -> Vec<Input> {
        if self.detail < Detail::Full {
            return Vec::new();
        }
        let mut inputs: Vec<Input> = Vec::new();
        let mut seen = HashSet::new();
        for read in reads.iter().filter(|read| tells(read)) {
            let path = trace.path(read);
            if !seen.insert(path.clone()) || seen.len() > INPUTS_MAX {
                continue;
            }
            let provenance = self.provenance(trace, read);
            inputs.push(Input { path, value: self.observation(trace, read), provenance });
        }
        if let Some(more) = seen.len().checked_sub(INPUTS_MAX).filter(|more| *more > 0) {
            inputs.push(Input {
                path: "further facts".to_owned(),
                value: Observation::Entries(more),
                provenance: Provenance::Derived,
            });
        }
        if clock {
            inputs.push(Input {
                path: "now".to_owned(),
                value: Observation::Timestamp(self.now),
                provenance: Provenance::Given,
            });
        }
        inputs
    }

    /// Notes all reads and comparisons for the digest.
    pub(crate) fn note_all(&mut self, trace: &Trace<'a>) {
        self.note(trace, Mark::START);
    }

    /// Notes the reads and comparisons since a mark for the digest.
    pub(crate) fn note(&mut self, trace: &Trace<'a>, mark: Mark) {
        let is_brief = self.detail == Detail::Brief;
        let reads = if is_brief { &[] } else { trace.reads_since(mark) };
        let (mut path, mut value) = (String::with_capacity(64), String::with_capacity(64));
        self.entries.reserve(reads.len());
        for read in reads.iter().filter(|read| tells(read)) {
            path.clear();
            trace.write_path(read, &mut path);
            value.clear();
            canonical(&read.found, &mut value);
            let mut hasher = Hasher::new("fact");
            hasher.text(&path).text(&value);
            self.entries.push(hasher.finish());
        }
        for comparison in trace.clock_since(mark) {
            // Where both sides are equal: a point that does not move with the clock.
            let threshold = comparison
                .equal_in
                .and_then(|ahead| self.now.checked_add(ahead).ok())
                .unwrap_or(self.now);
            let mut hasher = Hasher::new("clock");
            hasher.text(comparison.operator).text(&threshold.to_string());
            hasher.text(if comparison.result { "true" } else { "false" });
            self.entries.push(hasher.finish());
            let flips = comparison.holds_for.and_then(|time| self.now.checked_add(time).ok());
            self.valid_until = [self.valid_until, flips].into_iter().flatten().min();
        }
    }

    /// The digest over the policy and everything noted.
    pub(crate) fn digest(mut self) -> Digest {
        if self.detail == Detail::Brief {
            return self.policy.digest;
        }
        self.entries.sort_unstable();
        self.entries.dedup();
        let mut hasher = Hasher::new("verdict");
        hasher.digest(&self.policy.digest);
        for entry in &self.entries {
            hasher.digest(entry);
        }
        hasher.finish()
    }

    /// Why these reads are unknown, each reason once.
    pub(crate) fn reasons(&self, trace: &Trace<'a>, reads: &[ReadId]) -> Vec<String> {
        let mut reasons = Vec::new();
        for read in reads.iter().filter_map(|id| trace.get(*id)) {
            let reason = self.reason(trace, read);
            if !reasons.contains(&reason) && reasons.len() < REASONS_MAX {
                reasons.push(reason);
            }
        }
        reasons
    }

    fn reason(&self, trace: &Trace<'a>, read: &Read<'a>) -> String {
        if let Some((source, node)) = self.owner(trace, read) {
            return source.reason(node, &read.step);
        }
        match &read.step {
            // A root that nobody gave.
            Step::Variable(name) => ROOTS.iter().find(|root| root.name == &**name),
            _ => None,
        }
        .map_or_else(
            || format!("{} is not known here", trace.path(read)),
            |root| root.missing.to_owned(),
        )
    }

    fn provenance(&self, trace: &Trace<'a>, read: &Read<'a>) -> Provenance {
        self.owner(trace, read)
            .map_or(Provenance::Derived, |(source, node)| source.provenance(node, &read.step))
    }

    /// What was read between two marks, the last first, and stands in the object: each once.
    pub(crate) fn candidates(
        &self,
        trace: &Trace<'a>,
        [from, to]: [Mark; 2],
        tests: &explain::Tests,
    ) -> Vec<Candidate<'a>> {
        let mut candidates: Vec<Candidate<'a>> = Vec::new();
        let after = trace.reads_since(to).len();
        for read in trace.reads_since(from).iter().rev().skip(after) {
            let Some(candidate) = self.candidate(trace, read, tests) else { continue };
            let is_new = candidates.iter().all(|one| one.pointer != candidate.pointer);
            if is_new && candidates.len() < INPUTS_MAX {
                candidates.push(candidate);
            }
        }
        // Steps on the way to others come last: to take away less is a smaller change.
        candidates.sort_by_key(|candidate| matches!(candidate.from, Observation::Entries(_)));
        candidates
    }

    fn candidate(
        &self,
        trace: &Trace<'a>,
        read: &Read<'a>,
        tests: &explain::Tests,
    ) -> Option<Candidate<'a>> {
        let Step::Member(step) = &read.step else { return None };
        let Lookup::Value(holder) = &trace.get(read.origin?)?.found else { return None };
        let holder = holder.handle()?;
        let is_it = |source: &&(dyn FactSource + 'a)| {
            std::ptr::addr_eq(std::ptr::from_ref(*source), std::ptr::from_ref(holder.source))
        };
        // What other objects say, or what was found out, nobody can change in this one.
        let sources = ["object", "workload"].into_iter().filter_map(|name| self.facts.root(name));
        let mut pointer = sources.filter(is_it).find_map(|source| source.pointer(holder.node))?;
        crate::patch::push_step(&mut pointer, step);
        let (mut fields, mut root) = (vec![step.to_string()], "");
        let mut at = trace.get(read.origin?);
        while let Some(read) = at {
            match &read.step {
                Step::Member(name) => fields.push(name.to_string()),
                Step::Variable(name) => root = name,
                Step::Element(_) | Step::Length => {}
            }
            at = read.origin.and_then(|origin| trace.get(origin));
        }
        fields.reverse();
        let place = match self.provenance(trace, read) {
            Provenance::Place(place) => Some(place),
            _ => None,
        };
        Some(Candidate {
            holder,
            key: step.to_string(),
            pointer,
            from: self.observation(trace, read),
            place,
            values: tests.values(root, &fields),
            may_go: tests.forbids(root, &fields),
        })
    }

    /// Where the last thing stands that was read since a mark.
    pub(crate) fn place(&self, trace: &Trace<'a>, mark: Mark) -> Option<Place> {
        trace.reads_since(mark).iter().rev().find_map(|read| match self.provenance(trace, read) {
            Provenance::Place(place) => Some(place),
            _ => None,
        })
    }

    /// The source and the map or list that a read was made in.
    fn owner(
        &self,
        trace: &Trace<'a>,
        read: &Read<'a>,
    ) -> Option<(&'a (dyn FactSource + 'a), cofferdam_cel::Node)> {
        let mut top = trace.get(read.origin?)?;
        let Lookup::Value(holder) = &top.found else { return None };
        let handle = holder.handle()?;
        while let Some(origin) = top.origin {
            top = trace.get(origin)?;
        }
        let Step::Variable(name) = &top.step else { return None };
        Some((self.facts.owner(&handle, name)?, handle.node))
    }

    fn observation(&self, trace: &Trace<'a>, read: &Read<'a>) -> Observation {
        match &read.found {
            Lookup::Absent => Observation::Absent,
            Lookup::Unknown => Observation::Unknown(self.reason(trace, read)),
            Lookup::Value(value) => observe(value),
        }
    }
}

/// Whether a read says something by itself: a step to a map or a list does not.
fn tells(read: &Read<'_>) -> bool {
    !matches!(&read.found, Lookup::Value(Value::Map(_) | Value::List(_)))
}

pub(crate) fn observe(value: &Value<'_>) -> Observation {
    match value {
        Value::Null => Observation::Null,
        Value::Bool(value) => Observation::Bool(*value),
        Value::Int(value) => Observation::Int(*value),
        Value::Uint(value) => Observation::Uint(*value),
        Value::Double(value) => Observation::Double(*value),
        Value::String(text) => Observation::String(text.to_string()),
        Value::Bytes(bytes) => Observation::String(bytes.escape_ascii().to_string()),
        Value::Timestamp(instant) => Observation::Timestamp(instant.timestamp()),
        Value::Duration(span) => Observation::Duration(span.length),
        Value::Type(kind) => Observation::String(kind.as_str().to_owned()),
        Value::Opaque(value) => Observation::String(value.to_string()),
        // Steps to lists and maps are not inputs, and no source has optional values.
        Value::List(_) | Value::Map(_) | Value::Optional(_) => Observation::Entries(0),
    }
}

/// One text for each fact, no two facts with the same.
fn canonical(found: &Lookup<'_>, text: &mut String) {
    let observed = match found {
        Lookup::Absent => Observation::Absent,
        // The reason is for people and may name a date; that it is unknown is the fact.
        Lookup::Unknown => return text.push_str("unknown"),
        Lookup::Value(Value::Double(value)) if *value == 0.0 => return text.push_str("0.0"),
        Lookup::Value(Value::String(value)) => {
            text.push_str("string ");
            return text.push_str(value);
        }
        Lookup::Value(value) => observe(value),
    };
    let _ = match &observed {
        Observation::String(value) => write!(text, "string {value}"),
        other => write!(text, "{other}"),
    };
}
