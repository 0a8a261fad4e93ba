//! Which objects of other namespaces have a say in one.

use cofferdam_manifest::{Object, Value, View};
use cofferdam_model::ObjectKey;
use cofferdam_posture::{Kind, Subject, subjects};
use std::{
    borrow::Borrow,
    collections::{BTreeSet, HashMap},
    hash::Hash,
};

/// Bindings by whom they name, routes by the namespaces that they may lead to.
#[derive(Clone, Debug, Default)]
pub(super) struct Index {
    bindings: HashMap<Who, BTreeSet<ObjectKey>>,
    routes: HashMap<String, BTreeSet<ObjectKey>>,
}

/// A [`Subject`] that owns its names.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Who {
    Account(Option<String>, String),
    User(String),
    Group(String),
}

impl From<Subject<'_>> for Who {
    fn from(subject: Subject<'_>) -> Self {
        match subject {
            Subject::Account(namespace, name) => {
                Self::Account(namespace.map(str::to_owned), name.to_owned())
            }
            Subject::User(name) => Self::User(name.to_owned()),
            Subject::Group(name) => Self::Group(name.to_owned()),
        }
    }
}

impl Index {
    pub(super) const fn is_about(kind: Kind) -> bool {
        is_binding(kind) || is_route(kind)
    }

    pub(super) fn add(&mut self, key: &ObjectKey, kind: Kind, object: &Object<'_>) {
        if is_binding(kind) {
            for who in subjects(object).map(Who::from) {
                self.bindings.entry(who).or_default().insert(key.clone());
            }
        } else {
            for namespace in led_to(object) {
                self.routes.entry(namespace.to_owned()).or_default().insert(key.clone());
            }
        }
    }

    pub(super) fn remove(&mut self, key: &ObjectKey, kind: Kind, object: &Object<'_>) {
        if is_binding(kind) {
            for who in subjects(object).map(Who::from) {
                forget(&mut self.bindings, &who, key);
            }
        } else {
            for namespace in led_to(object) {
                forget(&mut self.routes, namespace, key);
            }
        }
    }

    /// The bindings that name somebody.
    pub(super) fn bindings(&self, subject: Subject<'_>) -> impl Iterator<Item = &ObjectKey> {
        self.bindings.get(&Who::from(subject)).into_iter().flatten()
    }

    /// Routes of other namespaces that may lead to a service of this one.
    pub(super) fn routes(&self, namespace: &str) -> impl Iterator<Item = &ObjectKey> {
        self.routes.get(namespace).into_iter().flatten()
    }
}

const fn is_binding(kind: Kind) -> bool {
    matches!(kind, Kind::RoleBinding | Kind::ClusterRoleBinding)
}

/// The kinds of routes that can name services of other namespaces.
const fn is_route(kind: Kind) -> bool {
    matches!(kind, Kind::GatewayRoute | Kind::VirtualService)
}

fn forget<K, Q>(all: &mut HashMap<K, BTreeSet<ObjectKey>>, name: &Q, key: &ObjectKey)
where
    K: Hash + Eq + Borrow<Q>,
    Q: Hash + Eq + ?Sized,
{
    let Some(keys) = all.get_mut(name) else { return };
    keys.remove(key);
    if keys.is_empty() {
        all.remove(name);
    }
}

/// Every namespace that a route may mean: any that stands in a `namespace`, and the second part of
/// any host. Too many do no harm; the joins ask again.
fn led_to<'t>(object: &Object<'t>) -> BTreeSet<&'t str> {
    let mut found = BTreeSet::new();
    let mut left: Vec<View<'t>> = object.view.get("spec").into_iter().collect();
    while let Some(view) = left.pop() {
        match (view.value(), view.own_key()) {
            (Value::String(text), "namespace") => {
                found.insert(text);
            }
            (Value::String(text), "host") => found.extend(text.split('.').nth(1)),
            (Value::Map | Value::List, _) => {
                left.extend((0..view.len()).filter_map(|at| view.element(at)));
            }
            _ => {}
        }
    }
    found.retain(|namespace| Some(*namespace) != object.namespace);
    found
}
