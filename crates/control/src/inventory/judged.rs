//! Which objects are judged: of each chain of owners the highest that has a template of pods, and
//! where there is none a pod in place of all.

use super::{Inventory, Judged, WorkloadKey, judged_as, owners::OwnerId, pods::PodId};
use cofferdam_model::{ClusterObject, ObjectKey};
use serde_json::Value;

impl Inventory {
    /// An object that is judged for itself.
    pub(super) fn judge(&mut self, object: &ClusterObject, value: Value) {
        self.judge_as(&object.key, judged_as(object, value));
    }

    pub(super) fn judge_as(&mut self, key: &ObjectKey, judged: Judged) {
        if self.judged.get(key) != Some(&judged) {
            self.judged.insert(key.clone(), judged);
            self.changed.insert(key.clone());
        }
    }

    pub(super) fn unjudge(&mut self, key: &ObjectKey) {
        if self.judged.remove(key).is_some() {
            self.changed.insert(key.clone());
        }
    }

    /// Decides anew what is judged of the chain that an owner is in.
    pub(super) fn weigh(&mut self, id: OwnerId) {
        let top = self.owners.top(id);
        let mut left = vec![(top, false, false)];
        while let Some((id, is_covered, is_waiting)) = left.pop() {
            let Some(owner) = self.owners.get_mut(id) else { continue };
            let is_waiting = is_waiting || owner.is_late;
            let has_template = owner.has_template();
            let below = is_covered || has_template;
            left.extend(owner.children.iter().map(|child| (*child, below, is_waiting)));
            let key = owner.key.clone();
            if is_covered {
                owner.judged = None;
            }
            let own = owner.judged.clone().filter(|_| has_template && !is_waiting);
            let sample = if below { owner.sample.take() } else { None };
            let judged_sample = owner
                .sample
                .as_ref()
                .filter(|_| !is_waiting)
                .map(|sample| (sample.key.clone(), sample.judged.clone()));
            match own {
                Some(own) => self.judge_as(&key, own),
                None => self.unjudge(&key),
            }
            if let Some(sample) = sample {
                self.unjudge(&sample.key);
            }
            if let Some((key, judged)) = judged_sample {
                self.judge_as(&key, judged);
            }
        }
    }

    /// Whether something above or at this owner is judged for it.
    pub(super) fn is_covered(&self, id: OwnerId) -> bool {
        self.owners
            .chain(id)
            .any(|id| self.owners.get(id).is_some_and(super::owners::Owner::has_template))
    }

    /// Forgets what was judged of owners that are no more.
    pub(super) fn collect(&mut self) {
        for owner in self.owners.swept() {
            self.unjudge(&owner.key);
            if let Some(sample) = owner.sample {
                self.unjudge(&sample.key);
            }
            self.dirty.insert(WorkloadKey::of(&owner.key));
        }
    }

    /// The workload that an owner is in has to be written anew.
    pub(super) fn touch(&mut self, id: OwnerId) {
        let top = self.owners.top(id);
        if let Some(owner) = self.owners.get(top) {
            self.dirty.insert(WorkloadKey::of(&owner.key));
        }
    }

    /// The workload that a judged object belongs to; nothing for what makes no pods.
    pub fn workload_of(&self, key: &ObjectKey) -> Option<WorkloadKey> {
        if let Some(id) = self.owners.known(key) {
            let top = self.owners.get(self.owners.top(id))?;
            return Some(WorkloadKey::of(&top.key));
        }
        let pod: PodId = self.pods.named(key)?;
        self.workload_of_pod(pod)
    }
}
