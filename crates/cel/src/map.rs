//! Maps and their keys.

use crate::{Handle, Shared, Value};
use std::cmp::Ordering;

/// A map.
#[derive(Clone, Debug)]
pub enum Map<'a> {
    /// Made by evaluation, written in the program, or given as a value: entries sorted by key.
    Entries(Shared<'a, [(Key<'a>, Value<'a>)]>),
    /// A map among the facts.
    Source(Handle<'a>),
}

/// A key. Numbers of different types are one key when they are mathematically equal.
#[derive(Clone, Debug)]
pub enum Key<'a> {
    /// A bool.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// A string.
    String(Shared<'a, str>),
}

impl<'a> Map<'a> {
    /// A map of these entries; `Err` with a key that is there twice.
    pub fn from_entries(mut entries: Vec<(Key<'a>, Value<'a>)>) -> Result<Self, Key<'a>> {
        entries.sort_by(|(a, _), (b, _)| a.order(b));
        let twice = entries.windows(2).find_map(|pair| match pair {
            [(a, _), (b, _)] if a.order(b).is_eq() => Some(a.clone()),
            _ => None,
        });
        twice.map_or_else(|| Ok(Self::Entries(Shared::Owned(entries.into()))), Err)
    }
}

impl<'a> Key<'a> {
    /// The key that a value is, if it can be one. A double that is a whole number finds the
    /// integer key that equals it.
    pub fn of(value: &Value<'a>) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(Self::Bool(*value)),
            Value::Int(value) => Some(Self::Int(*value)),
            Value::Uint(value) => Some(Self::Uint(*value)),
            Value::String(value) => Some(Self::String(value.clone())),
            _ => None,
        }
    }

    /// As a value.
    pub fn value(&self) -> Value<'a> {
        match self {
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Uint(value) => Value::Uint(*value),
            Self::String(value) => Value::String(value.clone()),
        }
    }

    /// A total order: bools, then integers, then strings.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        const fn rank(key: &Key<'_>) -> u8 {
            match key {
                Key::Bool(_) => 0,
                Key::Int(_) | Key::Uint(_) => 1,
                Key::String(_) => 2,
            }
        }
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::String(a), Self::String(b)) => (**a).cmp(&**b),
            _ => match (self.integer(), other.integer()) {
                (Some(a), Some(b)) => a.cmp(&b),
                _ => rank(self).cmp(&rank(other)),
            },
        }
    }

    fn integer(&self) -> Option<i128> {
        match self {
            Self::Int(value) => Some(i128::from(*value)),
            Self::Uint(value) => Some(i128::from(*value)),
            Self::Bool(_) | Self::String(_) => None,
        }
    }
}
