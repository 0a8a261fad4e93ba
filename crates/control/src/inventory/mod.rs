//! What runs in a cluster, hung on the objects that people edit.
//!
//! [`Inventory`] takes [`Change`]s in whatever order they come, keeps a hundred thousand pods as
//! rows of a few hundred bytes, and says what has to be judged or written anew. It asks no clock
//! and judges nothing.
//!
//! A pod belongs to the top of its chain of owners: ReplicaSet to Deployment, Job to CronJob, and
//! on to the operator's own object that owns the Deployment, which need not be watched. A static
//! pod belongs to the file of its name on the nodes ([`STATIC`]). A pod that nobody owns is a
//! workload itself.

mod documents;
mod image;
mod judged;
mod names;
mod owners;
mod pods;
mod read;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod view;

pub use documents::is_document;
pub use image::{ImageKey, name_and_tag};
pub use owners::STATIC;
pub use read::{Container, NodeFacts, Phase};
pub use view::{ContainerView, PodView, Workload};

use cofferdam_model::{Change, ClusterObject, ObjectKey, OwnerKey};
use cofferdam_policy::Target;
use cofferdam_store::rows::id;
use jiff::{SignedDuration, Timestamp};
use names::Names;
use owners::{OwnerId, Owners, makes_pods};
use pods::Pods;
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

/// How long an owner that is named and watched may take to come. Lists and watches of two kinds
/// are not in step, but they are not that far apart.
const LATE_MAX: SignedDuration = SignedDuration::from_secs(3);

/// What people call a workload: it stays the same when the object is made again.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WorkloadKey {
    /// `Deployment`.
    pub kind: String,
    /// Nothing where an operator's object is one of the cluster.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
}

impl WorkloadKey {
    /// The workload that an object is.
    pub fn of(key: &ObjectKey) -> Self {
        let (kind, namespace, name) = (key.kind.clone(), key.namespace.clone(), key.name.clone());
        Self { kind, namespace, name }
    }

    /// The id under which the store keeps it.
    pub fn id(&self, cluster: &str) -> String {
        let namespace = self.namespace.as_deref().unwrap_or_default();
        id(&[cluster, &self.kind, namespace, &self.name])
    }

    /// What exceptions match.
    pub fn target(&self) -> Target<'_> {
        let (kind, name) = (&*self.kind, Some(&*self.name));
        Target { kind, name, namespace: self.namespace.as_deref(), ..Target::default() }
    }

    /// `Deployment shop/web`
    pub fn title(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{} {namespace}/{}", self.kind, self.name),
            None => format!("{} {}", self.kind, self.name),
        }
    }
}

/// An object that is judged as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    /// The object without its status.
    pub json: Arc<str>,
    /// What a person last applied.
    pub applied: Option<Arc<str>>,
    /// Its uid.
    pub uid: String,
}

/// What changed since the last time.
#[derive(Debug, Default)]
pub struct Changes {
    /// Objects to be judged anew, and those to be forgotten.
    pub objects: BTreeMap<ObjectKey, Option<Judged>>,
    /// Workloads to be written anew; those that are no more included.
    pub workloads: BTreeSet<WorkloadKey>,
    /// Pods to be written anew.
    pub pods: Vec<PodView>,
    /// Uids of pods that are no more.
    pub pods_gone: Vec<String>,
}

impl Changes {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
            && self.workloads.is_empty()
            && self.pods.is_empty()
            && self.pods_gone.is_empty()
    }
}

/// How much there is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Nodes.
    pub nodes: usize,
    /// Pods.
    pub pods: usize,
    /// Namespaces.
    pub namespaces: usize,
    /// Objects that are judged.
    pub objects: usize,
}

/// Everything that is known of one cluster.
#[derive(Debug, Default)]
pub struct Inventory {
    names: Names,
    owners: Owners,
    pods: Pods,
    nodes: BTreeMap<String, NodeFacts>,
    /// Nodes that run pods and whose platform is not known.
    awaited_nodes: BTreeSet<String>,
    judged: BTreeMap<ObjectKey, Judged>,
    /// Owners that are awaited, since when.
    late: HashMap<OwnerId, Timestamp>,
    lost: BTreeMap<String, String>,
    withheld: BTreeMap<String, String>,
    unread: BTreeSet<String>,
    is_synced: bool,
    /// Keys of `judged` that changed.
    changed: BTreeSet<ObjectKey>,
    dirty: BTreeSet<WorkloadKey>,
    /// Pods are left to be told.
    has_more: bool,
}

impl Inventory {
    /// Takes what became known at this time.
    pub fn apply(&mut self, change: Change, now: Timestamp) {
        match change {
            Change::Put(object) => self.put(&object, now),
            Change::Gone(key) => self.gone(&key),
            Change::Synced => {
                self.is_synced = true;
                // They could not come before everything was listed.
                self.late.values_mut().for_each(|since| *since = now);
            }
            Change::Current { kind } => {
                self.lost.remove(&kind);
                self.withheld.remove(&kind);
                self.unread.remove(&kind);
            }
            Change::Lost { kind, why, was_read } => {
                if !was_read {
                    self.unread.insert(kind.clone());
                }
                self.withheld.remove(&kind);
                self.lost.insert(kind, why);
            }
            Change::Withheld { kind, why } => {
                self.unread.insert(kind.clone());
                self.lost.remove(&kind);
                self.withheld.insert(kind, why);
            }
        }
    }

    fn put(&mut self, object: &ClusterObject, now: Timestamp) {
        let Ok(value) = serde_json::from_str::<serde_json::Value>(&object.json) else {
            // The watcher wrote it; what it cannot be is whole and unreadable.
            return;
        };
        match (object.key.group(), &*object.key.kind) {
            ("", "Pod") => self.put_pod(object, &value, now),
            ("", "Node") => {
                self.put_node(&object.key.name, read::node(&value));
                self.judge(object, value);
            }
            _ if makes_pods(&object.key) => self.put_owner(object, value, now),
            _ => self.judge(object, value),
        }
        self.collect();
    }

    fn gone(&mut self, key: &ObjectKey) {
        if key.kind == "Pod" && key.group().is_empty() {
            self.gone_pod(key);
        } else if let Some(id) = self.owners.known(key) {
            self.gone_owner(id);
        } else {
            if key.kind == "Node" && key.group().is_empty() {
                self.nodes.remove(&key.name);
            }
            self.unjudge(key);
        }
        self.collect();
    }

    fn put_owner(&mut self, object: &ClusterObject, value: serde_json::Value, now: Timestamp) {
        let facts = read::owner(&object.key.kind, &value, &mut self.names);
        let judged = judged_as(object, value);
        if let Some(id) = self.owners.of_uid(&object.uid) {
            // It may have been known by another name.
            self.touch(id);
        }
        let (id, before) = self.owners.put(&object.key, &object.uid, facts);
        if let Some(before) = before {
            self.gone_owner(before);
        }
        self.late.remove(&id);
        let namespace = object.key.namespace.as_deref();
        let parent = object.owner.as_ref().map(|owner| self.named(owner, namespace, now));
        self.touch(id);
        let before = self.owners.top(id);
        self.owners.place(id, parent);
        self.touch(id);
        if self.owners.top(id) != before {
            let below = self.owners.below(id).into_iter();
            let pods = below.filter_map(|id| self.owners.get(id)).flat_map(|one| one.pods.iter());
            self.pods.mark(pods.copied());
        }
        if let Some(owner) = self.owners.get_mut(id) {
            owner.judged = Some(judged);
        }
        self.weigh(id);
    }

    fn gone_owner(&mut self, id: OwnerId) {
        self.touch(id);
        self.owners.forget(id);
        self.weigh(id);
        self.owners.sweep(id);
    }

    fn named(&mut self, owner: &OwnerKey, namespace: Option<&str>, now: Timestamp) -> OwnerId {
        let id = self.owners.named(owner, namespace);
        if self.owners.get(id).is_some_and(|owner| owner.is_late) {
            self.late.entry(id).or_insert(now);
        }
        id
    }

    fn put_node(&mut self, name: &str, facts: NodeFacts) {
        if facts.platform.is_some() && self.awaited_nodes.remove(name) {
            let keys = self.pods.on_node(name);
            for pod in keys {
                self.touch_pod(pod);
            }
        }
        self.nodes.insert(name.to_owned(), facts);
    }

    /// Stops waiting for owners that are late for too long, or of kinds that cannot be watched.
    fn settle(&mut self, now: Timestamp) {
        let is_over = |id: &OwnerId, since: &Timestamp| {
            let kind = self.owners.get(*id).map(|owner| &owner.key.kind);
            let is_missing = kind.is_some_and(|kind| self.is_missing(kind));
            is_missing || now.duration_since(*since) > LATE_MAX
        };
        let over: Vec<OwnerId> =
            self.late.iter().filter(|(id, since)| is_over(id, since)).map(|(id, _)| *id).collect();
        for id in over {
            self.late.remove(&id);
            if let Some(owner) = self.owners.get_mut(id) {
                owner.is_late = false;
            }
            self.touch(id);
            self.weigh(id);
        }
    }

    /// What changed since this was last asked; nothing before everything was listed once.
    pub fn take(&mut self, now: Timestamp) -> Changes {
        if !self.is_synced {
            return Changes::default();
        }
        self.settle(now);
        let mut changes = Changes { pods_gone: self.pods.gone(), ..Changes::default() };
        for key in std::mem::take(&mut self.changed) {
            let judged = self.judged.get(&key).cloned();
            changes.objects.insert(key, judged);
        }
        let dirty = std::mem::take(&mut self.dirty);
        let (later, now): (BTreeSet<_>, BTreeSet<_>) =
            dirty.into_iter().partition(|key| self.is_late(key));
        self.dirty = later;
        changes.workloads = now;
        changes.pods = self.changed_pods();
        changes
    }

    /// Whether it is not known yet where this belongs.
    fn is_late(&self, key: &WorkloadKey) -> bool {
        self.owners.tops(key).any(|id| self.owners.get(id).is_some_and(|owner| owner.is_late))
    }

    /// Whether every kind was listed once.
    pub fn is_synced(&self) -> bool {
        self.is_synced
    }

    /// Kinds that may be out of date, with the reasons.
    pub fn lost(&self) -> &BTreeMap<String, String> {
        &self.lost
    }

    /// Kinds that may not be read, with the reasons: nothing is known of them, and nothing else is
    /// out of date for it.
    pub fn withheld(&self) -> &BTreeMap<String, String> {
        &self.withheld
    }

    /// Kinds that are withheld, or lost and never read as a whole. Of other lost kinds what is known was
    /// true a while ago.
    pub fn unread(&self) -> &BTreeSet<String> {
        &self.unread
    }

    /// Whether objects of a kind may be there without being known.
    fn is_missing(&self, kind: &str) -> bool {
        self.lost.contains_key(kind) || self.withheld.contains_key(kind)
    }

    /// The kinds of which objects may be there without being known.
    pub fn missing(&self) -> BTreeSet<String> {
        self.lost.keys().chain(self.withheld.keys()).cloned().collect()
    }

    /// Whether something waits for its owner, so that [`Self::take`] will have more later.
    pub fn is_waiting(&self) -> bool {
        !self.late.is_empty()
    }

    /// All nodes, by name.
    pub fn nodes(&self) -> &BTreeMap<String, NodeFacts> {
        &self.nodes
    }

    /// Everything that is judged.
    pub fn objects(&self) -> &BTreeMap<ObjectKey, Judged> {
        &self.judged
    }

    /// How much there is.
    pub fn numbers(&self) -> Numbers {
        let first = ObjectKey::new("v1", "Namespace", None, "");
        let namespaces = self.judged.range(first..).map(|(key, _)| key);
        let is_namespace = |key: &&ObjectKey| key.kind == "Namespace" && key.api_version == "v1";
        Numbers {
            nodes: self.nodes.len(),
            pods: self.pods.len(),
            namespaces: namespaces.take_while(is_namespace).count(),
            objects: self.judged.len(),
        }
    }
}

/// Whether an object is a workload or a part of one, and not an object for itself.
pub(crate) fn is_workload(key: &ObjectKey) -> bool {
    makes_pods(key) || key.kind == "Pod" && key.group().is_empty()
}

fn judged_as(object: &ClusterObject, value: serde_json::Value) -> Judged {
    Judged {
        json: read::settled(&object.key.kind, value),
        applied: object.applied.clone(),
        uid: object.uid.clone(),
    }
}
