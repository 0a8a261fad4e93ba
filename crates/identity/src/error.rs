//! What can go wrong.

use cofferdam_store::StoreError;
use std::time::Duration;

/// Why something was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentityError {
    /// Name, password or code is wrong, or the account is disabled: which of these is not said.
    #[error("name or password is wrong")]
    Refused,
    /// Too many attempts; how long to wait.
    #[error("too many attempts: wait {} s", .0.as_secs())]
    TooMany(Duration),
    /// What was given cannot be used, and why.
    #[error("{0}")]
    Invalid(String),
    /// There is another one of this name.
    #[error("{0:?} is taken")]
    Taken(String),
    /// There is no such account or token.
    #[error("there is no such {0}")]
    Missing(&'static str),
    /// It would leave nobody who can say who has access.
    #[error("this is the last admin")]
    LastAdmin,
    /// The store did not answer.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The machine gives no randomness, or no memory for a hash.
    #[error("the machine failed: {0}")]
    Machine(String),
}
