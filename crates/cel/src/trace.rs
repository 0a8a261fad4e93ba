//! What an evaluation read, and what it made of the clock.

use crate::{Evaluation, Lookup, Shared, Value};
use jiff::SignedDuration;
use std::fmt::Write as _;

/// Names one [`Read`] in its [`Trace`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadId(u32);

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
    /// The operator; `now` when the clock's own value was used in another way.
    pub operator: &'static str,
    /// How far ahead of now (or behind, when negative) both sides are equal. That point does not
    /// move with the clock. `None` where the clock's own value was used.
    pub equal_in: Option<SignedDuration>,
    /// What it gave.
    pub result: bool,
    /// For how long it keeps giving that; `None`: for ever.
    pub holds_for: Option<SignedDuration>,
}

impl ClockComparison {
    /// A use of the clock's own value: holds at this very moment only.
    pub(crate) const NOW: Self = Self {
        operator: "now",
        equal_in: None,
        result: true,
        holds_for: Some(SignedDuration::ZERO),
    };

    /// `results`: now, at the point of equality, and after it.
    pub(crate) fn new(
        operator: &'static str,
        equal_in: SignedDuration,
        [result, equal, after]: [bool; 3],
    ) -> Self {
        let just_after = equal_in.saturating_add(SignedDuration::from_nanos(1));
        let holds_for = if equal_in.is_negative() {
            None
        } else if equal_in.is_positive() && equal != result {
            Some(equal_in)
        } else {
            (after != result).then_some(just_after)
        };
        Self { operator, equal_in: Some(equal_in), result, holds_for }
    }
}

/// Reads that there is room for at once: most rules need no more.
const READS_USUAL: usize = 16;

/// Everything that evaluations read, in order.
#[derive(Clone, Debug, Default)]
pub struct Trace<'a> {
    reads: Vec<Read<'a>>,
    clock: Vec<ClockComparison>,
}

/// A point in a trace to come back to.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    reads: usize,
    clock: usize,
}

impl Mark {
    /// The start of every trace.
    pub const START: Self = Self { reads: 0, clock: 0 };
}

impl<'a> Trace<'a> {
    /// Nothing read yet.
    pub const fn new() -> Self {
        Self { reads: Vec::new(), clock: Vec::new() }
    }

    /// All reads, in order.
    pub fn reads(&self) -> &[Read<'a>] {
        &self.reads
    }

    /// The reads after a mark.
    pub fn reads_since(&self, mark: Mark) -> &[Read<'a>] {
        self.reads.get(mark.reads..).unwrap_or_default()
    }

    /// All comparisons with the clock, in order.
    pub fn clock(&self) -> &[ClockComparison] {
        &self.clock
    }

    /// The comparisons with the clock after a mark.
    pub fn clock_since(&self, mark: Mark) -> &[ClockComparison] {
        self.clock.get(mark.clock..).unwrap_or_default()
    }

    /// One read.
    pub fn get(&self, id: ReadId) -> Option<&Read<'a>> {
        self.reads.get(usize::try_from(id.0).ok()?)
    }

    /// The last read.
    pub(crate) fn last(&self) -> Option<ReadId> {
        u32::try_from(self.reads.len().checked_sub(1)?).ok().map(ReadId)
    }

    /// This point.
    pub const fn mark(&self) -> Mark {
        Mark { reads: self.reads.len(), clock: self.clock.len() }
    }

    /// Forgets everything after a mark. Values read since then must not be used any more.
    pub fn rewind(&mut self, mark: Mark) {
        self.reads.truncate(mark.reads);
        self.clock.truncate(mark.clock);
    }

    /// The path that a read went: `image.vulnerabilities[3].severity`.
    pub fn path(&self, read: &Read<'a>) -> String {
        let mut path = String::with_capacity(64);
        self.write_path(read, &mut path);
        path
    }

    /// [`Trace::path`] at the end of a text.
    pub fn write_path(&self, read: &Read<'a>, path: &mut String) {
        // A read comes after its origin, so this ends; it goes as deep as facts are nested.
        if let Some(origin) = read.origin.and_then(|id| self.get(id)) {
            self.write_path(origin, path);
        }
        match &read.step {
            Step::Variable(name) => path.push_str(name),
            Step::Member(name) if is_plain(name) => {
                path.push('.');
                path.push_str(name);
            }
            Step::Member(name) => {
                let _ = write!(path, "[{:?}]", &**name);
            }
            Step::Element(index) => {
                let _ = write!(path, "[{index}]");
            }
            Step::Length => path.push_str(".size()"),
        }
    }

    /// Records a read and gives what was found, with its origin set.
    pub(crate) fn record(
        &mut self,
        origin: Option<ReadId>,
        step: Step<'a>,
        mut found: Lookup<'a>,
    ) -> (ReadId, Lookup<'a>) {
        // Steps run out long before: each read costs one.
        let id = ReadId(u32::try_from(self.reads.len()).unwrap_or(u32::MAX));
        if let Lookup::Value(
            Value::List(crate::List::Source(handle)) | Value::Map(crate::Map::Source(handle)),
        ) = &mut found
        {
            handle.origin = Some(id);
        }
        if self.reads.capacity() == 0 {
            self.reads.reserve(READS_USUAL);
        }
        self.reads.push(Read { origin, step, found: found.clone() });
        (id, found)
    }
}

impl Evaluation<'_> {
    /// Records a comparison with the clock.
    pub(crate) fn compared(&mut self, comparison: ClockComparison) {
        if self.timing {
            self.trace.clock.push(comparison);
        }
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}
