//! Anchors, tags and aliases.

use super::Yaml;
use crate::{
    fault::Fault,
    json::{DEPTH_MAX, span},
    tree::Key,
};

/// What an anchor names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Anchor {
    /// A list or map that begins at this offset and has not ended.
    Open(usize),
    /// A node of the tree.
    Node(u32),
}

/// What stands before a node.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Properties<'t> {
    pub(super) anchor: Option<&'t str>,
    pub(super) tag: Option<Tag>,
}

/// The tags that mean something to Kubernetes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    String,
    Bool,
    Int,
    Float,
    Null,
    Binary,
    Merge,
    /// `!`, which makes whatever follows a string.
    Plain,
    /// Any other; a scalar with it is a string.
    Other,
}

impl Properties<'_> {
    pub(super) const fn is_empty(&self) -> bool {
        self.anchor.is_none() && self.tag.is_none()
    }

    /// Both together; nothing if they have the same thing twice.
    pub(super) fn join(self, other: Self) -> Option<Self> {
        let twice = self.anchor.is_some() && other.anchor.is_some()
            || self.tag.is_some() && other.tag.is_some();
        let joined = Self { anchor: self.anchor.or(other.anchor), tag: self.tag.or(other.tag) };
        (!twice).then_some(joined)
    }
}

impl<'t> Yaml<'t, '_> {
    /// Reads the anchor and the tag that stand here on one line, and the white space behind them.
    pub(super) fn properties(&mut self) -> Result<Properties<'t>, Fault> {
        let mut found = Properties::default();
        while let Some(byte @ (b'&' | b'!')) = self.peek() {
            let (line, start) = (self.line, self.at);
            let own = if byte == b'&' {
                Properties { anchor: Some(self.name()?), tag: None }
            } else {
                Properties { anchor: None, tag: Some(self.tag()?) }
            };
            self.end = self.at;
            self.opens = false;
            found = found.join(own).ok_or_else(|| two(start))?;
            let behind = self.at;
            while self.blank(self.at) {
                self.at += 1;
            }
            if self.flow > 0 {
                self.token();
            }
            if self.flow == 0 && self.line != line || self.at == behind {
                break;
            }
        }
        Ok(found)
    }

    /// Reads the name of an anchor or an alias behind its indicator.
    pub(super) fn name(&mut self) -> Result<&'t str, Fault> {
        let start = self.at + 1;
        self.at = start;
        while self.peek().is_some_and(is_word) {
            self.at += 1;
        }
        let follows = |byte| matches!(byte, b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if self.at == start || !(self.space(self.at) || self.peek().is_some_and(follows)) {
            return Err(Fault::malformed(start - 1, "an anchor or alias without a proper name"));
        }
        Ok(self.text.get(start..self.at).unwrap_or_default())
    }

    fn tag(&mut self) -> Result<Tag, Fault> {
        let start = self.at;
        let verbatim = self.byte(start + 1) == Some(b'<');
        self.at += if verbatim { 2 } else { 1 };
        while self
            .peek()
            .is_some_and(|byte| is_word(byte) || b";/?:@&=+$,.!~*'()[]%".contains(&byte))
        {
            self.at += 1;
        }
        let written = self.between(start + 1, self.at);
        let tag = if verbatim {
            let core = written.strip_prefix("<tag:yaml.org,2002:");
            core.map_or(Tag::Other, core_tag)
        } else if let Some(core) = written.strip_prefix('!') {
            core_tag(core)
        } else if written.is_empty() {
            Tag::Plain
        } else {
            let handle = written.bytes().take_while(|byte| is_word(*byte)).count();
            if written.as_bytes().get(handle) == Some(&b'!') && !self.handles {
                return Err(Fault::malformed(start, "a tag whose handle is not defined"));
            }
            Tag::Other
        };
        let escaped = written
            .split('%')
            .skip(1)
            .all(|rest| rest.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2);
        let nothing = written == "!" || written == "<" || !escaped;
        let closed = !verbatim || self.peek() == Some(b'>');
        self.at += usize::from(verbatim);
        if nothing || !closed || !self.space(self.at) {
            return Err(Fault::malformed(start, "a tag that YAML does not allow"));
        }
        Ok(tag)
    }

    /// Reads an alias and gives what it names.
    fn named(&mut self) -> Result<u32, Fault> {
        let start = self.at;
        let name = self.name()?;
        self.end = self.at;
        match self.anchors.get(name) {
            Some(Anchor::Node(id)) => Ok(*id),
            Some(Anchor::Open(_)) => {
                Err(Fault::malformed(start, format!("the anchor {name:?} contains itself")))
            }
            None => Err(Fault::malformed(start, format!("no anchor has the name {name:?}"))),
        }
    }

    /// Reads an alias whose node the caller takes over.
    pub(super) fn alias_node(&mut self) -> Result<u32, Fault> {
        self.opens = false;
        self.named()
    }

    /// A copy of the node that an alias names, under a key.
    pub(super) fn expand(
        &mut self,
        start: usize,
        id: u32,
        key: Option<&Key>,
        depth: u32,
    ) -> Result<u32, Fault> {
        let place = span(start, self.end);
        let left = &mut self.allowance.aliased;
        match self.builder.copy(id, key, place, DEPTH_MAX.saturating_sub(depth), left) {
            Some(copy) => Ok(copy),
            None if *left == 0 => {
                let limit = super::ALIASED_MAX as u64;
                Err(Fault::exceeded(start, "number of values that aliases stand for", limit))
            }
            None => Err(Fault::exceeded(start, "depth of the document", DEPTH_MAX.into())),
        }
    }
}

fn two(at: usize) -> Fault {
    Fault::malformed(at, "a second anchor or tag for one value")
}

const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// A tag of YAML's own.
fn core_tag(name: &str) -> Tag {
    match name {
        "str" => Tag::String,
        "bool" => Tag::Bool,
        "int" => Tag::Int,
        "float" => Tag::Float,
        "null" => Tag::Null,
        "binary" => Tag::Binary,
        "merge" => Tag::Merge,
        _ => Tag::Other,
    }
}
