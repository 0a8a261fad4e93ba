//! A policy's expressions, checked in the order in which one gives a type to the next.

use super::Types;
use crate::{Policy, admission::Rules, policy::Expression};
use cofferdam_cel::{Sizes, StaticType, SyntaxError, Type};

/// What a policy may go through: more entries than any object or image in use has in one list.
/// With Kubernetes' own bound, what fits in a request, no rule with two loops would be allowed.
const SIZES: Sizes = Sizes { entries: 1_000, characters: 1_000 };

/// The most that one expression may cost over such facts. Three loops within one another are
/// possible, four are a mistake; what runs long all the same is stopped by its steps.
const COST_MAX: u64 = 1_000_000_000_000;

/// Finds what cannot work in a compiled policy: for each the expression's path, and what is wrong.
pub(crate) fn mistakes(policy: &Policy) -> Vec<(String, SyntaxError)> {
    match policy.admission {
        // What an API server judges itself it does not refuse by schema.
        Some(_) => look(policy, Types::new(None), true, false),
        None => look(policy, Types::new(policy.constraints.as_ref()), false, true),
    }
}

/// What an API server would warn of (`status.typeChecking`), and takes all the same: in a plain
/// ValidatingAdmissionPolicy, what the objects that it is about do not have.
pub(crate) fn doubts(policy: &Policy) -> Vec<(String, SyntaxError)> {
    let constraints = policy.constraints.as_ref().filter(|_| policy.admission.is_some());
    constraints.map_or_else(Vec::new, |about| look(policy, Types::new(Some(about)), false, false))
}

fn look(
    policy: &Policy,
    types: Types,
    is_strict: bool,
    is_bounded: bool,
) -> Vec<(String, SyntaxError)> {
    let mut pass = Pass { types, found: Vec::new(), is_strict, is_bounded };
    let variables = |per_element: bool| {
        policy.variables.iter().filter(move |variable| variable.per_element == per_element)
    };
    for variable in variables(false) {
        let kind = pass.check(&variable.expression, None);
        pass.types.declare(&*variable.name, kind);
    }
    for condition in &policy.match_conditions {
        pass.check(&condition.expression, Some(Type::Bool));
    }
    if let Some(for_each) = &policy.for_each {
        let element = match pass.check(&for_each.list, None) {
            StaticType::List(element) => (*element).clone(),
            StaticType::Dyn => StaticType::Dyn,
            other => {
                pass.wrong(
                    &for_each.list,
                    &format!("a list, it is {}", other.display(&pass.types)),
                );
                StaticType::Dyn
            }
        };
        pass.types.declare(&*for_each.variable, element);
    }
    for variable in variables(true) {
        let kind = pass.check(&variable.expression, None);
        pass.types.declare(&*variable.name, kind);
    }
    for validation in &policy.validations {
        pass.check(&validation.expression, Some(Type::Bool));
        if let Some(message) = &validation.message.expression {
            pass.check(message, Some(Type::String));
        }
    }
    for expression in policy.admission.iter().flat_map(Rules::expressions).flatten() {
        pass.annotation(expression);
    }
    let texts = policy.remediation.iter().filter_map(|text| text.expression.as_ref());
    for expression in policy.subject.iter().chain(texts) {
        pass.check(expression, Some(Type::String));
    }
    pass.found
}

struct Pass {
    types: Types,
    found: Vec<(String, SyntaxError)>,
    /// As an API server checks: what may be anything is not what is wanted.
    is_strict: bool,
    /// Whether we say what it may cost, and not an API server.
    is_bounded: bool,
}

impl Pass {
    fn check(&mut self, expression: &Expression, wanted: Option<Type>) -> StaticType {
        let checked = expression.program.check_types(&self.types, SIZES);
        let is_right = checked.errors.is_empty();
        self.found.extend(checked.errors.into_iter().map(|error| (expression.path.clone(), error)));
        if let Some(wanted) = wanted.filter(|_| is_right)
            && (self.is_strict || checked.kind != StaticType::Dyn)
            && checked.kind != wanted.into()
        {
            let kind = checked.kind.display(&self.types);
            self.wrong(expression, &format!("{}, it is {kind}", wanted.as_str()));
        }
        if checked.cost.0 > COST_MAX && self.is_bounded {
            let message = format!(
                "it may cost {} over lists of {} entries, {COST_MAX} is allowed: loops stand in \
                 too many loops",
                checked.cost, SIZES.entries
            );
            self.found.push((expression.path.clone(), expression.program.mistake(message)));
        }
        checked.kind
    }

    /// The value of an annotation, which null leaves out.
    fn annotation(&mut self, expression: &Expression) {
        let null = StaticType::from(Type::Null);
        let is_null = expression.program.check_types(&self.types, SIZES).kind == null;
        self.check(expression, (!is_null).then_some(Type::String));
    }

    fn wrong(&mut self, expression: &Expression, expected: &str) {
        let error = expression.program.mistake(format!("the expression must be {expected}"));
        self.found.push((expression.path.clone(), error));
    }
}
