//! Pods as rows.

use super::{
    Inventory, Judged, WorkloadKey, judged_as,
    owners::{OwnerId, Ran, STATIC, Sample},
    read::{self, Container, Phase},
};
use cofferdam_model::{ClusterObject, ObjectKey, OwnerKey};
use jiff::Timestamp;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};

/// Names a pod.
pub(super) type PodId = usize;

/// One pod, of which nothing else is kept.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Pod {
    pub(super) uid: Box<str>,
    pub(super) namespace: Arc<str>,
    pub(super) name: Box<str>,
    pub(super) node: Option<Arc<str>>,
    pub(super) phase: Phase,
    pub(super) is_ready: bool,
    /// Milliseconds since 1970.
    pub(super) started: Option<i64>,
    pub(super) account: Arc<str>,
    /// The same for all pods of one template that came out alike.
    pub(super) containers: Arc<[Container]>,
    /// Names of secrets, between commas.
    pub(super) pull_secrets: Arc<str>,
    pub(super) owner: Option<OwnerId>,
    /// It is judged itself, and not only what made it.
    pub(super) is_judged: bool,
}

/// All pods.
#[derive(Debug, Default)]
pub(super) struct Pods {
    slots: Vec<Option<Pod>>,
    free: Vec<PodId>,
    by_name: HashMap<Arc<str>, HashMap<Box<str>, PodId>>,
    containers: HashSet<Arc<[Container]>>,
    /// The table of containers is swept when it has grown to this.
    sweep_at: usize,
    changed: BTreeSet<PodId>,
    gone: Vec<String>,
    number: usize,
}

/// Below this many lists of containers nothing is swept.
const SWEEP_MIN: usize = 4096;

impl Pods {
    pub(super) fn get(&self, id: PodId) -> Option<&Pod> {
        self.slots.get(id)?.as_ref()
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = PodId> + '_ {
        self.slots.iter().enumerate().filter(|(_, pod)| pod.is_some()).map(|(id, _)| id)
    }

    pub(super) fn len(&self) -> usize {
        self.number
    }

    pub(super) fn named(&self, key: &ObjectKey) -> Option<PodId> {
        if key.kind != "Pod" {
            return None;
        }
        self.find(key.namespace.as_deref().unwrap_or_default(), &key.name)
    }

    pub(super) fn find(&self, namespace: &str, name: &str) -> Option<PodId> {
        self.by_name.get(namespace)?.get(name).copied()
    }

    pub(super) fn on_node(&self, node: &str) -> Vec<PodId> {
        let all = self.slots.iter().enumerate();
        all.filter(|(_, pod)| pod.as_ref().is_some_and(|pod| pod.node.as_deref() == Some(node)))
            .map(|(id, _)| id)
            .collect()
    }

    /// Bare pods: those that nobody owns.
    pub(super) fn bare(&self) -> impl Iterator<Item = &Pod> {
        self.slots.iter().flatten().filter(|pod| pod.owner.is_none())
    }

    fn put(&mut self, pod: Pod) -> PodId {
        if let Some(id) = self.find(&pod.namespace, &pod.name) {
            if let Some(slot) = self.slots.get_mut(id) {
                *slot = Some(pod);
            }
            self.changed.insert(id);
            return id;
        }
        let id = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        let names = self.by_name.entry(Arc::clone(&pod.namespace)).or_default();
        names.insert(pod.name.clone(), id);
        if let Some(slot) = self.slots.get_mut(id) {
            *slot = Some(pod);
        }
        self.number += 1;
        self.changed.insert(id);
        id
    }

    fn remove(&mut self, id: PodId) -> Option<Pod> {
        let pod = self.slots.get_mut(id)?.take()?;
        if let Some(names) = self.by_name.get_mut(&pod.namespace) {
            names.remove(&pod.name);
            if names.is_empty() {
                self.by_name.remove(&pod.namespace);
            }
        }
        self.free.push(id);
        self.changed.remove(&id);
        self.gone.push(pod.uid.to_string());
        self.number -= 1;
        Some(pod)
    }

    pub(super) fn gone(&mut self) -> Vec<String> {
        std::mem::take(&mut self.gone)
    }

    pub(super) fn mark(&mut self, ids: impl IntoIterator<Item = PodId>) {
        self.changed.extend(ids);
    }

    pub(super) fn mark_all(&mut self) {
        let all: Vec<PodId> = self.ids().collect();
        self.changed.extend(all);
    }

    /// At most so many of those that changed.
    pub(super) fn changed(&mut self, max: usize) -> Vec<PodId> {
        (0..max).map_while(|_| self.changed.pop_first()).collect()
    }

    fn share(&mut self, containers: Vec<Container>) -> Arc<[Container]> {
        let containers: Arc<[Container]> = containers.into();
        if let Some(known) = self.containers.get(&containers) {
            return Arc::clone(known);
        }
        if self.containers.len() >= self.sweep_at.max(SWEEP_MIN) {
            self.containers.retain(|one| Arc::strong_count(one) > 1);
            self.sweep_at = self.containers.len() * 2;
        }
        self.containers.insert(Arc::clone(&containers));
        containers
    }
}

impl Inventory {
    pub(super) fn put_pod(
        &mut self,
        object: &ClusterObject,
        value: &serde_json::Value,
        now: Timestamp,
    ) {
        let facts = read::pod(value, &mut self.names);
        let owner = self.owner_of_pod(object, facts.node.as_deref(), now);
        let is_judged = owner.is_none() || facts.has_ephemeral;
        let pod = Pod {
            uid: (&*object.uid).into(),
            namespace: self.names.share(object.key.namespace.as_deref().unwrap_or_default()),
            name: (&*object.key.name).into(),
            node: facts.node.as_deref().map(|node| self.names.share(node)),
            phase: facts.phase,
            is_ready: facts.is_ready,
            started: facts.started,
            account: self.names.share(&facts.account),
            containers: self.pods.share(facts.containers),
            pull_secrets: self.names.share(&facts.pull_secrets),
            owner,
            is_judged,
        };
        let before = self.pods.named(&object.key).and_then(|id| self.pods.get(id).cloned());
        if before.as_ref() != Some(&pod) {
            if before.as_ref().is_some_and(|before| before.uid != pod.uid || before.owner != owner)
            {
                self.gone_pod(&object.key);
            }
            self.await_node(&pod);
            let id = self.pods.put(pod);
            if let Some(owner) = owner.and_then(|owner| self.owners.get_mut(owner)) {
                owner.pods.insert(id);
            }
            self.touch_pod(id);
        }
        if is_judged {
            self.judge(object, value.clone());
        } else if let Some(owner) = owner {
            // An ephemeral container cannot be taken away again, but a pod can be made anew.
            self.sample(owner, object, value, facts.created);
        }
    }

    /// Remembers the youngest pod of an owner that nothing above is judged for.
    fn sample(
        &mut self,
        id: OwnerId,
        object: &ClusterObject,
        value: &serde_json::Value,
        created: i64,
    ) {
        if self.is_covered(id) {
            return;
        }
        let Some(owner) = self.owners.get(id) else { return };
        // Of two of one age always the same, in whatever order they come.
        let is_elder = |sample: &Sample| (sample.created, &sample.key) > (created, &object.key);
        if owner.sample.as_ref().is_some_and(is_elder) {
            return;
        }
        let judged: Judged = judged_as(object, value.clone());
        let before = owner.sample.as_ref().filter(|sample| sample.key != object.key);
        let before = before.map(|sample| sample.key.clone());
        if let Some(before) = before {
            self.unjudge(&before);
        }
        if let Some(owner) = self.owners.get_mut(id) {
            owner.sample = Some(Sample { key: object.key.clone(), created, judged });
        }
        self.weigh(id);
    }

    fn owner_of_pod(
        &mut self,
        object: &ClusterObject,
        node: Option<&str>,
        now: Timestamp,
    ) -> Option<OwnerId> {
        let owner = object.owner.as_ref()?;
        let namespace = object.key.namespace.as_deref();
        if (&*owner.kind, &*owner.api_version) != ("Node", "v1") {
            return Some(self.named(owner, namespace, now));
        }
        // The kubelet puts the name of its node behind the name in the file.
        let name = &*object.key.name;
        let suffix = format!("-{}", node.unwrap_or(&owner.name));
        let name = name.strip_suffix(&*suffix).unwrap_or(name);
        let file = OwnerKey {
            api_version: "v1".to_owned(),
            kind: STATIC.to_owned(),
            name: name.to_owned(),
            uid: format!("{STATIC} {}/{name}", namespace.unwrap_or_default()),
        };
        Some(self.named(&file, namespace, now))
    }

    pub(super) fn gone_pod(&mut self, key: &ObjectKey) {
        let Some(id) = self.pods.named(key) else { return };
        self.touch_pod(id);
        let Some(pod) = self.pods.remove(id) else { return };
        if pod.is_judged {
            self.unjudge(key);
        }
        if let Some(owner) = pod.owner {
            self.remember(owner, &pod);
            if let Some(owner) = self.owners.get_mut(owner) {
                owner.pods.remove(&id);
            }
            self.owners.sweep(owner);
        }
    }

    /// Its workload runs the same again in a moment, or at its next time.
    fn remember(&mut self, owner: OwnerId, pod: &Pod) {
        let Some(platform) = self.platform(pod).map(Into::into) else { return };
        let containers = Arc::clone(&pod.containers);
        if let Some(top) = self.owners.get_mut(self.owners.top(owner))
            && containers.iter().any(|one| one.digest.is_some())
        {
            top.remember(Ran { containers, platform });
        }
    }

    /// The platform of the node that runs a pod.
    pub(super) fn platform(&self, pod: &Pod) -> Option<&str> {
        self.nodes.get(pod.node.as_deref()?)?.platform.as_deref()
    }

    fn await_node(&mut self, pod: &Pod) {
        let Some(node) = &pod.node else { return };
        if self.nodes.get(&**node).is_none_or(|facts| facts.platform.is_none()) {
            self.awaited_nodes.insert(node.to_string());
        }
    }

    pub(super) fn touch_pod(&mut self, id: PodId) {
        match self.pods.get(id).map(|pod| pod.owner) {
            Some(Some(owner)) => self.touch(owner),
            Some(None) => self.dirty.extend(self.workload_of_pod(id)),
            None => {}
        }
    }

    pub(super) fn workload_of_pod(&self, id: PodId) -> Option<WorkloadKey> {
        let pod = self.pods.get(id)?;
        if let Some(owner) = pod.owner {
            return Some(WorkloadKey::of(&self.owners.get(self.owners.top(owner))?.key));
        }
        Some(WorkloadKey {
            kind: "Pod".to_owned(),
            namespace: Some(pod.namespace.to_string()),
            name: pod.name.to_string(),
        })
    }
}
