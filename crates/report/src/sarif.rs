//! SARIF 2.1.0 (OASIS), as code hosts read it: one run, one rule a policy, one result a finding.

use crate::{
    text::safe,
    view::{page, place_in_image},
};
use cofferdam_assess::Assessment;
use cofferdam_model::Severity;
use cofferdam_policy::{Excepted, Finding, Judged, OnUnknown, Outcome, Verdict};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::io::{self, Write};

/// All but the unreserved characters of RFC 3986, and the slashes of a path.
const RESERVED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The schema that a log names.
pub(crate) const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

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
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {
                "driver": driver(&verdicts.iter().map(|judged| rule(&judged.verdict)).collect::<Vec<_>>())
            },
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

/// Who wrote the log.
pub(crate) fn driver(rules: &[Value]) -> Value {
    json!({
        "name": "Cofferdam",
        "version": env!("CARGO_PKG_VERSION"),
        "informationUri": "https://github.com/cofferdam/cofferdam",
        "rules": rules,
    })
}

fn rule(verdict: &Verdict) -> Value {
    json!({
        "id": verdict.code,
        "name": verdict.name,
        "shortDescription": { "text": verdict.title },
        "helpUri": page(&verdict.code),
        "defaultConfiguration": { "level": level(verdict.severity) },
        // Code hosts rank by this number, on the scale of CVSS.
        "properties": { "security-severity": score(verdict.severity), "tags": ["security"] },
    })
}

fn result(assessment: &Assessment, rule: usize, judged: &Judged, finding: &Finding) -> Value {
    let (path, line) = place_in_image(assessment, finding)
        .map_or((&*assessment.target, None), |(location, line)| (&*location.path, line));
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
                "artifactLocation": { "uri": uri(path) },
                "region": { "startLine": line.unwrap_or(1) },
            },
            "logicalLocations": [{ "fullyQualifiedName": safe(&assessment.target), "kind": "image" }],
        }],
        "partialFingerprints": { "cofferdam/v1": fingerprint(judged, finding, path) },
        // An empty list says that suppressions were looked for and there is none (section 3.27.23).
        "suppressions": finding.exception.iter().map(suppression).collect::<Vec<_>>(),
    })
}

/// Who accepted a finding.
pub(crate) fn suppression(exception: &Excepted) -> Value {
    json!({
        "kind": "external",
        "status": "accepted",
        "justification": format!(
            "{}: {} (until {})", exception.owner, exception.reason, exception.expires
        ),
    })
}

/// Stays the same when line numbers, layers or versions move, so that a host can follow it.
fn fingerprint(judged: &Judged, finding: &Finding, path: &str) -> String {
    format!("{}|{}|{path}", judged.verdict.code, finding.subject)
}

/// A URI reference: relative as the path is, everything but unreserved characters and slashes
/// encoded (RFC 3986). Paths in an image have no leading slash; one that is absolute stays it.
pub(crate) fn uri(path: &str) -> String {
    let relative = path.strip_prefix("./").unwrap_or(path);
    let scheme = if relative.starts_with('/') { "file://" } else { "" };
    format!("{scheme}{}", utf8_percent_encode(relative, RESERVED))
}

/// The level that hosts colour by.
pub(crate) const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::None => "note",
    }
}

/// The number that hosts rank by.
pub(crate) const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::None => "0.0",
    }
}
