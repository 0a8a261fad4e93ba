//! Points and lengths of time that remember whether they move with the clock.
//!
//! An expression can only add, subtract and compare times, so a value derived from `now` is
//! always `constant + slope × now`. Carrying the slope makes it possible to say *until when* a
//! comparison keeps its result.

use jiff::{SignedDuration, Timestamp};

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant {
    /// The point.
    pub at: Timestamp,
    /// By how many seconds it moves when the clock moves by one.
    pub slope: i8,
}

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The length.
    pub length: SignedDuration,
    /// By how many seconds it grows when the clock moves by one.
    pub slope: i8,
}

impl Instant {
    /// A point that stays where it is.
    pub const fn fixed(at: Timestamp) -> Self {
        Self { at, slope: 0 }
    }

    /// The present, as the caller gives it.
    pub const fn now(at: Timestamp) -> Self {
        Self { at, slope: 1 }
    }
}

impl Span {
    /// A length that stays what it is.
    pub const fn fixed(length: SignedDuration) -> Self {
        Self { length, slope: 0 }
    }
}

/// 0001-01-01T00:00:00Z and one nanosecond before 10000-01-01T00:00:00Z, in seconds (cel-spec,
/// "Timestamps").
const SECONDS_MIN: i64 = -62_135_596_800;
const SECONDS_MAX: i64 = 253_402_300_799;

/// A point in time, if the language can have it.
pub(crate) fn checked_instant(at: Timestamp) -> Option<Timestamp> {
    let floor = at.as_nanosecond().div_euclid(1_000_000_000);
    (i128::from(SECONDS_MIN)..=i128::from(SECONDS_MAX)).contains(&floor).then_some(at)
}

/// A length of time, if the language can have it: what fits into 64 bits of nanoseconds.
pub(crate) fn checked_length(length: SignedDuration) -> Option<SignedDuration> {
    i64::try_from(length.as_nanos()).is_ok().then_some(length)
}

/// A slope, if it is one that any honest expression comes to. Half of what the type holds, so
/// that the sum and the difference of two never overflow.
pub(crate) const fn slope(slope: i8) -> Option<i8> {
    if slope.unsigned_abs() <= 63 { Some(slope) } else { None }
}

/// In how long a difference that changes by `slope` seconds a second is zero.
pub(crate) fn until_zero(difference: SignedDuration, slope: i8) -> SignedDuration {
    if slope == 0 {
        return SignedDuration::MAX;
    }
    let nanoseconds = -difference.as_nanos() / i128::from(slope);
    let seconds = i64::try_from(nanoseconds / 1_000_000_000).unwrap_or(i64::MAX);
    let rest = i32::try_from(nanoseconds % 1_000_000_000).unwrap_or_default();
    SignedDuration::new(seconds, rest)
}

/// Reads a timestamp as RFC 3339 writes it.
pub(crate) fn parse_instant(text: &str) -> Option<Timestamp> {
    let separators = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
    let bytes = text.as_bytes();
    let shaped = separators
        .iter()
        .all(|(at, byte)| bytes.get(*at).is_some_and(|found| found.eq_ignore_ascii_case(byte)));
    if shaped { text.parse().ok().and_then(checked_instant) } else { None }
}

/// Reads a length as Go writes it: `1h30m`, `-1.5s`, `200ms`.
pub(crate) fn parse_length(text: &str) -> Option<SignedDuration> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(SignedDuration::ZERO);
    }
    let mut total: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').filter(|at| *at > 0)?;
        let (number, tail) = rest.split_at_checked(digits)?;
        let letters = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at_checked(letters)?;
        total = total.checked_add(scaled(number, unit)?)?;
        rest = tail;
    }
    let nanoseconds = i64::try_from(if negative { -total } else { total }).ok()?;
    Some(SignedDuration::from_nanos(nanoseconds))
}

/// `1.5` of a unit, in nanoseconds.
fn scaled(number: &str, unit: &str) -> Option<i128> {
    let unit: i128 = match unit {
        "ns" => 1,
        "us" | "µs" | "μs" => 1_000,
        "ms" => 1_000_000,
        "s" => 1_000_000_000,
        "m" => 60_000_000_000,
        "h" => 3_600_000_000_000,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse::<i64>().ok()?.into() };
    // What is below a nanosecond is cut off, so eighteen digits are more than enough.
    let fraction = fraction.get(..fraction.len().min(18))?;
    let part: i128 = if fraction.is_empty() { 0 } else { fraction.parse::<i64>().ok()?.into() };
    let scale = 10_i128.pow(u32::try_from(fraction.len()).ok()?);
    whole.checked_mul(unit)?.checked_add(part * unit / scale)
}

/// Writes a length as protocol buffers do: seconds with as many digits as needed.
pub(crate) fn print_length(length: SignedDuration) -> String {
    let nanoseconds = length.as_nanos();
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let (seconds, rest) = (nanoseconds.abs() / 1_000_000_000, nanoseconds.abs() % 1_000_000_000);
    let fraction = format!("{rest:09}");
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{seconds}s"),
        fraction => format!("{sign}{seconds}.{fraction}s"),
    }
}
