//! A budget that ran out.

use std::io;

/// Which budget ran out, and what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what} is over its limit of {limit}")]
pub struct Exceeded {
    /// What was counted, for people: "bytes of the layer".
    pub what: &'static str,
    /// The limit, in the unit that `what` names.
    pub limit: u64,
}

impl Exceeded {
    /// The exceeded budget that an I/O error carries, if that is what it is.
    pub fn within(error: &io::Error) -> Option<Self> {
        error.get_ref().and_then(|inner| inner.downcast_ref::<Self>()).copied()
    }
}

impl From<Exceeded> for io::Error {
    fn from(exceeded: Exceeded) -> Self {
        Self::new(io::ErrorKind::QuotaExceeded, exceeded)
    }
}
