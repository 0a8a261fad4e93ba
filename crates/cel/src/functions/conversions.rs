//! Conversions between types (cel-spec, "Type conversions").

use super::{Function, global};
use crate::{
    ClockComparison, Evaluation, Instant, Span, Type, Value,
    error::{ErrorKind, quoted},
    evaluate::Evaluated,
    number,
    operators::no_overload,
    time,
};

pub(super) const FUNCTIONS: &[Function] = &[
    global("int", 1..=1, "int(value)", int),
    global("uint", 1..=1, "uint(value)", uint),
    global("double", 1..=1, "double(value)", double),
    global("string", 1..=1, "string(value)", string),
    global("bool", 1..=1, "bool(value)", bool),
    global("bytes", 1..=1, "bytes(value)", bytes),
    global("timestamp", 1..=1, "timestamp(value)", timestamp),
    global("duration", 1..=1, "duration(value)", duration),
];

fn or_range<'a>(value: Option<Value<'a>>, operation: &str) -> Evaluated<'a> {
    value.ok_or_else(|| ErrorKind::OutOfRange(format!("{operation}()")).into())
}

fn or_invalid<'a>(value: Option<Value<'a>>, text: &str, what: &str) -> Evaluated<'a> {
    value.ok_or_else(|| ErrorKind::Invalid(format!("{} is not {what}", quoted(text))).into())
}

fn refused<'a>(name: &str, arguments: &[Value<'a>]) -> Evaluated<'a> {
    Err(no_overload(name, &arguments.iter().collect::<Vec<_>>()))
}

fn int<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    match arguments {
        [value @ Value::Int(_)] => Ok(value.clone()),
        [Value::Uint(value)] => or_range(i64::try_from(*value).ok().map(Value::Int), "int"),
        [Value::Double(value)] => or_range(number::to_int(*value).map(Value::Int), "int"),
        [Value::String(text)] => or_invalid(text.parse().ok().map(Value::Int), text, "an int"),
        [Value::Timestamp(instant)] => {
            uses_clock(evaluation, instant.slope);
            let seconds = instant.nanoseconds().div_euclid(1_000_000_000);
            or_range(i64::try_from(seconds).ok().map(Value::Int), "int")
        }
        other => refused("int", other),
    }
}

fn uint<'a>(_: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    match arguments {
        [value @ Value::Uint(_)] => Ok(value.clone()),
        [Value::Int(value)] => or_range(u64::try_from(*value).ok().map(Value::Uint), "uint"),
        [Value::Double(value)] => or_range(number::to_uint(*value).map(Value::Uint), "uint"),
        [Value::String(text)] => or_invalid(text.parse().ok().map(Value::Uint), text, "a uint"),
        other => refused("uint", other),
    }
}

fn double<'a>(_: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    match arguments {
        [value @ Value::Double(_)] => Ok(value.clone()),
        [Value::Int(value)] => Ok(Value::Double(*value as f64)),
        [Value::Uint(value)] => Ok(Value::Double(*value as f64)),
        [Value::String(text)] => {
            or_invalid(number::parse_double(text).map(Value::Double), text, "a double")
        }
        other => refused("double", other),
    }
}

pub(super) fn string<'a>(
    evaluation: &mut Evaluation<'a>,
    arguments: &[Value<'a>],
) -> Evaluated<'a> {
    Ok(Value::from(match arguments {
        [value @ Value::String(_)] => return Ok(value.clone()),
        [Value::Int(value)] => value.to_string(),
        [Value::Uint(value)] => value.to_string(),
        [Value::Double(value)] => print_double(*value),
        [Value::Bool(value)] => value.to_string(),
        [Value::Bytes(bytes)] => {
            evaluation.step_bytes(bytes.len())?;
            std::str::from_utf8(bytes)
                .map_err(|_| ErrorKind::Invalid("these bytes are not UTF-8".to_owned()))?
                .to_owned()
        }
        [Value::Timestamp(instant)] => {
            uses_clock(evaluation, instant.slope);
            instant.to_string()
        }
        [Value::Duration(Span { length, slope })] => {
            uses_clock(evaluation, *slope);
            time::print_length(*length)
        }
        [Value::Opaque(value)] if matches!(value.kind(), Type::Ip | Type::Cidr) => {
            value.to_string()
        }
        other => return refused("string", other),
    }))
}

fn bool<'a>(_: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    match arguments {
        [value @ Value::Bool(_)] => Ok(value.clone()),
        [Value::String(text)] => {
            let value = match &**text {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
                "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
                _ => None,
            };
            or_invalid(value.map(Value::Bool), text, "a bool")
        }
        other => refused("bool", other),
    }
}

fn bytes<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    match arguments {
        [value @ Value::Bytes(_)] => Ok(value.clone()),
        [Value::String(text)] => {
            evaluation.step_bytes(text.len())?;
            Ok(Value::Bytes(text.as_bytes().to_vec().into()))
        }
        other => refused("bytes", other),
    }
}

fn timestamp<'a>(_: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    match arguments {
        [value @ Value::Timestamp(_)] => Ok(value.clone()),
        [Value::String(text)] => or_invalid(
            time::parse_instant(text).map(|at| Value::Timestamp(Instant { at, slope: 0 })),
            text,
            "a timestamp in range, such as 2026-01-31T00:00:00Z",
        ),
        [Value::Int(seconds)] => {
            let at = time::from_seconds(*seconds);
            or_range(at.map(|at| Value::Timestamp(Instant { at, slope: 0 })), "timestamp")
        }
        other => refused("timestamp", other),
    }
}

fn duration<'a>(_: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    match arguments {
        [value @ Value::Duration(_)] => Ok(value.clone()),
        [Value::String(text)] => or_invalid(
            time::parse_length(text).map(|length| Value::Duration(Span::fixed(length))),
            text,
            "a duration in range, such as 1h30m",
        ),
        other => refused("duration", other),
    }
}

/// A value that moves with the clock, used other than by comparing it.
pub(super) fn uses_clock(evaluation: &mut Evaluation<'_>, slope: i8) {
    if slope != 0 {
        evaluation.compared(ClockComparison::NOW);
    }
}

/// The shortest digits that read back as the same double, with an exponent where Go's `%g`
/// writes one: below 1e-4 and from a million on.
fn print_double(value: f64) -> String {
    let size = value.abs();
    if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned()
    } else if size != 0.0 && !(1e-4..1e6).contains(&size) {
        let text = format!("{value:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) =
            exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
        format!("{digits}e{sign}{exponent:0>2}")
    } else {
        format!("{value}")
    }
}
