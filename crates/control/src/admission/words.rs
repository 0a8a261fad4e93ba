//! What people read: warnings, and why a request was refused.

use super::decide::Weighed;
use cofferdam_policy::{Finding, Flip, Observation, PatchOperation};
use std::fmt::Write as _;

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
    let mut texts: Vec<String> = Vec::new();
    let mut more = 0;
    for text in told.iter().map(|one| warning(title, one)) {
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

/// `CFD-POD-0001: Container web is privileged. (container web of Deployment shop/web, critical)`
fn warning(title: &str, told: &Weighed<'_>) -> String {
    let verdict = &told.judged.verdict;
    // kubectl shows equal warnings about several objects once: each has to name its own.
    let subject = &told.finding.subject;
    let named = if subject.contains(title) { "" } else { &format!(" of {title}") };
    let before = if told.was_before { "; it was so before" } else { "" };
    let tail = format!(" ({subject}{named}, {}{before})", verdict.severity);
    let head = format!("{}: ", verdict.code);
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
        if let Some(change) = change(one.finding) {
            let _ = write!(text, "\n  passes with: {}", cut(&change, LINE_BYTES_MAX));
        } else if let Some(remediation) = &one.finding.remediation {
            let _ = write!(text, "\n  what to do: {}", cut(&plain(remediation), LINE_BYTES_MAX));
        }
    }
    if let Some(more) = told.len().checked_sub(TOLD_MAX).filter(|more| *more > 0) {
        let _ = write!(text, "\n- and {more} more");
    }
    text
}

/// The smallest change that lets it pass: the policy's own patch, or a change of one fact that was
/// tried.
fn change(finding: &Finding) -> Option<String> {
    let patch = finding.patch.iter().flatten().map(operation).collect::<Vec<_>>();
    if !patch.is_empty() {
        return Some(patch.join(", "));
    }
    finding.flip.as_ref().map(flip)
}

/// `set /spec/hostNetwork to false`
fn operation(operation: &PatchOperation) -> String {
    match &operation.value {
        Some(value) => format!("set {} to {value}", operation.path),
        None => format!("remove {}", operation.path),
    }
}

/// `workload.pod.hostNetwork: false instead of true`; what may be a credential is not told.
fn flip(flip: &Flip) -> String {
    let to = match &flip.to {
        Observation::Absent => "not there".to_owned(),
        to => to.to_string(),
    };
    let is_text = matches!(flip.from, Observation::String(_));
    if is_text {
        format!("{}: {to}", flip.path)
    } else {
        format!("{}: {to} instead of {}", flip.path, flip.from)
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
