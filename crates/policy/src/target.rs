//! What is judged, as far as a policy needs to know to say whether it is about it.

use crate::facts::Facts;
use cofferdam_cel::{Lookup, Map, Value};
use cofferdam_model::OwnerKey;
use std::borrow::Cow;

/// What somebody is about to do with an object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// A new object. A file is judged as if somebody created what it says.
    #[default]
    Create,
    /// A change of one that is there.
    Update,
    /// Its end.
    Delete,
    /// A connection to it: `exec`, `proxy`.
    Connect,
}

/// What is judged: an object, by what matching asks of it; or something that is no object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Target<'a> {
    /// Group of the object: empty for the core group.
    pub group: &'a str,
    /// Version of the object.
    pub version: &'a str,
    /// Kind of the object; empty when the target is no object.
    pub kind: &'a str,
    /// The resource: `deployments`.
    pub resource: Cow<'a, str>,
    /// The subresource of the request: `exec`; empty when it is about the object itself.
    pub subresource: &'a str,
    /// Name of the object.
    pub name: Option<&'a str>,
    /// Namespace of the object; `None` as well where the file leaves it to `kubectl`.
    pub namespace: Option<&'a str>,
    /// What is about to be done.
    pub operation: Operation,
    /// What it was made for, the nearest first, as Kubernetes' own controllers say it: who answers
    /// for one of them answers for it.
    pub owners: &'a [OwnerKey],
}

impl Operation {
    /// Every operation.
    pub const ALL: [Self; 4] = [Self::Create, Self::Update, Self::Delete, Self::Connect];

    /// The name in rules and requests.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "CREATE",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
            Self::Connect => "CONNECT",
        }
    }
}

impl<'a> Target<'a> {
    /// An object with this `apiVersion` and kind, about to be created.
    pub fn object(
        api_version: &'a str,
        kind: &'a str,
        namespace: Option<&'a str>,
        name: Option<&'a str>,
    ) -> Self {
        let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
        let resource = crate::resource::of(group, version, kind);
        Self { group, version, kind, resource, name, namespace, ..Self::default() }
    }

    /// What the facts say that they are about: their root `object`, if they have one.
    pub(crate) fn of(facts: &'a Facts<'_>) -> Self {
        let Some(object) = facts.root("object") else { return Self::default() };
        let text = |node, key| match object.member(node, key) {
            Lookup::Value(Value::String(cofferdam_cel::Shared::Borrowed(text))) => Some(text),
            _ => None,
        };
        let top = crate::facts::TOP;
        let metadata = match object.member(top, "metadata") {
            Lookup::Value(Value::Map(Map::Source(handle))) => Some(handle.node),
            _ => None,
        };
        let of_metadata = |key| metadata.and_then(|node| text(node, key));
        Self::object(
            text(top, "apiVersion").unwrap_or_default(),
            text(top, "kind").unwrap_or_default(),
            of_metadata("namespace"),
            of_metadata("name"),
        )
    }

    /// Whether it is an object.
    pub const fn is_object(&self) -> bool {
        !self.kind.is_empty()
    }

    /// For people: `Deployment shop/web`.
    pub fn subject(&self) -> String {
        let name = self.name.unwrap_or("without a name");
        match self.namespace {
            Some(namespace) => [self.kind, " ", namespace, "/", name].concat(),
            None => [self.kind, " ", name].concat(),
        }
    }
}
