//! The objects of a cluster as trees.

use super::{index::Index, trim};
use cofferdam_bounds::Meter;
use cofferdam_manifest::{Object, Scalar, Source, View};
use cofferdam_model::{ObjectKey, Problem, ProblemKind};
use cofferdam_posture::{Kind, KindSet, World};
use cofferdam_secrets::Scanner;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// The objects of a cluster: parsed, trimmed and defaulted once each.
///
/// A clone is a snapshot that shares everything with its origin; only the namespaces that change
/// later are copied, and of those not the objects.
#[derive(Clone, Debug, Default)]
pub struct Objects {
    groups: BTreeMap<Option<String>, Arc<Group>>,
    index: Arc<Index>,
    length: usize,
    lacking: KindSet,
    world: Arc<Mutex<Option<WorldOf>>>,
}

/// The world of a version of Kubernetes.
type WorldOf = (Option<u32>, Arc<World>);

/// The objects of one namespace, or those of the cluster itself.
#[derive(Clone, Debug, Default)]
pub(super) struct Group {
    all: BTreeMap<ObjectKey, Arc<Source>>,
    /// Those that facts about other objects of the namespace come from, but for rights.
    pub(super) near: BTreeMap<ObjectKey, Arc<Source>>,
    /// Roles and bindings.
    pub(super) rights: BTreeMap<ObjectKey, Arc<Source>>,
}

/// What of Secrets and ConfigMaps is never asked for: of both, metadata only.
const VALUES: [&str; 5] = ["data", "stringData", "binaryData", "type", "immutable"];

/// An object that was read, to be put among the others.
#[derive(Clone, Debug)]
pub struct Parsed {
    key: ObjectKey,
    source: Option<Arc<Source>>,
}

impl Parsed {
    /// Reads an object. This is the costly part of [`Objects::put`], and can be done where nobody
    /// waits for it.
    pub fn read(key: ObjectKey, json: Arc<str>) -> (Self, Vec<Problem>) {
        let path = key.to_string();
        let mut source = cofferdam_manifest::read(&path, json, &Meter::default());
        let [document] = &*source.documents else {
            let mut problems = source.problems;
            if problems.is_empty() {
                let detail = "the text is not one object";
                problems.push(Problem::at(ProblemKind::Malformed, path, detail));
            }
            return (Self { key, source: None }, problems);
        };
        if let Some(text) = trim::text(document.tree.root()) {
            source = cofferdam_manifest::read(&path, text.into(), &Meter::default());
        }
        let problems = std::mem::take(&mut source.problems);
        let is_confidential =
            key.group().is_empty() && matches!(&*key.kind, "Secret" | "ConfigMap");
        if let Some(document) = source.documents.first_mut() {
            let tree = &mut document.tree;
            let root = tree.root().id();
            // The items of a list need not say what they are.
            for (name, value) in [("apiVersion", &key.api_version), ("kind", &key.kind)] {
                if tree.view(root).get(name).is_none() {
                    tree.set(root, name, Scalar::String(value));
                }
            }
            // Nobody knows what is missing of these: it is not what the API server would fill in.
            if is_confidential {
                source.unasked = &VALUES;
            } else {
                cofferdam_manifest::default(tree, root);
            }
            // What was filled in left room to fill in more; a copy has none.
            *tree = tree.clone();
            document.objects = vec![root];
        }
        source.documents.shrink_to_fit();
        (Self { key, source: Some(Arc::new(source)) }, problems)
    }
}

impl Objects {
    /// Puts an object among the others, over the one that had its key. One that cannot be read is
    /// not kept, and what was known before is not true any more: it goes.
    pub fn put(&mut self, key: ObjectKey, json: Arc<str>) -> Vec<Problem> {
        let (parsed, problems) = Parsed::read(key, json);
        self.insert(parsed);
        problems
    }

    /// [`Objects::put`] of what was read before.
    pub fn insert(&mut self, parsed: Parsed) {
        let Parsed { key, source } = parsed;
        self.remove(&key);
        let Some(source) = source else { return };
        let Some(object) = object(&source) else { return };
        let kind = Kind::of(&object);
        let group = self.groups.entry(key.namespace.clone()).or_default();
        let group = Arc::make_mut(group);
        if let Some(joined) = group.joined(kind) {
            joined.insert(key.clone(), Arc::clone(&source));
        }
        if Index::is_about(kind) {
            Arc::make_mut(&mut self.index).add(&key, kind, &object);
        }
        group.all.insert(key, source);
        self.length += 1;
    }

    /// Forgets an object.
    pub fn remove(&mut self, key: &ObjectKey) {
        let Some(shared) = self.groups.get_mut(&key.namespace) else { return };
        if !shared.all.contains_key(key) {
            return;
        }
        let group = Arc::make_mut(shared);
        let Some(source) = group.all.remove(key) else { return };
        self.length -= 1;
        if let Some(object) = object(&source) {
            let kind = Kind::of(&object);
            if let Some(joined) = group.joined(kind) {
                joined.remove(key);
            }
            if Index::is_about(kind) {
                Arc::make_mut(&mut self.index).remove(key, kind, &object);
            }
        }
        if group.all.is_empty() {
            self.groups.remove(&key.namespace);
        }
    }

    /// Of these kinds, each with its API group, and of no others there may be objects that nobody
    /// could read: what rests on there being none is unknown. Whether that changes anything.
    pub fn lack<'k>(&mut self, kinds: impl IntoIterator<Item = (&'k str, &'k str)>) -> bool {
        let kinds = kinds.into_iter().map(|(group, kind)| Kind::named(group, kind)).collect();
        std::mem::replace(&mut self.lacking, kinds) != kinds
    }

    pub(super) const fn lacking(&self) -> KindSet {
        self.lacking
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.length
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Whether an object with this key is known.
    pub fn contains(&self, key: &ObjectKey) -> bool {
        self.get(key).is_some()
    }

    pub(super) fn get(&self, key: &ObjectKey) -> Option<(&ObjectKey, &Arc<Source>)> {
        self.groups.get(&key.namespace)?.all.get_key_value(key)
    }

    pub(super) fn sources(&self) -> impl Iterator<Item = &Arc<Source>> {
        self.groups.values().flat_map(|group| group.all.values())
    }

    pub(super) fn group(&self, namespace: Option<&str>) -> Option<&Group> {
        self.groups.get(&namespace.map(str::to_owned)).map(|group| &**group)
    }

    pub(super) fn groups(&self) -> impl Iterator<Item = &Group> {
        self.groups.values().map(|group| &**group)
    }

    pub(super) fn index(&self) -> &Index {
        &self.index
    }

    /// What is known besides the objects. Finding credentials takes a while to get ready.
    pub(super) fn world(&self, minor: Option<u32>) -> Arc<World> {
        let mut known = self.world.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Some((of, world)) if *of == minor => Arc::clone(world),
            _ => {
                let kubernetes_version = minor.map(|minor| format!("1.{minor}"));
                let world = Arc::new(World { kubernetes_version, scanner: Scanner::default() });
                *known = Some((minor, Arc::clone(&world)));
                world
            }
        }
    }
}

impl Group {
    pub(super) const fn all(&self) -> &BTreeMap<ObjectKey, Arc<Source>> {
        &self.all
    }

    /// Where objects of a kind are kept besides, for others to be joined with.
    fn joined(&mut self, kind: Kind) -> Option<&mut BTreeMap<ObjectKey, Arc<Source>>> {
        match kind {
            Kind::Role | Kind::ClusterRole | Kind::RoleBinding | Kind::ClusterRoleBinding => {
                Some(&mut self.rights)
            }
            // Found by their names, or by nobody.
            Kind::Namespace | Kind::ServiceAccount | Kind::Secret | Kind::Other => None,
            _ => Some(&mut self.near),
        }
    }
}

/// The one object of a source.
pub(super) fn object(source: &Source) -> Option<Object<'_>> {
    Object::of(view(source)?)
}

/// What it is in the tree.
pub(super) fn view(source: &Source) -> Option<View<'_>> {
    let document = source.documents.first()?;
    Some(document.tree.view(*document.objects.first()?))
}
