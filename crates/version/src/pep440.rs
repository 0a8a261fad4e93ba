//! Python's order (PEP 440, as the `packaging` library reads it): spelling variants, any case
//! and surrounding white space included.
//!
//! Versions from before PEP 440 still come up in advisories (`2.6.0-NA`) and in old packages
//! (`2004d`). Today's `packaging` refuses them, and earlier ones put them below all others, which
//! would call every affected package fixed. Here such a version is known by its epoch and release
//! segment alone: it has an order against versions of other releases and none within its own.

use crate::digits;
use std::cmp::Ordering;

struct Head<'a> {
    epoch: &'a [u8],
    /// Numbers with dots between them.
    release: &'a [u8],
}

struct Tail<'a> {
    /// Rank of the phase (alpha, beta, candidate) and the number within it.
    pre: Option<(u8, &'a [u8])>,
    post: Option<&'a [u8]>,
    dev: Option<&'a [u8]>,
    local: Option<&'a [u8]>,
}

/// Spellings of the prerelease phases with their ranks, those first that others are a start of.
const PHASES: [(&[u8], u8); 8] = [
    (b"alpha", 1),
    (b"a", 1),
    (b"beta", 2),
    (b"b", 2),
    (b"preview", 3),
    (b"pre", 3),
    (b"rc", 3),
    (b"c", 3),
];

/// The rank of what has neither phase nor stands before them.
const RELEASED: u8 = 4;

const POST: [(&[u8], u8); 3] = [(b"post", 0), (b"rev", 0), (b"r", 0)];
const DEV: [(&[u8], u8); 1] = [(b"dev", 0)];

pub(crate) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left_head, left_rest) = parse_head(left)?;
    let (right_head, right_rest) = parse_head(right)?;
    let order = digits::compare(left_head.epoch, right_head.epoch)
        .then_with(|| compare_releases(left_head.release, right_head.release));
    if order.is_ne() {
        return Some(order);
    }
    match (parse_tail(left_rest), parse_tail(right_rest)) {
        (Some(left), Some(right)) => Some(left.compare(&right)),
        _ => (left == right).then_some(Ordering::Equal),
    }
}

fn parse_head(text: &str) -> Option<(Head<'_>, &[u8])> {
    let text = text.trim().as_bytes();
    let text = match text {
        [b'v' | b'V', rest @ ..] => rest,
        _ => text,
    };
    let (epoch, text) = match digits::split(text) {
        (epoch @ [_, ..], [b'!', rest @ ..]) => (epoch, rest),
        _ => (&b""[..], text),
    };
    let (first, mut rest) = digits::split(text);
    if first.is_empty() {
        return None;
    }
    while let [b'.', after @ ..] = rest
        && let ([_, ..], after) = digits::split(after)
    {
        rest = after;
    }
    let release = text.split_at(text.len() - rest.len()).0;
    Some((Head { epoch, release }, rest))
}

fn parse_tail(text: &[u8]) -> Option<Tail<'_>> {
    let (pre, text) = split_word(text, &PHASES);
    let (post, text) = split_post(text);
    let (dev, text) = split_word(text, &DEV);
    let local = match text {
        [] => None,
        [b'+', local @ ..] => {
            let part = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_alphanumeric);
            Some(local_parts(local).all(part).then_some(local)?)
        }
        _ => return None,
    };
    let (post, dev) = (post.map(|(_, number)| number), dev.map(|(_, number)| number));
    Some(Tail { pre, post, dev, local })
}

/// Whether a version keeps to PEP 440.
#[cfg(test)]
pub(crate) fn is_valid(text: &str) -> bool {
    parse_head(text).is_some_and(|(_, rest)| parse_tail(rest).is_some())
}

/// A named segment with its rank and number.
type Segment<'a> = Option<(u8, &'a [u8])>;

/// Splits off `[-_.]? word [-_.]? number?`; a missing number is 0.
fn split_word<'a>(text: &'a [u8], words: &[(&[u8], u8)]) -> (Segment<'a>, &'a [u8]) {
    let after_separator = skip_separator(text);
    for (word, rank) in words {
        if let Some((start, rest)) = after_separator.split_at_checked(word.len())
            && start.eq_ignore_ascii_case(word)
        {
            let (number, rest) = digits::split(skip_separator(rest));
            return (Some((*rank, number)), rest);
        }
    }
    (None, text)
}

/// A post-release may also be a hyphen and a number.
fn split_post(text: &[u8]) -> (Segment<'_>, &[u8]) {
    if let [b'-', rest @ ..] = text
        && let (number @ [_, ..], rest) = digits::split(rest)
    {
        return (Some((0, number)), rest);
    }
    split_word(text, &POST)
}

fn skip_separator(text: &[u8]) -> &[u8] {
    match text {
        [b'-' | b'_' | b'.', rest @ ..] => rest,
        _ => text,
    }
}

fn local_parts(local: &[u8]) -> impl Iterator<Item = &[u8]> {
    local.split(|byte| b"-_.".contains(byte))
}

impl Tail<'_> {
    fn compare(&self, other: &Self) -> Ordering {
        compare_segments(self.phase(), other.phase())
            .then_with(|| compare_optional(self.post, other.post))
            .then_with(|| self.dev.is_none().cmp(&other.dev.is_none()))
            .then_with(|| compare_optional(self.dev, other.dev))
            .then_with(|| compare_locals(self.local, other.local))
    }

    /// A development release of a release comes before the release's alphas.
    fn phase(&self) -> (u8, &[u8]) {
        match self.pre {
            Some(pre) => pre,
            None if self.post.is_none() && self.dev.is_some() => (0, b""),
            None => (RELEASED, b""),
        }
    }
}

/// Component by component; missing ones are 0.
fn compare_releases(left: &[u8], right: &[u8]) -> Ordering {
    let mut left = left.split(|byte| *byte == b'.');
    let mut right = right.split(|byte| *byte == b'.');
    loop {
        let (left, right) = (left.next(), right.next());
        if left.is_none() && right.is_none() {
            return Ordering::Equal;
        }
        let order = digits::compare(left.unwrap_or_default(), right.unwrap_or_default());
        if order.is_ne() {
            return order;
        }
    }
}

fn compare_segments(left: (u8, &[u8]), right: (u8, &[u8])) -> Ordering {
    left.0.cmp(&right.0).then_with(|| digits::compare(left.1, right.1))
}

/// None at all comes first.
fn compare_optional(left: Option<&[u8]>, right: Option<&[u8]>) -> Ordering {
    left.is_some()
        .cmp(&right.is_some())
        .then_with(|| digits::compare(left.unwrap_or_default(), right.unwrap_or_default()))
}

/// None at all first, words before numbers, fewer parts before more.
fn compare_locals(left: Option<&[u8]>, right: Option<&[u8]>) -> Ordering {
    let (Some(left), Some(right)) = (left, right) else {
        return left.is_some().cmp(&right.is_some());
    };
    let mut rights = local_parts(right);
    for left in local_parts(left) {
        let Some(right) = rights.next() else { return Ordering::Greater };
        let order = match (digits::is_number(left), digits::is_number(right)) {
            (true, true) => digits::compare(left, right),
            (false, false) => {
                let lower = |part: &'_ [u8]| part.to_ascii_lowercase();
                lower(left).cmp(&lower(right))
            }
            (left_number, right_number) => left_number.cmp(&right_number),
        };
        if order.is_ne() {
            return order;
        }
    }
    if rights.next().is_some() { Ordering::Less } else { Ordering::Equal }
}
