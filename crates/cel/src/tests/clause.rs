//! The part of a condition that decided it.

use super::facts::Facts;
use crate::{Evaluation, Handle, Map, Node, Program, Scope, Stop, Value};

/// The clause of a condition, what it gave, and the elements on the way to it.
fn check(source: &str, expected: &str, result: &str, positions: &[usize]) {
    let program = Program::parse(source).unwrap();
    let mut scope = Scope::default();
    scope.set("f", Value::Map(Map::Source(Handle::new(&Facts, Node(0)))));
    scope.set("t", Value::Bool(true));
    scope.set_unknown("u");
    for mut evaluation in [Evaluation::default(), Evaluation::unrecorded(10_000)] {
        let clause = evaluation.clause(&program, &scope);
        let found = match clause.result {
            Ok(value) => value.to_string(),
            Err(Stop::Unknown(_)) => "unknown".to_owned(),
            Err(stop) => format!("{stop:?}"),
        };
        let elements: Vec<_> = clause.elements.iter().map(|element| element.position).collect();
        assert_eq!((clause.text, &*found, &*elements), (expected, result, positions), "{source}");
    }
}

#[test]
fn one_part_is_the_reason() {
    check("t && f.name == 'x' && u", "f.name == 'x'", "false", &[]);
    check("f.name == 'x' || !t", "f.name == 'x' || !t", "false", &[]);
    check("f.name == 'x' || t", "t", "true", &[]);
    check("t && u", "u", "unknown", &[]);
    check("t && (f.name == 'n' && u || !t)", "u", "unknown", &[]);
    check("!(t && f.name == 'n')", "t && f.name == 'n'", "true", &[]);
    check("!(f.name == 'x' || t)", "t", "true", &[]);
    check("!t", "!t", "false", &[]);
    check("t ? f.name == 'x' : u", "f.name == 'x'", "false", &[]);
    check("u ? t : t", "u", "unknown", &[]);
    check(
        "t && (1 / 0 == 1 || !t)",
        "1 / 0 == 1",
        "Error(EvaluationError { place: Some(Place { start: 6, end: 11 }), kind: DivisionByZero })",
        &[],
    );
}

#[test]
fn parentheses_at_its_ends_belong_to_it() {
    check("!(t && (t || u))", "t && (t || u)", "true", &[]);
    check("!( ( (t || u) ) && t)", "( (t || u) ) && t", "true", &[]);
    check("!((t || u) && (t && ('(' == \"(\")))", "(t || u) && (t && ('(' == \"(\"))", "true", &[]);
    check("(t || u) && (f.name == ')')", "f.name == ')'", "false", &[]);
}

#[test]
fn guards_are_no_reason() {
    check("!has(f.name) || f.name == 'x'", "f.name == 'x'", "false", &[]);
    check("!has(f.other) || f.name == 'x'", "!has(f.other)", "true", &[]);
    check("has(f.other) && f.other == 'x'", "has(f.other)", "false", &[]);
    check("!(has(f.name) && f.name == 'n')", "f.name == 'n'", "true", &[]);
}

#[test]
fn elements_are_named() {
    check("f.items.all(i, t && i.id == 0)", "i.id == 0", "false", &[1]);
    check("f.items.exists(i, i.id == 1)", "i.id == 1", "true", &[1]);
    check("f.items.exists(i, i.id == 7)", "f.items.exists(i, i.id == 7)", "false", &[]);
    check(
        "f.items.all(i, [1, 2].all(n, n < 2 || i.id == 1))",
        "n < 2 || i.id == 1",
        "false",
        &[0, 1],
    );
    check("[1, 2].all(i, v, v < 2)", "v < 2", "false", &[1]);
    check("f.items.all(i, i.size == 1)", "i.size == 1", "false", &[1]);
}
