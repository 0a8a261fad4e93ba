//! Judging many objects fast: only what does not plainly pass is judged in full.

use crate::{
    Bundle, Facts, Judged, Outcome, Policy, Stage, Target,
    judge::{self, STEPS_MAX},
};
use cofferdam_cel::{Evaluation, Scope};
use jiff::Timestamp;

/// What a bundle says about one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Screened {
    /// The verdicts that are not a plain pass, in order of code; exceptions applied.
    pub verdicts: Vec<Judged>,
    /// Policies that are about the object and hold.
    pub passed: usize,
    /// Policies of this stage that are not about it.
    pub skipped: usize,
}

/// Judges one object by every policy of the bundle that is asked at this stage and is about it.
/// The verdicts are those of [`crate::decide`]; of passes only the number is told.
pub fn screen(
    bundle: &Bundle,
    facts: &Facts<'_>,
    target: &Target<'_>,
    stage: Stage,
    now: Timestamp,
) -> Screened {
    let scope = judge::scope(facts, now);
    let mut screened = Screened::default();
    let mut pass = Pass { scope, evaluation: Evaluation::unrecorded(STEPS_MAX) };
    for policy in bundle.policies.iter().filter(|policy| policy.stages.contains(&stage)) {
        if !policy.is_about(facts) || policy.covers(target, facts) == Ok(false) {
            screened.skipped += 1;
        } else if pass.holds(policy, facts, target) {
            screened.passed += 1;
        } else {
            let verdict = judge::judge_target(policy, facts, target, now, STEPS_MAX);
            if verdict.outcome == Outcome::Pass {
                screened.passed += 1;
            } else {
                let on_unknown = policy.on_unknown(stage);
                screened.verdicts.push(Judged { verdict, on_unknown });
            }
        }
    }
    screened
}

/// Evaluates policies without a record.
struct Pass<'a> {
    scope: Scope<'a>,
    evaluation: Evaluation<'a>,
}

impl<'a> Pass<'a> {
    /// Whether the policy plainly passes. False says nothing: it is judged in full then.
    fn holds(&mut self, policy: &'a Policy, facts: &'a Facts<'_>, target: &Target<'_>) -> bool {
        let roots = self.scope.len();
        self.evaluation.refill(STEPS_MAX);
        judge::complete(&mut self.scope, policy, facts);
        let holds = policy.covers(target, facts) == Ok(true) && self.all(policy).unwrap_or(false);
        self.scope.truncate(roots);
        holds
    }

    fn all(&mut self, policy: &'a Policy) -> Option<bool> {
        // In order, each may read those before it. What has no value matters where it is read.
        for variable in policy.variables.iter().filter(|variable| !variable.per_element) {
            let evaluated = self.evaluation.evaluate(&variable.expression.program, &self.scope);
            self.scope.set_evaluated(&*variable.name, evaluated);
        }
        for condition in &policy.match_conditions {
            match self.evaluation.condition(&condition.expression.program, &self.scope) {
                Ok(true) => {}
                // One that is false decides, whatever became of those before it.
                Ok(false) => return Some(true),
                Err(_) => return None,
            }
        }
        let Some(for_each) = &policy.for_each else { return Some(self.validate(policy)) };
        let list = self.evaluation.evaluate(&for_each.list.program, &self.scope).ok()?;
        let length = self.evaluation.length(&list).ok()?;
        let slot = self.scope.declare(&*for_each.variable);
        let variables = self.scope.len();
        for index in 0..length {
            let element = self.evaluation.element(&list, index);
            self.scope.assign(slot, element);
            for variable in policy.variables.iter().filter(|variable| variable.per_element) {
                let evaluated = self.evaluation.evaluate(&variable.expression.program, &self.scope);
                self.scope.set_evaluated(&*variable.name, evaluated);
            }
            if !self.validate(policy) {
                return Some(false);
            }
            self.scope.truncate(variables);
        }
        Some(true)
    }

    fn validate(&mut self, policy: &'a Policy) -> bool {
        policy.validations.iter().all(|validation| {
            self.evaluation.condition(&validation.expression.program, &self.scope) == Ok(true)
        })
    }
}
