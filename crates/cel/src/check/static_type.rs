//! Types as the checker knows them: with what is inside lists, maps and objects.

use super::{Declarations, ObjectId};
use crate::Type;
use std::sync::Arc;

/// A type before there are values.
#[derive(Clone, Debug, PartialEq)]
pub enum StaticType {
    /// Not known: everything passes.
    Dyn,
    /// What an empty list or map holds: fits in with everything else.
    Nothing,
    /// A type without parts.
    Simple(Type),
    /// A list of one type.
    List(Arc<StaticType>),
    /// A map from keys of one type to values of another.
    Map(Arc<StaticType>, Arc<StaticType>),
    /// What may not be there.
    Optional(Arc<StaticType>),
    /// An object whose fields are declared.
    Object(ObjectId),
    /// A parameter of a signature; no expression has it.
    Parameter(u8),
}

impl From<Type> for StaticType {
    /// A list, a map and an optional are those of `Dyn`.
    fn from(kind: Type) -> Self {
        match kind {
            Type::List => Self::list(Self::Dyn),
            Type::Map => Self::map(Self::Dyn, Self::Dyn),
            Type::Optional => Self::optional(Self::Dyn),
            other => Self::Simple(other),
        }
    }
}

impl StaticType {
    /// A list of these.
    pub fn list(element: Self) -> Self {
        Self::List(Arc::new(element))
    }

    /// A map from these to those.
    pub fn map(key: Self, value: Self) -> Self {
        Self::Map(Arc::new(key), Arc::new(value))
    }

    /// One of these, perhaps.
    pub fn optional(value: Self) -> Self {
        Self::Optional(Arc::new(value))
    }

    /// The name, for messages: `list(string)`.
    pub fn display(&self, declarations: &dyn Declarations) -> String {
        let inner = |kind: &Self| kind.display(declarations);
        match self {
            Self::Dyn | Self::Nothing => "dyn".into(),
            Self::Simple(kind) => kind.as_str().into(),
            Self::List(element) => format!("list({})", inner(element)),
            Self::Map(key, value) => format!("map({}, {})", inner(key), inner(value)),
            Self::Optional(value) => format!("optional({})", inner(value)),
            Self::Object(object) => declarations.name(*object),
            Self::Parameter(number) => char::from(b'A'.saturating_add(*number)).into(),
        }
    }

    /// The type that both fit in; `None` if they exclude one another.
    pub(super) fn join(&self, other: &Self) -> Option<Self> {
        match (self, other) {
            (Self::Nothing, kind) | (kind, Self::Nothing) => Some(kind.clone()),
            (Self::Dyn, _) | (_, Self::Dyn) => Some(Self::Dyn),
            // Whatever a manifest may leave empty is compared with null.
            (Self::Simple(Type::Null), kind) | (kind, Self::Simple(Type::Null)) => {
                Some(kind.clone())
            }
            (Self::List(one), Self::List(other)) => one.join(other).map(Self::list),
            (Self::Map(key, value), Self::Map(other_key, other_value)) => {
                Some(Self::map(key.join(other_key)?, value.join(other_value)?))
            }
            (Self::Optional(one), Self::Optional(other)) => one.join(other).map(Self::optional),
            // An object is a map whose keys are known.
            (Self::Object(_), Self::Map(key, _)) | (Self::Map(key, _), Self::Object(_)) => {
                Self::Simple(Type::String).join(key).map(|_| Self::Dyn)
            }
            (one, other) => (one == other).then(|| one.clone()),
        }
    }

    /// Fits `given` to this type of a signature, filling in its parameters.
    pub(super) fn accept(&self, given: &Self, filled: &mut [Option<Self>]) -> bool {
        match (self, given) {
            (Self::Parameter(number), _) => {
                let Some(slot) = filled.get_mut(usize::from(*number)) else { return false };
                let joined = slot.as_ref().map_or(Some(given.clone()), |known| known.join(given));
                let fits = joined.is_some();
                if fits {
                    *slot = joined;
                }
                fits
            }
            (_, Self::Dyn) => {
                self.fill_dyn(filled);
                true
            }
            (Self::List(one), Self::List(other)) | (Self::Optional(one), Self::Optional(other)) => {
                one.accept(other, filled)
            }
            (Self::Map(key, value), Self::Map(other_key, other_value)) => {
                key.accept(other_key, filled) && value.accept(other_value, filled)
            }
            (Self::Map(key, value), Self::Object(_)) => {
                key.accept(&Type::String.into(), filled) && value.accept(&Self::Dyn, filled)
            }
            _ => self.join(given).is_some(),
        }
    }

    fn fill_dyn(&self, filled: &mut [Option<Self>]) {
        match self {
            Self::Parameter(number) => {
                if let Some(slot) = filled.get_mut(usize::from(*number)) {
                    *slot = Some(Self::Dyn);
                }
            }
            Self::List(one) | Self::Optional(one) => one.fill_dyn(filled),
            Self::Map(key, value) => {
                key.fill_dyn(filled);
                value.fill_dyn(filled);
            }
            Self::Dyn | Self::Nothing | Self::Simple(_) | Self::Object(_) => {}
        }
    }

    /// This type of a signature with its parameters filled in; those that nothing said are `Dyn`.
    pub(super) fn filled(&self, parameters: &[Option<Self>]) -> Self {
        match self {
            Self::Parameter(number) => {
                parameters.get(usize::from(*number)).cloned().flatten().unwrap_or(Self::Dyn)
            }
            Self::List(one) => Self::list(one.filled(parameters)),
            Self::Optional(one) => Self::optional(one.filled(parameters)),
            Self::Map(key, value) => Self::map(key.filled(parameters), value.filled(parameters)),
            other => other.clone(),
        }
    }
}
