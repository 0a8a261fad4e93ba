//! Budgets, and where an error stands.

use crate::{Evaluation, Program, Scope, Stop, Value};

fn evaluate(source: &str, steps: u64) -> Result<bool, Stop> {
    let program = Program::parse(source).unwrap();
    Evaluation::new(steps).condition(&program, &Scope::default())
}

#[test]
fn an_error_names_the_part_that_had_it() {
    let place = |source: &str| {
        let Err(Stop::Error(error)) = evaluate(source, 1_000) else { panic!("{source}") };
        let place = error.place.unwrap();
        source[place.start..place.end].to_owned()
    };
    assert_eq!(place("true && 1 + (2 / 0) > 3"), "2 / 0");
    assert_eq!(place("true && 'x'"), "'x'");
    assert_eq!(place("[1, 2].all(x, {'a': x}.b == 1)"), "{'a': x}.b");
    assert_eq!(place("1 + 1"), "1 + 1");
}

#[test]
fn steps_run_out_and_nothing_absorbs_that() {
    let list = format!("[{}]", ["1"; 100].join(", "));
    let nested = format!("{list}.all(a, {list}.all(b, {list}.all(c, a == b)))");
    assert_eq!(evaluate(&nested, 100_000), Err(Stop::Exhausted));
    assert_eq!(evaluate(&format!("{nested} || true"), 100_000), Err(Stop::Exhausted));
    assert_eq!(evaluate(&format!("true || {nested}"), 10), Ok(true));
    assert_eq!(evaluate("1 == 1", 4), Ok(true));
    assert_eq!(evaluate("1 == 1", 2), Err(Stop::Exhausted));
}

/// Text that doubles with each level would fill the memory in forty.
#[test]
fn text_costs_by_its_length() {
    let source = (0..40).fold("'x'".to_owned(), |inner, _| format!("[{inner}].map(s, s + s)[0]"));
    let program = Program::parse(&source).unwrap();
    let result = Evaluation::default().evaluate(&program, &Scope::default());
    assert_eq!(result.map(|_| ()), Err(Stop::Exhausted));
}

#[test]
fn a_pattern_is_bounded() {
    let mut scope = Scope::default();
    scope.set("bomb", Value::from("(((a{100}){100}){100}){100}"));
    let program = Program::parse("'a'.matches(bomb)").unwrap();
    let result = Evaluation::default().condition(&program, &scope);
    assert!(matches!(result, Err(Stop::Error(_))), "{result:?}");
    let literal = Program::parse("'a'.matches('(((a{100}){100}){100}){100}')").unwrap();
    assert!(literal.check(&[])[0].message.contains("not a regular expression"));
}

/// The stack of a test's thread is smaller than that of any other.
#[test]
fn the_deepest_expression_is_evaluated() {
    let levels = crate::limits::DEPTH_MAX / 2 - 4;
    let source = (0..levels).fold("1".to_owned(), |inner, _| format!("[{inner}].map(x, x)"));
    let program = Program::parse(&source).unwrap();
    assert!(Evaluation::default().evaluate(&program, &Scope::default()).is_ok());
    let scope = Scope::default();
    let equal = format!("{source} == {source}");
    assert!(evaluate(&equal, 1_000_000).is_ok(), "{scope:?}");
}

#[test]
fn patterns_are_counted() {
    let many = |count: usize| vec!["'a'.matches('a{10}')"; count].join(" || ");
    assert!(Program::parse(&many(32)).is_ok());
    let error = Program::parse(&many(33)).unwrap_err();
    assert!(error.message.contains("at most 32 patterns"), "{error}");
}

#[test]
fn a_value_that_moves_ever_faster_with_the_clock_is_refused() {
    let source =
        (0..70).fold("duration('0s')".to_owned(), |sum, _| format!("{sum} + (now - past)"));
    let mut scope = Scope::default();
    scope.set("now", Value::Timestamp(crate::Instant::now(jiff::Timestamp::UNIX_EPOCH)));
    scope.set("past", Value::from(jiff::Timestamp::UNIX_EPOCH));
    let program = Program::parse(&source).unwrap();
    let result = Evaluation::default().evaluate(&program, &scope);
    assert!(matches!(result, Err(Stop::Error(_))), "{result:?}");
}
