//! Who owns whom: a forest of objects that make pods, in which an owner has its place as soon as
//! somebody names it.

use super::{
    Judged, WorkloadKey,
    read::{Container, OwnerFacts},
};
use cofferdam_model::{ObjectKey, OwnerKey};
use std::{
    collections::{BTreeSet, HashMap, VecDeque},
    sync::Arc,
};

/// How long a chain of owners may be. The longest that Kubernetes makes is three (Job of a CronJob
/// of an operator's object); a circle ends here.
const CHAIN_MAX: usize = 8;

/// The kind under which static pods are known: no object of the cluster makes them, but a file on
/// each node, and that is what a person edits.
pub const STATIC: &str = "Node-static";

/// Kinds that make pods and that are watched wherever the cluster has them: when one is named but
/// not known, it is only late.
const WATCHED: [(&str, &str); 8] = [
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("batch", "Job"),
    ("batch", "CronJob"),
    ("", "ReplicationController"),
    ("argoproj.io", "Rollout"),
];

/// Whether objects of this kind make pods.
pub(super) fn makes_pods(key: &ObjectKey) -> bool {
    WATCHED.contains(&(key.group(), &key.kind))
}

/// Names an [`Owner`].
pub(super) type OwnerId = usize;

/// An object that owns pods or other owners.
#[derive(Debug)]
pub(super) struct Owner {
    pub(super) key: ObjectKey,
    uid: String,
    /// What it says; nothing as long as it is only named by those that it owns.
    pub(super) facts: Option<OwnerFacts>,
    pub(super) parent: Option<OwnerId>,
    pub(super) children: BTreeSet<OwnerId>,
    pub(super) pods: BTreeSet<usize>,
    /// It is named, of a kind that is watched, and has not come yet.
    pub(super) is_late: bool,
    /// The youngest of its pods, in whose place it is judged if nothing above the pod can be.
    pub(super) sample: Option<Sample>,
    /// It itself, to be judged if nothing above it is.
    pub(super) judged: Option<Judged>,
    /// Of a top: what ran for it in pods that are gone, the last first.
    pub(super) ran: VecDeque<Ran>,
}

/// What ran in a pod, and on which platform.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Ran {
    pub(super) containers: Arc<[Container]>,
    pub(super) platform: Arc<str>,
}

/// So many are remembered of one top: several templates of an operator's object, or platforms.
const RAN_MAX: usize = 4;

/// A pod that stands for all of its owner.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) key: ObjectKey,
    pub(super) created: i64,
    pub(super) judged: Judged,
}

impl Owner {
    pub(super) fn has_template(&self) -> bool {
        self.facts.as_ref().is_some_and(|facts| facts.template.is_some())
    }

    pub(super) fn remember(&mut self, ran: Ran) {
        self.ran.retain(|other| *other != ran);
        self.ran.push_front(ran);
        self.ran.truncate(RAN_MAX);
    }

    fn is_empty(&self) -> bool {
        self.facts.is_none() && self.children.is_empty() && self.pods.is_empty()
    }
}

/// All owners.
#[derive(Debug, Default)]
pub(super) struct Owners {
    slots: Vec<Option<Owner>>,
    free: Vec<OwnerId>,
    by_uid: HashMap<String, OwnerId>,
    /// Those that are known themselves.
    by_key: HashMap<ObjectKey, OwnerId>,
    /// All, by what people call them; uids differ where one was made again.
    by_name: HashMap<WorkloadKey, BTreeSet<OwnerId>>,
    /// Those that were dropped and not yet collected.
    swept: Vec<Owner>,
}

impl Owners {
    pub(super) fn get(&self, id: OwnerId) -> Option<&Owner> {
        self.slots.get(id)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: OwnerId) -> Option<&mut Owner> {
        self.slots.get_mut(id)?.as_mut()
    }

    pub(super) fn known(&self, key: &ObjectKey) -> Option<OwnerId> {
        self.by_key.get(key).copied()
    }

    pub(super) fn of_uid(&self, uid: &str) -> Option<OwnerId> {
        self.by_uid.get(uid).copied()
    }

    #[cfg(test)]
    pub(super) fn number(&self) -> usize {
        self.by_uid.len()
    }

    /// The owners of this name that nobody owns.
    pub(super) fn tops(&self, name: &WorkloadKey) -> impl Iterator<Item = OwnerId> + '_ {
        let all = self.by_name.get(name).into_iter().flatten().copied();
        all.filter(|id| self.get(*id).is_some_and(|owner| owner.parent.is_none()))
    }

    /// The names of all owners that nobody owns.
    pub(super) fn names(&self) -> impl Iterator<Item = &WorkloadKey> {
        self.by_name.keys().filter(|name| self.tops(name).next().is_some())
    }

    /// What was dropped since this was last asked.
    pub(super) fn swept(&mut self) -> Vec<Owner> {
        std::mem::take(&mut self.swept)
    }

    /// The owner with this name and uid; if nobody spoke of it yet it gets its place.
    pub(super) fn named(&mut self, owner: &OwnerKey, namespace: Option<&str>) -> OwnerId {
        if let Some(id) = self.of_uid(&owner.uid) {
            return id;
        }
        let key = ObjectKey::new(&owner.api_version, &owner.kind, namespace, &owner.name);
        let is_late = makes_pods(&key);
        self.add(key, &owner.uid, is_late)
    }

    fn add(&mut self, key: ObjectKey, uid: &str, is_late: bool) -> OwnerId {
        let owner = Owner {
            key,
            uid: uid.to_owned(),
            facts: None,
            parent: None,
            children: BTreeSet::new(),
            pods: BTreeSet::new(),
            is_late,
            sample: None,
            judged: None,
            ran: VecDeque::new(),
        };
        let id = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        if let Some(slot) = self.slots.get_mut(id) {
            *slot = Some(owner);
        }
        self.by_uid.insert(uid.to_owned(), id);
        if let Some(owner) = self.get(id) {
            let name = WorkloadKey::of(&owner.key);
            self.by_name.entry(name).or_default().insert(id);
        }
        id
    }

    /// The object itself has come, or changed. Another object of its name before it is gone:
    /// that one's id is given too.
    pub(super) fn put(
        &mut self,
        key: &ObjectKey,
        uid: &str,
        facts: OwnerFacts,
    ) -> (OwnerId, Option<OwnerId>) {
        let id = self.of_uid(uid).unwrap_or_else(|| self.add(key.clone(), uid, false));
        let before = self.by_key.insert(key.clone(), id).filter(|before| *before != id);
        self.rename(id, key);
        if let Some(owner) = self.get_mut(id) {
            owner.facts = Some(facts);
            owner.is_late = false;
        }
        (id, before)
    }

    /// What an object itself is called counts, and not what those call it that say it owns them.
    fn rename(&mut self, id: OwnerId, key: &ObjectKey) {
        let Some(owner) = self.get_mut(id).filter(|owner| owner.key != *key) else { return };
        let before = WorkloadKey::of(&std::mem::replace(&mut owner.key, key.clone()));
        self.unname(&before, id);
        self.by_name.entry(WorkloadKey::of(key)).or_default().insert(id);
    }

    fn unname(&mut self, name: &WorkloadKey, id: OwnerId) {
        if let Some(same) = self.by_name.get_mut(name) {
            same.remove(&id);
            if same.is_empty() {
                self.by_name.remove(name);
            }
        }
    }

    /// The object itself is gone; what it owned may still be there.
    pub(super) fn forget(&mut self, id: OwnerId) {
        let Some(owner) = self.get_mut(id) else { return };
        owner.facts = None;
        owner.judged = None;
        owner.is_late = false;
        let key = owner.key.clone();
        if self.by_key.get(&key) == Some(&id) {
            self.by_key.remove(&key);
        }
    }

    /// Puts an owner below another, or at the top.
    pub(super) fn place(&mut self, id: OwnerId, parent: Option<OwnerId>) {
        // A chain that is too long ends below its top, and so does one that bites its tail.
        let parent = parent.filter(|parent| {
            self.chain(*parent).count() < CHAIN_MAX && !self.chain(*parent).any(|one| one == id)
        });
        let Some(owner) = self.get_mut(id) else { return };
        let before = std::mem::replace(&mut owner.parent, parent);
        if before == parent {
            return;
        }
        if let Some(parent) = parent.and_then(|parent| self.get_mut(parent)) {
            parent.children.insert(id);
        }
        if let Some(before) = before {
            if let Some(owner) = self.get_mut(before) {
                owner.children.remove(&id);
            }
            self.sweep(before);
        }
    }

    /// Drops an owner that is not there and owns nothing, and those above it that only it kept.
    pub(super) fn sweep(&mut self, id: OwnerId) {
        let mut next = Some(id);
        while let Some(id) = next {
            let Some(owner) = self.get(id).filter(|owner| owner.is_empty()) else { return };
            next = owner.parent;
            if let Some(above) = next.and_then(|above| self.get_mut(above)) {
                above.children.remove(&id);
            }
            self.drop(id);
        }
    }

    fn drop(&mut self, id: OwnerId) {
        let Some(owner) = self.slots.get_mut(id).and_then(Option::take) else { return };
        self.free.push(id);
        self.by_uid.remove(&owner.uid);
        self.unname(&WorkloadKey::of(&owner.key), id);
        self.swept.push(owner);
    }

    /// An owner and those above it, the top last.
    pub(super) fn chain(&self, id: OwnerId) -> impl Iterator<Item = OwnerId> + '_ {
        let above = |id: &OwnerId| self.get(*id)?.parent;
        std::iter::successors(Some(id), above).take(CHAIN_MAX)
    }

    /// The top of the chain: what a person edits.
    pub(super) fn top(&self, id: OwnerId) -> OwnerId {
        self.chain(id).last().unwrap_or(id)
    }

    /// An owner and all below it.
    pub(super) fn below(&self, id: OwnerId) -> Vec<OwnerId> {
        let mut all = vec![id];
        let mut at = 0;
        while let Some(owner) = all.get(at).copied() {
            all.extend(self.get(owner).into_iter().flat_map(|owner| owner.children.iter()));
            at += 1;
        }
        all
    }
}
