//! `format`: values in a text (cel-go, "Strings extension", version 2, which is Kubernetes').
//!
//! ```
//! # use cofferdam_cel::{Evaluation, Program, Scope};
//! let source = "'%s has %d of %x'.format(['web', 2, 255]) == 'web has 2 of ff'";
//! let program = Program::parse(source).unwrap();
//! assert_eq!(Evaluation::default().condition(&program, &Scope::default()), Ok(true));
//! ```

use super::{Function, conversions, member, refused};
use crate::{
    Evaluation, Stop, Value, error::ErrorKind, evaluate::Evaluated, limits::VALUE_DEPTH_MAX,
};
use std::fmt::Write as _;

pub(super) const FUNCTIONS: &[Function] = &[member("format", 2..=2, "text.format(list)", format)];

/// Digits after the point when nobody says otherwise.
const PRECISION: usize = 6;

/// Digits after the point that anybody may ask for.
const PRECISION_MAX: usize = 1_000;

fn invalid(message: impl Into<String>) -> Stop {
    ErrorKind::Invalid(message.into()).into()
}

fn format<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let [Value::String(text), list @ Value::List(_)] = arguments else {
        return Err(refused("format", arguments));
    };
    evaluation.step_bytes(text.len())?;
    let length = evaluation.length(list)?;
    let mut out = String::with_capacity(text.len());
    let mut rest: &str = text;
    let mut next = 0;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        if let Some(after) = after.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        if next >= length {
            return Err(invalid(format!("format() needs a value at index {next}")));
        }
        let value = evaluation.element(list, next)?;
        next += 1;
        let (precision, after) = precision(after)?;
        let clause = after.chars().next().ok_or_else(|| invalid("format() ends with %"))?;
        rest = after.get(clause.len_utf8()..).unwrap_or_default();
        let from = out.len();
        clause_of(evaluation, clause, precision, &value, &mut out)?;
        evaluation.step_made(out.len() - from)?;
    }
    out.push_str(rest);
    Ok(Value::from(out))
}

/// `.3` before a clause.
fn precision(text: &str) -> Result<(Option<usize>, &str), Stop> {
    let Some(text) = text.strip_prefix('.') else { return Ok((None, text)) };
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let precision = digits.parse().ok().filter(|precision| *precision <= PRECISION_MAX);
    let message = || invalid(format!("a precision is a number up to {PRECISION_MAX}"));
    precision.map(|precision| (Some(precision), rest)).ok_or_else(message)
}

fn clause_of<'a>(
    evaluation: &mut Evaluation<'a>,
    clause: char,
    precision: Option<usize>,
    value: &Value<'a>,
    out: &mut String,
) -> Result<(), Stop> {
    let done = match (clause, value) {
        ('s', value) => return string(evaluation, value, out),
        ('d', Value::Int(value)) => write!(out, "{value}"),
        ('d', Value::Uint(value)) => write!(out, "{value}"),
        ('b', Value::Bool(value)) => write!(out, "{}", u8::from(*value)),
        ('b', Value::Int(value)) => write!(out, "{}{:b}", sign(*value), value.unsigned_abs()),
        ('b', Value::Uint(value)) => write!(out, "{value:b}"),
        ('o', Value::Int(value)) => write!(out, "{}{:o}", sign(*value), value.unsigned_abs()),
        ('o', Value::Uint(value)) => write!(out, "{value:o}"),
        ('x', Value::Int(value)) => write!(out, "{}{:x}", sign(*value), value.unsigned_abs()),
        ('X', Value::Int(value)) => write!(out, "{}{:X}", sign(*value), value.unsigned_abs()),
        ('x', Value::Uint(value)) => write!(out, "{value:x}"),
        ('X', Value::Uint(value)) => write!(out, "{value:X}"),
        ('x' | 'X', Value::String(text)) => hexadecimal(clause, text.as_bytes(), out),
        ('x' | 'X', Value::Bytes(bytes)) => hexadecimal(clause, bytes, out),
        ('f' | 'e', value) => {
            let number = match value {
                Value::Double(value) => *value,
                Value::String(text) => match &**text {
                    "NaN" => f64::NAN,
                    "Infinity" => f64::INFINITY,
                    "-Infinity" => f64::NEG_INFINITY,
                    _ => return Err(refused("format() %f", std::slice::from_ref(value))),
                },
                other => return Err(refused("format() %f", std::slice::from_ref(other))),
            };
            out.push_str(&double(clause, precision, number));
            Ok(())
        }
        ('d' | 'b' | 'o' | 'x' | 'X', other) => {
            return Err(refused(&format!("format() %{clause}"), std::slice::from_ref(other)));
        }
        _ => return Err(invalid(format!("format() knows no %{clause}"))),
    };
    done.map_err(|_| invalid("this cannot be written"))
}

const fn sign(value: i64) -> &'static str {
    if value < 0 { "-" } else { "" }
}

fn hexadecimal(clause: char, bytes: &[u8], out: &mut String) -> std::fmt::Result {
    bytes.iter().try_for_each(|byte| match clause {
        'X' => write!(out, "{byte:02X}"),
        _ => write!(out, "{byte:02x}"),
    })
}

/// A double as Go's message printer writes it in American English: thousands apart, exponents
/// as powers of ten. The precision of `%e` is its width there, and its digits are always six.
fn double(clause: char, precision: Option<usize>, value: f64) -> String {
    // Zero has no sign.
    let value = if value == 0.0 { 0.0 } else { value };
    let plain = if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        if value > 0.0 { "∞" } else { "-∞" }.to_owned()
    } else if clause == 'f' {
        grouped(&format!("{value:.*}", precision.unwrap_or(PRECISION)))
    } else {
        scientific(value)
    };
    let width = if clause == 'e' { precision.unwrap_or(PRECISION) } else { 0 };
    format!("{plain:>width$}")
}

fn grouped(text: &str) -> String {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |digits| ("-", digits));
    let (whole, fraction) = digits.split_once('.').map_or((digits, None), |(a, b)| (a, Some(b)));
    let mut out = sign.to_owned();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if let Some(fraction) = fraction {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

fn scientific(value: f64) -> String {
    const RAISED: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let text = format!("{value:.PRECISION$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, exponent) = exponent.strip_prefix('-').map_or(("", exponent), |e| ("⁻", e));
    let raised = format!("{exponent:0>2}")
        .chars()
        .filter_map(|digit| RAISED.get(usize::try_from(digit.to_digit(10)?).ok()?))
        .collect::<String>();
    format!("{digits}×10{sign}{raised}")
}

/// `%s`: a value as people read it.
fn string<'a>(
    evaluation: &mut Evaluation<'a>,
    value: &Value<'a>,
    out: &mut String,
) -> Result<(), Stop> {
    match value {
        Value::List(_) | Value::Map(_) => inner(evaluation, value, out, 0),
        Value::Null => {
            out.push_str("null");
            Ok(())
        }
        Value::Type(kind) => {
            out.push_str(kind.as_str());
            Ok(())
        }
        Value::Optional(_) | Value::Opaque(_) => {
            Err(refused("format() %s", std::slice::from_ref(value)))
        }
        other => {
            let text = conversions::string(evaluation, std::slice::from_ref(other))?;
            out.push_str(text.as_str().unwrap_or_default());
            Ok(())
        }
    }
}

/// A value inside of a list or a map: as an expression would write it.
fn inner<'a>(
    evaluation: &mut Evaluation<'a>,
    value: &Value<'a>,
    out: &mut String,
    depth: usize,
) -> Result<(), Stop> {
    evaluation.step(1)?;
    if depth > VALUE_DEPTH_MAX {
        return Err(invalid(format!("values nest deeper than {VALUE_DEPTH_MAX} levels")));
    }
    match value {
        Value::List(_) => {
            out.push('[');
            for (position, item) in evaluation.elements(value)?.iter().enumerate() {
                out.push_str(if position > 0 { ", " } else { "" });
                inner(evaluation, item, out, depth + 1)?;
            }
            out.push(']');
        }
        Value::Map(_) => {
            let mut entries = Vec::new();
            for position in 0..evaluation.length(value)? {
                let key = evaluation.element(value, position)?;
                let found = evaluation.entry(value, &key)?.unwrap_or(Value::Null);
                let mut entry = String::new();
                inner(evaluation, &key, &mut entry, depth + 1)?;
                let end = entry.len();
                entry.push(':');
                inner(evaluation, &found, &mut entry, depth + 1)?;
                entries.push((end, entry));
            }
            entries.sort_by(|(a_end, a), (b_end, b)| a.get(..*a_end).cmp(&b.get(..*b_end)));
            let entries: Vec<String> = entries.into_iter().map(|(_, entry)| entry).collect();
            let _ = write!(out, "{{{}}}", entries.join(", "));
        }
        Value::String(text) => {
            evaluation.step_bytes(text.len())?;
            let _ = write!(out, "{text:?}");
        }
        Value::Bytes(_) => {
            out.push_str("b\"");
            string(evaluation, value, out)?;
            out.push('"');
        }
        Value::Timestamp(_) | Value::Duration(_) => {
            let name = if matches!(value, Value::Duration(_)) { "duration" } else { "timestamp" };
            let _ = write!(out, "{name}(\"");
            string(evaluation, value, out)?;
            out.push_str("\")");
        }
        Value::Double(number) if number.is_finite() => {
            let _ = write!(out, "{number:.PRECISION$}");
        }
        Value::Double(number) => {
            let text = if number.is_nan() { "NaN" } else { "Inf" };
            let sign = if *number < 0.0 {
                "-"
            } else if number.is_nan() {
                ""
            } else {
                "+"
            };
            let _ = write!(out, "\"{sign}{text}\"");
        }
        other => return string(evaluation, other, out),
    }
    Ok(())
}
