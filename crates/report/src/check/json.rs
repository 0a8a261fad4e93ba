//! From a check to its JSON document.

use super::wire::{
    AttackPath, Decision, Document, Edit, File, Finding, Object, PatchOperation, Problem, Question,
    Rank, Reference, Region, Rule, SCHEMA_VERSION, Step, Tally,
};
use crate::wire::Tool;
use cofferdam_assess::check::{self, Check, Found};
use cofferdam_model as model;
use serde::{Serialize, Serializer};
use std::io::{self, Write};

/// Writes the document, indented, with a final newline.
pub(crate) fn write(check: &Check, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, &document(check))?;
    out.write_all(b"\n")
}

/// The findings of a check, each made when it is written: with all that explains them, they would
/// take more memory at once than everything else.
#[derive(Debug)]
pub(crate) struct Findings<'a>(&'a Check);

impl Serialize for Findings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(check) = self;
        serializer.collect_seq(check.findings.iter().filter_map(|found| finding(check, found)))
    }
}

fn document(check: &Check) -> Document<'_> {
    Document {
        schema_version: SCHEMA_VERSION,
        tool: Tool::THIS,
        targets: &check.targets,
        question: Question {
            stage: check.stage.as_str(),
            kubernetes_version: check.kubernetes_version.as_deref(),
            fail_on: check.fail_on.as_str(),
        },
        decision: Decision {
            outcome: check.outcome.as_str(),
            exit_code: check.exit().code(),
            judged_at: check.now.to_string(),
            valid_until: check.valid_until.map(|time| time.to_string()),
        },
        tally: Tally {
            objects: check.tally.objects,
            dockerfiles: check.tally.dockerfiles,
            judged: check.tally.judged,
            passed: check.tally.passed,
            bytes: check.tally.bytes,
        },
        files: check.files.iter().map(file).collect(),
        objects: check.subjects.iter().map(object).collect(),
        rules: check.rules.iter().map(rule).collect(),
        findings: Findings(check),
        attack_paths: check.paths.iter().map(path).collect(),
        exceptions: check.exceptions.iter().map(Into::into).collect(),
        problems: check.problems.iter().map(problem).collect(),
    }
}

fn file(file: &check::File) -> File<'_> {
    File { path: &file.path, kind: file.kind.as_str(), objects: file.objects, passed: file.passed }
}

fn object(subject: &check::Subject) -> Object<'_> {
    Object {
        kind: &subject.kind,
        api_version: Some(&*subject.api_version).filter(|version| !version.is_empty()),
        namespace: subject.namespace.as_deref(),
        name: subject.name.as_deref(),
        file: subject.file,
        line: subject.line,
        exposure: subject.exposure.as_str(),
        on_attack_path: subject.is_on_path,
    }
}

fn rule(rule: &check::Rule) -> Rule<'_> {
    Rule {
        code: &rule.code,
        name: &rule.name,
        title: &rule.title,
        description: &rule.description,
        severity: rule.severity.as_str(),
        on_unknown: rule.on_unknown.as_str(),
        references: rule
            .references
            .iter()
            .map(|one| Reference { title: &one.title, url: one.url.as_deref() })
            .collect(),
        failed: rule.failed,
        unknown: rule.unknown,
        excepted: rule.excepted,
    }
}

fn finding<'a>(check: &'a Check, found: &'a Found) -> Option<Finding<'a>> {
    let rule = check.rule(found)?;
    let explanation = found.explanation.as_deref();
    let (path, own_path) = (check.path(found), check.own_path(found));
    let elsewhere = (path != own_path).then_some(own_path);
    Some(Finding {
        code: &rule.code,
        object: found.subject,
        outcome: found.outcome.as_str(),
        severity: rule.severity.as_str(),
        subject: &found.about,
        message: &found.message,
        path,
        region: region(found.place),
        rendered: found.is_rendered,
        rank: Rank {
            score: found.rank.score(),
            reason: found.rank.to_string(),
            leads_to: found.rank.leads_to.as_str(),
        },
        remediation: found.remediation.as_deref(),
        patch: found.patch().iter().map(operation).collect(),
        edits: found.edits().iter().map(|one| edit(one, elsewhere)).collect(),
        clause: explanation.and_then(|one| one.clause.as_deref()),
        inputs: explanation
            .map(|one| one.inputs.iter().map(Into::into).collect())
            .unwrap_or_default(),
        exception: found.exception.as_deref().map(Into::into),
    })
}

fn region(place: check::Place) -> Region {
    let column = |column: u32| Some(column).filter(|column| *column > 0);
    Region {
        start_line: place.line,
        start_column: column(place.column),
        end_line: place.end_line,
        end_column: column(place.end_column),
    }
}

fn operation(step: &check::PatchStep) -> PatchOperation<'_> {
    PatchOperation {
        op: step.operation,
        path: &step.path,
        // It was written by us, as JSON.
        value: step.value.as_ref().and_then(|text| serde_json::from_str(text).ok()),
    }
}

fn edit<'a>(edit: &'a check::Edit, path: Option<&'a str>) -> Edit<'a> {
    Edit { path, region: region(edit.place), text: &edit.text }
}

fn path(path: &check::AttackPath) -> AttackPath<'_> {
    AttackPath {
        from: &path.from,
        to: &path.to,
        steps: path
            .steps
            .iter()
            .map(|step| Step { text: &step.text, path: step.file.as_deref(), line: step.line })
            .collect(),
        cuts: &path.cuts,
    }
}

fn problem(problem: &model::Problem) -> Problem<'_> {
    Problem {
        code: problem.kind.code(),
        kind: problem.kind.as_str(),
        path: problem.location.as_ref().map(|location| &*location.path),
        detail: &problem.detail,
    }
}
