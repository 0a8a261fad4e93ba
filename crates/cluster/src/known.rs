//! What the watch remembers of each object: just enough to tell what changed and what is gone.

use cofferdam_model::{ClusterObject, ObjectKey};
use std::{
    collections::{HashMap, hash_map::Entry},
    hash::{BuildHasher as _, RandomState},
};

/// The objects of one kind that were told of: some 100 bytes each, whatever their size.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// By `namespace/name`; neither has a slash inside.
    objects: HashMap<Box<str>, Seen>,
    round: u32,
    hasher: RandomState,
}

/// One object as it was last told of.
#[derive(Clone, Copy, Debug)]
struct Seen {
    /// A keyed hash of its uid and resource version: another one is another state.
    state: u64,
    /// The list it was last part of.
    round: u32,
}

impl Known {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.objects.len()
    }

    /// Begins a list: what [`Self::put`] does not name until [`Self::finish`] is gone.
    pub(crate) fn begin(&mut self) {
        self.round = self.round.wrapping_add(1);
    }

    /// Takes note of an object that is there; whether it is new or changed.
    pub(crate) fn put(&mut self, object: &ClusterObject) -> bool {
        let state = self.hasher.hash_one((&object.uid, &object.resource_version));
        let seen = Seen { state, round: self.round };
        match self.objects.entry(name(&object.key)) {
            Entry::Vacant(place) => {
                place.insert(seen);
                true
            }
            Entry::Occupied(mut place) => place.insert(seen).state != state,
        }
    }

    /// Takes note of an object that is there but could not be read: what was told of it stands.
    pub(crate) fn keep(&mut self, key: &ObjectKey) {
        let round = self.round;
        if let Some(seen) = self.objects.get_mut(&name(key)) {
            seen.round = round;
        }
    }

    /// Takes note of an object that is gone; whether it was known.
    pub(crate) fn remove(&mut self, key: &ObjectKey) -> bool {
        self.objects.remove(&name(key)).is_some()
    }

    /// Ends a list: the namespaces and names of all that was known before and was not in it.
    pub(crate) fn finish(&mut self) -> Vec<(Option<String>, String)> {
        let round = self.round;
        let gone = self.objects.extract_if(|_, seen| seen.round != round);
        gone.map(|(text, _)| parts(&text)).collect()
    }
}

fn name(key: &ObjectKey) -> Box<str> {
    format!("{}/{}", key.namespace.as_deref().unwrap_or_default(), key.name).into()
}

fn parts(text: &str) -> (Option<String>, String) {
    let (namespace, name) = text.split_once('/').unwrap_or(("", text));
    ((!namespace.is_empty()).then(|| namespace.to_owned()), name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(name: &str, uid: &str, version: &str) -> ClusterObject {
        let (namespace, name) = parts(name);
        ClusterObject {
            key: ObjectKey::new("v1", "Pod", namespace.as_deref(), &name),
            uid: uid.to_owned(),
            resource_version: version.to_owned(),
            owner: None,
            json: "{}".into(),
            applied: None,
        }
    }

    /// Lists `first`, then `second`; each object is `namespace/name uid version`.
    #[track_caller]
    fn check(first: &[&str], second: &[&str], put: &[&str], gone: &[&str]) {
        let mut known = Known::default();
        let mut list = |texts: &[&str]| {
            known.begin();
            let mut changed = Vec::new();
            for text in texts {
                let [name, uid, version] = text.split(' ').collect::<Vec<_>>()[..] else {
                    panic!()
                };
                if known.put(&object(name, uid, version)) {
                    changed.push(name.to_owned());
                }
            }
            let mut gone: Vec<_> = known
                .finish()
                .into_iter()
                .map(|(namespace, name)| format!("{}/{name}", namespace.unwrap_or_default()))
                .collect();
            gone.sort();
            (changed, gone)
        };
        assert_eq!(list(first).0.len(), first.len());
        let (changed, missing) = list(second);
        assert_eq!(
            (&changed[..], &missing[..]),
            (
                &put.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()[..],
                &gone.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>()[..],
            )
        );
    }

    #[test]
    fn a_second_list_tells_only_what_is_different() {
        check(&["a/x 1 1", "/n 2 1"], &["a/x 1 1", "/n 2 1"], &[], &[]);
        check(&["a/x 1 1"], &["a/x 1 2"], &["a/x"], &[]);
        check(&["a/x 1 1"], &["a/x 2 1"], &["a/x"], &[]);
        check(&["a/x 1 1", "a/y 2 1"], &["a/y 2 1", "b/x 3 1"], &["b/x"], &["a/x"]);
        check(&["a/x 1 1", "/n 2 1"], &[], &[], &["/n", "a/x"]);
        check(&[], &["/n 2 1"], &["/n"], &[]);
    }

    #[test]
    fn what_is_removed_is_gone_once() {
        let mut known = Known::default();
        let pod = object("a/x", "1", "1");
        assert!(known.put(&pod));
        assert!(known.remove(&pod.key));
        assert!(!known.remove(&pod.key));
        known.begin();
        assert!(known.finish().is_empty());
    }

    #[test]
    fn what_cannot_be_read_is_not_gone() {
        let mut known = Known::default();
        let pod = object("a/x", "1", "1");
        known.put(&pod);
        known.begin();
        known.keep(&pod.key);
        assert!(known.finish().is_empty());
    }
}
