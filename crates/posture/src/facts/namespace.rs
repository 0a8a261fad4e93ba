//! The root `namespace`: what the set says about the namespace of an object.

use super::{
    known,
    node::{self, Kinds},
    optional, value,
};
use crate::{ObjectId, ObjectSet, kind::Kind};
use cofferdam_cel::{Lookup, Map, Node, Source, Step, Value};
use cofferdam_manifest::View;
use cofferdam_policy::{
    Provenance,
    facts::{FactSource, ObjectSource, Place},
};

const KINDS: Kinds = &[
    &[
        "name",
        "labels",
        "defined",
        "hasQuota",
        "hasLimitRange",
        "hasNetworkPolicy",
        "hasDefaultDeny",
    ],
    // `labels`
    &[],
];

/// The namespace of one object.
#[derive(Debug)]
pub(super) struct NamespaceSource<'s, 't> {
    set: &'s ObjectSet<'t>,
    object: &'s ObjectSource<'s>,
    name: Option<&'t str>,
    defined: Option<ObjectId>,
}

impl<'s, 't> NamespaceSource<'s, 't> {
    pub(super) fn new(set: &'s ObjectSet<'t>, id: ObjectId, object: &'s ObjectSource<'s>) -> Self {
        let of_object = set.get(id).map(|entry| &entry.object);
        // A Namespace is about itself.
        let is_itself = of_object.is_some_and(|object| Kind::of(object) == Kind::Namespace);
        let name = of_object.and_then(|o| if is_itself { o.name } else { o.namespace });
        let defined = name.and_then(|name| set.named(Kind::Namespace, None, name));
        Self { set, object, name, defined }
    }

    /// Whether the set has such an object there; unknown where it has none and does not define
    /// the namespace, for then what is missing may stand elsewhere.
    fn has(&self, kind: Kind) -> Option<bool> {
        let has = self.set.has_in(kind, self.name);
        (has || self.defined.is_some()).then_some(has)
    }

    fn labels(&self) -> Option<View<'t>> {
        let entry = self.set.get(self.defined?)?;
        entry.object.view.at(&["metadata", "labels"]).filter(|labels| labels.is_map())
    }
}

impl Source for NamespaceSource<'_, '_> {
    fn member(&self, node: Node, key: &str) -> Lookup<'_> {
        if node::split(node).0 == 1 {
            return optional(self.labels().and_then(|labels| labels.get(key)?.as_str()));
        }
        match key {
            "name" => optional(self.name),
            "labels" if self.defined.is_none() => Lookup::Unknown,
            "labels" if self.labels().is_some() => node::map(self, 1, 0),
            "labels" => Map::from_entries(Vec::new())
                .map_or(Lookup::Absent, |map| Lookup::Value(Value::Map(map))),
            "defined" => value(self.defined.is_some()),
            "hasQuota" => known(self.has(Kind::ResourceQuota)),
            "hasLimitRange" => known(self.has(Kind::LimitRange)),
            "hasNetworkPolicy" => known(self.has(Kind::NetworkPolicy)),
            "hasDefaultDeny" => {
                let denies = self.set.network().has_default_deny(self.name);
                known(self.has(Kind::NetworkPolicy).map(|_| denies))
            }
            _ => Lookup::Absent,
        }
    }

    fn element(&self, _: Node, _: usize) -> Lookup<'_> {
        Lookup::Absent
    }

    fn length(&self, node: Node) -> usize {
        match node::split(node).0 {
            1 => self.labels().map_or(0, View::len),
            _ => node::keys(KINDS, self, node).count(),
        }
    }

    fn key(&self, node: Node, position: usize) -> Option<&str> {
        match node::split(node).0 {
            1 => self.labels()?.key(position),
            _ => node::keys(KINDS, self, node).nth(position),
        }
    }
}

impl FactSource for NamespaceSource<'_, '_> {
    fn provenance(&self, _: Node, _: &Step<'_>) -> Provenance {
        let defined = self.defined.and_then(|id| self.set.place_of(id, None));
        Provenance::Place(defined.unwrap_or_else(|| {
            let view = self.object.view();
            let named = view.at(&["metadata", "namespace"]).or_else(|| view.get("metadata"));
            self.object.place_of(named.unwrap_or(view))
        }))
    }

    fn reason(&self, _: Node, _: &Step<'_>) -> String {
        match self.name {
            Some(name) => format!("Namespace {name} is not among the objects"),
            None => "no namespace is given".to_owned(),
        }
    }

    fn place(&self, _: Node) -> Option<Place> {
        Some(self.object.place_of(self.object.view()))
    }
}
