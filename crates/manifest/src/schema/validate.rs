//! An object against the type of its kind.

use super::{FieldLine, Fields, Scalar, Schema, Shape, TypeRef, suggest::nearest};
use crate::{Object, Value, View};
use std::fmt;

/// Mismatches that are told of one object. Whoever makes this many has the wrong kind altogether.
pub const MISMATCHES_MAX: usize = 100;

/// Types nest less deeply than this, but for the schemas in custom resource definitions.
const DEPTH_MAX: usize = 100;

/// Most values lie less deeply in an object.
const DEPTH_USUAL: usize = 16;

/// A value that does not fit its type.
#[derive(Clone, Debug)]
pub struct Mismatch<'t> {
    /// The value; for a missing field, the map that should have it.
    pub view: View<'t>,
    /// Where it is in the object: `spec.containers[0].imag`.
    pub path: String,
    /// What is wrong with it.
    pub kind: MismatchKind<'t>,
}

/// What is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MismatchKind<'t> {
    /// The type has no such field.
    UnknownField {
        /// A field that was likely meant.
        suggestion: Option<&'static str>,
    },
    /// The value is of another type.
    WrongType {
        /// The type of the field.
        expected: TypeRef,
        /// What was found: `string`, `list` and so on.
        found: &'static str,
    },
    /// A required field is not there.
    Missing {
        /// Its name.
        field: &'static str,
    },
    /// The value is none of those that are allowed.
    UnknownValue {
        /// The value.
        value: &'t str,
        /// The field that lists them.
        allowed: Vec<&'static str>,
        /// One that was likely meant.
        suggestion: Option<&'static str>,
    },
}

impl fmt::Display for Mismatch<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        let meant = |suggestion: Option<&str>| {
            suggestion.map(|word| format!("; did you mean {word}?")).unwrap_or_default()
        };
        match &self.kind {
            MismatchKind::UnknownField { suggestion } => {
                write!(formatter, "unknown field {path}{}", meant(*suggestion))
            }
            MismatchKind::WrongType { expected, found } => {
                write!(formatter, "{path} must be {expected}, not {found}")
            }
            MismatchKind::Missing { field } if path.is_empty() => {
                write!(formatter, "{field} is required")
            }
            MismatchKind::Missing { field } => write!(formatter, "{path}.{field} is required"),
            MismatchKind::UnknownValue { value, allowed, suggestion } => {
                let allowed = allowed.join(", ");
                write!(formatter, "{path} is {value:?}, none of {allowed}{}", meant(*suggestion))
            }
        }
    }
}

impl Schema {
    /// What in an object does not fit its kind, in the order of its text; at most
    /// [`MISMATCHES_MAX`]. Nothing is said of kinds that are not built in, nor of a `status`: it
    /// is the cluster's, and the API server drops what a manifest says there.
    pub fn validate<'t>(&'static self, object: &Object<'t>) -> Vec<Mismatch<'t>> {
        let Some(kind) = self.kind(object.group(), object.version(), object.kind) else {
            return Vec::new();
        };
        let mut found = kind.validate(object.view);
        found.retain(|mismatch| {
            let rest = mismatch.path.strip_prefix("status");
            rest.is_none_or(|rest| !rest.is_empty() && !rest.starts_with(['.', '[']))
        });
        found
    }
}

impl TypeRef {
    /// What in a value does not fit this type, in the order of its text; at most
    /// [`MISMATCHES_MAX`]. What is null counts as not there.
    pub fn validate(self, view: View<'_>) -> Vec<Mismatch<'_>> {
        let mut walk = Walk { path: Vec::with_capacity(DEPTH_USUAL), found: Vec::new() };
        walk.value(self, view);
        walk.found
    }
}

#[derive(Clone, Copy)]
enum Step<'t> {
    Key(&'t str),
    Index(usize),
}

struct Walk<'t> {
    path: Vec<Step<'t>>,
    found: Vec<Mismatch<'t>>,
}

impl<'t> Walk<'t> {
    fn tell(&mut self, view: View<'t>, kind: MismatchKind<'t>) {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Key(key) if path.is_empty() => path.push_str(key),
                Step::Key(key) => path.extend([".", key]),
                Step::Index(index) => path.extend(["[", &index.to_string(), "]"]),
            }
        }
        self.found.push(Mismatch { view, path, kind });
    }

    fn value(&mut self, kind: TypeRef, view: View<'t>) {
        let value = view.value();
        let full = self.found.len() >= MISMATCHES_MAX || self.path.len() > DEPTH_MAX;
        if full || value == Value::Null {
            return;
        }
        match (kind.shape(), value) {
            (Shape::Object(fields), Value::Map) => self.object(kind, fields, view),
            (Shape::List(element), Value::List) => {
                let kind = kind.with(element);
                let takes = kind.schema.takes(kind.index);
                for (index, value) in view.elements().enumerate() {
                    if !value.is_of(takes) {
                        self.step(Step::Index(index), kind, value);
                    }
                }
            }
            (Shape::Map(values), Value::Map) => {
                let kind = kind.with(values);
                let takes = kind.schema.takes(kind.index);
                for value in view.values().filter(|value| !value.is_of(takes)) {
                    self.step(Step::Key(value.own_key()), kind, value);
                }
            }
            (Shape::Scalar(scalar), value) if fits(scalar, value) => {}
            _ => {
                let found = name(value);
                self.tell(view, MismatchKind::WrongType { expected: kind, found });
            }
        }
    }

    fn step(&mut self, step: Step<'t>, kind: TypeRef, value: View<'t>) {
        // Scalars that fit need no path.
        if let Shape::Scalar(scalar) = kind.shape()
            && fits(scalar, value.value())
        {
            return;
        }
        self.path.push(step);
        self.value(kind, value);
        self.path.pop();
    }

    fn object(&mut self, kind: TypeRef, fields: Fields, view: View<'t>) {
        let mut missing = fields.required;
        for value in view.values() {
            if self.found.len() >= MISMATCHES_MAX {
                return;
            }
            let Some(line) = kind.schema.line(fields, value.own_key_bytes()) else {
                let key = value.own_key();
                let suggestion = nearest(key, kind.lines().iter().map(|line| line.name));
                self.path.push(Step::Key(key));
                self.tell(value, MismatchKind::UnknownField { suggestion });
                self.path.pop();
                continue;
            };
            missing = missing.saturating_sub(u16::from(line.required && !value.is_null()));
            // Most values are of the right sort, and that is all.
            if !value.is_of(line.takes) {
                self.step(Step::Key(value.own_key()), kind.with(line.kind), value);
            }
            if !line.values.is_empty() {
                self.enumeration(kind, line, value);
            }
        }
        if missing == 0 {
            return;
        }
        for line in kind.lines().iter().filter(|line| line.required) {
            let there = view.get(line.name).is_some_and(|value| !value.is_null());
            if !there && self.found.len() < MISMATCHES_MAX {
                self.tell(view, MismatchKind::Missing { field: line.name });
            }
        }
    }

    fn enumeration(&mut self, kind: TypeRef, line: &FieldLine, view: View<'t>) {
        let Some(value) = view.as_str() else { return };
        let mut allowed = line.values.as_bytes().split(|byte| *byte == b'|');
        // The empty string is what Go has for nothing.
        if value.is_empty() || allowed.any(|allowed| allowed == value.as_bytes()) {
            return;
        }
        let field = kind.full(line);
        let suggestion = nearest(value, field.values());
        let allowed = field.values().collect();
        self.path.push(Step::Key(view.own_key()));
        self.tell(view, MismatchKind::UnknownValue { value, allowed, suggestion });
        self.path.pop();
    }
}

/// Whether the API server would take a value for a field of this type. Null is nothing.
pub(super) fn fits(scalar: Scalar, value: Value<'_>) -> bool {
    match (scalar, value) {
        (Scalar::Int32, Value::Int(number)) => i32::try_from(number).is_ok(),
        // YAML's 1.0 reaches the API server as 1.
        (Scalar::Int32, Value::Float(number)) => {
            number.fract() == 0.0 && number.abs() <= f64::from(i32::MAX)
        }
        (Scalar::Int64, Value::Float(number)) => {
            number.fract() == 0.0 && number.abs() < 9_007_199_254_740_992.0
        }
        (Scalar::Any, _)
        | (_, Value::Null)
        | (Scalar::String | Scalar::Bytes | Scalar::Time, Value::String(_))
        | (Scalar::Bool, Value::Bool(_))
        | (Scalar::Int64, Value::Int(_))
        | (Scalar::Double, Value::Int(_) | Value::Float(_))
        | (Scalar::Quantity, Value::String(_) | Value::Int(_) | Value::Float(_))
        | (Scalar::IntOrString, Value::String(_) | Value::Int(_)) => true,
        _ => false,
    }
}

fn name(value: Value<'_>) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Int(_) => "integer",
        Value::Float(_) => "number",
        Value::String(_) => "string",
        Value::List => "list",
        Value::Map => "map",
    }
}
