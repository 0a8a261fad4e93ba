//! A list of problems that an attacker cannot make long.

use cofferdam_bounds::{Exceeded, Limits};
use cofferdam_model::{Problem, ProblemKind};
use std::io;

/// Collects problems up to a limit and counts the rest.
#[derive(Debug)]
pub(crate) struct Problems {
    list: Vec<Problem>,
    limit: usize,
    unlisted: usize,
}

impl Problems {
    pub(crate) const fn new(limits: &Limits) -> Self {
        Self { list: Vec::new(), limit: limits.problems, unlisted: 0 }
    }

    pub(crate) fn push(&mut self, problem: Problem) {
        if self.list.len() < self.limit {
            self.list.push(problem);
        } else {
            self.unlisted += 1;
        }
    }

    pub(crate) fn at(&mut self, kind: ProblemKind, path: &str, detail: impl Into<String>) {
        self.push(Problem::at(kind, path, detail));
    }

    pub(crate) fn whole(&mut self, kind: ProblemKind, detail: impl Into<String>) {
        self.push(Problem::whole(kind, detail));
    }

    pub(crate) fn finish(mut self) -> Vec<Problem> {
        if self.unlisted > 0 {
            let detail = format!("{} more problems are not listed", self.unlisted);
            self.list.push(Problem::whole(ProblemKind::BudgetExceeded, detail));
        }
        self.list
    }
}

/// What kind of problem an I/O error is.
pub(crate) fn kind_of(error: &io::Error) -> ProblemKind {
    if Exceeded::within(error).is_some() {
        return ProblemKind::BudgetExceeded;
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ProblemKind::Truncated,
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => ProblemKind::Malformed,
        io::ErrorKind::Unsupported => ProblemKind::Unsupported,
        io::ErrorKind::NotFound => ProblemKind::Missing,
        _ => ProblemKind::Unreadable,
    }
}
