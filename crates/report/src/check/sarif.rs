//! SARIF 2.1.0 of a check: exact regions, fixes that can be applied, exceptions as suppressions.

use crate::{
    sarif::{driver, level, score, suppression, uri},
    text::safe,
    view::page,
};
use cofferdam_assess::check::{Check, Edit, Found, Place, Rule, Subject};
use cofferdam_model::Problem;
use cofferdam_policy::{OnUnknown, Outcome};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    io::{self, Write},
};

/// Writes the log with a final newline.
pub(crate) fn write(check: &Check, out: &mut dyn Write) -> io::Result<()> {
    // Rules that say nothing are left out: hosts show them as if they had.
    let speaking: Vec<(usize, &Rule)> = check
        .rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| rule.failed + rule.unknown + rule.excepted > 0)
        .collect();
    let rules: Vec<Value> = speaking.iter().map(|(_, rule)| self::rule(rule)).collect();
    let log = Log {
        schema: crate::sarif::SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: json!({ "driver": driver(&rules) }),
            column_kind: "unicodeCodePoints",
            invocations: [invocation(check)],
            results: Results {
                check,
                positions: speaking.iter().zip(0..).map(|((rule, _), at)| (*rule, at)).collect(),
            },
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    out.write_all(b"\n")
}

#[derive(Serialize)]
struct Log<'a> {
    #[serde(rename = "$schema")]
    schema: &'a str,
    version: &'a str,
    runs: [Run<'a>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a> {
    tool: Value,
    column_kind: &'a str,
    invocations: [Value; 1],
    results: Results<'a>,
}

/// Results are made one by one as they are written: there may be many.
struct Results<'a> {
    check: &'a Check,
    /// Where the rules stand in the log.
    positions: HashMap<usize, usize>,
}

impl Serialize for Results<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut twins = HashMap::new();
        serializer.collect_seq(self.check.findings.iter().filter_map(|found| {
            result(self.check, found, *self.positions.get(&found.rule)?, &mut twins)
        }))
    }
}

fn invocation(check: &Check) -> Value {
    json!({
        "executionSuccessful": true,
        "exitCode": check.exit().code(),
        "endTimeUtc": check.now.to_string(),
        "toolExecutionNotifications": check.problems.iter().map(notification).collect::<Vec<_>>(),
    })
}

fn rule(rule: &Rule) -> Value {
    let references: Vec<String> = rule
        .references
        .iter()
        .map(|one| match &one.url {
            Some(url) => format!("{} <{url}>", one.title),
            None => one.title.clone(),
        })
        .collect();
    let mut help = rule.description.clone();
    if !references.is_empty() {
        help = format!("{help}\n\nRead on: {}.", references.join("; "));
    }
    let mut value = json!({
        "id": rule.code,
        "name": rule.name,
        "shortDescription": { "text": rule.title },
        "fullDescription": { "text": rule.description },
        "help": { "text": help },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": { "security-severity": score(rule.severity), "tags": ["security"] },
    });
    if let (true, Some(object)) = (rule.is_built_in, value.as_object_mut()) {
        object.insert("helpUri".to_owned(), page(&rule.code).into());
    }
    value
}

/// One result. `twins` counts results that would have the same fingerprint.
fn result(
    check: &Check,
    found: &Found,
    rule_index: usize,
    twins: &mut HashMap<String, usize>,
) -> Option<Value> {
    let rule = check.rule(found)?;
    let subject = check.subject(found)?;
    let path = check.path(found);
    // As in a scan: what blocks the build must be seen, and hosts may not show `open`.
    let (kind, level) = match (found.outcome, rule.on_unknown) {
        (Outcome::Unknown, OnUnknown::Fail) => ("fail", "warning"),
        (Outcome::Unknown, _) => ("open", "none"),
        _ => ("fail", level(rule.severity)),
    };
    let mut text = safe(&found.message).into_owned();
    if let Some(remediation) = &found.remediation {
        text = format!("{text}\n{}", safe(remediation));
    }
    if found.is_rendered {
        text = format!("{text}\n(line {} of what this renders to)", found.place.line);
    }
    // Without lines, so that it stays when the file grows above it.
    let print = format!("{}|{}|{}", rule.code, found.about, check.own_path(found));
    let number = twins.entry(print.clone()).or_insert(0);
    *number += 1;
    let print = if *number == 1 { print } else { format!("{print}|{number}") };
    let mut value = json!({
        "ruleId": rule.code,
        "ruleIndex": rule_index,
        "kind": kind,
        "level": level,
        "message": { "text": text },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(path) },
                // A line of what a template renders to is none of the template.
                "region": region(if found.is_rendered { Place::line(1) } else { found.place }),
            },
            "logicalLocations": [{
                "fullyQualifiedName": safe(&subject.title()),
                "kind": if subject.api_version.is_empty() { "resource" } else { "object" },
            }],
        }],
        "partialFingerprints": { "cofferdam/v1": safe(&print) },
        "rank": f64::from(found.rank.score()),
        "suppressions": found.exception.iter().map(|one| suppression(one)).collect::<Vec<_>>(),
    });
    let Some(object) = value.as_object_mut() else { return Some(value) };
    let own_path = check.own_path(found);
    // An object that was rendered stands on no line of any file.
    if let Some(line) = subject.line.filter(|_| path != own_path) {
        let related = related(own_path, subject, line);
        object.insert("relatedLocations".to_owned(), json!([related]));
    }
    if !found.edits().is_empty() {
        object.insert("fixes".to_owned(), json!([fix(own_path, found)]));
    }
    Some(value)
}

/// The object that a result is about, where the result stands elsewhere.
fn related(path: &str, subject: &Subject, line: u32) -> Value {
    json!({
        "message": { "text": safe(&subject.title()) },
        "physicalLocation": {
            "artifactLocation": { "uri": uri(path) },
            "region": region(Place::line(line)),
        },
    })
}

fn region(place: Place) -> Value {
    if place.column == 0 {
        return json!({ "startLine": place.line });
    }
    json!({
        "startLine": place.line,
        "startColumn": place.column,
        "endLine": place.end_line,
        "endColumn": place.end_column,
    })
}

fn fix(path: &str, found: &Found) -> Value {
    json!({
        "description": { "text": safe(found.remediation.as_deref().unwrap_or("Apply the fix")) },
        "artifactChanges": [{
            "artifactLocation": { "uri": uri(path) },
            "replacements": found.edits().iter().map(replacement).collect::<Vec<_>>(),
        }],
    })
}

fn replacement(edit: &Edit) -> Value {
    json!({
        "deletedRegion": region(edit.place),
        "insertedContent": { "text": edit.text },
    })
}

fn notification(problem: &Problem) -> Value {
    let mut value = json!({
        "level": "warning",
        "descriptor": { "id": problem.kind.code() },
        "message": { "text": safe(&problem.detail) },
    });
    if let (Some(location), Some(object)) = (&problem.location, value.as_object_mut()) {
        let place = json!([{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&location.path) }
        } }]);
        object.insert("locations".to_owned(), place);
    }
    value
}
