//! What the facts about one object can depend on: of a whole cluster a few dozen objects.
//!
//! An object is joined with
//! - its Namespace;
//! - what opens and isolates pods there (Services, Ingresses, routes, Gateways, NetworkPolicies),
//!   and the quotas and limits there;
//! - routes of other namespaces that may lead there, and policies of the whole cluster;
//! - if it makes pods, their ServiceAccount, every binding that names it or a group it is in,
//!   wherever it lies, and the roles that these name;
//! - if some policy asks who may do what, all roles and bindings.

use super::{
    Objects,
    objects::{object, view},
};
use cofferdam_manifest::{Object, Pod, Source, View};
use cofferdam_model::ObjectKey;
use cofferdam_posture::{ACCOUNT_GROUPS, Held, Kind, Subject, Workload};
use foldhash::{HashSet, HashSetExt as _};
use std::{cmp::Ordering, collections::BTreeSet, sync::Arc};

/// The objects to join one with, in the order of their paths; without the one that has its own key.
/// `namespace` is that of the request: what is said to a pod (`PodExecOptions`) names none itself.
pub(super) fn nearby<'o>(
    objects: &'o Objects,
    about: &Object<'_>,
    namespace: Option<&str>,
    wants_all_rights: bool,
) -> Vec<Held<'o>> {
    let kind = Kind::of(about);
    // A Namespace is about itself.
    let is_namespace = kind == Kind::Namespace;
    let namespace = if is_namespace { about.name } else { about.namespace.or(namespace) };
    let mut found = Found::of(objects);
    for group in [None, namespace].into_iter().filter_map(|name| objects.group(name)) {
        found.extend(&group.near);
    }
    if let Some(namespace) = namespace {
        found.add(&ObjectKey::new("v1", "Namespace", None, namespace));
        objects.index().routes(namespace).for_each(|key| found.add(key));
    }
    if wants_all_rights {
        found.all_rights();
    }
    if let Some(pod) = Pod::of(about) {
        found.rights_of(namespace, Workload::account_of(&pod));
    }
    let is_itself = |key: &ObjectKey| {
        key.kind == about.kind
            && key.namespace.as_deref() == about.namespace
            && Some(&*key.name) == about.name
    };
    let all =
        found.sorted(|one, other| one.1.path.cmp(&other.1.path).then_with(|| one.0.cmp(other.0)));
    all.filter(|(key, _)| !is_itself(key)).filter_map(held).collect()
}

/// The objects to join several with: all of their namespaces and those of the cluster itself, and
/// from elsewhere what [`nearby`] finds for each.
pub(super) fn around<'o>(
    objects: &'o Objects,
    keys: &BTreeSet<ObjectKey>,
    wants_all_rights: bool,
) -> Vec<&'o Arc<Source>> {
    let namespaces: BTreeSet<&str> = keys
        .iter()
        .filter_map(|key| match &key.namespace {
            None if key.kind == "Namespace" => Some(&*key.name),
            namespace => namespace.as_deref(),
        })
        .collect();
    let mut found = Found::of(objects);
    for group in std::iter::once(None).chain(namespaces.iter().copied().map(Some)) {
        let group = objects.group(group).into_iter();
        found.extend(group.flat_map(super::objects::Group::all));
    }
    for namespace in namespaces {
        objects.index().routes(namespace).for_each(|key| found.add(key));
    }
    if wants_all_rights {
        found.all_rights();
    }
    // Of those that share an account it is asked once.
    let mut accounts = BTreeSet::new();
    for (key, source) in keys.iter().filter_map(|key| objects.get(key)) {
        let account = object(source).as_ref().and_then(Pod::of);
        let account = account.map(|pod| Workload::account_of(&pod));
        accounts.extend(account.map(|account| (key.namespace.as_deref(), account)));
    }
    for (namespace, account) in accounts {
        found.rights_of(namespace, account);
    }
    found.sorted(|one, other| one.0.cmp(other.0)).map(|(_, source)| source).collect()
}

/// As others are joined with it: what it is found by is in its key already.
fn held((key, source): Near<'_>) -> Option<Held<'_>> {
    let (document, view) = (source.documents.first()?, view(source)?);
    let (api_version, kind) = (&*key.api_version, &*key.kind);
    let (name, namespace) = (Some(&*key.name), key.namespace.as_deref());
    Some((Object { view, api_version, kind, name, namespace }, source, document))
}

/// An object with its key.
type Near<'o> = (&'o ObjectKey, &'o Arc<Source>);

struct Found<'o> {
    objects: &'o Objects,
    all: Vec<Near<'o>>,
    known: HashSet<*const Source>,
}

impl<'o> Found<'o> {
    fn of(objects: &'o Objects) -> Self {
        Self { objects, all: Vec::new(), known: HashSet::new() }
    }

    fn extend(&mut self, more: impl IntoIterator<Item = Near<'o>>) {
        let known = &mut self.known;
        self.all.extend(more.into_iter().filter(|(_, source)| known.insert(Arc::as_ptr(source))));
    }

    /// They come in runs that are nearly in order, which `sort_by` makes use of.
    fn sorted(
        mut self,
        order: impl FnMut(&Near<'o>, &Near<'o>) -> Ordering,
    ) -> impl Iterator<Item = Near<'o>> {
        self.all.sort_by(order);
        self.all.into_iter()
    }

    fn add(&mut self, key: &ObjectKey) {
        if let Some((key, source)) = self.objects.get(key) {
            self.extend([(key, source)]);
        }
    }

    fn all_rights(&mut self) {
        self.extend(self.objects.groups().flat_map(|group| &group.rights));
    }

    /// A service account, and what says what it may do.
    fn rights_of(&mut self, namespace: Option<&str>, name: &str) {
        self.add(&ObjectKey::new("v1", "ServiceAccount", namespace, name));
        let of_namespace = namespace.map(|namespace| format!("system:serviceaccounts:{namespace}"));
        let groups = ACCOUNT_GROUPS.into_iter().chain(of_namespace.as_deref());
        let subjects = groups.map(Subject::Group).chain([Subject::Account(namespace, name)]);
        let index = self.objects.index();
        for key in subjects.flat_map(|subject| index.bindings(subject)) {
            self.add(key);
            self.role_of(key);
        }
    }

    /// The role that a binding names. One that is made up of others needs all that there are.
    fn role_of(&mut self, binding: &ObjectKey) {
        let Some(object) = self.objects.get(binding).and_then(|(_, source)| view(source)) else {
            return;
        };
        let reference = |key: &str| object.at(&["roleRef", key]).and_then(View::as_str);
        let (Some(kind), Some(name)) = (reference("kind"), reference("name")) else { return };
        let namespace = binding.namespace.as_deref().filter(|_| kind == "Role");
        let role = ObjectKey::new(&binding.api_version, kind, namespace, name);
        let role = self.objects.get(&role);
        self.extend(role);
        let role = role.and_then(|(_, source)| view(source));
        let is_whole = role.is_some_and(|role| role.get("aggregationRule").is_none());
        if !is_whole && kind == "ClusterRole" {
            let rights = self.objects.group(None).into_iter().flat_map(|group| &group.rights);
            let roles = rights.filter(|(key, _)| key.kind == "ClusterRole");
            self.extend(roles);
        }
    }
}
