//! Kubernetes' built-in types: their fields, their resources, and when each API version came and
//! went.
//!
//! The data are `rules/schema/kubernetes.txt`, which `cargo xtask schema` makes from the OpenAPI
//! documents and the generated code of Kubernetes' own Go modules. Kinds of custom resources are
//! not known here.

mod read;
mod slots;
mod suggest;
#[cfg(test)]
mod tests;
mod validate;

use crate::tree::Sorts;
use std::{collections::HashMap, fmt, sync::LazyLock};
pub use validate::{MISMATCHES_MAX, Mismatch, MismatchKind};

/// The types and resources of one release of Kubernetes.
#[derive(Debug)]
pub struct Schema {
    version: &'static str,
    types: Vec<Type>,
    fields: Vec<FieldLine>,
    slots: slots::Slots,
    names: HashMap<&'static str, u16>,
    /// Ordered by group, version and kind.
    resources: Vec<Resource>,
    /// Ordered by kind, group and version.
    lives: Vec<(Kind, Lifecycle)>,
}

/// A group (empty for the core group), a version and a kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind {
    /// Such as `apps`.
    pub group: &'static str,
    /// Such as `v1`.
    pub version: &'static str,
    /// Such as `Deployment`.
    pub kind: &'static str,
}

#[derive(Clone, Copy, Debug)]
struct Type {
    /// `core.v1.PodSpec`; empty for lists, maps and scalars.
    name: &'static str,
    shape: Shape,
}

#[derive(Clone, Copy, Debug)]
enum Shape {
    Scalar(Scalar),
    List(u16),
    Map(u16),
    /// Its fields.
    Object(Fields),
    /// Another type by name.
    Alias(u16),
}

/// The fields of an object type.
#[derive(Clone, Copy, Debug, Default)]
struct Fields {
    /// The first of them.
    first: u16,
    count: u16,
    /// How many are required.
    required: u16,
}

#[derive(Clone, Copy, Debug)]
struct FieldLine {
    name: &'static str,
    kind: u16,
    required: bool,
    /// What fits its type whatever the value.
    takes: Sorts,
    /// `Always|Never`; empty when any value will do.
    values: &'static str,
}

/// What stands at the leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scalar {
    /// Text.
    String,
    /// A truth value.
    Bool,
    /// A whole number of 32 bits.
    Int32,
    /// A whole number of 64 bits.
    Int64,
    /// A number.
    Double,
    /// Base64 text.
    Bytes,
    /// `100m`, `1Gi`; a number will do.
    Quantity,
    /// A number or a name: ports, percentages.
    IntOrString,
    /// A time as in RFC 3339.
    Time,
    /// Any JSON value.
    Any,
}

/// A type of a [`Schema`].
#[derive(Clone, Copy)]
pub struct TypeRef {
    schema: &'static Schema,
    index: u16,
}

/// A field of an object type.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its key.
    pub name: &'static str,
    /// What its value must be.
    pub kind: TypeRef,
    /// Objects without it are refused.
    pub required: bool,
    /// `Always|IfNotPresent|Never` for an enumeration, otherwise empty.
    values: &'static str,
}

/// A kind as it appears in the paths of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Group, version and kind.
    pub kind: Kind,
    /// Such as `deployments`.
    pub plural: &'static str,
    /// Its objects live in namespaces.
    pub namespaced: bool,
    /// The name of its type.
    type_name: &'static str,
}

/// A minor release, such as 1.22.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Release {
    /// 1 so far.
    pub major: u16,
    /// The number behind the point.
    pub minor: u16,
}

/// When an API version of a kind is served. Releases may lie in the future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifecycle {
    /// The first release that served it.
    pub introduced: Option<Release>,
    /// The first release that warned of it.
    pub deprecated: Option<Release>,
    /// The first release that no longer served it.
    pub removed: Option<Release>,
    /// What to use instead.
    pub replacement: Option<Kind>,
}

static BUILT_IN: LazyLock<Schema> =
    LazyLock::new(|| read::read(include_str!("../../../../rules/schema/kubernetes.txt")));

impl Schema {
    /// The types of the newest release that is known; read when first asked for.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// The release, such as `1.36.3`.
    pub fn version(&self) -> &'static str {
        self.version
    }

    /// The type of a served kind.
    pub fn kind(&'static self, group: &str, version: &str, kind: &str) -> Option<TypeRef> {
        self.named(self.resource(group, version, kind)?.type_name)
    }

    /// A type by its name: `core.v1.PodSpec`, `meta.v1.ObjectMeta`.
    pub fn named(&'static self, name: &str) -> Option<TypeRef> {
        self.names.get(name).map(|index| TypeRef { schema: self, index: *index })
    }

    /// The resource of a served kind.
    pub fn resource(&self, group: &str, version: &str, kind: &str) -> Option<Resource> {
        let wanted = (group, version, kind);
        let at = self.resources.binary_search_by(|one| one.kind.words().cmp(&wanted)).ok()?;
        self.resources.get(at).copied()
    }

    /// The resource of a kind in whichever version is served: what plural name it has, and
    /// whether it is namespaced, does not change between versions. Groups that were given up
    /// (`extensions`) find their kinds in other groups.
    pub fn resource_of(&self, group: &str, kind: &str) -> Option<Resource> {
        let mut of_kind = self.resources.iter().filter(|one| one.kind.kind == kind);
        let in_group = of_kind.clone().find(|one| one.kind.group == group);
        let given_up = || {
            let lived = |line: &&(Kind, Lifecycle)| line.0.group == group && line.0.kind == kind;
            self.lives.iter().find(lived).and_then(|_| of_kind.next())
        };
        in_group.or_else(given_up).copied()
    }

    /// All served resources, ordered by group, version and kind.
    pub fn resources(&self) -> &[Resource] {
        &self.resources
    }

    /// When this API version of a kind is served, as far as Kubernetes says so.
    pub fn lifecycle(&self, group: &str, version: &str, kind: &str) -> Option<Lifecycle> {
        let wanted = (kind, group, version);
        let at = self.lives.binary_search_by(|(own, _)| own.telling_first().cmp(&wanted)).ok()?;
        self.lives.get(at).map(|(_, life)| *life)
    }

    fn line(&self, of: Fields, name: &[u8]) -> Option<&FieldLine> {
        self.slots.find(of, &self.fields, name)
    }

    /// What fits a type whatever the value.
    fn takes(&self, index: u16) -> Sorts {
        if let Shape::Scalar(scalar) = self.shape(index) { scalar.takes() } else { Sorts::NULL }
    }

    fn shape(&self, mut index: u16) -> Shape {
        // Aliases lead to scalars, never to one another in a circle; the file is our own.
        loop {
            match self.types.get(usize::from(index)).map(|kind| kind.shape) {
                Some(Shape::Alias(next)) if next != index => index = next,
                Some(shape) => return shape,
                None => return Shape::Scalar(Scalar::Any),
            }
        }
    }
}

impl TypeRef {
    const fn with(self, index: u16) -> Self {
        Self { schema: self.schema, index }
    }

    fn shape(self) -> Shape {
        self.schema.shape(self.index)
    }

    /// Its name, such as `core.v1.PodSpec`; lists, maps and scalars have none.
    pub fn name(self) -> Option<&'static str> {
        let kind = self.schema.types.get(usize::from(self.index))?;
        Some(kind.name).filter(|name| !name.is_empty())
    }

    /// The type of a field; nothing if this is no object or has no such field.
    pub fn field(self, name: &str) -> Option<Self> {
        self.field_line(name).map(|field| field.kind)
    }

    /// A field with all that is known of it.
    pub fn field_line(self, name: &str) -> Option<Field> {
        let Shape::Object(fields) = self.shape() else { return None };
        self.schema.line(fields, name.as_bytes()).map(|line| self.full(line))
    }

    /// The fields of an object, ordered by name.
    pub fn fields(self) -> impl ExactSizeIterator<Item = Field> {
        self.lines().iter().map(move |line| self.full(line))
    }

    fn lines(self) -> &'static [FieldLine] {
        let Shape::Object(Fields { first, count, .. }) = self.shape() else { return &[] };
        let first = usize::from(first);
        self.schema.fields.get(first..first + usize::from(count)).unwrap_or_default()
    }

    fn full(self, line: &FieldLine) -> Field {
        let FieldLine { name, kind, required, values, .. } = *line;
        Field { name, kind: self.with(kind), required, values }
    }

    /// Whether it is an object with named fields.
    pub fn is_object(self) -> bool {
        matches!(self.shape(), Shape::Object(..))
    }

    /// Whether it is a list.
    pub fn is_list(self) -> bool {
        matches!(self.shape(), Shape::List(_))
    }

    /// The type of a list's elements.
    pub fn element(self) -> Option<Self> {
        if let Shape::List(index) = self.shape() { Some(self.with(index)) } else { None }
    }

    /// The type of the values of a map with free keys.
    pub fn map_value(self) -> Option<Self> {
        if let Shape::Map(index) = self.shape() { Some(self.with(index)) } else { None }
    }

    /// What kind of scalar it is.
    pub fn scalar(self) -> Option<Scalar> {
        if let Shape::Scalar(scalar) = self.shape() { Some(scalar) } else { None }
    }
}

impl PartialEq for TypeRef {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.schema, other.schema) && self.index == other.index
    }
}

impl Eq for TypeRef {}

impl fmt::Display for TypeRef {
    /// `core.v1.PodSpec`, `list of string`, `map of quantity`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.name(), self.shape()) {
            (_, Shape::Scalar(scalar)) => formatter.write_str(scalar.as_str()),
            (_, Shape::List(element)) => write!(formatter, "list of {}", self.with(element)),
            (_, Shape::Map(value)) => write!(formatter, "map of {}", self.with(value)),
            (name, _) => formatter.write_str(name.unwrap_or_default()),
        }
    }
}

impl fmt::Debug for TypeRef {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TypeRef({self})")
    }
}

impl Field {
    /// The values of an enumeration; none when any value will do.
    pub fn values(&self) -> impl Iterator<Item = &'static str> {
        self.values.split('|').filter(|value| !value.is_empty())
    }
}

impl Scalar {
    /// What fits it whatever the value. Null is nothing.
    const fn takes(self) -> Sorts {
        match self {
            Self::Any => Sorts::ALL,
            Self::String | Self::Bytes | Self::Time => Sorts::NULL.and(Sorts::STRING),
            Self::Bool => Sorts::NULL.and(Sorts::BOOL),
            // Not every number does.
            Self::Int32 => Sorts::NULL,
            Self::Int64 => Sorts::NULL.and(Sorts::INT),
            Self::Double => Sorts::NULL.and(Sorts::INT).and(Sorts::FLOAT),
            Self::Quantity => Sorts::NULL.and(Sorts::STRING).and(Sorts::INT).and(Sorts::FLOAT),
            Self::IntOrString => Sorts::NULL.and(Sorts::STRING).and(Sorts::INT),
        }
    }

    /// Its word in the data file and in messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Bool => "bool",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Double => "double",
            Self::Bytes => "bytes",
            Self::Quantity => "quantity",
            Self::IntOrString => "int-or-string",
            Self::Time => "time",
            Self::Any => "any",
        }
    }
}

impl Kind {
    fn words(&self) -> (&str, &str, &str) {
        (self.group, self.version, self.kind)
    }

    /// The same, with the word first that tells most of them apart.
    fn telling_first(&self) -> (&'static str, &'static str, &'static str) {
        (self.kind, self.group, self.version)
    }

    /// `apps/v1`, or `v1` in the core group.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

impl fmt::Display for Kind {
    /// `apps/v1 Deployment`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.api_version(), self.kind)
    }
}

impl fmt::Display for Release {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}
