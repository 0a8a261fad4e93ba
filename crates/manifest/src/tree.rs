//! One document as an arena of small nodes over its text.
//!
//! A node is 24 bytes and its place among its siblings four more. Strings that stand plainly in
//! the text are found there by offset; what the API server fills in most often stands in one
//! table for all trees, and the others lie in one buffer of the tree.

mod build;
mod change;
#[cfg(test)]
mod tests;
mod view;
mod words;

pub use build::Duplicate;
pub(crate) use build::{Builder, Key, Leaf, Store, Text};
pub use change::Scalar;
use std::sync::Arc;
pub use view::{Elements, Entries, Value, View};

/// A node of a [`Tree`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

/// A stretch of a file's text, in bytes: from `start` up to but not including `end`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset behind the last byte.
    pub end: u32,
}

/// One document.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The whole file; every document of it shares it.
    text: Arc<str>,
    nodes: Vec<Node>,
    /// For each list and map a run of the nodes in it, see [`Node::first`].
    children: Vec<u32>,
    /// Strings that do not stand in the text as they are.
    buffer: String,
    /// Keys that do not, or that are too long for [`Node::key_length`].
    keys: Vec<LongKey>,
    root: u32,
}

/// A value together with the key that it stands under, if it stands in a map.
#[derive(Clone, Copy, Debug)]
struct Node {
    /// Offset of the key's text; with [`KEY_LONG`] the index in [`Tree::keys`], and with
    /// [`KEY_WORD`] that in the table of words.
    key: u32,
    start: u32,
    /// Of what is [`DEFAULTED`], which stands in no stretch of the text, the list or map of the
    /// text around it.
    end: u32,
    /// A number's low half; a string's offset; where a container's run in [`Tree::children`]
    /// begins.
    first: u32,
    /// A number's high half; a string's length; how many children.
    second: u32,
    /// Of keys that are longer than it can tell, as much as it can.
    key_length: u16,
    kind: Kind,
    flags: u8,
}

/// What [`Node::first`] and [`Node::second`] hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Null,
    Bool,
    Int,
    Float,
    /// In the text.
    Text,
    /// In the buffer.
    Buffer,
    /// In the table of words.
    Word,
    List,
    Map,
}

/// A set of sorts of values, to be asked about without looking at the value.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sorts(u8);

impl Sorts {
    pub(crate) const NULL: Self = Self(1);
    pub(crate) const BOOL: Self = Self(1 << 1);
    pub(crate) const INT: Self = Self(1 << 2);
    pub(crate) const FLOAT: Self = Self(1 << 3);
    pub(crate) const STRING: Self = Self(1 << 4);
    const LIST: Self = Self(1 << 5);
    const MAP: Self = Self(1 << 6);
    pub(crate) const ALL: Self = Self(u8::MAX);

    pub(crate) const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn has(self, kind: Kind) -> bool {
        let sort = match kind {
            Kind::Null => Self::NULL,
            Kind::Bool => Self::BOOL,
            Kind::Int => Self::INT,
            Kind::Float => Self::FLOAT,
            Kind::Text | Kind::Buffer | Kind::Word => Self::STRING,
            Kind::List => Self::LIST,
            Kind::Map => Self::MAP,
        };
        self.0 & sort.0 != 0
    }
}

impl Kind {
    const fn of(store: Store) -> Self {
        match store {
            Store::Text => Self::Text,
            Store::Buffer => Self::Buffer,
            Store::Words => Self::Word,
        }
    }
}

/// A key that needs more words.
#[derive(Clone, Copy, Debug)]
struct LongKey {
    span: Span,
    text: Text,
}

/// The node stands under a key.
const KEYED: u8 = 1;
/// The key stands in quotes; [`Node::key`] is behind the first of them.
const KEY_QUOTED: u8 = 2;
/// The key is in [`Tree::keys`].
const KEY_LONG: u8 = 4;
/// The text does not have this node: the API server would fill it in.
const DEFAULTED: u8 = 8;
/// The run of children is followed by a second one that is ordered by key.
const SORTED: u8 = 16;

/// The key is in the table of words; only of what is [`DEFAULTED`], and so stands nowhere.
const KEY_WORD: u8 = 64;

/// See [`View::is_tangled`].
const TANGLED: u8 = 128;

/// Maps with more keys than this are searched by halving, not from end to end.
const SORTED_MIN: usize = 32;

impl Tree {
    /// The value of the document.
    pub fn root(&self) -> View<'_> {
        self.view(NodeId(self.root))
    }

    /// The value with this id. An id of another tree gives some other value, or null.
    pub fn view(&self, id: NodeId) -> View<'_> {
        View::new(self, id)
    }

    /// The text of the file that the document stands in.
    pub fn text(&self) -> &Arc<str> {
        &self.text
    }

    #[inline]
    fn node(&self, id: u32) -> Option<&Node> {
        self.nodes.get(id as usize)
    }

    fn run(&self, first: u32, count: u32) -> &[u32] {
        let first = first as usize;
        self.children.get(first..first + count as usize).unwrap_or_default()
    }

    fn children(&self, node: &Node) -> &[u32] {
        match node.kind {
            Kind::List | Kind::Map => self.run(node.first, node.second),
            _ => &[],
        }
    }

    fn slice(&self, text: Text) -> &str {
        let from = match text.store {
            Store::Text => &*self.text,
            Store::Buffer => &*self.buffer,
            Store::Words => return words::at(text.start),
        };
        let start = text.start as usize;
        from.get(start..start + text.length as usize).unwrap_or_default()
    }

    fn key(&self, node: &Node) -> &str {
        if node.flags & (KEY_LONG | KEY_WORD) != 0 {
            return self.key_elsewhere(node);
        }
        let start = node.key as usize;
        self.text.get(start..start + usize::from(node.key_length)).unwrap_or_default()
    }

    /// A key that does not stand plainly in the text.
    fn key_elsewhere(&self, node: &Node) -> &str {
        if node.flags & KEY_WORD != 0 {
            return words::at(node.key);
        }
        self.keys.get(node.key as usize).map_or("", |key| self.slice(key.text))
    }

    /// The same as [`Self::key`], without asking where letters begin and end.
    fn key_bytes(&self, node: &Node) -> &[u8] {
        if node.flags & (KEY_LONG | KEY_WORD) != 0 {
            return self.key_elsewhere(node).as_bytes();
        }
        let start = node.key as usize;
        let end = start + usize::from(node.key_length);
        self.text.as_bytes().get(start..end).unwrap_or_default()
    }

    /// Whether a node stands under a key. Most keys differ in length, which is cheap to see.
    fn is_key(&self, node: &Node, key: &str) -> bool {
        if node.key_length != key_length(key.len()) {
            return false;
        }
        if node.flags & (KEY_LONG | KEY_WORD) != 0 {
            return self.key(node) == key;
        }
        let start = node.key as usize;
        let Some(own) = self.text.as_bytes().get(start..start + key.len()) else { return false };
        is_same(own, key.as_bytes())
    }

    fn key_span(&self, node: &Node) -> Option<Span> {
        if node.flags & KEYED == 0 || node.flags & KEY_WORD != 0 {
            None
        } else if node.flags & KEY_LONG != 0 {
            self.keys.get(node.key as usize).map(|key| key.span)
        } else {
            let quote = u32::from(node.flags & KEY_QUOTED != 0);
            let (start, length) = (node.key, u32::from(node.key_length));
            Some(Span { start: start - quote, end: start + length + quote })
        }
    }
}

/// Whether two texts of one length are the same: mostly they are of a word or two, for which to call
/// the C library costs more than to compare.
#[inline]
fn is_same(one: &[u8], other: &[u8]) -> bool {
    const SHORT: usize = 4;
    const LONG: usize = 8;
    match one.len() {
        0..SHORT => one.iter().eq(other),
        SHORT..LONG => {
            one.first_chunk::<SHORT>() == other.first_chunk::<SHORT>()
                && one.last_chunk::<SHORT>() == other.last_chunk::<SHORT>()
        }
        LONG..=16 => {
            one.first_chunk::<LONG>() == other.first_chunk::<LONG>()
                && one.last_chunk::<LONG>() == other.last_chunk::<LONG>()
        }
        _ => one.first() == other.first() && one == other,
    }
}

fn key_length(bytes: usize) -> u16 {
    u16::try_from(bytes).unwrap_or(u16::MAX)
}

/// The order in which keys of a sorted run stand: shorter ones first.
fn key_order(left: &str, right: &str) -> std::cmp::Ordering {
    left.len().cmp(&right.len()).then_with(|| left.as_bytes().cmp(right.as_bytes()))
}
