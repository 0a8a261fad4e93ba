//! Changes of objects as JSON patches (RFC 6902).

use serde_json::{Map, Value};
use std::fmt::{self, Write as _};

/// One operation of a JSON patch on an object as its file has it.
#[derive(Clone, Debug, PartialEq)]
pub struct PatchOperation {
    /// What is done.
    pub op: PatchKind,
    /// Where: a JSON pointer (RFC 6901) from the object: `/spec/containers/0/securityContext`.
    pub path: String,
    /// The new value; `None` for a removal.
    pub value: Option<Value>,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PatchKind {
    /// Sets a member of a map, or inserts into a list; at `-` it appends.
    Add,
    /// Takes something out.
    Remove,
    /// Puts something else in its place.
    Replace,
}

/// An operation that does not fit the object it is applied to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{op} {path}: there is no such place in the object")]
pub struct PatchError {
    /// What was to be done.
    pub op: &'static str,
    /// Where.
    pub path: String,
}

impl PatchKind {
    /// The word of RFC 6902.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Remove => "remove",
            Self::Replace => "replace",
        }
    }
}

impl PatchOperation {
    /// Applies operations in order. What was done before one that does not fit stays done.
    pub fn apply_all(operations: &[Self], object: &mut Value) -> Result<(), PatchError> {
        operations.iter().try_for_each(|operation| operation.apply(object))
    }

    /// The operation as RFC 6902 writes it.
    pub fn to_json(&self) -> Value {
        let mut json = Map::new();
        json.insert("op".to_owned(), Value::from(self.op.as_str()));
        json.insert("path".to_owned(), Value::from(&*self.path));
        if let Some(value) = &self.value {
            json.insert("value".to_owned(), value.clone());
        }
        Value::Object(json)
    }

    fn apply(&self, object: &mut Value) -> Result<(), PatchError> {
        let missing = || PatchError { op: self.op.as_str(), path: self.path.clone() };
        let (parent, last) = self.path.rsplit_once('/').ok_or_else(missing)?;
        let last = unescape(last);
        let value = self.value.clone();
        match (object.pointer_mut(parent).ok_or_else(missing)?, self.op, value) {
            (Value::Object(map), PatchKind::Remove, _) => map.remove(&last).map(drop),
            (Value::Object(map), PatchKind::Add, Some(value)) => {
                map.insert(last, value);
                Some(())
            }
            (Value::Object(map), PatchKind::Replace, Some(value)) => {
                map.get_mut(&last).map(|old| *old = value)
            }
            (Value::Array(items), PatchKind::Add, Some(value)) if last == "-" => {
                items.push(value);
                Some(())
            }
            (Value::Array(items), op, value) => change(items, op, &last, value),
            _ => None,
        }
        .ok_or_else(missing)
    }
}

/// In words: `set /spec/hostNetwork to false`, `remove /spec/hostNetwork`.
impl fmt::Display for PatchOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "set {} to {value}", self.path),
            None => write!(f, "remove {}", self.path),
        }
    }
}

fn change(list: &mut Vec<Value>, op: PatchKind, index: &str, value: Option<Value>) -> Option<()> {
    let index: usize = index.parse().ok()?;
    match (op, value) {
        (PatchKind::Add, Some(value)) if index <= list.len() => list.insert(index, value),
        (PatchKind::Replace, Some(value)) => *list.get_mut(index)? = value,
        (PatchKind::Remove, _) if index < list.len() => drop(list.remove(index)),
        _ => return None,
    }
    Some(())
}

/// A step of a path, escaped for a pointer.
pub(crate) fn push_step(pointer: &mut String, step: &str) {
    pointer.push('/');
    for character in step.chars() {
        match character {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            other => pointer.push(other),
        }
    }
}

/// A step that is an index.
pub(crate) fn push_index(pointer: &mut String, index: usize) {
    let _ = write!(pointer, "/{index}");
}

pub(crate) fn unescape(step: &str) -> String {
    step.replace("~1", "/").replace("~0", "~")
}
