//! What waits for its turn, namespace by namespace: what is joined for one object of a namespace
//! serves the others too.

use crate::inventory::WorkloadKey;
use cofferdam_model::ObjectKey;
use std::collections::{BTreeMap, BTreeSet};

/// Something of a namespace.
pub(super) trait Placed {
    /// The namespace that it is joined with; nothing for what belongs to the whole cluster.
    fn place(&self) -> Option<&str>;
}

impl Placed for ObjectKey {
    fn place(&self) -> Option<&str> {
        match &self.namespace {
            None if self.kind == "Namespace" => Some(&self.name),
            namespace => namespace.as_deref(),
        }
    }
}

impl Placed for WorkloadKey {
    fn place(&self) -> Option<&str> {
        self.namespace.as_deref()
    }
}

/// Keys in the order of their namespaces, each once.
#[derive(Debug)]
pub(super) struct Queue<K> {
    places: BTreeMap<Option<String>, BTreeSet<K>>,
}

impl<K> Default for Queue<K> {
    fn default() -> Self {
        Self { places: BTreeMap::new() }
    }
}

impl<K: Placed + Ord> Queue<K> {
    pub(super) fn insert(&mut self, key: K) {
        let place = key.place().map(str::to_owned);
        self.places.entry(place).or_default().insert(key);
    }

    pub(super) fn remove(&mut self, key: &K) {
        let place = key.place().map(str::to_owned);
        if let Some(keys) = self.places.get_mut(&place) {
            keys.remove(key);
            if keys.is_empty() {
                self.places.remove(&place);
            }
        }
    }

    pub(super) fn pop(&mut self) -> Option<K> {
        let mut first = self.places.first_entry()?;
        let key = first.get_mut().pop_first();
        if first.get().is_empty() {
            first.remove();
        }
        key
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }
}

impl<K: Placed + Ord> Extend<K> for Queue<K> {
    fn extend<T: IntoIterator<Item = K>>(&mut self, keys: T) {
        keys.into_iter().for_each(|key| self.insert(key));
    }
}

#[cfg(test)]
mod tests {
    use super::Queue;
    use cofferdam_model::ObjectKey;

    #[test]
    fn namespace_by_namespace() {
        let key = |kind: &str, namespace: &str, name: &str| {
            ObjectKey::new("v1", kind, Some(namespace).filter(|name| !name.is_empty()), name)
        };
        let mut queue = Queue::default();
        queue.extend([
            key("Pod", "b", "x"),
            key("Namespace", "", "b"),
            key("Node", "", "one"),
            key("Service", "a", "y"),
            key("Pod", "b", "x"),
            key("Pod", "a", "z"),
        ]);
        queue.remove(&key("Pod", "a", "z"));
        queue.remove(&key("Pod", "c", "never"));
        let all: Vec<String> =
            std::iter::from_fn(|| queue.pop()).map(|key| key.to_string()).collect();
        assert_eq!(all, ["Node one", "Service a/y", "Namespace b", "Pod b/x"]);
        assert!(queue.is_empty());
    }
}
