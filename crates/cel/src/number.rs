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

/// Reads a double as Go's `strconv.ParseFloat` does.
pub(crate) fn parse_double(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned.starts_with("0x") || unsigned.starts_with("0X") {
        let value = parse_hexadecimal(unsigned.get(2..)?)?;
        return Some(if text.starts_with('-') { -value } else { value });
    }
    let digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let parted = |at: usize| {
        digit(at.checked_sub(1).and_then(|at| bytes.get(at))) && digit(bytes.get(at + 1))
    };
    if bytes.iter().enumerate().any(|(at, byte)| *byte == b'_' && !parted(at)) {
        return None;
    }
    let value: f64 = text.replace('_', "").parse().ok()?;
    // What is too large is refused, unless it was written as infinite.
    let written = unsigned.starts_with(['i', 'I']);
    (value.is_finite() || value.is_nan() || written).then_some(value)
}

/// `1.8p1`, after `0x`: digits to base 16 and a power of two.
fn parse_hexadecimal(text: &str) -> Option<f64> {
    /// Digits that a double can tell apart.
    const DIGITS_MAX: usize = 13;
    let text = text.strip_prefix('_').unwrap_or(text);
    let (digits, power) = text.split_once(['p', 'P'])?;
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = [whole, fraction].concat();
    let plain = !all.is_empty() && all.bytes().all(|byte| byte.is_ascii_hexdigit());
    let kept = all.trim_start_matches('0');
    if !plain || kept.len() > DIGITS_MAX {
        return None;
    }
    let number = if kept.is_empty() { 0 } else { u64::from_str_radix(kept, 16).ok()? };
    let power: i32 = power.parse().ok()?;
    let places = i32::try_from(fraction.len()).ok()?.checked_mul(4)?;
    let value = number as f64 * 2_f64.powi(power.checked_sub(places)?);
    value.is_finite().then_some(value)
}
