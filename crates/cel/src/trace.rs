//! What an evaluation read, and what it made of the clock.

use crate::{Lookup, Shared};
use jiff::Timestamp;

/// Names one [`Read`] in its [`Trace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadId(pub(crate) u32);

/// One step from a map or list among the facts to what stands in it.
#[derive(Clone, Debug)]
pub struct Read<'a> {
    /// The read that gave the map or list; `None` for a variable.
    pub origin: Option<ReadId>,
    /// The step.
    pub step: Step<'a>,
    /// What was found.
    pub found: Lookup<'a>,
}

/// A step of a path.
#[derive(Clone, Debug)]
pub enum Step<'a> {
    /// A variable: `image`.
    Variable(Shared<'a, str>),
    /// A member of a map: `.user`.
    Member(Shared<'a, str>),
    /// An element of a list: `[3]`.
    Element(usize),
    /// How many there are: iterating reads this.
    Length,
}

/// A comparison in which one side moves with the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockComparison {
    /// From this instant on it has another result; `None`: never.
    pub flips_at: Option<Timestamp>,
}

/// Everything that one or several evaluations read, in order.
#[derive(Clone, Debug, Default)]
pub struct Trace<'a> {
    reads: Vec<Read<'a>>,
    clock: Vec<ClockComparison>,
}
