//! What the language catalogers share.

use crate::{FileFacts, gather::Gather};
use cofferdam_bounds::{Exceeded, ReadAt as _, Spool};
use cofferdam_model::{Evidence, Location, Package, PackageKind, Problem, ProblemKind};
use std::{borrow::Cow, io};

/// A package with nothing but its identity.
pub(crate) fn package(
    kind: PackageKind,
    name: &str,
    version: &str,
    path: &str,
    evidence: Evidence,
) -> Package {
    Package {
        kind,
        name: name.to_owned(),
        version: version.to_owned(),
        architecture: None,
        source: None,
        location: Location::path(path),
        evidence,
        owner: None,
        license: None,
    }
}

/// Whether a text can be a name or a version: something, of a sane length, and nothing that
/// moves a cursor or hides in a table.
pub(crate) fn is_identity(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= IDENTITY_BYTES_MAX
        && !text.chars().any(|letter| letter.is_control() || letter == '\u{fffd}')
}

/// The longest names in the wild are Go module paths; the longest published has 200 bytes.
const IDENTITY_BYTES_MAX: usize = 1_024;

/// A licence as declared, when it is a name or an expression and not a whole licence text.
pub(crate) fn license(text: &str) -> Option<String> {
    let text = text.trim();
    let meaningless = text.eq_ignore_ascii_case("unknown") || text.len() > LICENSE_BYTES_MAX;
    (!meaningless && is_identity(text)).then(|| text.to_owned())
}

/// An SPDX expression of a dozen licences fits; a licence text does not.
const LICENSE_BYTES_MAX: usize = 256;

/// The whole content, which a cataloger that asked for [`crate::Need::Metadata`] finds in memory.
pub(crate) fn bytes(content: &Spool) -> io::Result<Cow<'_, [u8]>> {
    match content.in_memory() {
        Some(bytes) => Ok(Cow::Borrowed(bytes)),
        None => content
            .bytes_at(0, usize::try_from(content.size()).unwrap_or(usize::MAX))
            .map(Cow::Owned),
    }
}

/// An error of reading, as a problem at a path.
pub(crate) fn problem(path: &str, what: &str, error: &io::Error) -> Problem {
    let kind = match error.kind() {
        _ if Exceeded::within(error).is_some() => ProblemKind::BudgetExceeded,
        io::ErrorKind::UnexpectedEof => ProblemKind::Truncated,
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => ProblemKind::Malformed,
        io::ErrorKind::Unsupported => ProblemKind::Unsupported,
        _ => ProblemKind::Unreadable,
    };
    Problem::at(kind, path, format!("{what}: {error}"))
}

/// An error that says what breaks a format.
pub(crate) fn malformed(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl Gather<'_> {
    /// Adds the problem that an error of reading is.
    pub(crate) fn io_problem(&mut self, what: &str, error: &io::Error) {
        let problem = problem(self.path(), what, error);
        self.problem(problem.kind, problem.detail);
    }
}

impl FileFacts {
    /// Facts that consist of one problem.
    pub(crate) fn of_problem(problem: Problem) -> Self {
        Self { problems: vec![problem], ..Self::default() }
    }
}
