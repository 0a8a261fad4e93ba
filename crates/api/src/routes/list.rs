//! The parameters that lists take.

use super::Parameter;

/// A parameter that takes any text.
pub(super) const fn text(name: &'static str, about: &'static str) -> Parameter {
    Parameter { name, about, words: &[] }
}

/// A parameter that takes one of some words.
pub(super) const fn one_of(
    name: &'static str,
    about: &'static str,
    words: &'static [&'static str],
) -> Parameter {
    Parameter { name, about, words }
}

/// What every list takes.
pub(crate) const LIST: &[Parameter] = &[
    text("limit", "How many items on a page, 1 to 500; 50 if absent."),
    text("after", "Where the page begins: `next` of the page before."),
    text("sort", "The field to sort by; with `-` before it the greatest first."),
    text("q", "Text to look for."),
];

/// What lists with a history take, each with what it tells of an earlier time.
pub(crate) const RAN_AT: &[Parameter] = &[text(
    "at",
    "A time of RFC 3339, or a day, which begins at midnight UTC: what ran then instead of now, by \
     name, with the findings that were open then. Not together with `severity`, `exposure`, `vulnerability`, or an \
     order by `score` or `lastSeen`, which are only known as they are now.",
)];
pub(crate) const OPEN_AT: &[Parameter] = &[text(
    "at",
    "A time of RFC 3339, or a day, which begins at midnight UTC: what was open then instead of now, \
     each finding with the outcome and severity that it had then, and with the score and words \
     that it had last with these.",
)];
