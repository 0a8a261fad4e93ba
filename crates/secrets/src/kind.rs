//! What a kind of credential is: words that give it away, a pattern, a check.

use crate::table::KINDS;

/// A kind of credential.
#[derive(Debug)]
pub struct Kind {
    /// Stable id: `aws-access-key`.
    pub id: &'static str,
    /// For people: "AWS access key".
    pub title: &'static str,
    /// What to do when one was found, after taking it out of the image.
    pub remedy: &'static str,
    /// The ways it is written.
    pub(crate) patterns: &'static [Pattern],
}

/// One way of writing a credential.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// When to look at all.
    pub gate: Gate,
    /// A regular expression over bytes, without Unicode. Group 1, if there is one, is the
    /// credential itself.
    pub regex: &'static str,
    /// Whether it is believed.
    pub check: fn(&Hit<'_>) -> Option<Belief>,
}

/// When a pattern is tried.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Gate {
    /// Where one of these words stands at the start of a token; the pattern starts there.
    Word(&'static [&'static str]),
    /// Where one of these words stands anywhere; the pattern starts before it, where the bytes
    /// stop for which the function holds.
    Within(&'static [&'static str], fn(u8) -> bool),
    /// As `Within`, where the second function holds for what follows the word: it spares words
    /// that are everywhere the regular expression.
    Before(&'static [&'static str], fn(u8) -> bool, fn(&[u8]) -> bool),
    /// Anywhere in files whose path the function accepts: formats with no word of their own.
    File(fn(&str) -> bool),
    /// Anywhere in settings and command lines, never in files. The function holds for all of them
    /// in which something would be believed, and spares most of the others the regular
    /// expression.
    Setting(fn(&[u8]) -> bool),
}

/// A place where a pattern matched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hit<'a> {
    /// What stands before the match, up to 4 KiB.
    pub before: &'a [u8],
    /// The match.
    pub text: &'a [u8],
    /// The credential within it.
    pub value: &'a [u8],
    /// What stands after the match, up to 4 KiB.
    pub after: &'a [u8],
}

/// Why a hit is believed to be a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Belief {
    /// For people, without anything of the credential.
    pub evidence: String,
    /// The credential, where the pattern did not capture it.
    pub value: Option<Vec<u8>>,
}

impl Belief {
    /// A belief in what the pattern captured.
    pub(crate) fn because(evidence: impl Into<String>) -> Self {
        Self { evidence: evidence.into(), value: None }
    }
}

/// Every kind, the more telling before the less: of two that match the same bytes, the first is
/// reported.
pub fn kinds() -> &'static [Kind] {
    KINDS
}

/// The kind with this id.
pub fn kind(id: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.id == id)
}
