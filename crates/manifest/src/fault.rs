//! Why a document ends before its end.

use crate::Lines;
use cofferdam_bounds::Exceeded;
use cofferdam_model::{Problem, ProblemKind};
use std::borrow::Cow;

/// What is wrong with a document, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: ProblemKind,
    /// Offset in the text of the file.
    pub(crate) at: usize,
    /// One line, for people.
    pub(crate) what: Cow<'static, str>,
}

impl Fault {
    /// The text breaks its format.
    pub(crate) fn malformed(at: usize, what: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: ProblemKind::Malformed, at, what: what.into() }
    }

    /// The text ends too early.
    pub(crate) fn truncated(at: usize, what: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: ProblemKind::Truncated, at, what: what.into() }
    }

    /// The text says something that has no meaning to Kubernetes.
    pub(crate) fn unsupported(at: usize, what: impl Into<Cow<'static, str>>) -> Self {
        Self { kind: ProblemKind::Unsupported, at, what: what.into() }
    }

    /// A budget ran out.
    pub(crate) fn exceeded(at: usize, what: &'static str, limit: u64) -> Self {
        Self::over(at, Exceeded { what, limit })
    }

    /// A budget ran out.
    pub(crate) fn over(at: usize, exceeded: Exceeded) -> Self {
        Self { kind: ProblemKind::BudgetExceeded, at, what: exceeded.to_string().into() }
    }

    /// As a problem of a file.
    pub(crate) fn problem(&self, path: &str, lines: &Lines<'_>) -> Problem {
        let (line, column) = lines.at(u32::try_from(self.at).unwrap_or(u32::MAX));
        Problem::at(self.kind, path, format!("line {line}, column {column}: {}", self.what))
    }
}
