//! The JSON document of a check: stable, documented, with its schema checked in
//! (`docs/schema/check.schema.json`).
//!
//! Within one `schemaVersion` fields are only added. A missing optional field means "does not
//! apply"; a field that is `null` means "not known". Lines and columns count from 1, columns in
//! Unicode code points; the end of a region is one past its last character.

use super::json::Findings;
use crate::wire::{Excepted, Exception, Input, Tool};
use schemars::JsonSchema;
use serde::Serialize;

/// The version of this document's shape.
pub(crate) const SCHEMA_VERSION: &str = "1";

/// Everything that was found in a set of files.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document<'a> {
    /// Version of the document's shape.
    pub(crate) schema_version: &'a str,
    /// The program that wrote it.
    pub(crate) tool: Tool<'a>,
    /// The files and directories as they were named on the command line.
    pub(crate) targets: &'a [String],
    /// What was asked.
    pub(crate) question: Question<'a>,
    /// The decision over all findings.
    pub(crate) decision: Decision<'a>,
    /// How much was looked at.
    pub(crate) tally: Tally,
    /// Every file that was looked at, by path.
    pub(crate) files: Vec<File<'a>>,
    /// Objects and Dockerfiles with findings, by file and line.
    pub(crate) objects: Vec<Object<'a>>,
    /// The rules that were asked, by code.
    pub(crate) rules: Vec<Rule<'a>>,
    /// What does not hold or cannot be said, worst first.
    #[schemars(with = "Vec<Finding<'a>>")]
    pub(crate) findings: Findings<'a>,
    /// Attack paths, shortest first.
    pub(crate) attack_paths: Vec<AttackPath<'a>>,
    /// What became of each exception.
    pub(crate) exceptions: Vec<Exception<'a>>,
    /// What could not be assessed.
    pub(crate) problems: Vec<Problem<'a>>,
}

/// What was asked.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Question<'a> {
    /// `build`, `admission`, `background` or `runtime`.
    pub(crate) stage: &'a str,
    /// The version of Kubernetes; null: any.
    pub(crate) kubernetes_version: Option<&'a str>,
    /// A failure less severe than this is shown and decides nothing.
    pub(crate) fail_on: &'a str,
}

/// The decision over all findings.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Decision<'a> {
    /// `pass`, `fail` or `unknown`.
    pub(crate) outcome: &'a str,
    /// The exit code that goes with it.
    pub(crate) exit_code: u8,
    /// When it was judged (RFC 3339).
    pub(crate) judged_at: String,
    /// When it may change by time alone; null: not until the files or policies change.
    pub(crate) valid_until: Option<String>,
}

/// How much was looked at.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tally {
    /// Kubernetes objects.
    pub(crate) objects: usize,
    /// Dockerfiles.
    pub(crate) dockerfiles: usize,
    /// Objects and Dockerfiles that were judged; with `--since` only what changed.
    pub(crate) judged: usize,
    /// Rules times objects that pass.
    pub(crate) passed: usize,
    /// Bytes of text.
    pub(crate) bytes: u64,
}

/// A file that was looked at.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct File<'a> {
    /// Its path; `-` is standard input.
    pub(crate) path: &'a str,
    /// `manifest`, `dockerfile`, `rendered` (from a chart or kustomization), `other` (no
    /// Kubernetes object in it) or `unreadable`.
    pub(crate) kind: &'a str,
    /// Objects in it.
    pub(crate) objects: usize,
    /// Rules times objects of it that pass.
    pub(crate) passed: usize,
}

/// An object, or a Dockerfile.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Object<'a> {
    /// Its kind; `Dockerfile` for one.
    pub(crate) kind: &'a str,
    /// `apiVersion`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) api_version: Option<&'a str>,
    /// Its namespace, where it says one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) namespace: Option<&'a str>,
    /// Its name, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'a str>,
    /// Index into `files`.
    pub(crate) file: usize,
    /// Line where it begins; absent where it was rendered and that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u32>,
    /// `internet`, `node`, `cluster`, `none`, or `unknown` where the files do not say.
    pub(crate) exposure: &'a str,
    /// Whether an attack path leads over it.
    pub(crate) on_attack_path: bool,
}

/// A rule that was asked.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rule<'a> {
    /// Stable code.
    pub(crate) code: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// What it asks for, for people.
    pub(crate) title: &'a str,
    /// The reason.
    pub(crate) description: &'a str,
    /// How bad a failure is.
    pub(crate) severity: &'a str,
    /// What `unknown` is worth at this stage: `fail`, `warn` or `ignore`.
    pub(crate) on_unknown: &'a str,
    /// Where to read on.
    pub(crate) references: Vec<Reference<'a>>,
    /// Findings that fail, without excepted ones.
    pub(crate) failed: usize,
    /// Findings that cannot be said, without excepted ones.
    pub(crate) unknown: usize,
    /// Findings that an exception covers.
    pub(crate) excepted: usize,
}

/// Something to read on.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reference<'a> {
    /// What it is.
    pub(crate) title: &'a str,
    /// Where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) url: Option<&'a str>,
}

/// One thing that does not hold or cannot be said.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding<'a> {
    /// Code of the rule.
    pub(crate) code: &'a str,
    /// Index into `objects`.
    pub(crate) object: usize,
    /// `fail` or `unknown`.
    pub(crate) outcome: &'a str,
    /// How bad it is, as the rule says.
    pub(crate) severity: &'a str,
    /// What it is about.
    pub(crate) subject: &'a str,
    /// What is wrong.
    pub(crate) message: &'a str,
    /// The file where it is written: that of its object, or of another one that the fact is part
    /// of, such as a role.
    pub(crate) path: &'a str,
    /// Where in the file.
    pub(crate) region: Region,
    /// The region is one of the text that a template was rendered to; where it is written cannot
    /// be known.
    pub(crate) rendered: bool,
    /// What it is worth, 0 to 99, and why.
    pub(crate) rank: Rank<'a>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) remediation: Option<&'a str>,
    /// The same as a JSON patch (RFC 6902) of the object as it was checked. Another patch may move
    /// the elements of lists that this one names by their index: apply one, then check again.
    pub(crate) patch: Vec<PatchOperation<'a>>,
    /// The same as edits of the file; none where that is not plain.
    pub(crate) edits: Vec<Edit<'a>>,
    /// The part of the rule's expression that decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) clause: Option<&'a str>,
    /// The facts it rests on.
    pub(crate) inputs: Vec<Input<'a>>,
    /// The exception that covers it: it then does not count for the outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exception: Option<Excepted<'a>>,
}

/// A region of a file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Region {
    /// First line.
    pub(crate) start_line: u32,
    /// First column; absent: the whole line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) start_column: Option<u32>,
    /// Last line.
    pub(crate) end_line: u32,
    /// One past the last column; absent: the whole line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) end_column: Option<u32>,
}

/// What a finding is worth.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Rank<'a> {
    /// 0 to 99.
    pub(crate) score: u8,
    /// What the score is made of, in words.
    pub(crate) reason: String,
    /// What making use of it leads to: `node`, `cluster`, `credentials` or `nothing` by itself.
    pub(crate) leads_to: &'a str,
}

/// An operation of a JSON patch.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PatchOperation<'a> {
    /// `add`, `remove` or `replace`.
    pub(crate) op: &'a str,
    /// JSON pointer from the top of the object.
    pub(crate) path: &'a str,
    /// The value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<serde_json::Value>,
}

/// A replacement of text in a file.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Edit<'a> {
    /// The file, where that is another than the one of the finding: it is that of the object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<&'a str>,
    /// What is replaced; empty where text is inserted.
    pub(crate) region: Region,
    /// What comes there.
    pub(crate) text: &'a str,
}

/// An attack path.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AttackPath<'a> {
    /// Where it begins.
    pub(crate) from: &'a str,
    /// Where it ends.
    pub(crate) to: &'a str,
    /// The steps in order.
    pub(crate) steps: Vec<Step<'a>>,
    /// What to change so that this way is closed.
    pub(crate) cuts: &'a [String],
}

/// A step of an attack path.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Step<'a> {
    /// What happens.
    pub(crate) text: &'a str,
    /// The file where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<&'a str>,
    /// Its line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u32>,
}

/// Something that could not be assessed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Problem<'a> {
    /// Stable code, explained in docs/problems.md.
    pub(crate) code: &'a str,
    /// Its kind.
    pub(crate) kind: &'a str,
    /// The file; absent when it is the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) path: Option<&'a str>,
    /// What happened, with line and column where they are known.
    pub(crate) detail: &'a str,
}
