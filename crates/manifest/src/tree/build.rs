//! Making a tree while its text is read.

use super::{
    KEY_LONG, KEY_QUOTED, KEY_WORD, KEYED, Kind, LongKey, Node, NodeId, SORTED, SORTED_MIN, Span,
    TANGLED, Tree,
    change::{halves, number},
    key_order,
};
use std::{collections::HashSet, sync::Arc};

/// Where a string is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) start: u32,
    /// In bytes.
    pub(crate) length: u32,
    pub(crate) store: Store,
}

/// What holds a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Store {
    /// The text of the file.
    Text,
    /// The buffer of the tree.
    Buffer,
    /// The table of words, where [`Text::start`] is its place.
    Words,
}

/// The key that a value stands under.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key {
    pub(crate) span: Span,
    pub(crate) text: Text,
}

/// A value without children.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Leaf {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    String(Text),
}

/// An entry of a map that a later one with the same key replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The map.
    pub map: NodeId,
    /// The entry that no longer counts; it can still be looked at.
    pub entry: NodeId,
}

/// An entry came with a merge key, so that replacing it is no mistake. Only while building.
const MERGED: u8 = 32;

/// A document in the making. It is used again for the next one.
#[derive(Debug)]
pub(crate) struct Builder {
    tree: Tree,
    /// Children of the containers that are still open.
    pending: Vec<u32>,
    duplicates: Vec<Duplicate>,
}

/// Duplicates that are listed for one document; a file of nothing else must not cost more memory
/// than other files.
const DUPLICATES_MAX: usize = 100;

/// Bytes of text for each value, as most manifests have them.
const NODE_BYTES_USUAL: usize = 20;

/// Values that there is room for at once, at the most; only what is in use of it costs memory.
const NODES_AT_ONCE: usize = 4_096;

impl Builder {
    /// Starts with nothing.
    pub(crate) fn new(text: Arc<str>) -> Self {
        let room = (text.len() / NODE_BYTES_USUAL).min(NODES_AT_ONCE);
        let (nodes, children) = (Vec::with_capacity(room), Vec::with_capacity(room));
        let tree = Tree { text, nodes, children, buffer: String::new(), keys: Vec::new(), root: 0 };
        Self { tree, pending: Vec::with_capacity(SORTED_MIN), duplicates: Vec::new() }
    }

    /// Forgets what was built.
    pub(crate) fn clear(&mut self) {
        self.tree.nodes.clear();
        self.tree.children.clear();
        self.tree.buffer.clear();
        self.tree.keys.clear();
        self.pending.clear();
        self.duplicates.clear();
    }

    /// The finished tree, no larger than it must be.
    pub(crate) fn finish(&self, root: u32) -> (Tree, Vec<Duplicate>) {
        (Tree { root, ..self.tree.clone() }, self.duplicates.clone())
    }

    /// How many nodes so far.
    pub(crate) const fn len(&self) -> usize {
        self.tree.nodes.len()
    }

    /// The buffer, to append to; see [`Self::since`].
    pub(crate) const fn buffer(&mut self) -> &mut String {
        &mut self.tree.buffer
    }

    /// What was appended to the buffer since it had this length.
    pub(crate) fn since(&self, start: usize) -> Text {
        let length = number(self.tree.buffer.len().saturating_sub(start));
        Text { start: number(start), length, store: Store::Buffer }
    }

    /// A string.
    pub(crate) fn slice(&self, text: Text) -> &str {
        self.tree.slice(text)
    }

    /// A value without children.
    pub(crate) fn leaf(&mut self, key: Option<&Key>, span: Span, leaf: Leaf) -> u32 {
        let (kind, number) = match leaf {
            Leaf::Null => (Kind::Null, 0),
            Leaf::Bool(value) => (Kind::Bool, u64::from(value)),
            Leaf::Int(value) => (Kind::Int, value.cast_unsigned()),
            Leaf::Float(value) => (Kind::Float, value.to_bits()),
            Leaf::String(text) => {
                (Kind::of(text.store), u64::from(text.length) << 32 | u64::from(text.start))
            }
        };
        self.add(key, span, kind, halves(number))
    }

    fn add(&mut self, key: Option<&Key>, span: Span, kind: Kind, words: (u32, u32)) -> u32 {
        let ((first, second), Span { start, end }) = (words, span);
        let node = Node { key: 0, start, end, first, second, key_length: 0, kind, flags: 0 };
        self.keep(node, key)
    }

    /// Adds a node under a key, in short where that can be.
    fn keep(&mut self, mut node: Node, key: Option<&Key>) -> u32 {
        if let Some(Key { span, text }) = key.copied() {
            let before = text.start.wrapping_sub(span.start);
            let after = span.end.wrapping_sub(text.start.wrapping_add(text.length));
            node.flags |= KEYED;
            node.key_length = u16::try_from(text.length).unwrap_or(u16::MAX);
            if text.store == Store::Text
                && before == after
                && before <= 1
                && node.key_length < u16::MAX
            {
                node.key = text.start;
                node.flags |= if before == 1 { KEY_QUOTED } else { 0 };
            } else {
                node.key = number(self.tree.keys.len());
                self.tree.keys.push(LongKey { span, text });
                node.flags |= KEY_LONG;
            }
        }
        let id = number(self.tree.nodes.len());
        self.tree.nodes.push(node);
        id
    }

    /// Opens a container; what it gives goes to [`Self::close_list`] or [`Self::close_map`].
    pub(crate) const fn open(&self) -> usize {
        self.pending.len()
    }

    /// Makes a value the next child of the innermost open container.
    pub(crate) fn push(&mut self, id: u32) {
        self.pending.push(id);
    }

    /// Ends a list.
    pub(crate) fn close_list(&mut self, mark: usize, key: Option<&Key>, span: Span) -> u32 {
        let first = number(self.tree.children.len());
        let run = self.pending.get(mark..).unwrap_or_default();
        let count = number(run.len());
        self.tree.children.extend_from_slice(run);
        self.pending.truncate(mark);
        self.add(key, span, Kind::List, (first, count))
    }

    /// Ends a map. Of entries with equal keys the last one counts.
    pub(crate) fn close_map(&mut self, mark: usize, key: Option<&Key>, span: Span) -> u32 {
        let long = self.pending.len().saturating_sub(mark) > SORTED_MIN;
        let sorted = if long { self.sort(mark) } else { self.compare(mark) };
        let first = number(self.tree.children.len());
        let run = self.pending.get(mark..).unwrap_or_default();
        let count = number(run.len());
        self.tree.children.extend_from_slice(run);
        self.tree.children.extend_from_slice(&sorted);
        self.pending.truncate(mark);
        let id = self.add(key, span, Kind::Map, (first, count));
        if let Some(node) = self.tree.nodes.last_mut().filter(|_| !sorted.is_empty()) {
            node.flags |= SORTED;
        }
        id
    }

    /// Drops duplicates in a short map.
    fn compare(&mut self, mark: usize) -> Vec<u32> {
        let tree = &self.tree;
        let run = self.pending.get(mark..).unwrap_or_default();
        let equal = |(left, right): (u32, u32)| {
            let (left, right) = (tree.node(left), tree.node(right));
            left.zip(right).is_some_and(|(left, right)| {
                left.key_length == right.key_length && tree.key(left) == tree.key(right)
            })
        };
        let lost: Vec<(u32, u32)> = run
            .iter()
            .enumerate()
            .filter_map(|(at, left)| {
                let behind = run.get(at + 1..).unwrap_or_default();
                behind.iter().map(|right| (*left, *right)).find(|pair| equal(*pair))
            })
            .collect();
        self.lose(mark, &lost);
        Vec::new()
    }

    /// Drops duplicates in a long map and gives its entries in the order of their keys, if they
    /// are still too many to be compared one by one.
    fn sort(&mut self, mark: usize) -> Vec<u32> {
        let tree = &self.tree;
        let key = |id: &u32| tree.node(*id).map_or("", |node| tree.key(node));
        let mut sorted = self.pending.get(mark..).unwrap_or_default().to_vec();
        // Stable: among equal keys the order of the text remains.
        sorted.sort_by(|left, right| key_order(key(left), key(right)));
        let mut lost = Vec::new();
        let mut before = None;
        for id in &sorted {
            lost.extend(before.filter(|other| key(other) == key(id)).map(|other| (other, *id)));
            before = Some(*id);
        }
        if !lost.is_empty() {
            let gone: HashSet<u32> = lost.iter().map(|(id, _)| *id).collect();
            sorted.retain(|id| !gone.contains(id));
        }
        self.lose(mark, &lost);
        if sorted.len() > SORTED_MIN { sorted } else { Vec::new() }
    }

    /// Takes entries out of the map that is about to be closed, each with the one that replaces it.
    fn lose(&mut self, mark: usize, lost: &[(u32, u32)]) {
        if lost.is_empty() {
            return;
        }
        let map = NodeId(number(self.tree.nodes.len()));
        for (id, by) in lost {
            let merged = [id, by].iter().any(|id| self.is_merged(**id));
            if !merged && self.duplicates.len() < DUPLICATES_MAX {
                self.duplicates.push(Duplicate { map, entry: NodeId(*id) });
            }
            // Without it the other one would count again.
            self.tangle(*by);
        }
        let gone: HashSet<u32> = lost.iter().map(|(id, _)| *id).collect();
        let kept: Vec<u32> = self.pending.drain(mark..).filter(|id| !gone.contains(id)).collect();
        self.pending.extend(kept);
    }

    /// Where a node stands.
    pub(crate) fn span(&self, id: u32) -> Span {
        let node = self.tree.node(id);
        node.map(|node| Span { start: node.start, end: node.end }).unwrap_or_default()
    }

    /// What a node is, unless it is a list or a map.
    pub(crate) fn leaf_of(&self, id: u32) -> Option<Leaf> {
        let node = self.tree.node(id)?;
        let number = u64::from(node.second) << 32 | u64::from(node.first);
        let text = |store| Text { start: node.first, length: node.second, store };
        Some(match node.kind {
            Kind::Null => Leaf::Null,
            Kind::Bool => Leaf::Bool(node.first != 0),
            Kind::Int => Leaf::Int(number.cast_signed()),
            Kind::Float => Leaf::Float(f64::from_bits(number)),
            Kind::Text => Leaf::String(text(Store::Text)),
            Kind::Buffer => Leaf::String(text(Store::Buffer)),
            Kind::Word => Leaf::String(text(Store::Words)),
            Kind::List | Kind::Map => return None,
        })
    }

    /// Makes the entries of a map, or of the maps in a list if that may be, entries of the map
    /// that is open. Earlier maps of a list go before later ones. Tells whether it was all maps.
    pub(crate) fn merge(&mut self, id: u32, list: bool) -> bool {
        let Some(node) = self.tree.node(id).copied() else { return false };
        let run = self.tree.children(&node).to_vec();
        match node.kind {
            Kind::Map => {
                for child in run {
                    if let Some(node) = self.tree.nodes.get_mut(child as usize) {
                        node.flags |= MERGED | TANGLED;
                    }
                    self.pending.push(child);
                }
                true
            }
            // The last of two equal entries counts, so the first map comes last.
            Kind::List if list => run.iter().rev().all(|map| self.merge(*map, false)),
            _ => false,
        }
    }

    /// A copy of a node and all in it under a key and at a place of its own. Nothing if it is
    /// more than `depth` deep, or if it has more nodes than are `left`, which then is 0.
    pub(crate) fn copy(
        &mut self,
        id: u32,
        key: Option<&Key>,
        place: Span,
        depth: u32,
        left: &mut usize,
    ) -> Option<u32> {
        let mut node = self.copy_children(id, depth, left)?;
        (node.start, node.end) = (place.start, place.end);
        node.flags &= !(KEYED | KEY_QUOTED | KEY_LONG | KEY_WORD);
        node.flags |= TANGLED;
        Some(self.keep(node, key))
    }

    fn copy_children(&mut self, id: u32, depth: u32, left: &mut usize) -> Option<Node> {
        let mut node = self.tree.node(id).copied()?;
        node.flags &= !MERGED;
        let Some(less) = left.checked_sub(1) else {
            *left = 0;
            return None;
        };
        *left = less;
        let run = self.tree.children(&node).to_vec();
        let mut copies = Vec::with_capacity(run.len());
        for child in run {
            let child = self.copy_children(child, depth.checked_sub(1)?, left)?;
            copies.push(self.keep(child, None));
        }
        if matches!(node.kind, Kind::List | Kind::Map) {
            node.first = number(self.tree.children.len());
            self.tree.children.extend_from_slice(&copies);
        }
        if node.flags & SORTED != 0 {
            let tree = &self.tree;
            let key = |id: &u32| tree.node(*id).map_or("", |node| tree.key(node));
            copies.sort_by(|left, right| key_order(key(left), key(right)));
            self.tree.children.extend_from_slice(&copies);
        }
        Some(node)
    }

    /// Marks what cannot be changed by itself, see [`super::View::is_tangled`].
    pub(crate) fn tangle(&mut self, id: u32) {
        if let Some(node) = self.tree.nodes.get_mut(id as usize) {
            node.flags |= TANGLED;
        }
    }

    fn is_merged(&self, id: u32) -> bool {
        self.tree.node(id).is_some_and(|node| node.flags & MERGED != 0)
    }
}
