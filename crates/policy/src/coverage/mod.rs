//! Condition by condition: what each part of a policy gave on facts, and which parts were never
//! tried both ways.

mod clause;
mod walk;

use crate::{Bundle, Facts, Input, Policy, Target, admission::Asked};
use clause::Clause;
use jiff::Timestamp;

/// The conditions of a policy, taken apart, and what each part has given so far.
#[derive(Debug)]
pub struct Coverage<'p> {
    asked: Asked<'p>,
    parts: Vec<Part<'p>>,
    seen: Vec<Seen>,
}

/// A condition, or a part of one, in the order of the policy; parts come after what they are of.
#[derive(Debug)]
struct Part<'p> {
    /// Where its condition stands: `spec.validations[0].expression`.
    path: &'p str,
    level: usize,
    clause: Clause,
    /// The number of the match condition or validation.
    of: Of,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Of {
    Condition,
    Validation,
}

/// How often a part was what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seen {
    is_true: usize,
    is_false: usize,
}

/// A part of a condition that was never true, or never false.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// Where its condition stands: `spec.validations[0].expression`.
    pub path: String,
    /// The part, as the policy has it.
    pub text: String,
    /// What it never was.
    pub never: bool,
}

/// What one part of a condition gave on one target, or on one element of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The element that is judged: `container web`; nothing for the target as a whole.
    pub element: Option<String>,
    /// Where its condition stands: `spec.validations[0].expression`.
    pub path: String,
    /// How deep the part lies in its condition; 0 is the condition itself.
    pub level: usize,
    /// Whether it has parts of its own, which follow.
    pub has_parts: bool,
    /// The part, as the policy has it.
    pub text: String,
    /// What it gave, or why it gave nothing.
    pub result: Result<bool, String>,
    /// The facts that it read.
    pub inputs: Vec<Input>,
}

impl<'p> Coverage<'p> {
    /// The parts of a policy's conditions; none was tried yet.
    pub fn of(policy: &'p Policy) -> Self {
        Self::asked(Asked::of(policy))
    }

    /// The same, with the first binding and the parameters that the policy has in a bundle.
    pub fn within(bundle: &'p Bundle, policy: &'p Policy) -> Self {
        Self::asked(bundle.of(policy).next().unwrap_or_else(|| Asked::of(policy)))
    }

    fn asked(asked: Asked<'p>) -> Self {
        let policy = asked.policy;
        let conditions = policy.match_conditions.iter().map(|condition| &condition.expression);
        let validations = policy.validations.iter().map(|validation| &validation.expression);
        let all = conditions
            .map(|expression| (Of::Condition, expression))
            .chain(validations.map(|expression| (Of::Validation, expression)));
        let mut parts = Vec::new();
        for (of, expression) in all {
            let Some(clause) = Clause::of(expression.program.source()) else { continue };
            for (level, clause) in clause.flat() {
                parts.push(Part { path: &expression.path, level, clause, of });
            }
        }
        let seen = vec![Seen::default(); parts.len()];
        Self { asked, parts, seen }
    }

    /// Tries every part on facts.
    pub fn observe(&mut self, facts: &Facts<'_>, target: &Target<'_>, now: Timestamp) {
        let mut seen = std::mem::take(&mut self.seen);
        walk::walk(self, facts, target, now, &mut |part, _, result, _| {
            if let Some(seen) = seen.get_mut(part) {
                match result {
                    Ok(true) => seen.is_true += 1,
                    Ok(false) => seen.is_false += 1,
                    Err(_) => {}
                }
            }
        });
        self.seen = seen;
    }

    /// What every part gives on facts, in the order of the elements and the policy.
    pub fn steps(&self, facts: &Facts<'_>, target: &Target<'_>, now: Timestamp) -> Vec<Step> {
        let mut steps = Vec::new();
        walk::walk(self, facts, target, now, &mut |part, element, result, inputs| {
            let Some(part) = self.parts.get(part) else { return };
            steps.push(Step {
                element: element.map(str::to_owned),
                path: part.path.to_owned(),
                level: part.level,
                has_parts: false,
                text: part.clause.source().to_owned(),
                result,
                inputs,
            });
        });
        without_the_unreached(steps)
    }

    /// The parts that were never true or never false, in the order of the policy. Constants are
    /// what they are.
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        for (part, seen) in self.parts.iter().zip(&self.seen) {
            let text = part.clause.source();
            if matches!(text, "true" | "false") {
                continue;
            }
            for (count, never) in [(seen.is_true, true), (seen.is_false, false)] {
                if count == 0 {
                    gaps.push(Gap { path: part.path.to_owned(), text: text.to_owned(), never });
                }
            }
        }
        gaps
    }

    /// How many ways there are, and how many were tried: each part can be true and false.
    pub fn tried(&self) -> (usize, usize) {
        let ways =
            self.parts.iter().filter(|part| !matches!(part.clause.source(), "true" | "false"));
        let all = ways.count() * 2;
        (all - self.gaps().len(), all)
    }

    const fn policy(&self) -> &'p Policy {
        self.asked.policy
    }
}

/// Leaves out the parts that have no value where the whole has one without them: nobody came there.
fn without_the_unreached(steps: Vec<Step>) -> Vec<Step> {
    let mut kept: Vec<Step> = Vec::new();
    // Whether the parts so far around this one have a value, by level.
    let mut known: Vec<bool> = Vec::new();
    let mut skipped: Option<usize> = None;
    for step in steps {
        if skipped.is_some_and(|level| step.level > level) {
            continue;
        }
        skipped = None;
        known.truncate(step.level);
        if step.result.is_err() && known.last() == Some(&true) {
            skipped = Some(step.level);
            continue;
        }
        known.push(step.result.is_ok());
        if let Some(before) = kept.last_mut() {
            before.has_parts = before.level < step.level;
        }
        kept.push(step);
    }
    kept
}
