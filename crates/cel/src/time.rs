//! Points and lengths of time that remember whether they move with the clock.
//!
//! An expression can only add, subtract and compare times, so a value derived from `now` is
//! always `constant + slope × now`. Carrying the slope makes it possible to say *until when* a
//! comparison keeps its result.

use jiff::{SignedDuration, Timestamp};

/// A point in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant {
    /// The point.
    pub at: Timestamp,
    /// By how many seconds it moves when the clock moves by one.
    pub slope: i8,
}

/// A length of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The length.
    pub length: SignedDuration,
    /// By how many seconds it grows when the clock moves by one.
    pub slope: i8,
}

impl Instant {
    /// A point that stays where it is.
    pub const fn fixed(at: Timestamp) -> Self {
        Self { at, slope: 0 }
    }

    /// The present, as the caller gives it.
    pub const fn now(at: Timestamp) -> Self {
        Self { at, slope: 1 }
    }
}

impl Span {
    /// A length that stays what it is.
    pub const fn fixed(length: SignedDuration) -> Self {
        Self { length, slope: 0 }
    }
}
