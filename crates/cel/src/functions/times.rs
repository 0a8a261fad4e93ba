//! The parts of timestamps and durations (cel-spec, "Abstract types").

use super::{Function, conversions::uses_clock, member};
use crate::{
    Evaluation, Instant, Span, Value,
    error::{ErrorKind, quoted},
    evaluate::Evaluated,
    operators::no_overload,
};
use jiff::{SignedDuration, civil::DateTime, tz::TimeZoneDatabase};
use std::sync::LazyLock;

pub(super) const FUNCTIONS: &[Function] = &[
    member("getFullYear", 1..=2, "time.getFullYear()", |e, a| {
        part(e, a, "getFullYear", |t| i64::from(t.year()), None)
    }),
    member("getMonth", 1..=2, "time.getMonth()", |e, a| {
        part(e, a, "getMonth", |t| i64::from(t.month()) - 1, None)
    }),
    member("getDate", 1..=2, "time.getDate()", |e, a| {
        part(e, a, "getDate", |t| i64::from(t.day()), None)
    }),
    member("getDayOfMonth", 1..=2, "time.getDayOfMonth()", |e, a| {
        part(e, a, "getDayOfMonth", |t| i64::from(t.day()) - 1, None)
    }),
    member("getDayOfWeek", 1..=2, "time.getDayOfWeek()", |e, a| {
        part(e, a, "getDayOfWeek", |t| t.weekday().to_sunday_zero_offset().into(), None)
    }),
    member("getDayOfYear", 1..=2, "time.getDayOfYear()", |e, a| {
        part(e, a, "getDayOfYear", |t| i64::from(t.day_of_year()) - 1, None)
    }),
    member("getHours", 1..=2, "time.getHours()", |e, a| {
        part(e, a, "getHours", |t| t.hour().into(), Some(SignedDuration::as_hours))
    }),
    member("getMinutes", 1..=2, "time.getMinutes()", |e, a| {
        part(e, a, "getMinutes", |t| t.minute().into(), Some(SignedDuration::as_mins))
    }),
    member("getSeconds", 1..=2, "time.getSeconds()", |e, a| {
        part(e, a, "getSeconds", |t| t.second().into(), Some(SignedDuration::as_secs))
    }),
    member("getMilliseconds", 1..=2, "time.getMilliseconds()", |e, a| {
        part(
            e,
            a,
            "getMilliseconds",
            |t| t.millisecond().into(),
            Some(|d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX)),
        )
    }),
];

/// A part of a point in time, in UTC, at an offset or in a zone, or of a length of time.
fn part<'a>(
    evaluation: &mut Evaluation<'a>,
    arguments: &[Value<'a>],
    name: &str,
    of_time: fn(DateTime) -> i64,
    of_length: Option<fn(&SignedDuration) -> i64>,
) -> Evaluated<'a> {
    let (time, zone) = match arguments {
        [Value::Duration(Span { length, slope })] if of_length.is_some() => {
            uses_clock(evaluation, *slope);
            return Ok(Value::Int(of_length.map_or(0, |of| of(length))));
        }
        [Value::Timestamp(time)] => (time, "UTC"),
        [Value::Timestamp(time), Value::String(zone)] => (time, &**zone),
        other => return Err(no_overload(name, &other.iter().collect::<Vec<_>>())),
    };
    let Instant { at, slope } = *time;
    uses_clock(evaluation, slope);
    let moment = match zone {
        // The machine's own zone is UTC: nothing depends on where this runs.
        "UTC" | "" | "Local" => Some(at),
        _ if zone.contains(':') => ahead(zone).and_then(|ahead| at.checked_add(ahead).ok()),
        // Names differ in their case only by mistake.
        _ => match zones().get(zone) {
            Ok(found) if found.iana_name() == Some(zone) => {
                let ahead = found.to_offset(time.timestamp()).seconds();
                at.checked_add(SignedDuration::from_secs(ahead.into())).ok()
            }
            _ => None,
        },
    };
    let unknown = || ErrorKind::Invalid(format!("{} is no time zone and no offset", quoted(zone)));
    Ok(Value::Int(of_time(moment.ok_or_else(unknown)?)))
}

/// The time zones, from the database that is built in: every machine has the same.
fn zones() -> &'static TimeZoneDatabase {
    static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);
    &ZONES
}

/// `+02:00`, `-09:30`, `02:00`: how far ahead of UTC.
fn ahead(zone: &str) -> Option<SignedDuration> {
    let (sign, clock) = match zone.strip_prefix('-') {
        Some(clock) => (-1, clock),
        None => (1, zone.strip_prefix('+').unwrap_or(zone)),
    };
    let (hours, minutes) = clock.split_once(':')?;
    let number = |text: &str| {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i32>().ok().filter(|_| plain).map(i64::from)
    };
    Some(SignedDuration::from_secs(sign * (number(hours)? * 3600 + number(minutes)? * 60)))
}
