//! The order of Python versions from before PEP 440, as setuptools and `packaging` before 22 had
//! it. It is what OSV still uses for such versions.
//!
//! One difference: numbers of more than eight digits are compared as numbers, not as text.

use crate::digits;
use std::cmp::Ordering;

/// In order: a word comes before a number.
#[derive(PartialEq, Eq)]
enum Part {
    Word(String),
    Number(Vec<u8>),
}

pub(crate) fn compare(left: &str, right: &str) -> Ordering {
    let left = key(&left.trim().to_lowercase());
    let right = key(&right.trim().to_lowercase());
    let pairs = left.iter().zip(&right).map(|(left, right)| left.compare(right));
    pairs.into_iter().find(|order| order.is_ne()).unwrap_or_else(|| left.len().cmp(&right.len()))
}

impl Part {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Word(left), Self::Word(right)) => left.cmp(right),
            (Self::Number(left), Self::Number(right)) => digits::compare(left, right),
            (Self::Word(_), Self::Number(_)) => Ordering::Less,
            (Self::Number(_), Self::Word(_)) => Ordering::Greater,
        }
    }
}

fn key(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let part = take_part(rest, first);
        rest = rest.strip_prefix(part).unwrap_or_default();
        match part {
            "." => {}
            _ if first.is_ascii_digit() => {
                parts.push(Part::Number(digits::significant(part.as_bytes()).to_vec()));
            }
            "pre" | "preview" | "rc" => push_word(&mut parts, "c"),
            "dev" => push_word(&mut parts, "@"),
            "-" => push_word(&mut parts, "final-"),
            word => push_word(&mut parts, word),
        }
    }
    push_word(&mut parts, "final");
    parts
}

/// A number, a word of letters, a dot or a hyphen, or a run of anything else.
fn take_part(text: &str, first: char) -> &str {
    type Class = fn(char) -> bool;
    let letter: Class = |c| c.is_ascii_lowercase();
    let number: Class = |c| c.is_ascii_digit();
    let other: Class = |c| !c.is_ascii_lowercase() && !c.is_ascii_digit() && c != '.' && c != '-';
    if matches!(first, '.' | '-') {
        return text.get(..1).unwrap_or(text);
    }
    let class = [letter, number].into_iter().find(|class| class(first)).unwrap_or(other);
    text.get(..text.find(|c| !class(c)).unwrap_or(text.len())).unwrap_or(text)
}

/// Zeros before a word say nothing, nor does a hyphen before a word that makes older.
fn push_word(parts: &mut Vec<Part>, word: &str) {
    if word < "final" {
        while matches!(parts.last(), Some(Part::Word(last)) if last == "final-") {
            parts.pop();
        }
    }
    while matches!(parts.last(), Some(Part::Number(last)) if last.is_empty()) {
        parts.pop();
    }
    parts.push(Part::Word(word.to_owned()));
}
