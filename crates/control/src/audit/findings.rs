//! From a check to rows: each finding at the object that a person edits.

use super::words;
use crate::pointer;
use cofferdam_assess::check::{Check, Explanation, Exposure, Found, LeadsTo, PatchStep, Rank};
use cofferdam_model::{ObjectKey, ProblemKind, Severity};
use cofferdam_store::{Outcome, SubjectKind, rows, rows::id};
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
    // What could not be judged is not clean.
    for bug in check.problems.iter().filter(|problem| problem.kind == ProblemKind::Bug) {
        let key = bug.location.as_ref().and_then(|location| keys.get(&location.path));
        let Some((key, (subject, _))) = key.and_then(|key| Some((key, of(key)?))) else { continue };
        let row = not_judged(&subject, cluster, key, &bug.detail);
        all.entry(key.clone()).or_default().findings.push(row);
    }
    let mut ids = HashSet::new();
    for found in &check.findings {
        let Some(key) = keys.get(check.own_path(found)) else { continue };
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
    // Objects are one line each. What stands in another object has no place in this one.
    let is_here = found.file.is_none() && found.place.line == 1;
    let at = usize::try_from(found.place.column).ok().and_then(|column| column.checked_sub(1));
    let pointer = at.filter(|_| is_here).and_then(|at| pointer::at(text.lines().next()?, at));
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
        since: Timestamp::UNIX_EPOCH,
        last_seen: Timestamp::UNIX_EPOCH,
        gone_at: None,
        superseded: false,
    })
}

/// What is said of an object over which judging broke: nobody knows what the rules would say.
fn not_judged(subject: &Subject, cluster: &str, key: &ObjectKey, why: &str) -> rows::Finding {
    let (severity, leads_to, exposure) = (Severity::High, LeadsTo::Nothing, Exposure::Unknown);
    let rank = Rank { severity, leads_to, is_on_path: false, exposure };
    rows::Finding {
        id: id(&[&subject.id, NOT_JUDGED, &key.to_string()]),
        cluster: cluster.to_owned(),
        subject_kind: subject.kind,
        subject: subject.id.clone(),
        subject_title: subject.title.clone(),
        namespace: subject.namespace.clone(),
        rule: NOT_JUDGED.to_owned(),
        title: "Not judged".to_owned(),
        severity,
        outcome: Outcome::Unknown,
        message: format!("No rule could be asked about {key}: {why}."),
        about: part(&key.to_string(), &subject.title),
        score: rank.score(),
        score_why: rank.to_string(),
        pointer: None,
        remediation: "Report it with the manifest of the object.".to_owned(),
        patch: None,
        explanation: None,
        exception: None,
        first_seen: Timestamp::UNIX_EPOCH,
        since: Timestamp::UNIX_EPOCH,
        last_seen: Timestamp::UNIX_EPOCH,
        gone_at: None,
        superseded: false,
    }
}

/// In the place of a rule's code.
const NOT_JUDGED: &str = "not-judged";

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
    words::explained(one.clause.as_deref(), &one.inputs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use cofferdam_assess::live::{Objects, audit};
    use cofferdam_model::Problem;
    use cofferdam_policy::{Bundle, Stage};

    #[test]
    fn what_could_not_be_judged_is_unknown_and_never_clean() {
        let mut objects = Objects::default();
        let mut keys = HashMap::new();
        for name in ["good", "bad"] {
            let key = ObjectKey::new("v1", "Pod", Some("shop"), name);
            let json = json!({"apiVersion": "v1", "kind": "Pod",
                "metadata": {"name": name, "namespace": "shop"},
                "spec": {"containers": [{"name": "web", "image": "web:1"}]}});
            objects.put(key.clone(), json.to_string().into());
            keys.insert(key.to_string(), key);
        }
        let bundle = Bundle::built_in().unwrap();
        let mut check = audit(&objects, &crate::audit::tests::question_by(&bundle));
        assert_eq!(check.stage, Stage::Background);
        // As a mistake of ours in judging one of them leaves it.
        let bad = check.files.iter().position(|file| file.path == "Pod shop/bad").unwrap();
        check.subjects.retain(|subject| subject.file != bad);
        let is_bad: Vec<bool> =
            check.findings.iter().map(|found| check.path(found) == "Pod shop/bad").collect();
        let mut is_bad = is_bad.into_iter();
        check.findings.retain(|_| is_bad.next() == Some(false));
        check.problems.push(Problem::at(ProblemKind::Bug, "Pod shop/bad", "judging failed"));

        let all = seen(&check, "c", &keys, |key| {
            let title = key.to_string();
            let (id, namespace) = (title.clone(), key.namespace.clone());
            Some((Subject { kind: SubjectKind::Workload, id, title, namespace }, "{}"))
        });
        let said = |name: &str| -> Vec<(&str, Outcome)> {
            let seen = &all[&keys[&format!("Pod shop/{name}")]];
            seen.findings.iter().map(|one| (&*one.rule, one.outcome)).collect()
        };
        assert_eq!(said("bad"), [(NOT_JUDGED, Outcome::Unknown)]);
        assert!(
            !said("good").is_empty() && said("good").iter().all(|(rule, _)| *rule != NOT_JUDGED)
        );
    }
}
