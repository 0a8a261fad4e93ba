//! What people read: warnings, and why a request was refused.

use super::decide::Weighed;
use cofferdam_policy::{Finding, Outcome};
use std::{
    collections::{HashMap, hash_map::Entry},
    fmt::Write as _,
};

/// Bytes of one warning. Kubernetes may cut what is longer (`admission/v1`, `Warnings`).
const WARNING_BYTES_MAX: usize = 256;

/// Warnings of one answer: 4,096 bytes are all that Kubernetes passes on.
const WARNINGS_MAX: usize = 15;

/// Findings of which a refusal tells all; the others are counted. A person mends a few at a time.
const TOLD_MAX: usize = 8;

/// Bytes of a clause, a change or a piece of advice in a refusal.
const LINE_BYTES_MAX: usize = 400;

/// The warnings about an object, the gravest first.
pub(super) fn warnings(title: &str, mut told: Vec<Weighed<'_>>) -> Vec<String> {
    told.sort_by_key(|one| std::cmp::Reverse(one.judged.verdict.severity));
    let others = at_one(&mut told);
    let mut texts: Vec<String> = Vec::new();
    let mut more = 0;
    for text in told.iter().map(|one| warning(title, one, &others)) {
        if texts.contains(&text) {
            continue;
        }
        if texts.len() + 1 < WARNINGS_MAX {
            texts.push(text);
        } else {
            more += 1;
        }
    }
    if more > 0 {
        texts.push(format!("Cofferdam: {more} more warnings are not shown here"));
    }
    texts
}

/// How many rules more say the same of the same, by what it is about and what is said.
type Others<'v> = HashMap<(&'v str, &'v str), usize>;

/// Rules that cannot be asked for the same reason, such as all those about an image that nobody has
/// looked into, are told at one.
fn at_one<'v>(told: &mut Vec<Weighed<'v>>) -> Others<'v> {
    let mut others = Others::new();
    told.retain(|one| {
        let Finding { subject, message, outcome, .. } = one.finding;
        if *outcome != Outcome::Unknown {
            return true;
        }
        match others.entry((subject, message)) {
            Entry::Occupied(mut known) => {
                *known.get_mut() += 1;
                false
            }
            Entry::Vacant(place) => {
                place.insert(0);
                true
            }
        }
    });
    others
}

/// `CFD-POD-0001: Container web is privileged. (container web of Deployment shop/web, critical)`
fn warning(title: &str, told: &Weighed<'_>, others: &Others<'_>) -> String {
    let verdict = &told.judged.verdict;
    // kubectl shows equal warnings about several objects once: each has to name its own.
    let subject = &told.finding.subject;
    let named = if subject.contains(title) { "" } else { &format!(" of {title}") };
    let before = if told.was_before { "; it was so before" } else { "" };
    let tail = format!(" ({subject}{named}, {}{before})", verdict.severity);
    let is_about = (&**subject, &*told.finding.message);
    let head = match others.get(&is_about) {
        Some(others) if *others > 0 => format!("{} and {others} more: ", verdict.code),
        _ => format!("{}: ", verdict.code),
    };
    let tail = cut(&tail, WARNING_BYTES_MAX / 2);
    let room = WARNING_BYTES_MAX.saturating_sub(head.len() + tail.len());
    cut(&format!("{head}{}{tail}", cut(&plain(&told.finding.message), room)), WARNING_BYTES_MAX)
}

/// Why a request is refused, and what would let it pass.
pub(super) fn refusal(title: &str, mut told: Vec<Weighed<'_>>) -> String {
    told.sort_by_key(|one| std::cmp::Reverse(one.judged.verdict.severity));
    let things = if told.len() == 1 { "1 reason" } else { &format!("{} reasons", told.len()) };
    let mut text = format!("{title} is refused for {things}.");
    for one in told.iter().take(TOLD_MAX) {
        let verdict = &one.judged.verdict;
        let (code, severity, name) = (&verdict.code, verdict.severity, &verdict.name);
        let _ = write!(text, "\n- {code} {name} ({severity}): {}", one.finding.message);
        if one.finding.subject != title {
            let _ = write!(text, "\n  about: {}", cut(&one.finding.subject, LINE_BYTES_MAX));
        }
        if let Some(clause) = &one.finding.clause {
            let _ = write!(text, "\n  does not hold: {}", cut(&plain(clause), LINE_BYTES_MAX));
        }
        what_to_do(one.finding, &mut text);
    }
    if let Some(more) = told.len().checked_sub(TOLD_MAX).filter(|more| *more > 0) {
        let _ = write!(text, "\n- and {more} more");
    }
    text
}

/// The patch that the policy proposes itself, otherwise what it says in words; and behind those the
/// smallest change that was tried and passes, if that is another.
fn what_to_do(finding: &Finding, text: &mut String) {
    let patch = finding.patch.iter().flatten().map(ToString::to_string).collect::<Vec<_>>();
    let mut tell = |what: &str, said: &str| {
        let _ = write!(text, "\n  {what}: {}", cut(&plain(said), LINE_BYTES_MAX));
    };
    let is_tried =
        finding.flip.as_ref().is_some_and(|flip| finding.patch.as_ref() == Some(&flip.patch));
    match (&finding.remediation, &*patch) {
        (_, patch @ [_, ..]) if is_tried => return tell("passes with", &patch.join(", ")),
        (_, patch @ [_, ..]) => tell("the rule proposes", &patch.join(", ")),
        (Some(remediation), []) => tell("what to do", remediation),
        (None, []) => {}
    }
    if let Some(flip) = &finding.flip {
        tell("passes with", &flip.to_string());
    }
}

/// One line.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn cut(text: &str, bytes_max: usize) -> String {
    const MARK: &str = "…";
    if text.len() <= bytes_max {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(bytes_max.saturating_sub(MARK.len()));
    format!("{}{MARK}", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("longer", 5), "lo…");
        assert_eq!(cut("äöü", 5), "ä…");
        assert_eq!(cut("x", 0), "…");
    }
}
