//! Numbers of any length, compared without being turned into integers.

use std::cmp::Ordering;

/// Compares two runs of ASCII digits by value; the empty run is zero.
pub(crate) fn compare(left: &[u8], right: &[u8]) -> Ordering {
    let left = significant(left);
    let right = significant(right);
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

/// The run without leading zeros.
pub(crate) fn significant(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|digit| **digit == b'0').count();
    digits.split_at(zeros).1
}

/// Splits off the longest start of which every byte satisfies `wanted`.
pub(crate) fn split_while(text: &[u8], wanted: impl Fn(u8) -> bool) -> (&[u8], &[u8]) {
    text.split_at(text.iter().take_while(|byte| wanted(**byte)).count())
}

/// Splits off the longest start of digits.
pub(crate) fn split(text: &[u8]) -> (&[u8], &[u8]) {
    split_while(text, |byte| byte.is_ascii_digit())
}

/// Whether this is a number: at least one digit and nothing else.
pub(crate) fn is_number(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().all(u8::is_ascii_digit)
}
