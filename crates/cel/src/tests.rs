//! Expressions and what they give, by hand from the cel-spec language definition.

mod authorizer;
mod clause;
mod errors;
mod facts;
mod kubernetes;
mod language;
mod logic;
mod property;
mod values;

use crate::{
    Evaluated, Evaluation, Key, List, Map, Program, Scope, Stop, Value, time::print_length,
};

/// A value as an expression would write it, with map keys in order.
fn print(value: &Value<'_>) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => format!("{value}u"),
        Value::Double(value) => format!("{value:?}"),
        Value::String(text) => format!("{:?}", &**text),
        Value::Bytes(bytes) => format!("b\"{}\"", bytes.escape_ascii()),
        Value::List(List::Values(values)) => {
            format!("[{}]", values.iter().map(print).collect::<Vec<_>>().join(", "))
        }
        Value::Map(Map::Entries(entries)) => {
            let entry = |(key, value): &(Key<'_>, Value<'_>)| {
                format!("{}: {}", print(&key.value()), print(value))
            };
            format!("{{{}}}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Value::List(_) => "a list of facts".into(),
        Value::Map(_) => "a map of facts".into(),
        Value::Timestamp(instant) => instant.to_string(),
        Value::Duration(span) => print_length(span.length),
        Value::Type(kind) => kind.as_str().into(),
        Value::Optional(None) => "optional.none()".into(),
        Value::Optional(Some(value)) => format!("optional.of({})", print(value)),
        Value::Opaque(value) => format!("{}({value})", value.kind().as_str()),
    }
}

fn outcome(source: &str, scope: &Scope<'_>) -> String {
    let program = match Program::parse(source) {
        Ok(program) => program,
        Err(error) => return format!("syntax: {error}"),
    };
    show(Evaluation::default().evaluate(&program, scope))
}

fn show(evaluated: Evaluated<'_>) -> String {
    match evaluated {
        Ok(value) => print(&value),
        Err(Stop::Unknown(_)) => "unknown".into(),
        Err(Stop::Error(error)) => format!("error: {error}"),
        Err(Stop::Exhausted) => "exhausted".into(),
    }
}

/// Judges one expression per row: what it gives, or the beginning of the error that it gives.
/// `u` is an unknown variable, `e` fails when it is read.
fn check(rows: &[(&str, &str)]) {
    let mut scope = Scope::default();
    scope.set_unknown("u");
    scope.set_evaluated("e", Err(crate::ErrorKind::DivisionByZero.into()));
    for (source, expected) in rows {
        let found = outcome(source, &scope);
        let fits = if expected.starts_with("error") || expected.starts_with("syntax") {
            found.starts_with(expected)
        } else {
            found == *expected
        };
        assert!(fits, "{source}\n expected {expected}\n found    {found}");
    }
}
