//! What judging gives: verdicts, findings, and what they rest on.

use crate::{PatchOperation, Place, Provenance};
use cofferdam_model::{Digest, Severity};
use jiff::Timestamp;
use std::{fmt, sync::Arc};

/// The three values of a judgement, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    /// What was asked for holds.
    Pass,
    /// It cannot be said: facts are missing, or the policy could not be evaluated on them.
    Unknown,
    /// What was asked for does not hold.
    Fail,
}

/// What one policy says about one set of facts at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Code of the policy, stable: `CFD-IMG-0001`.
    pub code: String,
    /// Name of the policy.
    pub name: String,
    /// Title of the policy.
    pub title: String,
    /// How bad a failure is.
    pub severity: Severity,
    /// The worst outcome of the findings that are not excepted; pass when there is none.
    pub outcome: Outcome,
    /// Whether the match conditions held; a policy that does not apply passes without findings.
    pub applies: bool,
    /// What does not hold or cannot be said, in the order of the facts.
    pub findings: Vec<Finding>,
    /// What was read outside of findings: match conditions, and the length of the list that was
    /// gone through.
    pub inputs: Vec<Input>,
    /// SHA-256 over the canonical form of the policy, the facts that were read, and the results
    /// of comparisons with the clock. Two verdicts with one digest are the same.
    pub digest: Digest,
    /// When a comparison with the clock will have another result; `None`: holds for as long as
    /// the facts do.
    pub valid_until: Option<Timestamp>,
}

/// One thing that does not hold, or cannot be said.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it is about, for people and for grouping: `CVE-2021-44228 in log4j-core 2.14.1`.
    pub subject: String,
    /// A sentence with what is wrong.
    pub message: String,
    /// [`Outcome::Fail`] or [`Outcome::Unknown`].
    pub outcome: Outcome,
    /// The element of the list that the policy goes through, if it does.
    pub element: Option<Element>,
    /// Every fact that was read to come to this, with where it comes from.
    pub inputs: Vec<Input>,
    /// What to do about it. Thousands of findings of one policy say the same.
    pub remediation: Option<Arc<str>>,
    /// Where to look: the last value in a file that decided, or what is around the place where it
    /// is missing.
    pub place: Option<Place>,
    /// The change of the object that its policy proposes, on the object as its file has it.
    pub patch: Option<Vec<PatchOperation>>,
    /// The part of the condition that decided, as the policy has it.
    pub clause: Option<String>,
    /// The smallest change of the object that was found to pass; only where somebody asked
    /// ([`crate::Explain`]).
    pub flip: Option<Flip>,
    /// The exception that covers it.
    pub exception: Option<Excepted>,
}

/// A change of an object with which a finding is gone and none has come, tried by judging the
/// changed object; with what the policy proposes itself, others may come that are no graver.
/// `Display` is one line: `set /spec/replicas to 5 instead of 6`.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// The change, on the object as its file has it.
    pub patch: Vec<PatchOperation>,
    /// What stands there now; `None` for what the policy itself proposes.
    pub from: Option<Observation>,
    /// Whether any value passes in the place of the one in the patch.
    pub is_any: bool,
    /// Where it is to be done; `None` for what the policy itself proposes.
    pub place: Option<Place>,
}

/// Which element of a list of facts a finding is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Element {
    /// Path of the list: `image.vulnerabilities`.
    pub list: String,
    /// Index in it, from 0.
    pub index: usize,
}

/// One fact that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// Its path: `image.vulnerabilities[3].severity`.
    pub path: String,
    /// What was found there.
    pub value: Observation,
    /// Where it comes from.
    pub provenance: Provenance,
}

/// What was found at a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Observation {
    /// Nothing, for certain.
    Absent,
    /// It cannot be known here, for this reason.
    Unknown(String),
    /// `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A number.
    Int(i64),
    /// A number that is never negative.
    Uint(u64),
    /// A number with a fraction.
    Double(f64),
    /// Text.
    String(String),
    /// A point in time.
    Timestamp(Timestamp),
    /// A length of time.
    Duration(jiff::SignedDuration),
    /// A list or a map with so many entries.
    Entries(usize),
}

/// Which exception covers a finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excepted {
    /// Name of the exception.
    pub name: String,
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// From when on it no longer is.
    pub expires: Timestamp,
}

impl Outcome {
    /// The word, lower case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Unknown => "unknown",
            Self::Fail => "fail",
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Flip {
    /// What the policy of a finding proposes itself.
    pub(crate) const fn proposed(patch: Vec<PatchOperation>) -> Self {
        Self { patch, from: None, is_any: false, place: None }
    }
}

/// What stands there now is told where it cannot be a credential: where it is no text.
impl fmt::Display for Flip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, operation) in self.patch.iter().enumerate() {
            f.write_str(if index == 0 { "" } else { ", " })?;
            if self.is_any && index + 1 == self.patch.len() {
                write!(f, "set {} to any value", operation.path)?;
            } else {
                operation.fmt(f)?;
            }
        }
        match &self.from {
            Some(from @ (Observation::Bool(_) | Observation::Int(_) | Observation::Double(_)))
                if self.patch.iter().all(|operation| operation.value.is_some()) =>
            {
                write!(f, " instead of {from}")
            }
            _ => Ok(()),
        }
    }
}

/// As CEL would write it; what is no value in words.
impl fmt::Display for Observation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("absent"),
            Self::Unknown(reason) => write!(f, "unknown: {reason}"),
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Uint(value) => write!(f, "{value}u"),
            Self::Double(value) => fmt::Debug::fmt(value, f),
            Self::String(value) => fmt::Debug::fmt(value, f),
            Self::Timestamp(value) => write!(f, "timestamp({:?})", value.to_string()),
            Self::Duration(value) => {
                write!(f, "duration(\"{}s\")", value.as_secs_f64())
            }
            Self::Entries(1) => f.write_str("1 entry"),
            Self::Entries(count) => write!(f, "{count} entries"),
        }
    }
}
