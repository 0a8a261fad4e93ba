//! Looking at the values of a tree.

use super::{
    DEFAULTED, Kind, Node, NodeId, SORTED, SORTED_MIN, Sorts, Span, Store, TANGLED, Text, Tree,
    key_order,
};

/// One value in its [`Tree`]: two words, to be copied freely.
#[derive(Clone, Copy)]
pub struct View<'t> {
    tree: &'t Tree,
    id: u32,
}

/// What a value is. Lists and maps are looked into through their [`View`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value<'t> {
    /// `null`, or nothing at all behind a key.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number that fits.
    Int(i64),
    /// Any other number; finite.
    Float(f64),
    /// A string.
    String(&'t str),
    /// A list.
    List,
    /// A map.
    Map,
}

impl<'t> View<'t> {
    pub(super) const fn new(tree: &'t Tree, id: NodeId) -> Self {
        Self { tree, id: id.0 }
    }

    #[inline]
    fn node(self) -> Option<&'t Node> {
        self.tree.node(self.id)
    }

    fn children(self) -> &'t [u32] {
        self.node().map_or(&[], |node| self.tree.children(node))
    }

    const fn with(self, id: u32) -> Self {
        Self { tree: self.tree, id }
    }

    /// Which value of the tree this is.
    pub const fn id(self) -> NodeId {
        NodeId(self.id)
    }

    /// The tree it stands in.
    pub const fn tree(self) -> &'t Tree {
        self.tree
    }

    /// What it is.
    #[inline]
    pub fn value(self) -> Value<'t> {
        let Some(node) = self.node() else { return Value::Null };
        let number = u64::from(node.second) << 32 | u64::from(node.first);
        let text = |store| {
            let text = Text { start: node.first, length: node.second, store };
            Value::String(self.tree.slice(text))
        };
        match node.kind {
            Kind::Null => Value::Null,
            Kind::Bool => Value::Bool(node.first != 0),
            Kind::Int => Value::Int(number.cast_signed()),
            Kind::Float => Value::Float(f64::from_bits(number)),
            Kind::Text => text(Store::Text),
            Kind::Buffer => text(Store::Buffer),
            Kind::Word => text(Store::Words),
            Kind::List => Value::List,
            Kind::Map => Value::Map,
        }
    }

    /// The value under a key; nothing if this is no map or has no such key.
    pub fn get(self, key: &str) -> Option<Self> {
        let node = self.node().filter(|node| node.kind == Kind::Map)?;
        let children = self.tree.children(node);
        if node.flags & SORTED != 0 {
            let count = node.second;
            let sorted = self.tree.run(node.first.saturating_add(count), count);
            let order = |id: &u32| key_order(self.with(*id).own_key(), key);
            let at = sorted.binary_search_by(order).ok()?;
            return sorted.get(at).map(|id| self.with(*id));
        }
        debug_assert!(children.len() <= SORTED_MIN, "long maps are sorted when they are made");
        let is_it =
            |id: &&u32| self.tree.node(**id).is_some_and(|node| self.tree.is_key(node, key));
        children.iter().find(is_it).map(|id| self.with(*id))
    }

    /// The value at a path of keys.
    pub fn at(self, path: &[&str]) -> Option<Self> {
        path.iter().try_fold(self, |view, key| view.get(key))
    }

    /// The element of a list, or the value of a map's entry, at a position from 0.
    pub fn element(self, position: usize) -> Option<Self> {
        self.children().get(position).map(|id| self.with(*id))
    }

    /// How many elements or entries; 0 for all but lists and maps.
    pub fn len(self) -> usize {
        self.children().len()
    }

    /// Whether there are no elements or entries.
    pub fn is_empty(self) -> bool {
        self.children().is_empty()
    }

    /// The elements of a list; none if this is no list.
    pub fn elements(self) -> Elements<'t> {
        let ids = if self.is_list() { self.children() } else { &[] };
        Elements { tree: self.tree, ids: ids.iter() }
    }

    /// The elements of a list, or the values of a map in the order of the text.
    pub fn values(self) -> Elements<'t> {
        Elements { tree: self.tree, ids: self.children().iter() }
    }

    /// Keys and values of a map in the order of the text; none if this is no map.
    pub fn entries(self) -> Entries<'t> {
        let ids = if self.is_map() { self.children() } else { &[] };
        Entries { values: Elements { tree: self.tree, ids: ids.iter() } }
    }

    /// The key of a map's entry at a position from 0.
    pub fn key(self, position: usize) -> Option<&'t str> {
        if self.is_map() { self.element(position).map(Self::own_key) } else { None }
    }

    /// The key that this value itself stands under; empty for elements and the root.
    pub fn own_key(self) -> &'t str {
        self.node().map_or("", |node| self.tree.key(node))
    }

    /// The bytes of [`Self::own_key`].
    pub(crate) fn own_key_bytes(self) -> &'t [u8] {
        self.node().map_or(&[], |node| self.tree.key_bytes(node))
    }

    /// Whether it is of one of these sorts.
    pub(crate) fn is_of(self, sorts: Sorts) -> bool {
        sorts.has(self.node().map_or(Kind::Null, |node| node.kind))
    }

    /// The string, if it is one.
    pub fn as_str(self) -> Option<&'t str> {
        if let Value::String(text) = self.value() { Some(text) } else { None }
    }

    /// The truth value, if it is one.
    pub fn as_bool(self) -> Option<bool> {
        if let Value::Bool(value) = self.value() { Some(value) } else { None }
    }

    /// The whole number, if it is one.
    pub fn as_int(self) -> Option<i64> {
        if let Value::Int(value) = self.value() { Some(value) } else { None }
    }

    /// Whether it is a map.
    pub fn is_map(self) -> bool {
        self.node().is_some_and(|node| node.kind == Kind::Map)
    }

    /// Whether it is a list.
    pub fn is_list(self) -> bool {
        self.node().is_some_and(|node| node.kind == Kind::List)
    }

    /// Whether it is null.
    #[inline]
    pub fn is_null(self) -> bool {
        self.node().is_none_or(|node| node.kind == Kind::Null)
    }

    /// Where the value stands. Quotes and brackets belong to it; tags and anchors do not. What an
    /// alias stands for has the place of the alias, and what is in it the place of its anchor. A
    /// null without text, and whatever is defaulted, is an empty stretch where it would stand.
    pub fn span(self) -> Span {
        let end = |node: &Node| if node.flags & DEFAULTED == 0 { node.end } else { node.start };
        self.node().map(|node| Span { start: node.start, end: end(node) }).unwrap_or_default()
    }

    /// This value, or if it is defaulted, the list or map of the text that it was put into.
    #[must_use]
    pub fn written(self) -> Self {
        let around = self.node().filter(|node| node.flags & DEFAULTED != 0).map(|node| node.end);
        around.map_or(self, |around| self.with(around))
    }

    /// Where the key stands, quotes included; nothing for elements, the root and what is
    /// defaulted.
    pub fn key_span(self) -> Option<Span> {
        self.node().filter(|node| node.flags & DEFAULTED == 0).and_then(|n| self.tree.key_span(n))
    }

    /// Whether the text does not have this value: [`Tree::set`] or [`Tree::push`] added it.
    pub fn is_defaulted(self) -> bool {
        self.node().is_some_and(|node| node.flags & DEFAULTED != 0)
    }

    /// Whether who changes its text changes something else with it, or does not change it at all:
    /// it has an anchor, came by an alias or a merge key, or stands over an entry of the same key.
    pub fn is_tangled(self) -> bool {
        self.node().is_some_and(|node| node.flags & TANGLED != 0)
    }
}

impl std::fmt::Debug for View<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not what is in it: that may be the whole file.
        formatter.debug_tuple("View").field(&self.id).field(&self.value()).finish()
    }
}

/// The elements of a list or the values of a map, see [`View::elements`] and [`View::values`].
#[derive(Clone, Debug)]
pub struct Elements<'t> {
    tree: &'t Tree,
    ids: std::slice::Iter<'t, u32>,
}

impl<'t> Iterator for Elements<'t> {
    type Item = View<'t>;

    fn next(&mut self) -> Option<Self::Item> {
        self.ids.next().map(|id| View { tree: self.tree, id: *id })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.ids.size_hint()
    }
}

impl ExactSizeIterator for Elements<'_> {}

/// The entries of a map, see [`View::entries`].
#[derive(Clone, Debug)]
pub struct Entries<'t> {
    values: Elements<'t>,
}

impl<'t> Iterator for Entries<'t> {
    type Item = (&'t str, View<'t>);

    fn next(&mut self) -> Option<Self::Item> {
        self.values.next().map(|value| (value.own_key(), value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.values.size_hint()
    }
}

impl ExactSizeIterator for Entries<'_> {}
