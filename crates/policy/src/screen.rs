//! Judging many objects fast: only what does not plainly pass is judged in full.

use crate::{
    Bundle, Detail, ExceptionUse, Facts, Judged, Outcome, Policy, Stage, Target,
    admission::{Asked, RequestSource},
    exception,
    judge::{self, Effort, STEPS_MAX},
};
use cofferdam_cel::{Evaluation, Scope};
use jiff::Timestamp;

/// What a bundle says about one object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Screened {
    /// The verdicts with findings, in order of code. One whose findings are all excepted is a pass,
    /// and is here all the same.
    pub verdicts: Vec<Judged>,
    /// Policies that are about the object and hold.
    pub passed: usize,
    /// Policies of this stage that are not about it.
    pub skipped: usize,
    /// What became of each exception, in order of name; empty where nothing could be excepted.
    pub exceptions: Vec<ExceptionUse>,
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
    screen_with(bundle, facts, target, stage, now, Detail::Full)
}

/// [`screen`], telling less or more of what does not pass. Outcomes, subjects, messages and places
/// are the same.
pub fn screen_with(
    bundle: &Bundle,
    facts: &Facts<'_>,
    target: &Target<'_>,
    stage: Stage,
    now: Timestamp,
    detail: Detail,
) -> Screened {
    let request = RequestSource::new(target);
    let mut pass = Pass {
        facts,
        target,
        request: &request,
        scope: judge::scope(facts, now),
        evaluation: Evaluation::unrecorded(STEPS_MAX),
    };
    let mut screened = Screened::default();
    for policy in bundle.policies.iter().filter(|policy| policy.stages.contains(&stage)) {
        if !policy.is_about(facts) {
            screened.skipped += 1;
            continue;
        }
        for asked in bundle.of(policy) {
            match pass.ask(asked) {
                Answer::Skipped => screened.skipped += 1,
                Answer::Passed => screened.passed += 1,
                Answer::Unclear => {
                    let effort = Effort::of(detail);
                    let verdict = judge::judge_asked(asked, facts, target, now, effort);
                    if verdict.outcome == Outcome::Pass {
                        screened.passed += 1;
                    } else {
                        let on_unknown = policy.on_unknown(stage);
                        screened.verdicts.push(Judged { verdict, on_unknown });
                    }
                }
            }
        }
    }
    except(bundle, facts, target, now, &mut screened);
    screened
}

fn except(
    bundle: &Bundle,
    facts: &Facts<'_>,
    target: &Target<'_>,
    now: Timestamp,
    screened: &mut Screened,
) {
    if bundle.exceptions.is_empty() || screened.verdicts.is_empty() {
        return;
    }
    let verdicts = screened.verdicts.iter_mut().map(|judged| &mut judged.verdict);
    screened.exceptions =
        exception::apply(&bundle.exceptions, &mut verdicts.collect::<Vec<_>>(), facts, target, now);
}

/// What can be said without a record.
enum Answer {
    /// The policy is not about the target.
    Skipped,
    /// It plainly passes.
    Passed,
    /// It has to be judged in full.
    Unclear,
}

/// Evaluates policies without a record.
struct Pass<'a> {
    facts: &'a Facts<'a>,
    target: &'a Target<'a>,
    request: &'a RequestSource<'a>,
    scope: Scope<'a>,
    evaluation: Evaluation<'a>,
}

impl<'a> Pass<'a> {
    fn ask(&mut self, asked: Asked<'a>) -> Answer {
        match asked.covers(self.target, self.facts) {
            Ok(true) => {}
            Ok(false) => return Answer::Skipped,
            Err(_) => return Answer::Unclear,
        }
        let roots = self.scope.len();
        self.evaluation.refill(STEPS_MAX);
        judge::complete(&mut self.scope, asked.policy, self.facts, self.request);
        let passes = match asked.params(self.target, self.facts) {
            Ok(params) => params.into_iter().all(|params| {
                let own = self.scope.len();
                params.bind(&mut self.scope);
                let passes = self.all(asked.policy).unwrap_or(false);
                self.scope.truncate(own);
                passes
            }),
            Err(_) => false,
        };
        self.scope.truncate(roots);
        if passes { Answer::Passed } else { Answer::Unclear }
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
