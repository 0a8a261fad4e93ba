//! Debian's order: `[epoch:]upstream[-revision]` (Debian Policy 5.6.12, deb-version(7)).
//!
//! Like dpkg, and unlike the policy, an upstream version may start with a letter.

use crate::digits;
use std::cmp::Ordering;

struct Version<'a> {
    epoch: &'a [u8],
    upstream: &'a [u8],
    revision: &'a [u8],
}

pub(crate) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let left = parse(left.as_bytes())?;
    let right = parse(right.as_bytes())?;
    Some(
        digits::compare(left.epoch, right.epoch)
            .then_with(|| compare_part(left.upstream, right.upstream))
            .then_with(|| compare_part(left.revision, right.revision)),
    )
}

fn parse(text: &[u8]) -> Option<Version<'_>> {
    let (epoch, rest) = match text.iter().position(|byte| *byte == b':') {
        Some(colon) => {
            let (epoch, rest) = text.split_at(colon);
            (digits::is_number(epoch).then_some(epoch)?, rest.get(1..)?)
        }
        None => (&b""[..], text),
    };
    let (upstream, revision) = match rest.iter().rposition(|byte| *byte == b'-') {
        Some(hyphen) => {
            let (upstream, revision) = rest.split_at(hyphen);
            (upstream, revision.get(1..).filter(|revision| !revision.is_empty())?)
        }
        None => (rest, &b""[..]),
    };
    let common = |byte: u8| byte.is_ascii_alphanumeric() || b".+~".contains(&byte);
    let fine = !upstream.is_empty()
        && upstream.iter().all(|byte| common(*byte) || b"-:".contains(byte))
        && revision.iter().all(|byte| common(*byte));
    fine.then_some(Version { epoch, upstream, revision })
}

/// Alternating runs of other characters, by [`weight`], and of digits, by value.
fn compare_part(mut left: &[u8], mut right: &[u8]) -> Ordering {
    let other = |byte: u8| !byte.is_ascii_digit();
    while !left.is_empty() || !right.is_empty() {
        let (left_text, left_rest) = digits::split_while(left, other);
        let (right_text, right_rest) = digits::split_while(right, other);
        let (left_digits, left_rest) = digits::split(left_rest);
        let (right_digits, right_rest) = digits::split(right_rest);
        let order = compare_text(left_text, right_text)
            .then_with(|| digits::compare(left_digits, right_digits));
        if order.is_ne() {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
    Ordering::Equal
}

fn compare_text(left: &[u8], right: &[u8]) -> Ordering {
    (0..left.len().max(right.len()))
        .map(|at| weight(left.get(at)).cmp(&weight(right.get(at))))
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

/// A tilde before the end, the end before letters, letters before all else.
fn weight(byte: Option<&u8>) -> u16 {
    match byte {
        Some(b'~') => 0,
        None => 1,
        Some(letter) if letter.is_ascii_alphabetic() => 2 + u16::from(*letter),
        Some(other) => 0x100 + u16::from(*other),
    }
}
