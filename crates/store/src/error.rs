//! What can go wrong with a store.

use std::fmt;

/// Why the store did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be reached, is locked, full or too slow. The same call may succeed
    /// later; the store reconnects by itself.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The row exists already, or another one that it needs does not.
    #[error("conflicts with what is stored: {0}")]
    Conflict(String),
    /// The database itself is broken, or no database: a damaged file, or tables that somebody
    /// dropped. Nothing that it is asked for can be relied on until somebody mends it.
    #[error("the database is damaged: {0}")]
    Damaged(String),
    /// Something that is stored cannot be read back: no version of this program wrote it.
    #[error("what is stored cannot be read: {0}")]
    Corrupt(String),
    /// The database was written by a newer program, or the address names no database.
    #[error("{0}")]
    Unsupported(String),
    /// What a backup is read from, or written to, is no whole one or does not work.
    #[error("{0}")]
    Stream(String),
    /// A statement of ours is wrong: a bug.
    #[error("internal: {0}")]
    Internal(String),
}

/// What every method gives.
pub type Result<T> = std::result::Result<T, StoreError>;

impl StoreError {
    /// Whether this is about the database and not about what was given or what is stored: the same
    /// call may succeed once it is there again, or mended. All else is the same the next time.
    pub const fn passes(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Damaged(_))
    }

    pub(crate) fn corrupt(what: impl fmt::Display) -> Self {
        Self::Corrupt(what.to_string())
    }

    pub(crate) fn unavailable(what: impl fmt::Display) -> Self {
        Self::Unavailable(what.to_string())
    }
}
