//! Why an evaluation gave no value.

use crate::{Place, ReadId, Type, limits::UNKNOWN_ATTRIBUTES_MAX};
use std::ops::Deref;

/// Why an evaluation gave no value.
// Two words: a result of this is then returned in registers, and tests are most of what is done.
#[derive(Clone, Debug, PartialEq)]
pub enum Stop {
    /// It depends on attributes that are unknown: the first few, in order.
    Unknown(Reads),
    /// It has no value.
    Error(Box<EvaluationError>),
    /// It used up its steps. Nothing absorbs this.
    Exhausted,
}

/// Reads of a trace, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reads(Option<Box<Several>>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Several {
    reads: Vec<ReadId>,
}

/// An error of an evaluation, and which part of the expression had it.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{kind}")]
pub struct EvaluationError {
    /// Where; `None` only before the evaluator has said so.
    pub place: Option<Place>,
    /// What.
    pub kind: ErrorKind,
}

/// What went wrong.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ErrorKind {
    /// An operator or a function does not take these types.
    #[error("{operation} does not take {}", list(types))]
    NoOverload {
        /// The operator or function.
        operation: String,
        /// Types of its arguments.
        types: Vec<Type>,
    },
    /// A field or key that is not there.
    #[error("there is no {} here; ask with has() first", quoted(.0))]
    NoSuchKey(String),
    /// A variable that nobody gave.
    #[error("there is no variable {0:?}")]
    NoSuchVariable(String),
    /// A function that does not exist, or not for so many arguments.
    #[error("there is no function {0}() for these arguments")]
    NoSuchFunction(String),
    /// An index outside its list.
    #[error("index {index} is outside of a list of {length}")]
    IndexOutOfRange {
        /// The index.
        index: String,
        /// How many elements there are.
        length: usize,
    },
    /// The result does not fit its type.
    #[error("the result of {0} is out of range")]
    OutOfRange(String),
    /// Division by zero.
    #[error("division by zero")]
    DivisionByZero,
    /// Modulus by zero.
    #[error("modulus by zero")]
    ModulusByZero,
    /// A value that cannot be converted, or that a function does not accept.
    #[error("{0}")]
    Invalid(String),
    /// A map with one key twice.
    #[error("the key {0} is there twice")]
    DuplicateKey(String),
}

/// A text in quotes, as much of it as a message needs.
pub(crate) fn quoted(text: &str) -> String {
    const CHARS_MAX: usize = 64;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

fn list(types: &[Type]) -> String {
    types.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" and ")
}

impl Reads {
    /// No reads, of an evaluation that records none.
    pub(crate) const NONE: Self = Self(None);

    /// One read.
    pub(crate) fn one(read: ReadId) -> Self {
        Self(Some(Box::new(Several { reads: vec![read] })))
    }

    fn push(&mut self, read: ReadId) {
        self.0.get_or_insert_default().reads.push(read);
    }
}

impl Deref for Reads {
    type Target = [ReadId];

    fn deref(&self) -> &[ReadId] {
        self.0.as_ref().map_or(&[], |several| &several.reads)
    }
}

impl From<ErrorKind> for Stop {
    fn from(kind: ErrorKind) -> Self {
        Self::Error(Box::new(EvaluationError { place: None, kind }))
    }
}

impl From<EvaluationError> for Stop {
    fn from(error: EvaluationError) -> Self {
        Self::Error(Box::new(error))
    }
}

impl Stop {
    /// Says where, if nobody below has.
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.set_place(place);
        self
    }

    /// The same in place: what is moved about for each part of an expression costs more than it.
    pub(crate) fn set_place(&mut self, place: Place) {
        if let Self::Error(error) = self {
            error.place.get_or_insert(place);
        }
    }

    /// Both at once: running out beats unknown, unknown beats error, the first error wins.
    pub(crate) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exhausted, _) | (_, Self::Exhausted) => Self::Exhausted,
            (Self::Unknown(mut reads), Self::Unknown(more)) => {
                for read in &*more {
                    if reads.len() < UNKNOWN_ATTRIBUTES_MAX && !reads.contains(read) {
                        reads.push(*read);
                    }
                }
                Self::Unknown(reads)
            }
            (unknown @ Self::Unknown(_), Self::Error(_))
            | (Self::Error(_), unknown @ Self::Unknown(_)) => unknown,
            (first @ Self::Error(_), Self::Error(_)) => first,
        }
    }

    /// Adds to what was met before.
    pub(crate) fn merge(self, before: Option<Self>) -> Self {
        match before {
            Some(before) => before.and(self),
            None => self,
        }
    }
}
