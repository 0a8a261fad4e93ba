//! What is known in spite of an unknown stays true whatever the unknown turns out to be.

use super::outcome;
use crate::{Evaluation, Program, Scope, Value, limits::STEPS_DEFAULT};

/// A linear congruential generator (Knuth's MMIX constants): the same expressions on every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn expression(&mut self, depth: usize) -> String {
        const LEAVES: [&str; 9] =
            ["u", "true", "false", "e", "u", "1", "1 / 0 == 1", "u == 1", "missing"];
        if depth == 0 {
            return LEAVES[self.below(LEAVES.len())].to_owned();
        }
        let below = depth - 1;
        let mut part = || self.expression(below);
        let (a, b, c) = (part(), part(), part());
        match self.below(14) {
            0 | 1 => format!("({a} || {b})"),
            2 | 3 => format!("({a} && {b} && {c})"),
            4 => format!("!({a})"),
            5 => format!("({a} ? {b} : {c})"),
            6 => format!("[true, false].exists(x, x && {a})"),
            7 => format!("cel.bind(x, {a}, {b} || x)"),
            8 => format!("{{'k': true}}.?k.orValue({a}) && {b}"),
            9 => format!("optional.of({a}).optMap(x, x && {b}).orValue({c})"),
            10 => format!("[false, true].all(i, v, v || i > 5 || {a})"),
            11 => format!("{{true: 1, false: 2}}[?({a})].hasValue() || {b}"),
            12 => format!("[true, {b}].all(x, x || {a})"),
            _ => format!("({a} == {b})"),
        }
    }
}

fn unrecorded(source: &str, scope: &Scope<'_>) -> String {
    super::show(
        Evaluation::unrecorded(STEPS_DEFAULT).evaluate(&Program::parse(source).unwrap(), scope),
    )
}

#[test]
fn known_is_known() {
    let substitutes =
        [Value::Bool(true), Value::Bool(false), Value::Int(1), Value::Null, Value::from("text")];
    let mut unknown = Scope::default();
    unknown.set_unknown("u");
    unknown.set_evaluated("e", Err(crate::ErrorKind::DivisionByZero.into()));
    let mut random = Random(2026);
    let mut decided = 0;
    for round in 0..3_000 {
        let source = random.expression(1 + round % 4);
        let without = outcome(&source, &unknown);
        assert_eq!(unrecorded(&source, &unknown), without, "{source} without a record");
        if without == "unknown" || without.starts_with("error") {
            continue;
        }
        decided += usize::from(source.contains('u'));
        for substitute in &substitutes {
            let mut scope = unknown.clone();
            scope.set("u", substitute.clone());
            assert_eq!(outcome(&source, &scope), without, "{source} with u = {substitute:?}");
        }
    }
    assert!(decided > 300, "only {decided} expressions were decided in spite of an unknown");
}
