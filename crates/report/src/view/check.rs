//! A check as a view: grouped by object.

use super::{Group, Item, Quiet, View, by_severity};
use crate::text::{count, thousands};
use cofferdam_assess::check::{Check, File, FileKind, Found, Rank, Subject};
use cofferdam_policy::Outcome;
use std::cmp::Reverse;

impl<'a> View<'a> {
    /// The view of a check.
    pub(crate) fn of_check(check: &'a Check) -> Self {
        Self {
            command: "cofferdam check",
            target: check.targets.join(" "),
            facts: facts(check),
            now: check.now,
            outcome: check.outcome,
            exit: check.exit().code(),
            sentence: sentence(check),
            paths: &check.paths,
            groups: groups(check),
            quiet: by_speaking(check, false).map(quiet).collect(),
            passed: check.tally.passed,
            passed_beside: by_speaking(check, true)
                .map(|file| (&*file.path, file.passed))
                .collect(),
            problems: &check.problems,
            exceptions: &check.exceptions,
        }
    }
}

fn facts(check: &Check) -> Vec<String> {
    let tally = &check.tally;
    let files = |kind: FileKind| check.files.iter().filter(|file| file.kind == kind).count();
    let mut facts = vec![count(check.files.len(), "file"), count(tally.objects, "object")];
    if tally.dockerfiles > 0 {
        facts.push(count(tally.dockerfiles, "Dockerfile"));
    }
    let all = tally.objects + tally.dockerfiles;
    if tally.judged < all {
        facts.push(format!("{} judged", thousands(tally.judged)));
    }
    facts.push(count(check.rules.len(), "rule"));
    let others = files(FileKind::Other);
    if others > 0 {
        facts.push(format!("{} without Kubernetes objects", count(others, "file")));
    }
    if let Some(version) = &check.kubernetes_version {
        facts.push(format!("Kubernetes {version}"));
    }
    facts
}

/// Findings that decide, and those that are only shown.
fn sentence(check: &Check) -> String {
    let failed = |found: &&Found| check.decides(found) == Outcome::Fail;
    let failures: Vec<&Found> = check.findings.iter().filter(failed).collect();
    let severities = failures.iter().filter_map(|found| check.rule(found)).map(|one| one.severity);
    match check.outcome {
        Outcome::Fail => {
            let mut subjects: Vec<usize> = failures.iter().map(|found| found.subject).collect();
            subjects.sort_unstable();
            subjects.dedup();
            let all = check.tally.judged.max(subjects.len());
            let of = format!("{} of {}", thousands(subjects.len()), count(all, "object"));
            format!("{} in {of}", by_severity(severities))
        }
        Outcome::Unknown => {
            let unknown = check.findings.iter();
            let unknown = unknown.filter(|found| check.decides(found) == Outcome::Unknown).count();
            let parts = [
                (unknown > 0).then(|| format!("{} could not be judged", count(unknown, "finding"))),
                (!check.problems.is_empty())
                    .then(|| format!("{} not assessed", count(check.problems.len(), "part"))),
            ];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            format!("{}, so this does not pass", parts.join(", "))
        }
        Outcome::Pass if check.tally.judged == 0 => "there was nothing to judge".to_owned(),
        Outcome::Pass => {
            let open = check
                .findings
                .iter()
                .filter(|found| found.exception.is_none() && found.outcome == Outcome::Fail);
            match open.count() {
                0 => format!("{} passed", count(check.tally.passed, "check")),
                _ => "every finding is below the severity that fails".to_owned(),
            }
        }
    }
}

fn groups(check: &Check) -> Vec<Group<'_>> {
    let mut groups: Vec<Group<'_>> =
        check.subjects.iter().map(|subject| group(check, subject)).collect();
    let mut counts = vec![0; groups.len()];
    for found in &check.findings {
        if let Some(count) = counts.get_mut(found.subject) {
            *count += 1;
        }
    }
    for (group, count) in groups.iter_mut().zip(counts) {
        group.items.reserve_exact(count);
    }
    for found in &check.findings {
        if let (Some(group), Some(item)) = (groups.get_mut(found.subject), item(check, found)) {
            group.items.push(item);
        }
    }
    groups.retain(|group| !group.items.is_empty());
    // Findings came worst first, so the first of a group is its worst. Stable: equals stay in the
    // order of files and lines.
    groups.sort_by_cached_key(|group| {
        let open = group.items.iter().filter(|item| item.exception.is_none());
        let failed = open.filter(|item| item.outcome == Outcome::Fail);
        let worst = failed.clone().filter_map(|item| item.rank).map(Rank::score).max();
        Reverse((worst, failed.count()))
    });
    groups
}

fn group<'a>(check: &'a Check, subject: &'a Subject) -> Group<'a> {
    let notes = [subject.exposure.words(), subject.is_on_path.then_some("on an attack path")];
    Group {
        title: subject.title(),
        file: check.files.get(subject.file).map_or("", |file| &file.path),
        line: subject.line,
        notes: notes.into_iter().flatten().collect(),
        items: Vec::new(),
    }
}

fn item<'a>(check: &'a Check, found: &'a Found) -> Option<Item<'a>> {
    let rule = check.rule(found)?;
    Some(Item {
        code: &rule.code,
        title: &rule.title,
        description: &rule.description,
        severity: rule.severity,
        outcome: found.outcome,
        decides: check.decides(found) != Outcome::Pass,
        about: &found.about,
        message: &found.message,
        remediation: found.remediation.as_deref(),
        file: check.path(found),
        place: Some((found.place.line, found.place.column)),
        is_rendered: found.is_rendered,
        exception: found.exception.as_deref(),
        rank: Some(found.rank),
        vulnerable: None,
        has_page: rule.is_built_in,
    })
}

/// The files that were judged and have findings, or have none.
fn by_speaking(check: &Check, wanted: bool) -> impl Iterator<Item = &File> {
    let mut speaking = vec![false; check.files.len()];
    for subject in check.findings.iter().filter_map(|found| check.subject(found)) {
        if let Some(mark) = speaking.get_mut(subject.file) {
            *mark = true;
        }
    }
    let judged = |file: &File| !matches!(file.kind, FileKind::Other | FileKind::Unreadable);
    let files = check.files.iter().zip(speaking);
    files.filter(move |(file, speaks)| *speaks == wanted && judged(file)).map(|(file, _)| file)
}

fn quiet(file: &File) -> Quiet<'_> {
    Quiet { name: &file.path, title: "", passed: file.passed }
}
