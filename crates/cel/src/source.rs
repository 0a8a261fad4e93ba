//! Where values that the engine did not make come from.

use crate::{ReadId, Value};
use std::fmt;

/// Names a map or a list within its [`Source`]. What the number means is the source's business:
/// an index into an arena, or a kind and a position packed together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Node(pub u64);

/// What stands under a key or an index.
#[derive(Clone, Debug)]
pub enum Lookup<'a> {
    /// This value.
    Value(Value<'a>),
    /// Nothing, for certain: `has()` is false, reading it is an error.
    Absent,
    /// Something, perhaps, that cannot be known here and now.
    Unknown,
}

impl<'a> Lookup<'a> {
    /// This value.
    pub fn of(value: impl Into<Value<'a>>) -> Self {
        Self::Value(value.into())
    }

    /// What is not there is absent.
    pub fn optional(found: Option<impl Into<Value<'a>>>) -> Self {
        found.map_or(Self::Absent, Self::of)
    }

    /// What is not there is unknown.
    pub fn known(found: Option<impl Into<Value<'a>>>) -> Self {
        found.map_or(Self::Unknown, Self::of)
    }
}

/// Facts as the engine sees them: maps with string keys, and lists, resolved one step at a time
/// and only where an expression asks. Answers must not change during an evaluation.
pub trait Source: Sync {
    /// The member of the map `node` under `key`.
    fn member(&self, node: Node, key: &str) -> Lookup<'_>;

    /// The element of the list `node` at `index`, from 0.
    fn element(&self, node: Node, index: usize) -> Lookup<'_>;

    /// How many entries the map or elements the list `node` has.
    fn length(&self, node: Node) -> usize;

    /// Whether the last element of the list `node` stands for a rest: none, one or many more that
    /// nobody knows. That element is unknown, and so is how many there are.
    fn has_rest(&self, _node: Node) -> bool {
        false
    }

    /// The key of the map `node` at `position`, for iteration, in an order that does not change.
    fn key(&self, node: Node, position: usize) -> Option<&str>;
}

/// A map or a list in a source.
#[derive(Clone, Copy)]
pub struct Handle<'a> {
    /// The source.
    pub source: &'a dyn Source,
    /// Which one of its maps or lists.
    pub node: Node,
    /// The read that led here; `None` for one that no evaluation has read yet.
    pub origin: Option<ReadId>,
}

impl<'a> Handle<'a> {
    /// A map or a list that was not reached by reading yet.
    pub const fn new(source: &'a dyn Source, node: Node) -> Self {
        Self { source, node, origin: None }
    }
}

impl fmt::Debug for Handle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} read as {:?}", self.node, self.origin)
    }
}
