//! What long work tells of itself while it runs.

/// Told how a scan gets on; a terminal shows it, a pipe does not.
pub trait Progress: Sync {
    /// A new piece of work: what it is, and how large in bytes as stored, when that is known.
    fn begin(&self, what: &str, bytes: Option<u64>);

    /// More bytes of the piece at hand are done.
    fn advance(&self, bytes: u64);

    /// The piece is done.
    fn end(&self);
}

/// Says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Silence;

impl Progress for Silence {
    fn begin(&self, _what: &str, _bytes: Option<u64>) {}

    fn advance(&self, _bytes: u64) {}

    fn end(&self) {}
}
