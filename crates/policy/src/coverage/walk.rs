//! Going through the conditions of a policy, whatever each of them gives.

use super::{Coverage, Of};
use crate::{Detail, Facts, Input, Target, admission::RequestSource, judge, record::Record};
use cofferdam_cel::{Evaluation, Scope, Stop, Value};
use jiff::Timestamp;

/// Steps that one part may take.
const STEPS_MAX: u64 = 1_000_000;

/// Elements of a list that are gone through.
const ELEMENTS_MAX: usize = 1000;

/// Shows the number of a part, the element, what it gave, and what it read.
type See<'s> = dyn FnMut(usize, Option<&str>, Result<bool, String>, Vec<Input>) + 's;

/// Evaluates every part of every condition that is about these facts: validations for each
/// element, and only where all match conditions hold.
pub(super) fn walk(
    coverage: &Coverage<'_>,
    facts: &Facts<'_>,
    target: &Target<'_>,
    now: Timestamp,
    see: &mut See<'_>,
) {
    let policy = coverage.policy();
    let asked = coverage.asked;
    if !policy.is_about(facts) || asked.covers(target, facts) != Ok(true) {
        return;
    }
    let request = RequestSource::new(target);
    let mut scope = judge::scope(facts, now);
    judge::complete(&mut scope, policy, facts, &request);
    for params in asked.params(target, facts).unwrap_or_default().into_iter().take(1) {
        params.bind(&mut scope);
    }
    let record = Record::new(policy, facts, now, Detail::Full);
    let mut walk = Walk { coverage, record, scope, see };
    walk.bind(false);
    if !walk.parts(Of::Condition, None) {
        return;
    }
    let Some(for_each) = &policy.for_each else {
        walk.parts(Of::Validation, None);
        return;
    };
    let mut evaluation = Evaluation::unrecorded(judge::STEPS_MAX);
    let Ok(list) = evaluation.evaluate(&for_each.list.program, &walk.scope) else { return };
    let length = evaluation.length(&list).unwrap_or(0);
    let before = walk.scope.len();
    for index in 0..length.min(ELEMENTS_MAX) {
        let element = evaluation.element(&list, index);
        let name = element.as_ref().ok().and_then(judge::name_of);
        let name = name.map_or_else(
            || format!("{} {index}", for_each.variable),
            |name| format!("{} {name}", for_each.variable),
        );
        walk.scope.set_evaluated(&*for_each.variable, element);
        walk.bind(true);
        walk.parts(Of::Validation, Some(&name));
        walk.scope.truncate(before);
    }
}

struct Walk<'a, 's> {
    coverage: &'a Coverage<'a>,
    record: Record<'a>,
    scope: Scope<'a>,
    see: &'s mut See<'s>,
}

impl Walk<'_, '_> {
    fn bind(&mut self, per_element: bool) {
        let policy = self.coverage.policy();
        let has_elements = policy.for_each.is_some();
        for variable in &policy.variables {
            if has_elements && variable.per_element != per_element {
                continue;
            }
            let mut evaluation = Evaluation::unrecorded(STEPS_MAX);
            let evaluated = evaluation.evaluate(&variable.expression.program, &self.scope);
            self.scope.set_evaluated(&*variable.name, evaluated);
        }
    }

    /// Evaluates the parts, and says whether all conditions hold.
    fn parts(&mut self, of: Of, element: Option<&str>) -> bool {
        let mut all = true;
        let coverage = self.coverage;
        let parts = coverage.parts.iter().enumerate().filter(|(_, part)| part.of == of);
        for (number, part) in parts {
            let mut evaluation = Evaluation::new(STEPS_MAX);
            let result = evaluation.evaluate(&part.clause.program, &self.scope);
            let inputs = self.record.inputs_of_all(evaluation.trace());
            let result = match result {
                Ok(Value::Bool(value)) => Ok(value),
                Ok(other) => Err(format!("it is a value of type {}", other.kind().as_str())),
                Err(Stop::Unknown(reads)) => {
                    Err(self.record.reasons(evaluation.trace(), &reads).join("; "))
                }
                Err(Stop::Error(error)) => Err(error.to_string()),
                Err(Stop::Exhausted) => Err("it takes too many steps".to_owned()),
            };
            all &= part.level > 0 || result == Ok(true);
            (self.see)(number, element, result, inputs);
        }
        all
    }
}
