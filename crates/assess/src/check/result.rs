//! What comes out.

use super::{AttackPath, Exposure, Rank};
use cofferdam_model::{Digest, Exit, Problem, Severity};
use cofferdam_policy::{Excepted, ExceptionUse, OnUnknown, Outcome, Reference, Stage};
use jiff::Timestamp;
use std::sync::Arc;

/// Everything that was found in a set of files, in an order that depends on nothing but them.
#[derive(Clone, Debug)]
pub struct Check {
    /// The files and directories as they were named.
    pub targets: Vec<String>,
    /// When it was judged.
    pub now: Timestamp,
    /// The stage that was asked.
    pub stage: Stage,
    /// The version of Kubernetes that was asked for: `1.30`.
    pub kubernetes_version: Option<String>,
    /// Every file that was looked at, by path.
    pub files: Vec<File>,
    /// Objects and Dockerfiles with findings, by file and line; of a whole cluster all that were
    /// judged.
    pub subjects: Vec<Subject>,
    /// The rules that were asked, by code.
    pub rules: Vec<Rule>,
    /// What does not hold or cannot be said, worst first.
    pub findings: Vec<Found>,
    /// Attack paths, shortest first.
    pub paths: Vec<AttackPath>,
    /// What could not be assessed, sorted.
    pub problems: Vec<Problem>,
    /// What became of each exception, in order of name.
    pub exceptions: Vec<ExceptionUse>,
    /// How much was looked at.
    pub tally: Tally,
    /// The worst outcome that decides.
    pub outcome: Outcome,
    /// A failure less severe than this is shown and decides nothing.
    pub fail_on: Severity,
    /// When an outcome may change by time alone: an exception ends.
    pub valid_until: Option<Timestamp>,
}

/// How much was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Objects.
    pub objects: usize,
    /// Dockerfiles.
    pub dockerfiles: usize,
    /// Objects and Dockerfiles that were judged; with `--since` fewer than there are.
    pub judged: usize,
    /// Rules × objects that pass.
    pub passed: usize,
    /// Bytes of text.
    pub bytes: u64,
}

/// A file that was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its path as it was named or found, `-` for standard input.
    pub path: String,
    /// What it turned out to be.
    pub kind: FileKind,
    /// Objects in it.
    pub objects: usize,
    /// Rules × objects of it that pass.
    pub passed: usize,
}

/// What a file turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// YAML or JSON with Kubernetes objects.
    Manifest,
    /// A Dockerfile.
    Dockerfile,
    /// What a chart or a kustomization was rendered to.
    Rendered,
    /// YAML or JSON without any Kubernetes object.
    Other,
    /// It could not be read; a problem says why.
    Unreadable,
}

/// An object, or a Dockerfile, with findings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// `Deployment`, `Dockerfile`.
    pub kind: String,
    /// `apps/v1`; empty for a Dockerfile.
    pub api_version: String,
    /// Its namespace, where it says one.
    pub namespace: Option<String>,
    /// Its name; absent where it has none, as with `generateName`.
    pub name: Option<String>,
    /// Index of its file.
    pub file: usize,
    /// Line where it begins, from 1; absent where that is not known or is in another file: it
    /// was rendered.
    pub line: Option<u32>,
    /// From where it can be reached.
    pub exposure: Exposure,
    /// Whether an attack path leads over it.
    pub is_on_path: bool,
}

/// A rule that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Code, stable: `CFD-POD-0001`.
    pub code: String,
    /// Name.
    pub name: String,
    /// One line.
    pub title: String,
    /// Why, in two sentences.
    pub description: String,
    /// How bad a failure is.
    pub severity: Severity,
    /// What unknown is worth at the stage that was asked.
    pub on_unknown: OnUnknown,
    /// Where to read on.
    pub references: Vec<Reference>,
    /// Whether it came with the binary, and so has a page of ours.
    pub is_built_in: bool,
    /// Findings that fail and are not excepted.
    pub failed: usize,
    /// Findings that are unknown and are not excepted.
    pub unknown: usize,
    /// Findings that an exception covers.
    pub excepted: usize,
}

/// One thing that does not hold, or cannot be said.
#[derive(Clone, Debug)]
pub struct Found {
    /// Index of the rule.
    pub rule: usize,
    /// Index of the object or Dockerfile.
    pub subject: usize,
    /// [`Outcome::Fail`] or [`Outcome::Unknown`].
    pub outcome: Outcome,
    /// What it is about: `container web of Deployment shop/web`.
    pub about: Arc<str>,
    /// A sentence with what is wrong.
    pub message: Box<str>,
    /// Where it is written.
    pub place: Place,
    /// The file where it is written, if that is not the one of its subject: a template uses
    /// another, or the fact is one of another object, such as the role that a workload has.
    pub file: Option<Arc<str>>,
    /// The place is one of the text that a template was rendered to: nobody knows where it is
    /// written.
    pub is_rendered: bool,
    /// What to do about it.
    pub remediation: Option<Arc<str>>,
    /// The same as a change; only where it was asked for, and there is one.
    pub mending: Option<Box<Mending>>,
    /// The exception that covers it.
    pub exception: Option<Arc<Excepted>>,
    /// What decided; only where it was asked for.
    pub explanation: Option<Box<Explanation>>,
    /// What it is worth.
    pub rank: Rank,
}

/// What mends a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mending {
    /// A patch of the object (RFC 6902).
    pub patch: Vec<PatchStep>,
    /// The same as edits of the file; empty where that is not plain.
    pub edits: Vec<Edit>,
}

impl Found {
    /// The patch of the object that mends it; empty where there is none.
    pub fn patch(&self) -> &[PatchStep] {
        self.mending.as_ref().map_or(&[], |mending| &mending.patch)
    }

    /// The edits of the file that mend it; empty where that is not plain.
    pub fn edits(&self) -> &[Edit] {
        self.mending.as_ref().map_or(&[], |mending| &mending.edits)
    }
}

/// A region of a file. Lines and columns from 1, columns in Unicode scalar values; the end is one
/// past the last character. Columns of 0: the whole line.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// First line.
    pub line: u32,
    /// First column.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// One past the last column.
    pub end_column: u32,
}

impl Place {
    /// A whole line.
    pub const fn line(line: u32) -> Self {
        Self { line, column: 0, end_line: line, end_column: 0 }
    }
}

/// One operation of a JSON patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchStep {
    /// `add`, `remove`, `replace`.
    pub operation: &'static str,
    /// JSON pointer (RFC 6901) from the top of the object.
    pub path: Box<str>,
    /// The value, as JSON text.
    pub value: Option<Box<str>>,
}

/// A replacement of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty where text is inserted.
    pub place: Place,
    /// What comes there.
    pub text: String,
}

/// What decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Explanation {
    /// The part of the expression that decided.
    pub clause: Option<String>,
    /// The facts that were read.
    pub inputs: Vec<cofferdam_policy::Input>,
    /// The digest of the verdict: over the policy and all that was read.
    pub digest: Option<Digest>,
}

impl Check {
    /// How a command that was to decide ends.
    pub const fn exit(&self) -> Exit {
        match self.outcome {
            Outcome::Pass => Exit::Pass,
            Outcome::Fail => Exit::PolicyFailed,
            Outcome::Unknown => Exit::NotAssessed,
        }
    }

    /// The rule of a finding.
    pub fn rule(&self, found: &Found) -> Option<&Rule> {
        self.rules.get(found.rule)
    }

    /// The object or Dockerfile of a finding.
    pub fn subject(&self, found: &Found) -> Option<&Subject> {
        self.subjects.get(found.subject)
    }

    /// The path of the file in which a finding is written.
    pub fn path<'a>(&'a self, found: &'a Found) -> &'a str {
        found.file.as_deref().unwrap_or_else(|| self.own_path(found))
    }

    /// The path of the file of the object or Dockerfile that a finding is about: the one that edits
    /// are of.
    pub fn own_path(&self, found: &Found) -> &str {
        let file = self.subject(found).and_then(|subject| self.files.get(subject.file));
        file.map_or("", |file| &file.path)
    }

    /// What a finding adds to the outcome.
    pub fn decides(&self, found: &Found) -> Outcome {
        let Some(rule) = self.rule(found) else { return Outcome::Pass };
        match found.outcome {
            _ if found.exception.is_some() => Outcome::Pass,
            Outcome::Fail if rule.severity >= self.fail_on => Outcome::Fail,
            Outcome::Unknown if rule.on_unknown == OnUnknown::Fail => Outcome::Unknown,
            _ => Outcome::Pass,
        }
    }
}

impl FileKind {
    /// The name in machine-readable output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manifest => "manifest",
            Self::Dockerfile => "dockerfile",
            Self::Rendered => "rendered",
            Self::Other => "other",
            Self::Unreadable => "unreadable",
        }
    }
}

impl Subject {
    /// `Deployment shop/web`; a Dockerfile is just that.
    pub fn title(&self) -> String {
        match (&self.namespace, &self.name) {
            (Some(namespace), Some(name)) => format!("{} {namespace}/{name}", self.kind),
            (None, Some(name)) => format!("{} {name}", self.kind),
            (Some(namespace), None) => format!("{} {namespace}/(no name)", self.kind),
            (None, None) => self.kind.clone(),
        }
    }
}
