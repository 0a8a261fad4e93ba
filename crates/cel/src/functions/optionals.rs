//! Optional values (cel-go, "Optionals"). `or`, `orValue`, `optMap` and `optFlatMap` look at
//! their operands only where they need them, so the evaluator has them.
//!
//! ```
//! # use cofferdam_cel::{Evaluation, Program, Scope};
//! let program = Program::parse("{'a': 1}.?b.orValue(2) == 2 && [?optional.none()] == []").unwrap();
//! assert_eq!(Evaluation::default().condition(&program, &Scope::default()), Ok(true));
//! ```

use super::{Body, Function, global, member, refused};
use crate::{Evaluation, List, Map, Value, error::ErrorKind, evaluate::Evaluated};
use jiff::civil::DateTime;

pub(super) const FUNCTIONS: &[Function] = &[
    global("optional.of", 1..=1, "optional.of(value)", |_, arguments| {
        Ok(Value::optional(arguments.first().cloned()))
    }),
    global("optional.none", 0..=0, "optional.none()", |_, _| Ok(Value::Optional(None))),
    global("optional.ofNonZeroValue", 1..=1, "optional.ofNonZeroValue(value)", non_zero),
    global("optional.unwrap", 1..=1, "optional.unwrap(list)", unwrap),
    member("unwrapOpt", 1..=1, "list.unwrapOpt()", unwrap),
    Function {
        body: Body::Presence(has_value),
        ..member("hasValue", 1..=1, "optional.hasValue()", has_value)
    },
    member("value", 1..=1, "optional.value()", |_, arguments| match arguments {
        [Value::Optional(Some(value))] => Ok((**value).clone()),
        [Value::Optional(None)] => {
            Err(ErrorKind::Invalid("optional.none() has no value".into()).into())
        }
        other => Err(refused("value", other)),
    }),
];

fn has_value<'a>(_: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    match arguments {
        [Value::Optional(value)] => Ok(Value::Bool(value.is_some())),
        other => Err(refused("hasValue", other)),
    }
}

fn non_zero<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let [value] = arguments else { return Err(refused("optional.ofNonZeroValue", arguments)) };
    let zero = match value {
        Value::Null => true,
        Value::Bool(value) => !value,
        Value::Int(value) => *value == 0,
        Value::Uint(value) => *value == 0,
        Value::Double(value) => *value == 0.0,
        Value::String(text) => text.is_empty(),
        Value::Bytes(bytes) => bytes.is_empty(),
        Value::List(List::Values(values)) => values.is_empty(),
        Value::Map(Map::Entries(entries)) => entries.is_empty(),
        Value::List(_) | Value::Map(_) => evaluation.size(value)? == 0,
        // Go's zero time.
        Value::Timestamp(instant) => instant.at == DateTime::constant(1, 1, 1, 0, 0, 0, 0),
        Value::Duration(span) => span.length.is_zero(),
        Value::Type(_) | Value::Optional(_) | Value::Opaque(_) => false,
    };
    Ok(Value::optional(if zero { None } else { Some(value.clone()) }))
}

/// The values of those that have one.
fn unwrap<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let [list @ Value::List(_)] = arguments else { return Err(refused("unwrapOpt", arguments)) };
    let mut values = Vec::new();
    for item in evaluation.elements(list)? {
        match item {
            Value::Optional(value) => values.extend(value.map(|value| (*value).clone())),
            other => return Err(refused("unwrapOpt", &[other])),
        }
    }
    Ok(Value::list(values))
}
