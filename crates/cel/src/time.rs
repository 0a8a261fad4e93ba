//! Points and lengths of time that remember whether they move with the clock.
//!
//! An expression can only add, subtract and compare times, so a value derived from `now` is
//! always `constant + slope × now`. Carrying the slope makes it possible to say *until when* a
//! comparison keeps its result.

use std::fmt;

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Time},
    tz::Offset,
};

/// A point in time, from the first moment of year 1 to the last of year 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant {
    /// The point, in UTC. (A [`Timestamp`] ends a day before the language does.)
    pub(crate) at: DateTime,
    /// By how many seconds it moves when the clock moves by one.
    pub(crate) slope: i8,
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
    pub fn fixed(at: Timestamp) -> Self {
        Self { at: Offset::UTC.to_datetime(at), slope: 0 }
    }

    /// The present, as the caller gives it.
    pub fn now(at: Timestamp) -> Self {
        Self { slope: 1, ..Self::fixed(at) }
    }

    /// The point; the last one that a timestamp can be, for one of the last hours of year 9999.
    pub fn timestamp(self) -> Timestamp {
        Offset::UTC.to_timestamp(self.at).unwrap_or(Timestamp::MAX)
    }

    /// Nanoseconds since the beginning of 1970.
    pub(crate) fn nanoseconds(self) -> i128 {
        self.at.duration_since(EPOCH).as_nanos()
    }
}

/// As RFC 3339 writes it.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}Z", self.at)
    }
}

const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

impl Span {
    /// A length that stays what it is.
    pub const fn fixed(length: SignedDuration) -> Self {
        Self { length, slope: 0 }
    }
}

/// A point in time, if the language can have it: year 1 to 9999 (cel-spec, "Timestamps").
pub(crate) fn checked_instant(at: DateTime) -> Option<DateTime> {
    (at.year() >= 1).then_some(at)
}

/// A point so many seconds after the beginning of 1970.
pub(crate) fn from_seconds(seconds: i64) -> Option<DateTime> {
    EPOCH.checked_add(SignedDuration::from_secs(seconds)).ok().and_then(checked_instant)
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

/// Reads a timestamp as RFC 3339 writes it, and as Go reads it: an hour may have one digit.
pub(crate) fn parse_instant(text: &str) -> Option<DateTime> {
    let number = |digits: &str| {
        let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<i16>().ok().filter(|_| plain)
    };
    let small = |digits: &str| number(digits).and_then(|number| i8::try_from(number).ok());
    let (date, time) = text.split_once('T')?;
    let (year, month, day) = match (date.get(..4)?, date.get(4..)?) {
        (year, rest) if rest.len() == 6 => {
            let (month, day) = rest.strip_prefix('-')?.split_once('-')?;
            (number(year)?, month, day)
        }
        _ => return None,
    };
    if month.len() != 2 || day.len() != 2 {
        return None;
    }
    let date = Date::new(year, small(month)?, small(day)?).ok()?;
    let (hour, rest) = time.split_once(':')?;
    let (minute, rest) = rest.split_once(':')?;
    let (second, rest) = rest.split_at_checked(2)?;
    if !matches!(hour.len(), 1 | 2) || minute.len() != 2 || small(second)? > 59 {
        return None;
    }
    let end = rest.find(['Z', '+', '-'])?;
    let (fraction, zone) = rest.split_at(end);
    let nanosecond = match fraction.strip_prefix(['.', ',']) {
        // What is below a nanosecond is cut off.
        Some(digits) if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) => {
            format!("{digits:0<9.9}").parse().ok()?
        }
        None if fraction.is_empty() => 0,
        _ => return None,
    };
    let time = Time::new(small(hour)?, small(minute)?, small(second)?, nanosecond).ok()?;
    let ahead = offset_seconds(zone)?;
    let local = DateTime::from_parts(date, time);
    local.checked_sub(SignedDuration::from_secs(ahead)).ok().and_then(checked_instant)
}

/// `Z`, `+02:00`, `-09:30`, in seconds ahead of UTC.
fn offset_seconds(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let sign = if zone.starts_with('-') { -1 } else { 1 };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let two = |text: &str, max: i64| {
        let plain = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i64>().ok().filter(|number| plain && *number <= max)
    };
    Some(sign * (two(hours, 24)? * 3600 + two(minutes, 60)? * 60))
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
