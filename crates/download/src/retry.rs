//! When to try again, and how long to wait before.

use crate::Settings;
use jiff::{Timestamp, fmt::rfc2822};
use std::time::Duration;

/// Whether a status says "later" rather than "no" (RFC 6585 section 4, RFC 9110 section 15.6).
pub(crate) const fn is_temporary(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// How long to wait after the attempt with this number, counted from one. The server's own wish
/// is heard, up to the limit.
pub(crate) fn wait(settings: &Settings, attempt: u32, wish: Option<Duration>) -> Duration {
    let doubled = settings.backoff.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    wish.unwrap_or(doubled).min(settings.backoff_max)
}

/// `Retry-After` (RFC 9110 section 10.2.3): seconds, or a date, which is taken relative to the
/// server's own `Date`, so that no clock of ours is needed.
pub(crate) fn retry_after(value: Option<&str>, date: Option<&str>) -> Option<Duration> {
    let value = value?.trim();
    if let Ok(seconds) = value.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let seconds = http_date(value)?.as_second().checked_sub(http_date(date?)?.as_second())?;
    Some(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}

fn http_date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_limit() {
        let settings = Settings::default();
        let millis = |attempt, wish| wait(&settings, attempt, wish).as_millis();
        assert_eq!([millis(1, None), millis(2, None), millis(3, None)], [500, 1_000, 2_000]);
        assert_eq!(millis(u32::MAX, None), 30_000);
        assert_eq!(millis(1, Some(Duration::from_secs(7))), 7_000);
        assert_eq!(millis(1, Some(Duration::from_hours(24))), 30_000);
    }

    #[test]
    fn retry_after_in_both_forms() {
        let check = |value, date, expected| {
            let wait = retry_after(value, date).map(|wait| wait.as_secs());
            assert_eq!(wait, expected, "{value:?}");
        };
        // The examples of RFC 9110 section 10.2.3.
        check(Some("120"), None, Some(120));
        let date = Some("Fri, 31 Dec 1999 23:59:59 GMT");
        check(date, Some("Fri, 31 Dec 1999 23:58:59 GMT"), Some(60));
        check(Some("Fri, 31 Dec 1999 23:58:59 GMT"), date, Some(0));
        check(date, None, None);
        check(Some("soon"), None, None);
        check(Some("-1"), None, None);
        check(None, None, None);
    }
}
