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
    /// The smallest change of a fact that was found to make the condition hold; only where
    /// somebody asked ([`crate::Detail::Explained`]).
    pub flip: Option<Flip>,
    /// The exception that covers it.
    pub exception: Option<Excepted>,
}

/// A change of one fact with which a condition holds, tried by judging the changed facts.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// Path of the fact: `workload.containers[0].securityContext.privileged`.
    pub path: String,
    /// What it is.
    pub from: Observation,
    /// What it has to be; [`Observation::Absent`]: not there.
    pub to: Observation,
    /// Where it stands.
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
    /// Whatever it is, as long as it is there.
    Anything,
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
            Self::Anything => f.write_str("any value"),
            Self::Entries(1) => f.write_str("1 entry"),
            Self::Entries(count) => write!(f, "{count} entries"),
        }
    }
}
