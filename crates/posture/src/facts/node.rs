//! How the maps and lists of our roots are numbered: a kind, and an index.

use cofferdam_cel::{Handle, List, Lookup, Map, Node, Source, Value};

/// Kinds of maps and lists of one root: a table of names of members, in which the place is the
/// number. The first is the root itself; a list has no names.
pub(super) type Kinds = &'static [&'static [&'static str]];

/// The node of a kind at an index.
pub(super) fn node(kind: usize, index: usize) -> Node {
    let number = |value: usize| u64::try_from(value).unwrap_or_default();
    Node(number(kind) << 32 | (number(index) & u64::from(u32::MAX)))
}

/// Kind and index of a node.
pub(super) fn split(node: Node) -> (usize, usize) {
    let number = |value: u64| usize::try_from(value).unwrap_or(usize::MAX);
    (number(node.0 >> 32), number(node.0 & u64::from(u32::MAX)))
}

/// The names of the members of a kind.
pub(super) fn names(kinds: Kinds, node: Node) -> &'static [&'static str] {
    kinds.get(split(node).0).copied().unwrap_or_default()
}

/// The members that are there, absent ones left out.
pub(super) fn keys(
    kinds: Kinds,
    source: &dyn Source,
    node: Node,
) -> impl Iterator<Item = &'static str> + use<'_> {
    let names = names(kinds, node).iter().copied();
    names.filter(move |name| !matches!(source.member(node, name), Lookup::Absent))
}

pub(super) fn map(source: &dyn Source, kind: usize, index: usize) -> Lookup<'_> {
    Lookup::Value(Value::Map(Map::Source(Handle::new(source, node(kind, index)))))
}

pub(super) fn list(source: &dyn Source, kind: usize, index: usize) -> Lookup<'_> {
    Lookup::Value(Value::List(List::Source(Handle::new(source, node(kind, index)))))
}
