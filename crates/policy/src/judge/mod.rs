//! The one pure function that judges.

use crate::{
    Element, Facts, Finding, Flip, Outcome, Policy, Target, Verdict,
    admission::{Asked, RequestSource},
    facts::{Role, RootSet},
    policy::{Expression, ForEach, Text, Validation},
    record::Record,
};
use cofferdam_cel::{Evaluation, Handle, Instant, Map, Mark, Scope, Step, Stop, Trace, Value};
use jiff::Timestamp;
use std::sync::Arc;

mod admission;
pub(crate) use admission::MISFIT;
pub(crate) use finding::name_of;
mod finding;
pub(crate) use patch::build;
mod patch;

/// Steps that one policy may take over one set of facts: about a second. Ten thousand
/// vulnerabilities under the largest built-in rule take half a million.
pub(crate) const STEPS_MAX: u64 = 20_000_000;

/// Steps that one policy may take over one object. etcd takes no object above 1.5 MiB, which has
/// some 100,000 values; a rule that looks at each takes half of these steps. More only a hostile
/// file needs, and there every rule would need them.
const OBJECT_STEPS_MAX: u64 = 1_000_000;

/// How much is told of what does not pass.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Detail {
    /// Subject, message, place and what to do. The digest is that of the policy alone.
    Brief,
    /// The same, and the digest is that of [`Detail::Full`].
    Sealed,
    /// Every fact that was read, the clause that decided, and the patch.
    #[default]
    Full,
}

/// How much a judgement may take, and tells.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    pub(crate) steps: u64,
    pub(crate) detail: Detail,
    /// Whether changes are looked for that let findings go.
    pub(crate) proposes: bool,
}

/// Where a finding comes from.
#[derive(Debug, Default)]
pub(crate) struct Origin {
    /// The validation; `None`: the policy as a whole.
    pub(crate) validation: Option<usize>,
    /// Changes of facts that let it go, where they were looked for.
    pub(crate) proposed: Vec<Flip>,
}

impl Effort {
    /// As much as the public functions take over such facts.
    pub(crate) fn of(facts: &Facts<'_>, detail: Detail) -> Self {
        let is_object = facts.present().has(RootSet::OBJECT);
        Self {
            steps: if is_object { OBJECT_STEPS_MAX } else { STEPS_MAX },
            detail,
            proposes: false,
        }
    }
}

/// Judges one set of facts by one policy at one time. Pure: the same three give the same verdict,
/// everywhere.
///
/// Each validation of the policy is evaluated for each element of its list, or once. One that is
/// false is a finding; so is one that cannot be evaluated, be it that facts are unknown or that
/// the expression fails on them, and that finding is unknown. A policy that is not about these
/// facts passes and does not apply. Exceptions come later, in [`crate::decide`].
pub fn judge(policy: &Policy, facts: &Facts<'_>, now: Timestamp) -> Verdict {
    let effort = Effort::of(facts, Detail::Full);
    judge_asked(Asked::of(policy), facts, &Target::of(facts), now, effort)
}

/// [`judge`] with a budget of one's own.
#[cfg(test)]
pub(crate) fn judge_within(
    policy: &Policy,
    facts: &Facts<'_>,
    now: Timestamp,
    steps: u64,
) -> Verdict {
    let limits = Effort { steps, detail: Detail::Full, proposes: false };
    judge_asked(Asked::of(policy), facts, &Target::of(facts), now, limits)
}

/// [`judge`] of a target that is known already, by a policy that may be bound.
pub(crate) fn judge_asked(
    asked: Asked<'_>,
    facts: &Facts<'_>,
    target: &Target<'_>,
    now: Timestamp,
    effort: Effort,
) -> Verdict {
    judge_with_origins(asked, facts, target, now, effort).0
}

/// [`judge_asked`], and for each finding where it comes from.
pub(crate) fn judge_with_origins(
    asked: Asked<'_>,
    facts: &Facts<'_>,
    target: &Target<'_>,
    now: Timestamp,
    effort: Effort,
) -> (Verdict, Vec<Origin>) {
    let request = RequestSource::new(target);
    let (mut scope, mut trace) = (scope(facts, now), Trace::new());
    judge_in((&mut scope, &mut trace), asked, facts, &request, now, effort)
}

/// The same in a scope of these facts that is made already, for a request about the target. The
/// scope is as it was afterwards, and so is the trace, but for the room that was made in it.
pub(crate) fn judge_in<'a>(
    (scope, trace): (&mut Scope<'a>, &mut Trace<'a>),
    asked: Asked<'a>,
    facts: &'a Facts<'a>,
    request: &'a RequestSource<'a>,
    now: Timestamp,
    effort: Effort,
) -> (Verdict, Vec<Origin>) {
    let (policy, target) = (asked.policy, request.target());
    let roots = scope.len();
    complete(scope, policy, facts, request);
    let mut judge = Judge {
        asked,
        now,
        policy,
        facts,
        target,
        scope: std::mem::take(scope),
        evaluation: Evaluation::new(effort.steps),
        record: Record::new(policy, facts, now, effort.detail),
        detail: effort.detail,
        proposes: effort.proposes,
        element: None,
        findings: Vec::new(),
        origins: Vec::new(),
    };
    std::mem::swap(trace, judge.evaluation.trace_mut());
    let applies = judge.all();
    std::mem::swap(trace, judge.evaluation.trace_mut());
    trace.rewind(Mark::START);
    let Judge { mut record, findings, origins, scope: used, .. } = judge;
    *scope = used;
    scope.truncate(roots);
    let outcome = findings.iter().map(|finding| finding.outcome).max().unwrap_or(Outcome::Pass);
    let verdict = Verdict {
        code: policy.code.clone(),
        name: policy.name.clone(),
        title: policy.title.clone(),
        severity: policy.severity,
        outcome,
        applies,
        findings,
        inputs: std::mem::take(&mut record.inputs),
        valid_until: record.valid_until,
        digest: record.digest(),
    };
    (verdict, origins)
}

/// What expressions can read of these facts, whatever the policy.
pub(crate) fn scope<'a>(facts: &'a Facts<'_>, now: Timestamp) -> Scope<'a> {
    let mut scope = Scope::default();
    for (name, source) in facts.roots() {
        let source: &dyn cofferdam_cel::Source = source;
        scope.set(name, Value::Map(Map::Source(Handle::new(source, crate::facts::TOP))));
    }
    for name in facts.nulls() {
        scope.set(*name, Value::Null);
    }
    if let Some(authorizer) = facts.authorizer() {
        scope.set("authorizer", Value::authorizer(authorizer));
    }
    scope.set("now", Value::Timestamp(Instant::now(now)));
    scope
}

/// What this policy reads besides, and nobody gave.
#[inline]
pub(crate) fn complete<'a>(
    scope: &mut Scope<'a>,
    policy: &'a Policy,
    facts: &Facts<'a>,
    request: &'a RequestSource<'a>,
) {
    // Most read the target and nothing else.
    if !facts.present().without(RootSet::AUTHORIZER).has(policy.reads) {
        complete_with(scope, policy, facts, request);
    }
}

fn complete_with<'a>(
    scope: &mut Scope<'a>,
    policy: &'a Policy,
    facts: &Facts<'a>,
    request: &'a RequestSource<'a>,
) {
    let reads_authorizer = policy.reads.has(RootSet::AUTHORIZER);
    if let Some(authorizer) = facts.authorizer().filter(|_| reads_authorizer) {
        let asked = Value::resource_check(authorizer, &request.resource());
        scope.set("authorizer.requestResource", asked);
    }
    let read = policy.reads.without(facts.present());
    for root in read.iter().filter(|root| root.role == Role::Context) {
        match root.name {
            // Parameters are bound one after the other.
            "now" => {}
            "params" if policy.has_params() => {}
            "request" if policy.constraints.is_some() => scope.set(root.name, request.value()),
            // Without a request nothing is replaced: what a file says is new.
            "oldObject" => scope.set(root.name, Value::Null),
            // What lives in no namespace has no Namespace.
            "namespaceObject" if !request.is_namespaced() => scope.set(root.name, Value::Null),
            _ => scope.set_unknown(root.name),
        }
    }
}

struct Judge<'a> {
    asked: Asked<'a>,
    now: Timestamp,
    policy: &'a Policy,
    facts: &'a Facts<'a>,
    target: &'a Target<'a>,
    scope: Scope<'a>,
    evaluation: Evaluation<'a>,
    record: Record<'a>,
    detail: Detail,
    proposes: bool,
    /// The element that is judged, and where the reads that gave it begin.
    element: Option<(Value<'a>, Mark)>,
    findings: Vec<Finding>,
    /// For each finding where it comes from.
    origins: Vec<Origin>,
}

impl<'a> Judge<'a> {
    /// Judges, and says whether the policy applies.
    fn all(&mut self) -> bool {
        let policy = self.policy;
        if !policy.is_about(self.facts) {
            return false;
        }
        match self.asked.covers(self.target, self.facts) {
            Ok(true) => {}
            Ok(false) => return false,
            Err(unknown) => {
                self.unknown(format!("Not assessed: {}.", unknown.reason));
                return true;
            }
        }
        let params = match self.asked.params(self.target, self.facts) {
            Ok(params) => params,
            Err(message) => {
                self.misconfigured(&message);
                return true;
            }
        };
        let roots = self.scope.len();
        let mut applies = false;
        for params in params {
            params.bind(&mut self.scope);
            applies |= self.once();
            self.scope.truncate(roots);
        }
        applies
    }

    /// Judges with the parameters that are bound, and says whether the policy applies.
    fn once(&mut self) -> bool {
        let policy = self.policy;
        if policy.for_each.is_some() {
            // Once, before the first element; the others again for each.
            for variable in policy.variables.iter().filter(|variable| !variable.per_element) {
                let program = &variable.expression.program;
                let evaluated = self.evaluation.evaluate(program, &self.scope);
                self.scope.set_evaluated(&*variable.name, evaluated);
            }
        }
        match self.applies() {
            Ok(true) => {}
            Ok(false) => {
                self.record.keep_inputs(&self.evaluation);
                return false;
            }
            Err((stop, condition)) => {
                self.cannot_say(&stop, condition);
                return true;
            }
        }
        match &policy.for_each {
            None => {
                self.record.keep_inputs(&self.evaluation);
                if !self.element() {
                    self.record.note_all(self.evaluation.trace());
                }
            }
            Some(for_each) => self.each(for_each),
        }
        true
    }

    /// Whether all match conditions hold: one that is false decides.
    fn applies(&mut self) -> Result<bool, (Stop, &'a Expression)> {
        let mut stopped = None;
        let mut bound = vec![false; self.policy.variables.len()];
        for condition in &self.policy.match_conditions {
            let expression = &condition.expression;
            self.bind_once(expression, &mut bound);
            match self.applies_by(expression) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(stop) => stopped = stopped.or(Some((stop, expression))),
            }
        }
        stopped.map_or(Ok(true), Err)
    }

    fn each(&mut self, for_each: &'a ForEach) {
        let list = match self.evaluation.evaluate(&for_each.list.program, &self.scope) {
            Ok(list) => list,
            Err(stop) => return self.cannot_say(&stop, &for_each.list),
        };
        let length = match self.evaluation.length(&list) {
            Ok(length) => length,
            Err(stop) => return self.cannot_say(&stop, &for_each.list),
        };
        self.record.keep_inputs(&self.evaluation);
        let variables = self.scope.len();
        for index in 0..length {
            let mark = self.evaluation.trace().mark();
            let exhausted = match self.evaluation.element(&list, index) {
                Ok(element) => {
                    self.element = Some((element.clone(), mark));
                    self.scope.set_evaluated(&*for_each.variable, Ok(element));
                    self.element()
                }
                Err(stop) => {
                    self.cannot_say(&stop, &for_each.list);
                    stop == Stop::Exhausted
                }
            };
            self.record.note(self.evaluation.trace(), mark);
            self.evaluation.trace_mut().rewind(mark);
            self.scope.truncate(variables);
            if exhausted {
                return;
            }
        }
    }

    /// Which element of which list of facts a value is.
    fn place(&self, element: &Value<'a>) -> Option<Element> {
        let trace = self.evaluation.trace();
        let read = trace.get(element.handle()?.origin?)?;
        let list = trace.path(trace.get(read.origin?)?);
        match read.step {
            Step::Element(index) => Some(Element { list, index }),
            _ => None,
        }
    }

    /// Judges one element, or the whole; says whether the budget ran out.
    fn element(&mut self) -> bool {
        let policy = self.policy;
        let mut bound = vec![false; policy.variables.len()];
        for (index, validation) in policy.validations.iter().enumerate() {
            let mark = self.evaluation.trace().mark();
            self.bind_once(&validation.expression, &mut bound);
            let held = self.held(&validation.expression);
            let ignored = held.as_ref().is_err_and(|stop| self.is_ignored(stop));
            if held == Ok(true) || ignored {
                continue;
            }
            let read = self.evaluation.trace().mark();
            let place = self.place_of_finding(mark);
            let clause = self.clause(&held, &validation.expression);
            let (outcome, message) = match &held {
                Err(stop) => self.stopped(stop, &validation.expression),
                Ok(_) => (validation.outcome, self.message(validation, &mut bound)),
            };
            let remediation = self.remediation(held.is_ok(), &mut bound);
            let subject = self.subject(&mut bound);
            let wants_patch = held == Ok(false) && self.detail == Detail::Full;
            let patch = if wants_patch { self.patch(&bound) } else { None };
            // Last, for the words rest on facts too: a rule that is there to fail reads no others.
            let inputs = self.record.inputs_since(self.evaluation.trace(), mark);
            let element = self.element.as_ref().and_then(|(element, _)| self.place(element));
            let finding = Finding {
                subject,
                message,
                outcome,
                element,
                inputs,
                remediation,
                place,
                patch,
                clause,
                flip: None,
                exception: None,
            };
            let is_changed = self.proposes && held.is_ok();
            let proposed = is_changed.then(|| self.proposals(&finding, index, [mark, read]));
            let proposed = proposed.flatten().unwrap_or_default();
            // Mostly there is one, and thousands of these are kept.
            if self.findings.is_empty() {
                self.findings.reserve_exact(1);
            }
            self.findings.push(finding);
            self.origins.push(Origin { validation: Some(index), proposed });
            if held == Err(Stop::Exhausted) {
                return true;
            }
        }
        false
    }

    /// Gives the variables that an expression needs their values, each once.
    fn bind_once(&mut self, expression: &Expression, bound: &mut [bool]) {
        let policy = self.policy;
        for index in &expression.needs {
            let (Some(variable), Some(bound)) =
                (policy.variables.get(*index), bound.get_mut(*index))
            else {
                continue;
            };
            // With a list, the others were bound before the first element.
            if *bound || (policy.for_each.is_some() && !variable.per_element) {
                continue;
            }
            *bound = true;
            let evaluated = self.evaluation.evaluate(&variable.expression.program, &self.scope);
            self.scope.set_evaluated(&*variable.name, evaluated);
        }
    }

    fn message(&mut self, validation: &'a Validation, bound: &mut [bool]) -> String {
        if self.policy.admission.is_some() {
            return self.admission_message(validation, bound);
        }
        let Text { fixed, expression } = &validation.message;
        let computed = expression.as_ref().and_then(|expression| self.string(expression, bound));
        computed.unwrap_or_else(|| fixed.to_string())
    }

    fn subject(&mut self, bound: &mut [bool]) -> String {
        let subject = self.policy.subject.as_ref();
        subject
            .and_then(|expression| self.string(expression, bound))
            .unwrap_or_else(|| self.default_subject())
    }

    /// What to do. Where it is not known what is wrong, only an expression that can be evaluated
    /// all the same knows; the fixed text would send people the wrong way.
    fn remediation(&mut self, is_known: bool, bound: &mut [bool]) -> Option<Arc<str>> {
        let Text { fixed, expression } = self.policy.remediation.as_ref()?;
        let computed = expression.as_ref().and_then(|expression| self.string(expression, bound));
        let text = computed.map(Arc::from).or_else(|| is_known.then(|| Arc::clone(fixed)));
        text.filter(|text| !text.is_empty())
    }

    fn string(&mut self, expression: &'a Expression, bound: &mut [bool]) -> Option<String> {
        self.bind_once(expression, bound);
        let program = &expression.program;
        let value = if self.detail == Detail::Brief {
            self.evaluation.evaluate_quietly(program, &self.scope)
        } else {
            self.evaluation.evaluate(program, &self.scope)
        };
        value.ok()?.as_str().map(str::to_owned)
    }

    /// One finding for the policy as a whole.
    fn cannot_say(&mut self, stop: &Stop, expression: &Expression) {
        self.record.keep_inputs(&self.evaluation);
        if !self.is_ignored(stop) {
            let (outcome, message) = self.stopped(stop, expression);
            self.of_the_whole(outcome, message);
        }
    }

    fn unknown(&mut self, message: String) {
        self.of_the_whole(Outcome::Unknown, message);
    }

    fn of_the_whole(&mut self, outcome: Outcome, message: String) {
        let finding = Finding {
            subject: self.default_subject(),
            message,
            outcome,
            element: None,
            inputs: self.record.inputs.clone(),
            remediation: None,
            place: self.place_of_target(),
            patch: None,
            clause: None,
            flip: None,
            exception: None,
        };
        self.findings.push(finding);
        self.origins.push(Origin::default());
    }

    fn reason(&self, stop: &Stop, expression: &Expression) -> String {
        match stop {
            Stop::Unknown(reads) => {
                let reasons = self.record.reasons(self.evaluation.trace(), reads);
                format!("Not assessed: {}.", reasons.join("; "))
            }
            Stop::Error(error) => {
                let place = error.place.unwrap_or_default();
                let (line, column) = expression.program.line_and_column(place);
                format!(
                    "Not assessed: the rule cannot be evaluated here, {error} ({} line {line}, \
                     column {column}).",
                    expression.path
                )
            }
            Stop::Exhausted => format!(
                "Not assessed: the rule ran out of steps over these facts ({}).",
                expression.path
            ),
        }
    }
}
