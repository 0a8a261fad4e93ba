//! Who owns what makes pods, kept apart from the inventory: the door asks while the inventory is at
//! work, and an owner that came a moment ago must be known there.

use super::owners::{CHAIN_MAX, is_watched};
use cofferdam_model::OwnerKey;
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

/// By its uid, what makes pods, with its own owner if it has one. A clone is the same, not a copy.
#[derive(Clone, Debug, Default)]
pub struct Lineage {
    known: Arc<RwLock<Known>>,
}

type Known = HashMap<Box<str>, Option<Box<OwnerKey>>>;

/// The owners of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ancestors {
    /// The nearest first.
    pub owners: Vec<OwnerKey>,
    /// Whether there may be more of which nobody has heard yet.
    pub is_late: bool,
}

impl Lineage {
    pub(super) fn put(&self, uid: &str, owner: Option<&OwnerKey>) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.get(uid).is_none_or(|known| known.as_deref() != owner) {
            known.insert(uid.into(), owner.cloned().map(Box::new));
        }
    }

    pub(super) fn forget(&self, uid: &str) {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(uid);
    }

    /// An owner and those above it.
    pub fn of(&self, owner: OwnerKey) -> Ancestors {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let mut owners = vec![owner];
        while owners.len() < CHAIN_MAX
            && let Some(last) = owners.last()
        {
            match known.get(&*last.uid) {
                Some(Some(above)) => owners.push((**above).clone()),
                Some(None) => break,
                None => return Ancestors { is_late: is_watched(last), owners },
            }
        }
        Ancestors { owners, is_late: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(kind: &str, name: &str) -> OwnerKey {
        let api_version = if kind == "Shop" { "example.com/v1" } else { "apps/v1" }.to_owned();
        OwnerKey {
            api_version,
            kind: kind.into(),
            name: name.into(),
            uid: format!("{kind} {name}"),
        }
    }

    fn told(lineage: &Lineage, owner: OwnerKey) -> (Vec<String>, bool) {
        let Ancestors { owners, is_late } = lineage.of(owner);
        (owners.iter().map(ToString::to_string).collect(), is_late)
    }

    #[test]
    fn a_chain_ends_at_its_top_and_says_where_it_is_not_known() {
        let lineage = Lineage::default();
        let (set, web, shop) =
            (owner("ReplicaSet", "web-1"), owner("Deployment", "web"), owner("Shop", "s"));
        let names = |all: &[&str]| all.iter().map(|&one| one.to_owned()).collect::<Vec<_>>();
        assert_eq!(told(&lineage, set.clone()), (names(&["ReplicaSet web-1"]), true));
        lineage.put(&set.uid, Some(&web));
        assert_eq!(
            told(&lineage, set.clone()),
            (names(&["ReplicaSet web-1", "Deployment web"]), true)
        );
        lineage.put(&web.uid, None);
        assert_eq!(
            told(&lineage, set.clone()),
            (names(&["ReplicaSet web-1", "Deployment web"]), false)
        );
        // An operator's own object is not watched, and nobody waits for it.
        lineage.put(&web.uid, Some(&shop));
        let all = names(&["ReplicaSet web-1", "Deployment web", "Shop s"]);
        assert_eq!(told(&lineage, set.clone()), (all, false));
        lineage.forget(&set.uid);
        assert_eq!(told(&lineage, set), (names(&["ReplicaSet web-1"]), true));
    }

    #[test]
    fn a_circle_ends() {
        let (one, other) = (owner("ReplicaSet", "a"), owner("ReplicaSet", "b"));
        let lineage = Lineage::default();
        lineage.put(&one.uid, Some(&other));
        lineage.put(&other.uid, Some(&one));
        assert_eq!(lineage.of(one).owners.len(), CHAIN_MAX);
    }
}
