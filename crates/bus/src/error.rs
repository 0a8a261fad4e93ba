//! What can go wrong with a bus.

/// Why the bus did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// The server cannot be reached. The same call may succeed later; the bus reconnects by itself.
    #[error("the bus is not available: {0}")]
    Unavailable(String),
    /// Too much waits already; what was given was not taken.
    #[error("too much work waits for {0}")]
    Full(String),
    /// The message is too large, or a name is no name.
    #[error("the bus refuses {0}")]
    Refused(String),
}

/// What every method gives.
pub type Result<T> = std::result::Result<T, BusError>;
