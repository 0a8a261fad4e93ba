//! From what every object gave to one order, one outcome and the numbers of a summary.

use super::{Check, Found, Question, Subject, object::Judged};
use cofferdam_model::{Problem, ProblemKind};
use cofferdam_policy::{ExceptionStatus, ExceptionUse, OnUnknown, Outcome};
use std::{cmp::Reverse, collections::BTreeMap};

/// Findings that are listed. More are counted, and the check says so: nobody reads them, and a
/// file of a few megabytes could otherwise ask for gigabytes.
const FINDINGS_MAX: usize = 250_000;

/// Puts the findings in their order, counts, and decides. Of everything that there is
/// (`is_whole`) objects without findings are subjects as well: what is known of them counts.
pub(super) fn settle(
    check: &mut Check,
    judged: Vec<(Subject, Judged)>,
    is_whole: bool,
    question: &Question<'_>,
) {
    check.exceptions = exceptions(&judged, question);
    gather(check, judged, is_whole);
    count(check);
    let expiries = check.findings.iter().filter_map(|found| found.exception.as_ref());
    let first = expiries.map(|exception| exception.expires).min();
    check.valid_until = [check.valid_until, first].into_iter().flatten().min();
    check.problems.sort();
    check.problems.dedup();
    check.outcome = outcome(check, question);
}

fn gather(check: &mut Check, judged: Vec<(Subject, Judged)>, keeps_all: bool) {
    check.findings.reserve_exact(judged.iter().map(|(_, judged)| judged.found.len()).sum());
    for (subject, judged) in judged {
        if judged.found.is_empty() && !keeps_all {
            continue;
        }
        let number = check.subjects.len();
        check.subjects.push(subject);
        let found = judged.found.into_iter();
        check.findings.extend(found.map(|found| Found { subject: number, ..found }));
    }
    // Stable: objects came in the order of files and lines, the findings of each in theirs.
    check.findings.sort_by_cached_key(urgency);
    let more = check.findings.len().saturating_sub(FINDINGS_MAX);
    if more > 0 {
        check.findings.truncate(FINDINGS_MAX);
        let detail = format!("{more} findings are left out: there are over {FINDINGS_MAX}");
        check.problems.push(Problem::whole(ProblemKind::BudgetExceeded, detail));
    }
}

/// Failed before unknown before excepted, each worst first.
fn urgency(found: &Found) -> impl Ord + use<> {
    (found.exception.is_some(), Reverse(found.outcome), Reverse(found.rank.score()))
}

fn count(check: &mut Check) {
    for found in &check.findings {
        let Some(rule) = check.rules.get_mut(found.rule) else { continue };
        match (&found.exception, found.outcome) {
            (Some(_), _) => rule.excepted += 1,
            (None, Outcome::Fail) => rule.failed += 1,
            (None, _) => rule.unknown += 1,
        }
    }
}

/// What became of each exception, over all objects.
fn exceptions(judged: &[(Subject, Judged)], question: &Question<'_>) -> Vec<ExceptionUse> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for exception in judged.iter().flat_map(|(_, judged)| &judged.exceptions) {
        let (ExceptionStatus::Used(count) | ExceptionStatus::Expired(count)) = exception.status
        else {
            continue;
        };
        // Two namespaces may have exceptions of one name.
        *counts.entry((&exception.name, &exception.place)).or_insert(0) += count;
    }
    let all = question.bundle.exceptions.iter();
    all.map(|exception| {
        let count = counts.get(&(&*exception.name, &*exception.place)).copied().unwrap_or(0);
        let has_expired = exception.expires <= question.now;
        ExceptionUse {
            name: exception.name.clone(),
            owner: exception.owner.clone(),
            place: exception.place.clone(),
            status: match count {
                _ if has_expired => ExceptionStatus::Expired(count),
                0 => ExceptionStatus::Unused,
                count => ExceptionStatus::Used(count),
            },
        }
    })
    .collect()
}

/// A part that could not be read is worth what unknown is worth at the stage.
fn outcome(check: &Check, question: &Question<'_>) -> Outcome {
    let found = check.findings.iter().map(|found| check.decides(found)).max();
    let is_broken =
        !check.problems.is_empty() && question.stage.default_on_unknown() == OnUnknown::Fail;
    let unread = if is_broken { Outcome::Unknown } else { Outcome::Pass };
    found.unwrap_or(Outcome::Pass).max(unread)
}
