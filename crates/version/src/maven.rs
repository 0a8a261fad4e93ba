//! Maven's order (<https://maven.apache.org/pom.html#version-order-specification>), as
//! `org.apache.maven.artifact.versioning.ComparableVersion` of Maven 3.8 implements it.
//!
//! Nearly every text is a version to Maven. Refused are only empty ones, ones outside ASCII, and
//! ones with characters that Maven forbids in file names or uses for properties (`${revision}`).
//!
//! The order is Maven's own to the point of not being transitive: `1-alpha > 1.foo.bar > 1 > 1-alpha`.
//! Whoever sorts by it must live with that.
//!
//! Maven keeps nested lists; a nested list always ends its parent, so that here they are levels.

use crate::digits;
use std::cmp::Ordering;

/// Characters that cannot be part of a version in a repository.
const FORBIDDEN: &[u8] = b"\\/:\"<>|?*[](){},$";

/// Qualifiers in their order; all others come after these, as text.
const QUALIFIERS: [&[u8]; 7] = [b"alpha", b"beta", b"milestone", b"rc", b"snapshot", b"", b"sp"];

/// Index in [`QUALIFIERS`] of being released.
const RELEASED: usize = 5;

enum Item {
    Number(Vec<u8>),
    Qualifier(Vec<u8>),
}

/// One list; the next level, if there is one, is its last item.
type Level = Vec<Item>;

pub(crate) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let left = parse(left)?;
    let right = parse(right)?;
    let mut left_levels = left.iter();
    let mut right_levels = right.iter();
    loop {
        let (left, right) = match (left_levels.next(), right_levels.next()) {
            (Some(left), Some(right)) => (left, right),
            // All the rest stands against nothing.
            (Some(left), None) => return Some(against_nothing(left, left_levels)),
            (None, Some(right)) => return Some(against_nothing(right, right_levels).reverse()),
            (None, None) => return Some(Ordering::Equal),
        };
        let common = left.len().min(right.len());
        let order = left.iter().zip(right).map(|(left, right)| left.compare(right));
        if let Some(order) = order.into_iter().find(|order| order.is_ne()) {
            return Some(order);
        }
        // Of lists of different length, the rest of the longer stands against the nested list
        // of the shorter, if it has one, and otherwise against nothing.
        if let Some(item) = left.get(common) {
            if right_levels.len() > 0 {
                return Some(item.against_list());
            }
            return Some(against_nothing(left.get(common..).unwrap_or_default(), left_levels));
        }
        if let Some(item) = right.get(common) {
            if left_levels.len() > 0 {
                return Some(item.against_list().reverse());
            }
            let rest = right.get(common..).unwrap_or_default();
            return Some(against_nothing(rest, right_levels).reverse());
        }
    }
}

fn against_nothing<'a>(level: &'a [Item], deeper: impl Iterator<Item = &'a Level>) -> Ordering {
    level
        .iter()
        .chain(deeper.flatten())
        .map(Item::against_nothing)
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

impl Item {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => digits::compare(left, right),
            (Self::Number(_), Self::Qualifier(_)) => Ordering::Greater,
            (Self::Qualifier(_), Self::Number(_)) => Ordering::Less,
            (Self::Qualifier(left), Self::Qualifier(right)) => rank(left).cmp(&rank(right)),
        }
    }

    /// `1.1 > 1-1`, but `1.any < 1-1`.
    fn against_list(&self) -> Ordering {
        match self {
            Self::Number(_) => Ordering::Greater,
            Self::Qualifier(_) => Ordering::Less,
        }
    }

    fn against_nothing(&self) -> Ordering {
        match self {
            Self::Number(number) => digits::compare(number, b""),
            Self::Qualifier(qualifier) => rank(qualifier).cmp(&(RELEASED, b"")),
        }
    }

    /// Whether it says nothing at the end of a list.
    fn is_null(&self) -> bool {
        self.against_nothing().is_eq()
    }
}

fn rank(qualifier: &[u8]) -> (usize, &[u8]) {
    match QUALIFIERS.iter().position(|known| *known == qualifier) {
        Some(rank) => (rank, b""),
        None => (QUALIFIERS.len(), qualifier),
    }
}

fn parse(text: &str) -> Option<Vec<Level>> {
    let fine = |byte: &u8| byte.is_ascii_graphic() && !FORBIDDEN.contains(byte);
    if text.is_empty() || !text.as_bytes().iter().all(fine) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let mut levels = Vec::new();
    let mut level = Level::new();
    let mut rest = lower.as_bytes();
    while !rest.is_empty() {
        let digit = rest.first().is_some_and(u8::is_ascii_digit);
        let alike = |byte: u8| byte != b'.' && byte != b'-' && byte.is_ascii_digit() == digit;
        let (token, after) = digits::split_while(rest, alike);
        let turns = after.first().is_some_and(|byte| *byte != b'.' && *byte != b'-');
        // A qualifier at the end or before a digit starts a list even after a dot.
        if !digit && !token.is_empty() && (turns || after.is_empty()) && !level.is_empty() {
            levels.push(std::mem::take(&mut level));
        }
        level.push(match token {
            [] => Item::Number(Vec::new()),
            _ if digit => Item::Number(token.to_vec()),
            _ => Item::Qualifier(canonical(token, turns).to_vec()),
        });
        // To turn from digits to letters or back is as good as a hyphen.
        if turns || after.starts_with(b"-") {
            levels.push(std::mem::take(&mut level));
        }
        rest = if turns { after } else { after.get(1..).unwrap_or_default() };
    }
    levels.push(level);
    normalize(&mut levels);
    Some(levels)
}

/// A qualifier in its one spelling.
fn canonical(qualifier: &[u8], before_digit: bool) -> &[u8] {
    match qualifier {
        b"a" if before_digit => b"alpha",
        b"b" if before_digit => b"beta",
        b"m" if before_digit => b"milestone",
        b"ga" | b"final" | b"release" => b"",
        b"cr" => b"rc",
        other => other,
    }
}

/// Takes away what says nothing at the end of each list, and lists that are then empty.
fn normalize(levels: &mut Vec<Level>) {
    for level in levels.iter_mut() {
        while level.last().is_some_and(Item::is_null) {
            level.pop();
        }
    }
    while levels.last().is_some_and(Vec::is_empty) {
        levels.pop();
    }
}
