//! EPSS scores (<https://www.first.org/epss/data_stats>): CSV of `cve,epss,percentile`, with or
//! without the leading comment that names the model and the date.

use super::kev::cve_key;
use jiff::Timestamp;
use std::io::{self, BufRead, Read};

/// Bytes of one line; real ones are 35.
const LINE_BYTES_MAX: u64 = 1_024;

/// Scores; 360,000 in 2026.
const SCORES_MAX: usize = 8_000_000;

/// Probabilities are kept as whole parts of this many: all nine decimals that feeds print.
pub(crate) const PROBABILITY_UNIT: u32 = 1_000_000_000;

/// All scores of a day.
#[derive(Debug, Default)]
pub(crate) struct Scores {
    /// CVE and probability in units of one in [`PROBABILITY_UNIT`].
    pub list: Vec<(String, u32)>,
    pub date: Option<Timestamp>,
    /// Lines that are not a score.
    pub problems: u64,
}

/// Whether text that starts like this is such a file.
pub(crate) fn recognise(head: &[u8]) -> bool {
    head.starts_with(b"#model_version:") || head.starts_with(b"cve,epss")
}

/// Reads the scores to the end; an error is one of the reader, such as a truncated gzip.
pub(crate) fn parse(mut reader: impl BufRead) -> io::Result<Scores> {
    let mut scores = Scores::default();
    let mut line = Vec::new();
    loop {
        line.clear();
        if (&mut reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut line)? == 0 {
            return Ok(scores);
        }
        let text = std::str::from_utf8(&line).unwrap_or_default().trim_end();
        if let Some(comment) = text.strip_prefix('#') {
            scores.date = comment.split(',').find_map(date).or(scores.date);
        } else if text.starts_with("cve,") || text.is_empty() && line.len() <= 2 {
            // The header, or an empty line at the end.
        } else if let Some(score) = score(text).filter(|_| scores.list.len() < SCORES_MAX) {
            scores.list.push(score);
        } else {
            scores.problems += 1;
        }
    }
}

/// `score_date:2025-08-26T12:55:00Z`; some days were published with `+0000`.
fn date(field: &str) -> Option<Timestamp> {
    let date = field.strip_prefix("score_date:")?;
    let date = date.strip_suffix("+0000").map_or_else(|| date.to_owned(), |day| format!("{day}Z"));
    date.parse().ok()
}

fn score(line: &str) -> Option<(String, u32)> {
    let mut fields = line.split(',');
    let cve = cve_key(fields.next()?)?;
    Some((cve, probability(fields.next()?)?))
}

/// A probability from 0 to 1 in decimals (or `1e-05`), exact to nine of them.
fn probability(text: &str) -> Option<u32> {
    let (text, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i8>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = || whole.bytes().chain(fraction.bytes());
    let countable = whole.len() + fraction.len() <= 18 && !(whole.is_empty());
    (countable && digits().all(|byte| byte.is_ascii_digit())).then_some(())?;
    let value = digits().fold(0_u64, |value, byte| value * 10 + u64::from(byte - b'0'));
    let places = i32::try_from(fraction.len()).ok()? - i32::from(exponent);
    let shift = 9 - places;
    let power = 10_u64.checked_pow(shift.unsigned_abs())?;
    let units = if shift < 0 { value / power } else { value.checked_mul(power)? };
    u32::try_from(units).ok().filter(|&units| units <= PROBABILITY_UNIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_with_and_without_comment() {
        let text = "#model_version:v2025.03.14,score_date:2025-08-26T12:55:00Z\n\
            cve,epss,percentile\nCVE-1999-0001,0.033510000,0.876500000\n\
            CVE-2021-44228,0.94358,0.99961\r\nCVE-x,1,1\nCVE-2021-0001,1.5,1\n\n";
        let scores = parse(text.as_bytes()).unwrap();
        assert_eq!(scores.list[0], ("CVE-1999-0001".into(), 33_510_000));
        assert_eq!(scores.list[1], ("CVE-2021-44228".into(), 943_580_000));
        assert_eq!((scores.list.len(), scores.problems), (2, 2));
        assert_eq!(scores.date.unwrap().to_string(), "2025-08-26T12:55:00Z");
        let scores = parse(&b"cve,epss,percentile\nCVE-1999-0001,1,1"[..]).unwrap();
        assert_eq!((scores.list.len(), scores.date), (1, None));
    }

    #[test]
    fn probabilities_are_exact() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1", Some(1_000_000_000)),
            ("0.1", Some(100_000_000)),
            ("0.000010000", Some(10_000)),
            ("1e-05", Some(10_000)),
            ("4.3E-4", Some(430_000)),
            ("0.0000000019", Some(1)),
            ("1.000000001", None),
            ("-0.1", None),
            ("", None),
            (".", None),
            ("nan", None),
            ("1e99", None),
            ("1e-99", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(probability(text), expected, "{text}");
        }
    }

    #[test]
    fn a_line_without_end_is_bounded() {
        let line = io::BufReader::new(io::repeat(b'a').take(4_096));
        assert_eq!(parse(line).unwrap().problems, 4);
    }
}
