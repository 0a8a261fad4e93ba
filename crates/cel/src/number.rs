//! Comparing and converting numbers of different types without losing a bit.

use crate::Value;
use std::cmp::Ordering;

/// 2 to the 63rd: the first double above every int.
const INT_END: f64 = 9_223_372_036_854_775_808.0;
/// 2 to the 64th: the first double above every uint.
const UINT_END: f64 = 18_446_744_073_709_551_616.0;

/// Compares two numbers; `None` for NaN, or when one is not a number. Integers of both kinds
/// compare exactly; beside a double an integer is rounded to one first, as the reference
/// implementation and its conformance tests do.
pub(crate) fn compare(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    match (left, right) {
        (Value::Double(a), b) => a.partial_cmp(&rounded(b)?),
        (a, Value::Double(b)) => rounded(a)?.partial_cmp(b),
        (a, b) => Some(integer(a)?.cmp(&integer(b)?)),
    }
}

fn rounded(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Double(value) => Some(*value),
        Value::Int(value) => Some(*value as f64),
        Value::Uint(value) => Some(*value as f64),
        _ => None,
    }
}

/// Whether a value is a number.
pub(crate) const fn is(value: &Value<'_>) -> bool {
    matches!(value, Value::Int(_) | Value::Uint(_) | Value::Double(_))
}

/// The whole number that a value is.
pub(crate) fn whole(value: &Value<'_>) -> Option<i128> {
    match value {
        Value::Double(value) if value.fract() == 0.0 => truncate(*value),
        other => integer(other),
    }
}

/// A double without its fraction, where an int would hold it.
pub(crate) fn to_int(value: f64) -> Option<i64> {
    // The smallest int itself is refused, as the reference implementations do: a double that
    // prints like it may have been rounded to it.
    (value.abs() < INT_END).then(|| truncate(value).and_then(|whole| whole.try_into().ok()))?
}

/// A double without its fraction, where a uint would hold it.
pub(crate) fn to_uint(value: f64) -> Option<u64> {
    (value >= 0.0).then(|| truncate(value).and_then(|whole| whole.try_into().ok()))?
}

fn integer(value: &Value<'_>) -> Option<i128> {
    match value {
        Value::Int(value) => Some(i128::from(*value)),
        Value::Uint(value) => Some(i128::from(*value)),
        _ => None,
    }
}

fn truncate(value: f64) -> Option<i128> {
    #[expect(clippy::cast_possible_truncation, reason = "the range is checked just before")]
    (value.abs() <= UINT_END).then_some(value.trunc() as i128)
}
