//! Filling in what the API server would fill in, and taking out what does not count.

use super::{
    DEFAULTED, KEY_LONG, KEY_WORD, KEYED, Kind, LongKey, Node, NodeId, SORTED, SORTED_MIN, Span,
    Store, Text, Tree, key_length, key_order, words,
};
use std::sync::Arc;

/// A value that can be filled in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scalar<'s> {
    /// `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number.
    Float(f64),
    /// A string.
    String(&'s str),
    /// A list, to push to.
    EmptyList,
    /// A map, to set in.
    EmptyMap,
}

impl Tree {
    /// Puts a value under a key of a map, over what was there, marks it as defaulted and gives its
    /// id. Nothing happens to what is no map; then the id is that of the value itself.
    pub fn set(&mut self, map: NodeId, key: &str, value: Scalar<'_>) -> NodeId {
        if !self.view(map).is_map() {
            return map;
        }
        let before = self.view(map).get(key).map(|view| view.id().0);
        let at = self.view(map).span().end;
        let text = self.keep(key);
        let (key_at, flag) = if text.store == Store::Words {
            (text.start, KEY_WORD)
        } else {
            self.keys.push(LongKey { span: Span { start: at, end: at }, text });
            (number(self.keys.len() - 1), KEY_LONG)
        };
        let node = self.made(at, map, value);
        let key_length = key_length(key.len());
        let id = self.add(Node { key: key_at, key_length, flags: KEYED | flag, ..node });
        self.adopt(map.0, before, id);
        NodeId(id)
    }

    /// Appends a value to a list, marks it as defaulted and gives its id. Nothing happens to what
    /// is no list; then the id is that of the value itself.
    pub fn push(&mut self, list: NodeId, value: Scalar<'_>) -> NodeId {
        if !self.view(list).is_list() {
            return list;
        }
        let at = self.view(list).span().end;
        let node = self.made(at, list, value);
        let id = self.add(node);
        self.adopt(list.0, None, id);
        NodeId(id)
    }

    /// Takes an entry out of a map. Its nodes stay where they are, out of reach.
    pub fn remove(&mut self, map: NodeId, key: &str) {
        let Some(node) = self.node(map.0).copied().filter(|node| node.kind == Kind::Map) else {
            return;
        };
        let Some(gone) = self.view(map).get(key).map(|view| view.id().0) else { return };
        let was_sorted = node.flags & SORTED != 0;
        let runs = node.second.saturating_mul(if was_sorted { 2 } else { 1 });
        let left: Vec<u32> =
            self.run(node.first, runs).iter().copied().filter(|id| *id != gone).collect();
        let first = node.first as usize;
        if let Some(run) = self.children.get_mut(first..first + left.len()) {
            run.copy_from_slice(&left);
        }
        let count = left.len() / if was_sorted { 2 } else { 1 };
        if let Some(node) = self.nodes.get_mut(map.0 as usize) {
            node.second = number(count);
            node.flags &= if count > SORTED_MIN { u8::MAX } else { !SORTED };
        }
    }

    /// The same without what changes leave behind: room to grow, and runs of children that moved
    /// to where they could.
    #[must_use]
    pub fn compact(&self) -> Self {
        let (mut nodes, mut children) = (self.nodes.clone(), Vec::new());
        children.reserve_exact(nodes.len());
        for node in nodes.iter_mut().filter(|node| matches!(node.kind, Kind::List | Kind::Map)) {
            let runs = if node.flags & SORTED != 0 { 2 } else { 1 };
            let run = self.run(node.first, node.second.saturating_mul(runs));
            node.first = number(children.len());
            children.extend_from_slice(run);
        }
        children.shrink_to_fit();
        let (buffer, keys) = (self.buffer.clone(), self.keys.clone());
        Self { text: Arc::clone(&self.text), nodes, children, buffer, keys, root: self.root }
    }

    /// A node without key or children, at an offset, in a list or map.
    fn made(&mut self, at: u32, around: NodeId, value: Scalar<'_>) -> Node {
        let (kind, number) = match value {
            Scalar::Null => (Kind::Null, 0),
            Scalar::Bool(value) => (Kind::Bool, u64::from(value)),
            Scalar::Int(value) => (Kind::Int, value.cast_unsigned()),
            Scalar::Float(value) => (Kind::Float, value.to_bits()),
            Scalar::String(value) => {
                let text = self.keep(value);
                (Kind::of(text.store), u64::from(text.length) << 32 | u64::from(text.start))
            }
            Scalar::EmptyList => (Kind::List, 0),
            Scalar::EmptyMap => (Kind::Map, 0),
        };
        let (first, second) = halves(number);
        let end = self.view(around).written().id().0;
        Node { key: 0, start: at, end, first, second, key_length: 0, kind, flags: 0 }
    }

    fn add(&mut self, mut node: Node) -> u32 {
        node.flags |= DEFAULTED;
        let id = number(self.nodes.len());
        self.nodes.push(node);
        id
    }

    fn keep(&mut self, text: &str) -> Text {
        let length = number(text.len());
        if let Some(start) = words::find(text) {
            return Text { start, length, store: Store::Words };
        }
        let start = number(self.buffer.len());
        self.buffer.push_str(text);
        Text { start, length, store: Store::Buffer }
    }

    /// Makes `id` a child, in the place of `before` or behind the last one. The run of children
    /// moves to the end of the table, where it can grow, unless it is there already.
    fn adopt(&mut self, parent: u32, before: Option<u32>, id: u32) {
        let Some(node) = self.node(parent).copied() else { return };
        let (mut first, count) = (node.first as usize, node.second as usize);
        let was_sorted = node.flags & SORTED != 0;
        let behind = first + if was_sorted { 2 * count } else { count };
        if behind != self.children.len() {
            self.children.extend_from_within(first..first + count);
            first = self.children.len() - count;
        }
        self.children.truncate(first + count);
        let run = self.children.get_mut(first..).unwrap_or_default();
        match run.iter_mut().find(|child| Some(**child) == before) {
            Some(child) => *child = id,
            None => self.children.push(id),
        }
        let count = self.children.len() - first;
        let sorted = node.kind == Kind::Map && count > SORTED_MIN;
        if sorted {
            let mut run = self.children.get(first..).unwrap_or_default().to_vec();
            run.sort_by(|left, right| key_order(self.key_of(*left), self.key_of(*right)));
            self.children.extend_from_slice(&run);
        }
        if let Some(node) = self.nodes.get_mut(parent as usize) {
            (node.first, node.second) = (number(first), number(count));
            node.flags = node.flags & !SORTED | if sorted { SORTED } else { 0 };
        }
    }

    fn key_of(&self, id: u32) -> &str {
        self.node(id).map_or("", |node| self.key(node))
    }
}

/// More than four billion of anything do not come out of a text that is bounded as ours is.
pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The low and the high half of a number.
pub(super) const fn halves(number: u64) -> (u32, u32) {
    #[expect(clippy::cast_possible_truncation, reason = "the halves are what is wanted")]
    let halves = (number as u32, (number >> 32) as u32);
    halves
}
