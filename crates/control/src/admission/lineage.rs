//! What Kubernetes' own controllers make objects for, heard as the cluster tells it: a controller
//! makes pods for what was made a moment ago, and the inventory is at work meanwhile.

use cofferdam_model::{Change, ClusterObject, ObjectKey, OwnerKey};
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Arc, PoisonError, RwLock},
};

/// What is made for another object that is made too, each with what that is: group and kind. Nothing
/// else is believed of what objects say of their owners, for people may write it.
const MADE_FOR: [(Kind, Kind); 2] =
    [(("apps", "ReplicaSet"), ("apps", "Deployment")), (("batch", "Job"), ("batch", "CronJob"))];

type Kind = (&'static str, &'static str);

/// Deployments and their ReplicaSets, CronJobs and their Jobs. A clone is the same, not a copy.
#[derive(Clone, Debug, Default)]
pub struct Lineage {
    heard: Arc<RwLock<Heard>>,
}

#[derive(Debug, Default)]
struct Heard {
    /// By kind, namespace and name.
    made: HashMap<Box<str>, Made>,
    /// Kinds that may be out of date, or may not be read.
    lost: BTreeSet<String>,
}

#[derive(Debug)]
struct Made {
    uid: Box<str>,
    owner: Option<Owner>,
}

/// Its kind is the one that there is in [`MADE_FOR`].
#[derive(Debug)]
struct Owner {
    name: Box<str>,
    uid: Box<str>,
}

/// What an object was made for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ancestors {
    /// The nearest first.
    pub(super) owners: Vec<OwnerKey>,
    /// The nearest was not heard of yet, and will be.
    pub(super) is_late: bool,
}

impl Lineage {
    /// Takes what became known of a cluster.
    pub fn hear(&self, change: &Change) {
        let heard = || self.heard.write().unwrap_or_else(PoisonError::into_inner);
        match change {
            Change::Put(object) if is_in_chain(&object.key) => {
                heard().made.insert(object.key.to_string().into(), made(object));
            }
            Change::Gone(key) if is_in_chain(key) => {
                heard().made.remove(&*key.to_string());
            }
            Change::Current { kind } => {
                heard().lost.remove(kind);
            }
            Change::Lost { kind, .. } | Change::Withheld { kind, .. } => {
                heard().lost.insert(kind.clone());
            }
            Change::Put(_) | Change::Gone(_) | Change::Synced => {}
        }
    }

    /// What an object of this namespace was made for, beginning with its owner.
    pub(super) fn of(&self, namespace: Option<&str>, owner: &OwnerKey) -> Ancestors {
        let heard = self.heard.read().unwrap_or_else(PoisonError::into_inner);
        let key = ObjectKey::new(&owner.api_version, &owner.kind, namespace, &owner.name);
        let Some((group, kind)) = made_for(&key) else {
            return Ancestors { owners: vec![owner.clone()], is_late: false };
        };
        let known = heard.made.get(&*key.to_string()).filter(|made| *made.uid == *owner.uid);
        let is_late = known.is_none() && !heard.lost.contains(&owner.kind);
        let mut owners = vec![owner.clone()];
        if let Some(above) = known.and_then(|made| made.owner.as_ref()) {
            let key = ObjectKey::new(&format!("{group}/v1"), kind, namespace, &above.name);
            let is_it = heard.made.get(&*key.to_string()).is_some_and(|made| made.uid == above.uid);
            owners.extend(is_it.then(|| OwnerKey {
                api_version: key.api_version,
                kind: key.kind,
                name: key.name,
                uid: above.uid.to_string(),
            }));
        }
        Ancestors { owners, is_late }
    }
}

/// The kind of what an object of this kind is made for.
fn made_for(key: &ObjectKey) -> Option<Kind> {
    let pair = MADE_FOR.into_iter().find(|(made, _)| *made == (key.group(), &*key.kind));
    pair.map(|(_, owner)| owner)
}

/// Whether it is made for another object, or others are made for it.
fn is_in_chain(key: &ObjectKey) -> bool {
    let one = (key.group(), &*key.kind);
    MADE_FOR.iter().any(|(made, owner)| one == *made || one == *owner)
}

fn made(object: &ClusterObject) -> Made {
    let owner = object.owner.as_ref().zip(made_for(&object.key)).filter(|(owner, kind)| {
        let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
        (group, &*owner.kind) == *kind
    });
    let owner =
        owner.map(|(owner, _)| Owner { name: (&*owner.name).into(), uid: (&*owner.uid).into() });
    Made { uid: (&*object.uid).into(), owner }
}
