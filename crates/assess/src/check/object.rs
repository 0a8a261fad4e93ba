//! One object, or one Dockerfile, judged.

use super::{
    Explanation, Exposure, Found, Mending, PatchStep, Place, Question, Rank,
    discreet::discreet,
    edit::edits,
    read::{ReadFile, Written},
    rules::{Rules, code_of_check},
};
use cofferdam_manifest::{Lines, Pod, View};
use cofferdam_model::{Digest, Severity};
use cofferdam_policy::{
    Detail, Excepted, ExceptionUse, Facts, Finding, NamedRule, Outcome, PatchOperation, Target,
    screen_with,
};
use cofferdam_posture::pod_security;
use std::{collections::HashSet, sync::Arc};

/// What one object or Dockerfile gives.
#[derive(Debug, Default)]
pub(super) struct Judged {
    pub(super) found: Vec<Found>,
    pub(super) passed: usize,
    /// What became of exceptions here.
    pub(super) exceptions: Vec<ExceptionUse>,
    /// When a verdict may change by time alone.
    pub(super) valid_until: Option<jiff::Timestamp>,
}

/// What is judged, and what is known of it beside its facts.
pub(super) struct About<'a> {
    pub(super) title: String,
    pub(super) exposure: Exposure,
    pub(super) is_on_path: bool,
    /// Where it begins, for findings without a place.
    pub(super) place: Place,
    pub(super) file: &'a ReadFile,
    /// All files, sorted by path: what is found may stand in another.
    pub(super) files: &'a [ReadFile],
    pub(super) lines: &'a Lines<'a>,
    /// It itself, if it is an object.
    pub(super) object: Option<View<'a>>,
    pub(super) target: Target<'a>,
    pub(super) pod: Option<Pod<'a>>,
}

/// Judges one by all rules.
pub(super) fn judge(
    about: &About<'_>,
    facts: &Facts<'_>,
    rules: &Rules,
    question: &Question<'_>,
) -> Judged {
    let is_full = question.explain || question.patches;
    let detail = if is_full { Detail::Full } else { Detail::Brief };
    let (stage, now) = (question.stage, question.now);
    let screened = screen_with(question.bundle, facts, &about.target, stage, now, detail);
    let mut judged =
        Judged { passed: screened.passed, exceptions: screened.exceptions, ..Judged::default() };
    let mut shared = Shared::default();
    for one in screened.verdicts {
        let verdict = one.verdict;
        judged.valid_until = [judged.valid_until, verdict.valid_until].into_iter().flatten().min();
        let Some(rule) = rules.index(&verdict.code) else { continue };
        let found = verdict
            .findings
            .into_iter()
            .filter_map(|finding| found(finding, rule, about, rules, question, &mut shared))
            .map(|found| with_digest(found, verdict.digest));
        judged.found.extend(found);
    }
    pod_security(about, rules, question, &mut judged);
    // By place, then by code: that of a rule is its number. Its own file comes first.
    judged.found.sort_by(|a, b| {
        let order = |found: &Found| (found.place, found.rule);
        let by_place = a.file.cmp(&b.file).then_with(|| order(a).cmp(&order(b)));
        by_place.then_with(|| (&a.about, &a.message).cmp(&(&b.about, &b.message)))
    });
    judged.found.shrink_to_fit();
    judged
}

/// The verdict's digest beside what explains it.
fn with_digest(mut found: Found, digest: Digest) -> Found {
    if let Some(explanation) = &mut found.explanation {
        explanation.digest = Some(digest);
    }
    found
}

/// What many findings of one object have in common.
#[derive(Default)]
struct Shared {
    exceptions: Vec<Arc<Excepted>>,
    subjects: HashSet<Arc<str>>,
}

impl Shared {
    /// A container has several findings.
    fn subject(&mut self, subject: String) -> Arc<str> {
        if let Some(known) = self.subjects.get(&*subject) {
            return Arc::clone(known);
        }
        let shared: Arc<str> = subject.into();
        self.subjects.insert(Arc::clone(&shared));
        shared
    }

    fn exception(&mut self, excepted: Excepted) -> Arc<Excepted> {
        if let Some(known) = self.exceptions.iter().find(|known| ***known == excepted) {
            return Arc::clone(known);
        }
        let shared = Arc::new(excepted);
        self.exceptions.push(Arc::clone(&shared));
        shared
    }
}

fn found(
    finding: Finding,
    rule: usize,
    about: &About<'_>,
    rules: &Rules,
    question: &Question<'_>,
    shared: &mut Shared,
) -> Option<Found> {
    let explanation = question.explain.then(|| {
        Box::new(Explanation {
            clause: finding.clause.clone(),
            inputs: discreet(finding.inputs),
            digest: None,
        })
    });
    let Written { place, file, is_rendered } = written(about, finding.place.as_ref());
    // What a template renders to cannot be edited.
    let object = about.object.filter(|_| about.file.rendered.is_none());
    let patch = finding.patch.filter(|patch| question.patches && !patch.is_empty());
    let mending = patch.map(|patch| {
        let edits = object.map(|object| edits(object, about.lines, &patch)).unwrap_or_default();
        Box::new(Mending { patch: patch.iter().map(step).collect(), edits: edits.into() })
    });
    Some(Found {
        rule,
        subject: 0,
        outcome: finding.outcome,
        about: shared.subject(finding.subject),
        message: finding.message.into(),
        place,
        file,
        is_rendered,
        remediation: finding.remediation,
        mending,
        exception: finding.exception.map(|excepted| shared.exception(excepted)),
        explanation,
        rank: rank(rule, about, rules)?,
    })
}

fn step(operation: &PatchOperation) -> PatchStep {
    PatchStep {
        operation: operation.op.as_str(),
        path: (&*operation.path).into(),
        value: operation.value.as_ref().map(|value| value.to_string().into()),
    }
}

fn rank(rule: usize, about: &About<'_>, rules: &Rules) -> Option<Rank> {
    let (rule, leads_to) = rules.get(rule)?;
    // What nobody can make use of leads nowhere.
    let is_grave = rule.severity >= Severity::Medium;
    Some(Rank {
        severity: rule.severity,
        leads_to: if is_grave { leads_to } else { super::LeadsTo::Nothing },
        is_on_path: about.is_on_path,
        exposure: about.exposure,
    })
}

/// Where a finding is written, and in which file if that is another than that of its object: what
/// a workload may do stands with its role.
fn written(about: &About<'_>, place: Option<&cofferdam_policy::Place>) -> Written {
    let Some(place) = place else { return about.file.written(about.place) };
    if place.file == about.file.path {
        let end = about.lines.at(place.end.max(place.start));
        return about.file.written(region_of(place, end));
    }
    let found = about.files.binary_search_by(|file| file.path.cmp(&place.file));
    let Some(other) = found.ok().and_then(|at| about.files.get(at)) else {
        return about.file.written(about.place);
    };
    let mut written = other.written(region_of(place, end_in(&other.text, place)));
    let file = written.file.unwrap_or_else(|| Arc::clone(&other.path));
    written.file = (file != about.file.path).then_some(file);
    written
}

/// A place whose beginning is known already, up to an end.
fn region_of(place: &cofferdam_policy::Place, (end_line, end_column): (u32, u32)) -> Place {
    let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Place { line: number(place.line), column: number(place.column), end_line, end_column }
}

/// Where a place ends, counted from where it begins.
fn end_in(text: &str, place: &cofferdam_policy::Place) -> (u32, u32) {
    let inside = text.get(place.start as usize..place.end as usize).unwrap_or_default();
    let number = |number| u32::try_from(number).unwrap_or(u32::MAX);
    let column = |text: &str| text.chars().count();
    match inside.rsplit_once('\n') {
        None => (number(place.line), number(place.column + column(inside))),
        Some((before, last)) => {
            let lines = 1 + before.matches('\n').count();
            (number(place.line + lines), number(1 + column(last)))
        }
    }
}

/// Byte offsets to lines and columns.
pub(super) fn region(lines: &Lines<'_>, start: u32, end: u32) -> Place {
    let (line, column) = lines.at(start);
    let (end_line, end_column) = lines.at(end.max(start));
    Place { line, column, end_line, end_column }
}

fn pod_security(about: &About<'_>, rules: &Rules, question: &Question<'_>, judged: &mut Judged) {
    let (Some(standard), Some(pod)) = (question.pod_security, &about.pod) else { return };
    let violations = pod_security::check(standard.level, standard.version, pod);
    let checks = pod_security::checks(standard.level, standard.version).count();
    judged.passed += checks.saturating_sub(violations.len());
    for violation in violations {
        let Some(rule) = rules.index(&code_of_check(violation.check)) else { continue };
        let Some(rank) = rank(rule, about, rules) else { continue };
        let (code, name) = rules.get(rule).map(|(rule, _)| (&*rule.code, &*rule.name)).unzip();
        let named = NamedRule {
            code: code.unwrap_or_default(),
            name: name.unwrap_or_default(),
            file: &about.file.path,
        };
        let (exception, uses) = question.bundle.excuse(&named, &about.target, question.now);
        judged.exceptions.extend(uses);
        let until = exception.as_ref().map(|excepted| excepted.expires);
        judged.valid_until = [judged.valid_until, until].into_iter().flatten().min();
        let place = violation.places.first().map(|view| span(about.lines, *view));
        let Written { place, file, is_rendered } = about.file.written(place.unwrap_or(about.place));
        judged.found.push(Found {
            rule,
            subject: 0,
            outcome: Outcome::Fail,
            about: (&*about.title).into(),
            message: format!("Pod Security {standard}: {violation}.").into(),
            place,
            file,
            is_rendered,
            remediation: None,
            mending: None,
            exception: exception.map(Arc::new),
            explanation: None,
            rank,
        });
    }
}

/// Where a value stands: a map or list by its key, for it may be long.
pub(super) fn span(lines: &Lines<'_>, view: View<'_>) -> Place {
    let span = match view.key_span() {
        Some(key) if view.is_map() || view.is_list() || view.is_defaulted() => key,
        _ => view.span(),
    };
    region(lines, span.start, span.end)
}
