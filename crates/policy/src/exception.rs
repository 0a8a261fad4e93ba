//! Exceptions: findings that somebody answers for, until a date.

use jiff::Timestamp;

/// A `PolicyException`: who, why, until when, and exactly what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// `metadata.name`.
    pub name: String,
    /// Who answers for it.
    pub owner: String,
    /// Why it is accepted.
    pub reason: String,
    /// From when on it does nothing.
    pub expires: Timestamp,
    /// Where it was read.
    pub place: String,
}

/// What became of an exception.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExceptionUse {
    /// Name of the exception.
    pub name: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it was read.
    pub place: String,
    /// What became of it.
    pub status: ExceptionStatus,
}

/// What became of an exception in one decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExceptionStatus {
    /// It covered so many findings.
    Used(usize),
    /// Nothing that it names was found: it can go.
    Unused,
    /// It has expired and does nothing; it would have covered so many findings.
    Expired(usize),
}
