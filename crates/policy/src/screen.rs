//! Judging many objects fast: only what does not plainly pass is judged in full.

use crate::{
    Bundle, Detail, ExceptionUse, Facts, Judged, OnUnknown, Outcome, Policy, Stage, Target,
    Verdict,
    admission::{Asked, Params, RequestSource},
    exception,
    index::Index,
    judge::{self, Effort},
    memo::Memo,
    policy::{Expression, ForEach},
};
use cofferdam_cel::{Evaluated, Evaluation, Scope, Slot, Stop, Trace, Value};
use jiff::Timestamp;
use std::sync::atomic::Ordering;

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
    let Effort { steps, .. } = Effort::of(facts, detail);
    let scope = judge::scope(facts, now);
    let mut pass = Pass {
        facts,
        target,
        request: &request,
        roots: scope.len(),
        scope,
        round: None,
        steps,
        evaluation: Evaluation::unrecorded(steps),
        memo: Memo::default(),
        trace: Trace::new(),
        element: 0,
    };
    let mut screened = Screened::default();
    let index = bundle.index();
    let fresh = (!index.is_of(&bundle.policies)).then(|| Index::of(&bundle.policies));
    let index = fresh.as_ref().unwrap_or(index);
    let (mut about, all) = (0, index.count(stage));
    for listed in index.find(stage, &target.resource, facts.present()) {
        let Some(policy) = bundle.policies.get(listed.number) else { continue };
        about += 1;
        if listed.gate.is_some_and(|gate| pass.memo.is_false(gate)) {
            screened.passed += 1;
            continue;
        }
        // The others are policies of a cluster, each with its bindings.
        if policy.admission.is_none() {
            pass.judge(Asked::of(policy), (stage, now, detail), &mut screened);
        } else {
            for asked in bundle.of(policy) {
                pass.judge(asked, (stage, now, detail), &mut screened);
            }
        }
    }
    screened.skipped += all - about;
    screened.verdicts.sort_by(|Judged { verdict: a, .. }, Judged { verdict: b, .. }| {
        (&a.code, &a.name).cmp(&(&b.code, &b.name))
    });
    except(bundle, facts, target, now, &mut screened);
    screened
}

impl Screened {
    fn add(&mut self, verdict: Verdict, on_unknown: OnUnknown) {
        if verdict.outcome == Outcome::Pass {
            self.passed += 1;
        } else {
            self.verdicts.push(Judged { verdict, on_unknown });
        }
    }
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

/// Evaluates policies without a record.
struct Pass<'a> {
    facts: &'a Facts<'a>,
    target: &'a Target<'a>,
    request: &'a RequestSource<'a>,
    scope: Scope<'a>,
    /// How many of its variables are there for every policy.
    roots: usize,
    /// The list that was gone through last. Its variable stands behind the roots, where nobody but
    /// who goes through it has a name for it.
    round: Option<Round<'a>>,
    steps: u64,
    evaluation: Evaluation<'a>,
    memo: Memo<'a>,
    /// Room for what is read where it is recorded.
    trace: Trace<'a>,
    /// The element of the list that is judged.
    element: usize,
}

/// A list that is gone through. Policies that go through one list one after the other find it, and
/// its element, where the one before has left them.
struct Round<'a> {
    /// Whether others may find it.
    is_shared: bool,
    for_each: &'a ForEach,
    list: Value<'a>,
    length: usize,
    /// The variable.
    slot: Slot,
    /// The element that it is.
    at: Option<usize>,
}

impl<'a> Pass<'a> {
    /// Judges by one policy that is about the facts, in full where it does not plainly pass.
    fn judge(
        &mut self,
        asked: Asked<'a>,
        (stage, now, detail): (Stage, Timestamp, Detail),
        screened: &mut Screened,
    ) {
        let covers = asked.covers(self.target, self.facts);
        if covers == Ok(false) {
            screened.skipped += 1;
            return;
        }
        let has_failed = covers.is_ok() && asked.policy.has_failed.load(Ordering::Relaxed);
        if covers.is_ok() && !has_failed && self.plainly_passes(asked) {
            screened.passed += 1;
            return;
        }
        self.forget_round();
        let effort = Effort::of(self.facts, detail);
        let room = (&mut self.scope, &mut self.trace);
        let (verdict, _) = judge::judge_in(room, asked, self.facts, self.request, now, effort);
        // In full it takes more steps: what ran out of them may pass plainly.
        if verdict.outcome == Outcome::Unknown && has_failed && self.plainly_passes(asked) {
            screened.passed += 1;
            return;
        }
        asked.policy.has_failed.store(verdict.outcome == Outcome::Fail, Ordering::Relaxed);
        screened.add(verdict, asked.policy.on_unknown(stage));
    }

    #[inline]
    fn plainly_passes(&mut self, asked: Asked<'a>) -> bool {
        if let (Some(for_each), Some(round)) = (&asked.policy.for_each, &self.round)
            && !for_each.is_shared_with(round.for_each)
        {
            self.forget_round();
        }
        self.evaluation.refill(self.steps);
        judge::complete(&mut self.scope, asked.policy, self.facts, self.request);
        let passes = match asked.own_params(self.facts) {
            Some(params) => self.passes(asked.policy, params),
            None => asked.params(self.target, self.facts).is_ok_and(|all| {
                all.into_iter().all(|params| self.passes_alone(asked.policy, params))
            }),
        };
        if passes {
            self.scope.truncate(self.roots + usize::from(self.round.is_some()));
        } else {
            self.forget_round();
        }
        passes
    }

    /// [`Self::passes`] with parameters that others follow.
    fn passes_alone(&mut self, policy: &'a Policy, params: Params<'a>) -> bool {
        let roots = self.scope.len();
        let passes = self.passes(policy, params);
        self.scope.truncate(roots);
        self.round = None;
        passes
    }

    #[inline]
    fn passes(&mut self, policy: &'a Policy, params: Params<'a>) -> bool {
        params.bind(&mut self.scope);
        self.all(policy).unwrap_or(false)
    }

    #[inline]
    fn all(&mut self, policy: &'a Policy) -> Option<bool> {
        let mut bound = 0;
        for condition in &policy.match_conditions {
            match self.condition(policy, &condition.expression, &mut bound) {
                Ok(true) => {}
                // One that is false decides, whatever became of those before it.
                Ok(false) => return Some(true),
                Err(_) => return None,
            }
        }
        let Some(for_each) = &policy.for_each else {
            return Some(self.validate(policy, &mut bound));
        };
        self.each(policy, for_each, bound)
    }

    #[inline]
    fn each(&mut self, policy: &'a Policy, for_each: &'a ForEach, mut bound: u64) -> Option<bool> {
        let (length, is_shared) = match &self.round {
            Some(round) => (round.length, round.is_shared),
            None => self.enter(policy, for_each, &mut bound)?,
        };
        // What does not depend on the element is bound before it, once.
        for validation in policy.validations.iter().filter(|_| length > 0) {
            self.bind_shared(policy, &validation.expression, &mut bound);
        }
        let variables = self.scope.len();
        for index in 0..length {
            self.turn_to(index)?;
            if !self.validate(policy, &mut bound.clone()) {
                return Some(false);
            }
            self.scope.truncate(variables);
        }
        if !is_shared {
            self.round = None;
        }
        Some(true)
    }

    /// Begins to go through a list, and says how long it is and whether others may find it.
    fn enter(
        &mut self,
        policy: &'a Policy,
        for_each: &'a ForEach,
        bound: &mut u64,
    ) -> Option<(usize, bool)> {
        self.bind(policy, &for_each.list.needs, bound);
        let list = self.shared(&for_each.list, 0).ok()?;
        let length = self.evaluation.length(&list).ok()?;
        let is_shared = for_each.list.shared.is_some() && self.scope.len() == self.roots;
        let slot = self.scope.declare(&*for_each.variable);
        self.round = Some(Round { is_shared, for_each, list, length, slot, at: None });
        Some((length, is_shared))
    }

    /// Lets the variable be this element, if it is known.
    #[inline]
    fn turn_to(&mut self, index: usize) -> Option<()> {
        self.element = index;
        if let Some(round) = self.round.as_mut().filter(|round| round.at != Some(index)) {
            let element = self.evaluation.element(&round.list, index).ok()?;
            self.scope.assign(round.slot, Ok(element));
            round.at = Some(index);
        }
        Some(())
    }

    fn forget_round(&mut self) {
        self.round = None;
        self.scope.truncate(self.roots);
    }

    #[inline]
    fn validate(&mut self, policy: &'a Policy, bound: &mut u64) -> bool {
        policy
            .validations
            .iter()
            .all(|validation| self.condition(policy, &validation.expression, bound) == Ok(true))
    }

    #[inline]
    fn condition(
        &mut self,
        policy: &'a Policy,
        expression: &'a Expression,
        bound: &mut u64,
    ) -> Result<bool, Stop> {
        self.bind(policy, &expression.needs, bound);
        if expression.shared.is_none() {
            return self.evaluation.condition(&expression.program, &self.scope);
        }
        match self.shared(expression, 0)? {
            Value::Bool(value) => Ok(value),
            // No truth value: the full judgement says so.
            _ => Err(Stop::Exhausted),
        }
    }

    fn bind_shared(&mut self, policy: &'a Policy, expression: &'a Expression, bound: &mut u64) {
        for index in &expression.needs {
            let shared = policy.variables.get(*index).filter(|variable| !variable.per_element);
            if shared.is_some() {
                self.bind(policy, std::slice::from_ref(index), bound);
            }
        }
    }

    /// Gives variables their values, each once. They are in order: each may read those before it.
    #[inline]
    fn bind(&mut self, policy: &'a Policy, needs: &[usize], bound: &mut u64) {
        for index in needs {
            let Some(variable) = policy.variables.get(*index) else { continue };
            // Of those beyond the sixty-fourth each is evaluated as often as it is needed.
            let bit = u32::try_from(*index).ok().and_then(|index| 1_u64.checked_shl(index));
            let bit = bit.unwrap_or_default();
            if *bound & bit != 0 {
                continue;
            }
            *bound |= bit;
            let element = if variable.per_element { self.element } else { 0 };
            let evaluated = self.shared(&variable.expression, element);
            self.scope.set_evaluated(&*variable.name, evaluated);
        }
    }

    /// The value of an expression, which another policy may have asked for already.
    fn shared(&mut self, expression: &'a Expression, element: usize) -> Evaluated<'a> {
        let (evaluation, scope) = (&mut self.evaluation, &self.scope);
        self.memo
            .get(expression.shared, element, || evaluation.evaluate(&expression.program, scope))
    }
}
