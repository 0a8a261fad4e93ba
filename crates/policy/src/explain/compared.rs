//! The values that a condition compares facts with.

use crate::{
    Policy,
    facts::ROOTS,
    json,
    policy::{Expression, Validation},
};
use cofferdam_cel::{Evaluation, Program, Scope, Value};
use serde_json::Value as Json;

/// Values that one fact is compared with, at most.
const VALUES_MAX: usize = 16;

/// Steps to find out one of them.
const STEPS_MAX: u64 = 1_000;

/// What one condition asks of facts.
#[derive(Debug)]
pub(crate) struct Tests {
    tests: Vec<Test>,
    /// Whether the part that decided forbids a fact whatever it is: `!has(a.b)`. Elsewhere
    /// `!has(a.b) || a.b > 5` only lets it be left out.
    is_ban: bool,
}

/// What it asks of one fact.
#[derive(Debug)]
struct Test {
    /// The root that the way to the fact begins at, where the condition begins there itself.
    root: Option<&'static str>,
    /// The last fields of the way to it.
    fields: Vec<String>,
    /// What it is compared with; `None`: it is asked whether it is there.
    values: Option<Vec<Value<'static>>>,
}

impl Tests {
    /// The tests of a validation and of the variables that it needs, and what `clause` of it
    /// decided. Values are those that depend
    /// on no fact: literals, `params` (which `scope` has), and variables made of these.
    pub(crate) fn of<'p>(
        policy: &'p Policy,
        validation: &'p Validation,
        clause: Option<&str>,
        mut scope: Scope<'p>,
    ) -> Self {
        let condition = &validation.expression;
        let needed = condition.needs.iter().filter_map(|index| policy.variables.get(*index));
        let needed: Vec<_> = needed.collect();
        let programs: Vec<&Expression> =
            [condition].into_iter().chain(needed.iter().map(|one| &one.expression)).collect();
        for variable in &needed {
            let Some(value) = fixed(&variable.expression.program, &scope) else { continue };
            scope.set(&*variable.name, json::to_value(&value));
        }
        let tests = programs.iter().flat_map(|one| one.program.field_tests());
        let tests = tests.filter_map(|test| {
            let root = ROOTS.iter().find(|root| Some(root.name) == test.root);
            // `variables.pod.hostNetwork`: the first field is the variable.
            let skipped = usize::from(test.root == Some("variables"));
            let fields: Vec<_> =
                test.fields.iter().skip(skipped).map(|field| (*field).to_owned()).collect();
            let values = match test.with {
                None => None,
                Some(text) => Some(values_of(&fixed(&Program::parse(text).ok()?, &scope)?)),
            };
            let root = root.map(|root| root.name);
            (!fields.is_empty()).then_some(Test { root, fields, values })
        });
        let clause = clause.and_then(|clause| clause.trim().strip_prefix('!'));
        let asked = clause.and_then(|asked| Program::parse(asked).ok());
        let is_ban = asked.as_ref().is_some_and(Program::is_test_of_presence);
        Self { tests: tests.collect(), is_ban }
    }

    /// The values that the fact at the end of this way is compared with, in the order of the text.
    pub(crate) fn values(&self, root: &str, fields: &[String]) -> Vec<Value<'static>> {
        let mut all: Vec<Value<'static>> = Vec::new();
        for test in self.about(root, fields) {
            all.extend(test.values.iter().flatten().cloned());
        }
        all.truncate(VALUES_MAX);
        all
    }

    /// Whether what decided is that there is a fact at the end of this way.
    pub(crate) fn forbids(&self, root: &str, fields: &[String]) -> bool {
        self.is_ban && self.about(root, fields).any(|test| test.values.is_none())
    }

    fn about<'t>(&'t self, root: &str, fields: &[String]) -> impl Iterator<Item = &'t Test> {
        self.tests.iter().filter(move |test| match test.root {
            Some(other) => other == root && test.fields == fields,
            None => fields.ends_with(&test.fields),
        })
    }
}

/// The value of an expression that rests on no fact.
fn fixed(program: &Program, scope: &Scope<'_>) -> Option<Json> {
    let mut evaluation = Evaluation::unrecorded(STEPS_MAX);
    json::of_value(&evaluation.evaluate(program, scope).ok()?)
}

/// A value, or those of a list; and for numbers their neighbours, for `<` and `>`.
fn values_of(json: &Json) -> Vec<Value<'static>> {
    let one = std::slice::from_ref(json);
    let mut all = Vec::new();
    for value in json.as_array().map_or(one, |list| &**list).iter().take(VALUES_MAX) {
        match json::to_value(value) {
            Value::Int(number) => all.extend(
                [number, number.saturating_add(1), number.saturating_sub(1)].map(Value::Int),
            ),
            // An empty text is as good as none.
            Value::String(text) if text.is_empty() => {}
            value @ (Value::String(_) | Value::Double(_) | Value::Bool(_)) => all.push(value),
            _ => {}
        }
    }
    all
}
