//! Small changes to a tree, in the terms of Go's types: what is null is not there, and in fields
//! that are no pointers, neither are the empty string and zero.

use crate::{NodeId, Scalar, Tree, Value, View};

/// Entries of a map that are copied at most, so that hostile maps cost no more than others.
/// Nobody has as many labels, or resources that a container is limited in.
const COPIED_MAX: usize = 128;

/// A tree that is being filled in.
pub(super) struct Edit<'a> {
    tree: &'a mut Tree,
}

impl<'a> Edit<'a> {
    pub(super) const fn new(tree: &'a mut Tree) -> Self {
        Self { tree }
    }

    /// To look around.
    pub(super) fn view(&self, id: NodeId) -> View<'_> {
        self.tree.view(id)
    }

    /// A field that is there.
    pub(super) fn get(&self, map: NodeId, key: &str) -> Option<View<'_>> {
        self.view(map).get(key).filter(|value| !value.is_null())
    }

    pub(super) fn text(&self, map: NodeId, key: &str) -> &str {
        self.view(map).get(key).and_then(View::as_str).unwrap_or_default()
    }

    /// A field that is a map.
    pub(super) fn child(&self, map: NodeId, key: &str) -> Option<NodeId> {
        self.view(map).get(key).filter(|value| value.is_map()).map(View::id)
    }

    /// A map below this one.
    pub(super) fn below(&self, map: NodeId, path: &[&str]) -> Option<NodeId> {
        path.iter().try_fold(map, |map, key| self.child(map, key))
    }

    /// A field that is a map, made if nothing is there.
    pub(super) fn made(&mut self, map: NodeId, key: &str) -> Option<NodeId> {
        self.put(map, key, Scalar::EmptyMap);
        self.child(map, key)
    }

    /// Each element of a list that is a map.
    pub(super) fn each(
        &mut self,
        map: NodeId,
        key: &str,
        mut change: impl FnMut(&mut Self, NodeId),
    ) {
        let Some(list) = self.get(map, key).map(View::id) else { return };
        for position in 0..self.view(list).elements().len() {
            let element = self.view(list).element(position).filter(|element| element.is_map());
            if let Some(element) = element.map(View::id) {
                change(self, element);
            }
        }
    }

    /// Sets a field, whatever was there.
    pub(super) fn set(&mut self, map: NodeId, key: &str, value: Scalar<'_>) -> NodeId {
        self.tree.set(map, key, value)
    }

    /// Sets a field if it is not there.
    pub(super) fn put(&mut self, map: NodeId, key: &str, value: Scalar<'_>) {
        if self.get(map, key).is_none() {
            self.tree.set(map, key, value);
        }
    }

    /// The same of a number, or of anything else than text, in a pointer.
    pub(super) fn put_int(&mut self, map: NodeId, key: &str, value: i64) {
        self.put(map, key, Scalar::Int(value));
    }

    /// The same of a truth value in a pointer.
    pub(super) fn put_bool(&mut self, map: NodeId, key: &str, value: bool) {
        self.put(map, key, Scalar::Bool(value));
    }

    /// The same of a string in a pointer, where the empty one is a value.
    pub(super) fn put_text(&mut self, map: NodeId, key: &str, value: &str) {
        self.put(map, key, Scalar::String(value));
    }

    /// Sets a string if it is not there or empty.
    pub(super) fn fill(&mut self, map: NodeId, key: &str, value: &str) {
        if self.is_unset(map, key, &Value::String("")) {
            self.tree.set(map, key, Scalar::String(value));
        }
    }

    /// Sets a number if it is not there or zero.
    pub(super) fn fill_int(&mut self, map: NodeId, key: &str, value: i64) {
        if self.is_unset(map, key, &Value::Int(0)) {
            self.tree.set(map, key, Scalar::Int(value));
        }
    }

    fn is_unset(&self, map: NodeId, key: &str, zero: &Value<'_>) -> bool {
        self.get(map, key).is_none_or(|value| value.value() == *zero)
    }

    /// A list of strings, if there is no list or an empty one.
    pub(super) fn fill_list(&mut self, map: NodeId, key: &str, values: &[&str]) {
        if self.get(map, key).is_none_or(|list| list.is_list() && list.is_empty()) {
            let list = self.tree.set(map, key, Scalar::EmptyList);
            for value in values {
                self.tree.push(list, Scalar::String(value));
            }
        }
    }

    /// A new map at the end of a list.
    pub(super) fn push(&mut self, list: NodeId) -> NodeId {
        self.tree.push(list, Scalar::EmptyMap)
    }

    /// Copies to one map what another has and it has not; only scalars, as in labels and
    /// quantities.
    pub(super) fn copy_missing(&mut self, from: NodeId, to: NodeId) {
        let missing: Vec<(String, Owned)> = self
            .view(from)
            .entries()
            .take(COPIED_MAX)
            .filter(|(key, _)| self.view(to).get(key).is_none())
            .filter_map(|(key, value)| Some((key.to_owned(), Owned::of(value)?)))
            .collect();
        for (key, value) in missing {
            self.tree.set(to, &key, value.borrow());
        }
    }

    /// Copies a map of scalars to a field that has none, or an empty one.
    pub(super) fn fill_map(&mut self, map: NodeId, key: &str, from: NodeId) {
        if self.get(map, key).is_none_or(|value| value.is_map() && value.is_empty())
            && let Some(to) = self.made(map, key)
        {
            self.copy_missing(from, to);
        }
    }
}

/// A scalar that outlives the tree's being changed.
enum Owned {
    Bool(bool),
    Int(i64),
    Float(f64),
    String(String),
}

impl Owned {
    fn of(view: View<'_>) -> Option<Self> {
        Some(match view.value() {
            Value::Bool(value) => Self::Bool(value),
            Value::Int(value) => Self::Int(value),
            Value::Float(value) => Self::Float(value),
            Value::String(value) => Self::String(value.to_owned()),
            Value::Null | Value::List | Value::Map => return None,
        })
    }

    fn borrow(&self) -> Scalar<'_> {
        match self {
            Self::Bool(value) => Scalar::Bool(*value),
            Self::Int(value) => Scalar::Int(*value),
            Self::Float(value) => Scalar::Float(*value),
            Self::String(value) => Scalar::String(value),
        }
    }
}
