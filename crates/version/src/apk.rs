//! Alpine's order (apk-package(5) and apk-tools 3):
//! `number{.number}{letter}{_suffix{number}}{~hash}{-r number}`.

use crate::digits;
use std::cmp::Ordering;

/// What a token is, in the only order in which they may follow one another (suffixes repeat).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    First,
    Number,
    Letter,
    Suffix,
    SuffixNumber,
    Hash,
    Revision,
    End,
}

#[derive(Clone, Copy)]
struct Token<'a> {
    kind: Kind,
    /// Digits, a letter, the name of a suffix, or a hash.
    value: &'a [u8],
}

struct Tokens<'a> {
    rest: &'a [u8],
    last: Option<Kind>,
}

/// Suffixes in their order. Having none comes between [`BEFORE`] the release and after it.
const SUFFIXES: [&[u8]; 9] =
    [b"alpha", b"beta", b"pre", b"rc", b"cvs", b"svn", b"git", b"hg", b"p"];

/// How many of [`SUFFIXES`] make a version older.
const BEFORE: usize = 4;

pub(crate) fn compare(left: &str, right: &str) -> Option<Ordering> {
    validate(left)?;
    validate(right)?;
    let mut left = Tokens::new(left);
    let mut right = Tokens::new(right);
    loop {
        let (left, right) = (left.advance()?, right.advance()?);
        if left.kind != right.kind {
            return Some(compare_kinds(left, right));
        }
        let order = left.compare(right);
        if order.is_ne() || left.kind == Kind::End {
            return Some(order);
        }
    }
}

fn validate(text: &str) -> Option<()> {
    let mut tokens = Tokens::new(text);
    while tokens.advance()?.kind != Kind::End {}
    Some(())
}

/// All was equal until here: the longer version is newer, unless it goes on with a suffix that
/// makes it older.
fn compare_kinds(left: Token<'_>, right: Token<'_>) -> Ordering {
    match (left.is_before(), right.is_before()) {
        (true, _) => Ordering::Less,
        (_, true) => Ordering::Greater,
        _ => right.kind.cmp(&left.kind),
    }
}

impl<'a> Token<'a> {
    fn is_before(self) -> bool {
        self.kind == Kind::Suffix && self.rank() < BEFORE
    }

    fn rank(self) -> usize {
        SUFFIXES.iter().position(|suffix| *suffix == self.value).unwrap_or(SUFFIXES.len())
    }

    fn compare(self, other: Token<'a>) -> Ordering {
        let leading_zero = self.value.starts_with(b"0") || other.value.starts_with(b"0");
        match self.kind {
            // Decimals, as in Gentoo: 1.05 < 1.1.
            Kind::Number if leading_zero => self.value.cmp(other.value),
            Kind::First | Kind::Number | Kind::SuffixNumber | Kind::Revision => {
                digits::compare(self.value, other.value)
            }
            Kind::Suffix => self.rank().cmp(&other.rank()),
            Kind::Letter | Kind::Hash | Kind::End => self.value.cmp(other.value),
        }
    }
}

impl<'a> Tokens<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text.as_bytes(), last: None }
    }

    /// The next token, or `None` when the grammar is broken.
    fn advance(&mut self) -> Option<Token<'a>> {
        let number = |rest| {
            let (number, rest) = digits::split(rest);
            (!number.is_empty()).then_some((number, rest))
        };
        let last = self.last;
        let (kind, (value, rest)) = match (last, self.rest) {
            (None, rest) => (Kind::First, number(rest)?),
            (_, []) => (Kind::End, (self.rest, self.rest)),
            (Some(last), [b'.', rest @ ..]) if last <= Kind::Number => {
                (Kind::Number, number(rest)?)
            }
            (Some(last), [b'a'..=b'z', ..]) if last <= Kind::Number => {
                (Kind::Letter, self.rest.split_at(1))
            }
            (Some(last), [b'_', rest @ ..]) if last <= Kind::SuffixNumber => {
                let (name, rest) = digits::split_while(rest, |byte| byte.is_ascii_lowercase());
                (Kind::Suffix, SUFFIXES.contains(&name).then_some((name, rest))?)
            }
            (Some(Kind::Suffix), [b'0'..=b'9', ..]) => (Kind::SuffixNumber, number(self.rest)?),
            (Some(last), [b'~', rest @ ..]) if last < Kind::Hash => {
                let hexadecimal = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
                let (hash, rest) = digits::split_while(rest, hexadecimal);
                (Kind::Hash, (!hash.is_empty()).then_some((hash, rest))?)
            }
            (Some(last), [b'-', b'r', rest @ ..]) if last < Kind::Revision => {
                (Kind::Revision, number(rest)?)
            }
            _ => return None,
        };
        self.rest = rest;
        self.last = Some(kind);
        Some(Token { kind, value })
    }
}
