//! rpm's order: `[epoch:]version[-release]` (rpm-version(7), `rpmvercmp`).
//!
//! A missing epoch is 0. A missing release comes before every release, as in rpm's own
//! `rpmverCmp`, so that the order stays total.

use crate::digits;
use std::cmp::Ordering;

/// Epoch, version, release.
struct Evr<'a> {
    epoch: &'a [u8],
    version: &'a [u8],
    release: Option<&'a [u8]>,
}

pub(crate) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let left = parse(left.as_bytes())?;
    let right = parse(right.as_bytes())?;
    Some(
        digits::compare(left.epoch, right.epoch)
            .then_with(|| compare_part(left.version, right.version))
            .then_with(|| match (left.release, right.release) {
                (Some(left), Some(right)) => compare_part(left, right),
                (left, right) => left.is_some().cmp(&right.is_some()),
            }),
    )
}

/// The characters are those that rpm lets into a version (`ALLOWED_CHARS_VERREL`).
fn parse(text: &[u8]) -> Option<Evr<'_>> {
    let (epoch, rest) = match digits::split(text) {
        (epoch, [b':', rest @ ..]) => (epoch, rest),
        _ => (&b""[..], text),
    };
    let (version, release) = match rest.iter().rposition(|byte| *byte == b'-') {
        Some(hyphen) => {
            let (version, release) = rest.split_at(hyphen);
            (version, Some(release.get(1..).filter(|release| !release.is_empty())?))
        }
        None => (rest, None),
    };
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"._+%{}~^".contains(byte);
    let fine =
        !version.is_empty() && version.iter().chain(release.into_iter().flatten()).all(allowed);
    fine.then_some(Evr { epoch, version, release })
}

/// Runs of digits and runs of letters; everything else only separates them, but for `~`, which
/// comes before the end, and `^`, which comes after the end and before everything else.
fn compare_part(mut left: &[u8], mut right: &[u8]) -> Ordering {
    let separates = |byte: u8| !byte.is_ascii_alphanumeric() && byte != b'~' && byte != b'^';
    loop {
        left = digits::split_while(left, separates).1;
        right = digits::split_while(right, separates).1;
        match (left, right) {
            ([b'~', left_rest @ ..], [b'~', right_rest @ ..])
            | ([b'^', left_rest @ ..], [b'^', right_rest @ ..]) => {
                (left, right) = (left_rest, right_rest);
            }
            ([], []) => return Ordering::Equal,
            ([b'~', ..], _) | ([], [b'^', ..]) => return Ordering::Less,
            (_, [b'~', ..]) | ([b'^', ..], []) => return Ordering::Greater,
            ([b'^', ..] | [], _) => return Ordering::Less,
            (_, [b'^', ..] | []) => return Ordering::Greater,
            ([left_first, ..], [right_first, ..]) => {
                let digit = left_first.is_ascii_digit();
                if digit != right_first.is_ascii_digit() {
                    // A number is newer than letters.
                    return digit.cmp(&!digit);
                }
                let alike =
                    |byte: u8| byte.is_ascii_alphanumeric() && byte.is_ascii_digit() == digit;
                let (left_run, left_rest) = digits::split_while(left, alike);
                let (right_run, right_rest) = digits::split_while(right, alike);
                let order = if digit {
                    digits::compare(left_run, right_run)
                } else {
                    left_run.cmp(right_run)
                };
                if order.is_ne() {
                    return order;
                }
                (left, right) = (left_rest, right_rest);
            }
        }
    }
}
