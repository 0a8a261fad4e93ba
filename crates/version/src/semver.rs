//! Semantic Versioning 2.0.0, to the letter, as crates.io insists on; and the precedence rules
//! that Go and npm share with it. Advisories for crates also say `0.10` where they mean `0.10.0`.

use crate::digits;
use std::{borrow::Cow, cmp::Ordering};

/// What precedence is made of (SemVer 11); build metadata is no part of it (SemVer 10).
pub(crate) struct Precedence<'a> {
    /// Major, minor, patch.
    pub(crate) numbers: [&'a [u8]; 3],
    /// Dot-separated identifiers; empty for a release.
    pub(crate) prerelease: Cow<'a, [u8]>,
}

impl Precedence<'_> {
    pub(crate) fn compare(&self, other: &Self) -> Ordering {
        let numbers = self.numbers.iter().zip(other.numbers);
        numbers
            .map(|(left, right)| digits::compare(left, right))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| compare_prerelease(&self.prerelease, &other.prerelease))
    }
}

pub(crate) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let parse = |text| parse(text).or_else(|| parse_short(text));
    Some(parse(left.as_bytes())?.compare(&parse(right.as_bytes())?))
}

/// Reads one or two numbers and nothing else.
fn parse_short(text: &[u8]) -> Option<Precedence<'_>> {
    let ([Some(major), minor, None], []) = split_numbers(text) else { return None };
    let numbers = [major, minor.unwrap_or(b"0"), b"0"];
    let canonical = numbers.iter().all(|number| is_canonical(number));
    canonical.then_some(Precedence { numbers, prerelease: Cow::Borrowed(b"") })
}

/// Reads exactly what SemVer's grammar allows.
pub(crate) fn parse(text: &[u8]) -> Option<Precedence<'_>> {
    let ([Some(major), Some(minor), Some(patch)], rest) = split_numbers(text) else { return None };
    let numbers = [major, minor, patch];
    let canonical = |number: &&[u8]| is_canonical(number);
    if !numbers.iter().all(canonical) {
        return None;
    }
    let (prerelease, build) = split_build(rest)?;
    let prerelease = match prerelease {
        [] => prerelease,
        [b'-', prerelease @ ..] => prerelease,
        _ => return None,
    };
    let hyphen_alone = prerelease.is_empty() && rest.starts_with(b"-");
    let fine = !hyphen_alone
        && are_identifiers(build)
        && are_identifiers(prerelease)
        && identifiers(prerelease).all(|part| !digits::is_number(part) || is_canonical(part));
    fine.then_some(Precedence { numbers, prerelease: Cow::Borrowed(prerelease) })
}

/// Splits off one to three numbers with dots between them.
pub(crate) fn split_numbers(text: &[u8]) -> ([Option<&[u8]>; 3], &[u8]) {
    let mut numbers = [None; 3];
    let mut rest = text;
    for (at, slot) in numbers.iter_mut().enumerate() {
        let after = match rest {
            [b'.', after @ ..] if at > 0 => after,
            _ if at == 0 => rest,
            _ => break,
        };
        let (number, after) = digits::split(after);
        if number.is_empty() {
            break;
        }
        *slot = Some(number);
        rest = after;
    }
    (numbers, rest)
}

/// Splits what follows the numbers before its `+`; `None` when nothing follows the `+`.
pub(crate) fn split_build(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (before, after) = digits::split_while(text, |byte| byte != b'+');
    match after {
        [] => Some((before, after)),
        [_, build @ ..] => (!build.is_empty()).then_some((before, build)),
    }
}

/// Whether this is empty or made of dot-separated identifiers (SemVer 9 and 10).
pub(crate) fn are_identifiers(text: &[u8]) -> bool {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-';
    text.is_empty() || identifiers(text).all(|part| !part.is_empty() && part.iter().all(allowed))
}

fn identifiers(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|byte| *byte == b'.').filter(move |_| !text.is_empty())
}

fn is_canonical(number: &[u8]) -> bool {
    number == b"0" || !number.starts_with(b"0")
}

/// A release comes after its prereleases; numbers before words; fewer identifiers before more.
fn compare_prerelease(left: &[u8], right: &[u8]) -> Ordering {
    if left.is_empty() || right.is_empty() {
        return left.is_empty().cmp(&right.is_empty());
    }
    let mut rights = identifiers(right);
    for left in identifiers(left) {
        let Some(right) = rights.next() else { return Ordering::Greater };
        let order = match (digits::is_number(left), digits::is_number(right)) {
            (true, true) => digits::compare(left, right),
            (false, false) => left.cmp(right),
            (left_number, right_number) => right_number.cmp(&left_number),
        };
        if order.is_ne() {
            return order;
        }
    }
    if rights.next().is_some() { Ordering::Less } else { Ordering::Equal }
}
