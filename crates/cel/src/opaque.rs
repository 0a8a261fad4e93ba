//! Values that only the functions of their library look into.

use crate::Type;
use std::fmt;

/// A value of one of Kubernetes' libraries. It is made, taken apart and compared by functions of
/// the language only; outside it has a [`Type`] and a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Opaque<'a>(pub(crate) Inner<'a>);

/// What an [`Opaque`] is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Inner<'a> {
    Format(&'a str),
}

impl Opaque<'_> {
    /// The type.
    pub const fn kind(&self) -> Type {
        match &self.0 {
            Inner::Format(_) => Type::Format,
        }
    }
}

impl fmt::Display for Opaque<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Inner::Format(name) => f.write_str(name),
        }
    }
}
