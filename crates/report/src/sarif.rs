//! SARIF 2.1.0 (OASIS), as code hosts read it: one run, one rule a policy, one result a finding.

use crate::text::safe;
use cofferdam_assess::Assessment;
use cofferdam_model::{SecretPlace, Severity};
use cofferdam_policy::{Excepted, Finding, Judged, OnUnknown, Outcome, Verdict};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::io::{self, Write};

/// All but the unreserved characters of RFC 3986, and the slashes of a path.
const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// Where a code's page lives.
const PAGES: &str = "https://github.com/cofferdam/cofferdam/blob/main/docs/rules/";

/// Writes the log with a final newline.
pub(crate) fn write(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &log(assessment))?;
    out.write_all(b"\n")
}

fn log(assessment: &Assessment) -> Value {
    let verdicts = &assessment.decision.verdicts;
    let results: Vec<Value> = verdicts
        .iter()
        .enumerate()
        .flat_map(|(rule, judged)| {
            let findings = judged.verdict.findings.iter();
            findings.map(move |finding| result(assessment, rule, judged, finding))
        })
        .collect();
    json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "Cofferdam",
                "version": env!("CARGO_PKG_VERSION"),
                "informationUri": "https://github.com/cofferdam/cofferdam",
                "rules": verdicts.iter().map(|judged| rule(&judged.verdict)).collect::<Vec<_>>(),
            }},
            "columnKind": "utf16CodeUnits",
            "invocations": [{
                "executionSuccessful": true,
                "exitCode": assessment.decision.exit().code(),
                "endTimeUtc": assessment.now.to_string(),
                "toolExecutionNotifications": assessment
                    .contents
                    .problems
                    .iter()
                    .map(|problem| json!({
                        "level": "warning",
                        "descriptor": { "id": problem.kind.code() },
                        "message": { "text": safe(&match &problem.location {
                            Some(location) => format!("{location}: {}", problem.detail),
                            None => problem.detail.clone(),
                        }) },
                    }))
                    .collect::<Vec<_>>(),
            }],
            "results": results,
        }],
    })
}

fn rule(verdict: &Verdict) -> Value {
    json!({
        "id": verdict.code,
        "name": verdict.name,
        "shortDescription": { "text": verdict.title },
        "helpUri": format!("{PAGES}{}.md", verdict.code),
        "defaultConfiguration": { "level": level(verdict.severity) },
        // Code hosts rank by this number, on the scale of CVSS.
        "properties": { "security-severity": score(verdict.severity), "tags": ["security"] },
    })
}

fn result(assessment: &Assessment, rule: usize, judged: &Judged, finding: &Finding) -> Value {
    let place = place(assessment, finding);
    // An open result has the level `none` (section 3.27.10 of the specification) and hosts may not
    // show it; what blocks the build they must.
    let (kind, level) = match (finding.outcome, judged.on_unknown) {
        (Outcome::Unknown, OnUnknown::Fail) => ("fail", "warning"),
        (Outcome::Unknown, _) => ("open", "none"),
        _ => ("fail", level(judged.verdict.severity)),
    };
    let mut text = safe(&finding.message).into_owned();
    if let Some(remediation) = &finding.remediation {
        text = format!("{text}\n{}", safe(remediation));
    }
    json!({
        "ruleId": judged.verdict.code,
        "ruleIndex": rule,
        "kind": kind,
        "level": level,
        "message": { "text": text },
        "locations": [{
            "physicalLocation": {
                "artifactLocation": { "uri": uri(&place.path) },
                "region": { "startLine": place.line.unwrap_or(1) },
            },
            "logicalLocations": [{ "fullyQualifiedName": safe(&assessment.target), "kind": "image" }],
        }],
        "partialFingerprints": { "cofferdam/v1": fingerprint(judged, finding, &place.path) },
        // An empty list says that suppressions were looked for and there is none (section 3.27.23).
        "suppressions": finding.exception.iter().map(suppression).collect::<Vec<_>>(),
    })
}

fn suppression(exception: &Excepted) -> Value {
    json!({
        "kind": "external",
        "status": "accepted",
        "justification": format!(
            "{}: {} (until {})", exception.owner, exception.reason, exception.expires
        ),
    })
}

/// Where in the target a finding is, as near as can be told.
struct Place {
    path: String,
    line: Option<u32>,
}

fn place(assessment: &Assessment, finding: &Finding) -> Place {
    let contents = &assessment.contents;
    let of_target = || Place { path: assessment.target.clone(), line: None };
    let Some(element) = &finding.element else { return of_target() };
    let found = match &*element.list {
        "image.vulnerabilities" => assessment
            .matches
            .vulnerabilities
            .as_ref()
            .ok()
            .and_then(|all| all.get(element.index))
            .and_then(|vulnerability| contents.packages.get(vulnerability.package))
            .map(|package| Place { path: package.location.path.clone(), line: None }),
        "image.secrets" => {
            contents.secrets.get(element.index).and_then(|secret| match &secret.place {
                SecretPlace::File { location, .. } => {
                    Some(Place { path: location.path.clone(), line: secret.line })
                }
                _ => None,
            })
        }
        "image.problems" => contents
            .problems
            .get(element.index)
            .and_then(|problem| problem.location.as_ref())
            .map(|location| Place { path: location.path.clone(), line: None }),
        _ => None,
    };
    found.unwrap_or_else(of_target)
}

/// Stays the same when line numbers, layers or versions move, so that a host can follow it.
fn fingerprint(judged: &Judged, finding: &Finding, path: &str) -> String {
    format!("{}|{}|{path}", judged.verdict.code, finding.subject)
}

/// A relative URI reference: everything but unreserved characters and slashes encoded (RFC 3986).
fn uri(path: &str) -> String {
    utf8_percent_encode(path.trim_start_matches('/'), RESERVED).to_string()
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::None => "note",
    }
}

const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::None => "0.0",
    }
}
