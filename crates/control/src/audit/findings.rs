//! From a check to rows: each finding at the object that a person edits.

use super::words;
use crate::pointer;
use cofferdam_assess::check::{Check, Explanation, Exposure, Found, PatchStep};
use cofferdam_model::ObjectKey;
use cofferdam_store::{SubjectKind, rows, rows::id};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};

/// The findings of one judged object.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) exposure: Exposure,
    pub(super) is_on_path: bool,
    pub(super) findings: Vec<rows::Finding>,
}

impl Default for Seen {
    fn default() -> Self {
        Self { exposure: Exposure::Unknown, is_on_path: false, findings: Vec::new() }
    }
}

/// Whose finding it is.
#[derive(Clone, Debug)]
pub(super) struct Subject {
    pub(super) kind: SubjectKind,
    pub(super) id: String,
    pub(super) title: String,
    pub(super) namespace: Option<String>,
}

/// Sorts the findings of a check by the object that they were found in. `of` says whose finding it
/// is and what the text of the object is.
pub(super) fn seen<'t>(
    check: &Check,
    cluster: &str,
    keys: &HashMap<String, ObjectKey>,
    of: impl Fn(&ObjectKey) -> Option<(Subject, &'t str)>,
) -> BTreeMap<ObjectKey, Seen> {
    let mut all: BTreeMap<ObjectKey, Seen> = BTreeMap::new();
    for subject in &check.subjects {
        let Some(file) = check.files.get(subject.file) else { continue };
        let Some(key) = keys.get(&file.path) else { continue };
        let seen = all.entry(key.clone()).or_default();
        seen.exposure = seen.exposure.max(subject.exposure);
        seen.is_on_path |= subject.is_on_path;
    }
    let mut ids = HashSet::new();
    for found in &check.findings {
        let Some(key) = keys.get(check.path(found)) else { continue };
        let (Some(seen), Some((subject, text))) = (all.get_mut(key), of(key)) else { continue };
        let Some(mut row) = row(check, found, &subject, key, text) else { continue };
        cluster.clone_into(&mut row.cluster);
        // Two findings of one rule about one thing differ in what they say.
        if !ids.insert(row.id.clone()) {
            row.id = id(&[&subject.id, &row.rule, &found.about, &row.message]);
            if !ids.insert(row.id.clone()) {
                continue;
            }
        }
        seen.findings.push(row);
    }
    all
}

fn row(
    check: &Check,
    found: &Found,
    subject: &Subject,
    key: &ObjectKey,
    text: &str,
) -> Option<rows::Finding> {
    let rule = check.rule(found)?;
    let line = text.lines().nth(usize::try_from(found.place.line.checked_sub(1)?).ok()?)?;
    let at = usize::try_from(found.place.column).ok().and_then(|column| column.checked_sub(1));
    let pointer = at.filter(|_| found.place.line == 1).and_then(|at| pointer::at(line, at));
    Some(rows::Finding {
        id: id(&[&subject.id, &rule.code, &found.about]),
        cluster: String::new(),
        subject_kind: subject.kind,
        subject: subject.id.clone(),
        subject_title: subject.title.clone(),
        namespace: subject.namespace.clone(),
        rule: rule.code.clone(),
        title: rule.title.clone(),
        severity: rule.severity,
        outcome: words::outcome(found.outcome, found.exception.is_some()),
        message: found.message.to_string(),
        about: part(&found.about, &key.to_string()),
        score: found.rank.score(),
        score_why: found.rank.to_string(),
        pointer,
        remediation: found.remediation.as_deref().unwrap_or_default().to_owned(),
        patch: patch(found.patch()),
        explanation: found.explanation.as_deref().map(explanation),
        exception: found.exception.as_deref().map(words::excepted),
        first_seen: Timestamp::UNIX_EPOCH,
        last_seen: Timestamp::UNIX_EPOCH,
        gone_at: None,
    })
}

/// `container web` of `container web of Deployment shop/web`; nothing where all of it is meant.
fn part(about: &str, title: &str) -> String {
    if about == title {
        return String::new();
    }
    about.strip_suffix(title).and_then(|rest| rest.strip_suffix(" of ")).unwrap_or(about).to_owned()
}

/// RFC 6902.
fn patch(steps: &[PatchStep]) -> Option<String> {
    let step = |step: &PatchStep| {
        let mut written = json!({"op": step.operation, "path": &*step.path});
        let value = step.value.as_deref().and_then(|text| serde_json::from_str::<Value>(text).ok());
        if let (Some(map), Some(value)) = (written.as_object_mut(), value) {
            map.insert("value".to_owned(), value);
        }
        written
    };
    (!steps.is_empty()).then(|| Value::Array(steps.iter().map(step).collect()).to_string())
}

fn explanation(one: &Explanation) -> String {
    words::explained(one.clause.as_deref(), one.flip.as_deref(), &one.inputs)
}
