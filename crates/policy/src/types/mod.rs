//! What the facts look like, for the type checker: our own roots from one table
//! (`shapes.txt`), Kubernetes' objects from its schema.

mod policy;
mod shapes;
#[cfg(test)]
mod tests;

pub(crate) use policy::{doubts, mistakes};

use crate::constraints::Constraints;
use cofferdam_cel::{Declarations, Field, ObjectId, StaticType, Type};
use cofferdam_manifest::schema::{Scalar, Schema, TypeRef};
use shapes::{SHAPES, Word};
use std::{cell::RefCell, collections::BTreeMap};

/// The types of everything that one policy can read.
pub(crate) struct Types {
    /// What objects are, by their number.
    objects: RefCell<Vec<ObjectKind>>,
    /// Variables beside the roots: the policy's own, and its element.
    own: BTreeMap<String, StaticType>,
}

/// What has fields.
#[derive(Clone, PartialEq)]
enum ObjectKind {
    /// A shape of the table.
    Shape(&'static str),
    /// One of these types of Kubernetes; which of them is not known.
    Kubernetes(Vec<TypeRef>),
}

impl Types {
    /// For a policy about these objects; without constraints `object` may be anything.
    pub(crate) fn new(constraints: Option<&Constraints>) -> Self {
        let mut types = Self { objects: RefCell::default(), own: BTreeMap::new() };
        let object = match constraints.and_then(object_types) {
            Some(kinds) => types.object(ObjectKind::Kubernetes(kinds)),
            None => StaticType::Dyn,
        };
        for root in ["object", "oldObject"] {
            types.declare(root, object.clone());
        }
        types
    }

    /// Adds a variable.
    pub(crate) fn declare(&mut self, name: impl Into<String>, kind: StaticType) {
        self.own.insert(name.into(), kind);
    }

    fn object(&self, kind: ObjectKind) -> StaticType {
        let mut objects = self.objects.borrow_mut();
        let known = objects.iter().position(|other| *other == kind);
        let number = known.unwrap_or_else(|| {
            objects.push(kind);
            objects.len() - 1
        });
        StaticType::Object(ObjectId(u64::try_from(number).unwrap_or(u64::MAX)))
    }

    fn kind(&self, object: ObjectId) -> Option<ObjectKind> {
        let number = usize::try_from(object.0).ok()?;
        self.objects.borrow().get(number).cloned()
    }

    /// A type as the table writes it.
    fn written(&self, word: &Word) -> StaticType {
        match word {
            Word::Dyn => StaticType::Dyn,
            Word::Simple(kind) => (*kind).into(),
            Word::List(element) => StaticType::list(self.written(element)),
            Word::Map(key, value) => StaticType::map(self.written(key), self.written(value)),
            Word::Shape(name) => self.object(ObjectKind::Shape(name)),
            Word::Kubernetes(name) => {
                let found = Schema::built_in().named(name);
                found.map_or(StaticType::Dyn, |found| self.of_kubernetes(vec![found]))
            }
        }
    }

    /// The type of what is one of these; `Dyn` where they are not alike.
    fn of_kubernetes(&self, kinds: Vec<TypeRef>) -> StaticType {
        let all = |fits: fn(TypeRef) -> bool| kinds.iter().all(|kind| fits(*kind));
        if all(TypeRef::is_object) {
            return self.object(ObjectKind::Kubernetes(kinds));
        }
        let parts = |part: fn(TypeRef) -> Option<TypeRef>| {
            kinds.iter().map(|kind| part(*kind)).collect::<Option<Vec<TypeRef>>>().map(distinct)
        };
        if let Some(elements) = parts(TypeRef::element) {
            return StaticType::list(self.of_kubernetes(elements));
        }
        if let Some(values) = parts(TypeRef::map_value) {
            return StaticType::map(Type::String.into(), self.of_kubernetes(values));
        }
        let mut scalars = kinds.iter().map(|kind| kind.scalar().and_then(scalar));
        let first = scalars.next().flatten();
        match first.filter(|first| scalars.all(|other| other == Some(*first))) {
            Some(kind) => kind.into(),
            None => StaticType::Dyn,
        }
    }
}

impl Declarations for Types {
    fn variable(&self, name: &str) -> Option<StaticType> {
        let own = self.own.get(name).cloned();
        own.or_else(|| SHAPES.roots.get(name).map(|word| self.written(word)))
    }

    fn field(&self, object: ObjectId, name: &str) -> Field {
        match self.kind(object) {
            Some(ObjectKind::Shape(shape)) => {
                let fields = SHAPES.fields.get(shape);
                let found = fields.and_then(|fields| fields.get(name));
                let names = || fields.into_iter().flat_map(BTreeMap::keys);
                found.map_or_else(
                    || Field::Absent(names().map(|name| (*name).to_owned()).collect()),
                    |word| Field::Known(self.written(word)),
                )
            }
            Some(ObjectKind::Kubernetes(kinds)) => {
                let found: Vec<TypeRef> =
                    kinds.iter().filter_map(|kind| kind.field(name)).collect();
                if found.is_empty() {
                    let fields = kinds.iter().flat_map(|kind| kind.fields());
                    Field::Absent(fields.map(|field| field.name.to_owned()).collect())
                } else {
                    Field::Known(self.of_kubernetes(distinct(found)))
                }
            }
            None => Field::Known(StaticType::Dyn),
        }
    }

    fn name(&self, object: ObjectId) -> String {
        match self.kind(object) {
            Some(ObjectKind::Shape(shape)) => shape.to_owned(),
            Some(ObjectKind::Kubernetes(kinds)) => {
                let names: Vec<&str> = kinds.iter().filter_map(|kind| kind.name()).collect();
                names.join(" or ")
            }
            None => "object".to_owned(),
        }
    }
}

fn distinct(kinds: Vec<TypeRef>) -> Vec<TypeRef> {
    let mut kept: Vec<TypeRef> = Vec::new();
    for kind in kinds {
        if !kept.contains(&kind) {
            kept.push(kind);
        }
    }
    kept
}

/// Manifests are not converted: a time is its text, and what may be a number or a text is either.
const fn scalar(scalar: Scalar) -> Option<Type> {
    match scalar {
        Scalar::String | Scalar::Bytes | Scalar::Time => Some(Type::String),
        Scalar::Bool => Some(Type::Bool),
        Scalar::Int32 | Scalar::Int64 => Some(Type::Int),
        // A double is written `1` too.
        Scalar::Double | Scalar::Quantity | Scalar::IntOrString | Scalar::Any => None,
    }
}

/// The types of the objects that constraints name; `None` where one of them is not Kubernetes'
/// own.
fn object_types(constraints: &Constraints) -> Option<Vec<TypeRef>> {
    let schema = Schema::built_in();
    let mut kinds = Vec::new();
    for rule in &constraints.rules {
        for resource in &rule.resources {
            // A subresource is another kind of object.
            if resource.contains(['*', '/']) || rule.groups.iter().any(|group| group == "*") {
                return None;
            }
            let groups =
                rule.groups.iter().flat_map(|group| crate::resource::groups(group, resource));
            let groups: Vec<&str> = groups.collect();
            let served = schema
                .resources()
                .iter()
                .filter(|one| one.plural == resource && groups.contains(&one.kind.group));
            let found: Vec<TypeRef> = served
                .filter_map(|one| schema.kind(one.kind.group, one.kind.version, one.kind.kind))
                .collect();
            if found.is_empty() {
                return None;
            }
            kinds.extend(found);
        }
    }
    Some(distinct(kinds)).filter(|kinds| !kinds.is_empty())
}
