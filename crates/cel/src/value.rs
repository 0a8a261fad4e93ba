//! The values of the language (cel-spec, language definition, "Values").

use crate::{Handle, Instant, Map, Opaque, Shared, Span};
use std::sync::Arc;

/// A value, borrowed from facts and program where it can be.
// With a tag of a whole word, values are copied in whole words too, which took a tenth off judging
// a pod by all rules.
#[derive(Clone, Debug)]
#[repr(u64)]
pub enum Value<'a> {
    /// `null`.
    Null,
    /// `true`, `false`.
    Bool(bool),
    /// A 64-bit signed integer.
    Int(i64),
    /// A 64-bit unsigned integer: `1u`.
    Uint(u64),
    /// A 64-bit IEEE 754 number.
    Double(f64),
    /// Unicode code points.
    String(Shared<'a, str>),
    /// Octets.
    Bytes(Shared<'a, [u8]>),
    /// An ordered list.
    List(List<'a>),
    /// A map with keys of type bool, int, uint or string.
    Map(Map<'a>),
    /// A point in time, to the nanosecond.
    Timestamp(Instant),
    /// A length of time, to the nanosecond.
    Duration(Span),
    /// A type: what `type(value)` gives.
    Type(Type),
    /// What may not be there: `optional.of(1)`, `optional.none()`, `object.?spec`.
    Optional(Option<Arc<Value<'a>>>),
    /// A value that only the functions of its library look into: a quantity, a URL, an address.
    Opaque(Arc<Opaque<'a>>),
}

/// A list.
#[derive(Clone, Debug)]
pub enum List<'a> {
    /// Made by evaluation, written in the program, or given as a value.
    Values(Shared<'a, [Value<'a>]>),
    /// A list among the facts.
    Source(Handle<'a>),
}

/// The types, each with the name that the language gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Type {
    /// `null_type`
    Null,
    /// `bool`
    Bool,
    /// `int`
    Int,
    /// `uint`
    Uint,
    /// `double`
    Double,
    /// `string`
    String,
    /// `bytes`
    Bytes,
    /// `list`
    List,
    /// `map`
    Map,
    /// `google.protobuf.Timestamp`
    Timestamp,
    /// `google.protobuf.Duration`
    Duration,
    /// `type`
    Type,
    /// `optional_type`
    Optional,
    /// `kubernetes.Quantity`
    Quantity,
    /// `kubernetes.URL`
    Url,
    /// `net.IP`
    Ip,
    /// `net.CIDR`
    Cidr,
    /// `kubernetes.Semver`
    Semver,
    /// `kubernetes.NamedFormat`
    Format,
    /// `kubernetes.authorization.Authorizer`
    Authorizer,
    /// `kubernetes.authorization.PathCheck`
    PathCheck,
    /// `kubernetes.authorization.GroupCheck`
    GroupCheck,
    /// `kubernetes.authorization.ResourceCheck`
    ResourceCheck,
    /// `kubernetes.authorization.Decision`
    Decision,
}

impl Type {
    /// Every type.
    pub const ALL: [Self; 24] = [
        Self::Null,
        Self::Bool,
        Self::Int,
        Self::Uint,
        Self::Double,
        Self::String,
        Self::Bytes,
        Self::List,
        Self::Map,
        Self::Timestamp,
        Self::Duration,
        Self::Type,
        Self::Optional,
        Self::Quantity,
        Self::Url,
        Self::Ip,
        Self::Cidr,
        Self::Semver,
        Self::Format,
        Self::Authorizer,
        Self::PathCheck,
        Self::GroupCheck,
        Self::ResourceCheck,
        Self::Decision,
    ];

    /// Whether expressions can name it: Kubernetes' own types they cannot.
    pub(crate) fn is_named(self) -> bool {
        !self.as_str().starts_with("kubernetes.")
    }

    /// Whether an identifier is the name of a type, or what one begins with: `google`.
    pub fn begins_with(identifier: &str) -> bool {
        let mut named = Self::ALL.into_iter().filter(|kind| kind.is_named());
        named.any(|kind| kind.as_str().split('.').next() == Some(identifier))
    }

    /// The name, as `type(value)` gives it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Uint => "uint",
            Self::Double => "double",
            Self::String => "string",
            Self::Bytes => "bytes",
            Self::List => "list",
            Self::Map => "map",
            Self::Timestamp => "google.protobuf.Timestamp",
            Self::Duration => "google.protobuf.Duration",
            Self::Type => "type",
            Self::Optional => "optional_type",
            Self::Quantity => "kubernetes.Quantity",
            Self::Url => "kubernetes.URL",
            Self::Ip => "net.IP",
            Self::Cidr => "net.CIDR",
            Self::Semver => "kubernetes.Semver",
            Self::Format => "kubernetes.NamedFormat",
            Self::Authorizer => "kubernetes.authorization.Authorizer",
            Self::PathCheck => "kubernetes.authorization.PathCheck",
            Self::GroupCheck => "kubernetes.authorization.GroupCheck",
            Self::ResourceCheck => "kubernetes.authorization.ResourceCheck",
            Self::Decision => "kubernetes.authorization.Decision",
        }
    }
}

impl<'a> Value<'a> {
    /// A list of values.
    pub fn list(values: impl Into<Vec<Self>>) -> Self {
        let values = values.into();
        // Most lists that rules make are of what is wrong: empty.
        let none = values.is_empty();
        Self::List(List::Values(if none {
            Shared::Borrowed(&[])
        } else {
            Shared::Owned(values.into())
        }))
    }

    /// An optional value.
    pub fn optional(value: Option<Self>) -> Self {
        Self::Optional(value.map(Arc::new))
    }

    /// The type.
    pub fn kind(&self) -> Type {
        match self {
            Self::Null => Type::Null,
            Self::Bool(_) => Type::Bool,
            Self::Int(_) => Type::Int,
            Self::Uint(_) => Type::Uint,
            Self::Double(_) => Type::Double,
            Self::String(_) => Type::String,
            Self::Bytes(_) => Type::Bytes,
            Self::List(_) => Type::List,
            Self::Map(_) => Type::Map,
            Self::Timestamp(_) => Type::Timestamp,
            Self::Duration(_) => Type::Duration,
            Self::Type(_) => Type::Type,
            Self::Optional(_) => Type::Optional,
            Self::Opaque(value) => value.kind(),
        }
    }

    /// The handle of a map or list among the facts.
    pub const fn handle(&self) -> Option<Handle<'a>> {
        match self {
            Self::List(List::Source(handle)) | Self::Map(Map::Source(handle)) => Some(*handle),
            _ => None,
        }
    }

    /// Whether this is neither made of others nor from a library. Nothing stands in it: as in
    /// Kubernetes, `has(object.replicas.x)` is false.
    pub(crate) const fn is_plain(&self) -> bool {
        matches!(
            self,
            Self::Null
                | Self::Bool(_)
                | Self::Int(_)
                | Self::Uint(_)
                | Self::Double(_)
                | Self::String(_)
                | Self::Bytes(_)
                | Self::Timestamp(_)
                | Self::Duration(_)
        )
    }

    /// Whether values of this type have an order.
    pub(crate) const fn is_ordered(&self) -> bool {
        self.is_plain() && !matches!(self, Self::Null)
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::String(text) = self { Some(text) } else { None }
    }
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for Value<'_> {
    fn from(value: f64) -> Self {
        Self::Double(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Self::String(Shared::Borrowed(text))
    }
}

impl From<String> for Value<'_> {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<jiff::Timestamp> for Value<'_> {
    fn from(at: jiff::Timestamp) -> Self {
        Self::Timestamp(Instant::fixed(at))
    }
}
