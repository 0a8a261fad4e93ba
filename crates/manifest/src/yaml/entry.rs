//! Entries of maps: keys that are more than words, and maps that are merged in.

use super::{Behind, Scalar, Yaml, properties::Properties, resolve::Name};
use crate::{
    fault::Fault,
    json::span,
    tree::{Builder, Key, Leaf},
};

impl<'t> Yaml<'t, '_> {
    /// Reads an entry of a block map: its value behind the colon, if its key was read already, or
    /// else all of it from `?` on.
    pub(super) fn entry(&mut self, name: Option<Name>, depth: u32) -> Result<(), Fault> {
        if let Some(name) = name {
            self.at += 1;
            self.opens = false;
            return self.value(name, depth);
        }
        let start = self.at;
        self.at += 1;
        self.opens = true;
        let id = self.content(None, depth, Behind::Key)?;
        let name = self.name_of_node(id, start)?;
        self.token();
        if !self.ended() && self.column() + 1 == self.least && self.indicator(b':') {
            self.at += 1;
            self.opens = true;
            return self.value(name, depth);
        }
        match name {
            Name::Key(key) => {
                let id = self.empty(Some(&key), self.end)?;
                self.builder.push(id);
                Ok(())
            }
            Name::Merge => Err(no_map(start)),
        }
    }

    fn value(&mut self, name: Name, depth: u32) -> Result<(), Fault> {
        match name {
            Name::Key(key) => {
                let id = self.content(Some(&key), depth, Behind::Key)?;
                self.builder.push(id);
                Ok(())
            }
            Name::Merge => {
                let id = self.content(None, depth, Behind::Key)?;
                self.merge(id)
            }
        }
    }

    /// Lets the entries of a map, or of the maps in a list, come into the map that is being read.
    pub(super) fn merge(&mut self, id: u32) -> Result<(), Fault> {
        let start = self.builder.span(id).start as usize;
        // Kubernetes takes a list of aliases, but no alias of a list.
        let alias = self.byte(start) == Some(b'*');
        if self.builder.merge(id, !alias) { Ok(()) } else { Err(no_map(start)) }
    }

    /// The key that a node is: one behind `?`, or one that an alias names.
    pub(super) fn name_of_node(&mut self, id: u32, start: usize) -> Result<Name, Fault> {
        let text = match self.builder.leaf_of(id) {
            Some(Leaf::String(text)) => text,
            Some(Leaf::Bool(value)) => self.words(if value { "true" } else { "false" }),
            Some(Leaf::Int(value)) => self.words(&value.to_string()),
            Some(Leaf::Float(value)) => self.words(&super::number::float_key(value)),
            Some(Leaf::Null) => return Err(Fault::unsupported(start, "null as a key")),
            None => return Err(Fault::unsupported(start, "a list or a map as a key")),
        };
        let place = self.builder.span(id);
        if self.between(place.start as usize, place.end as usize) == "<<" {
            return Ok(Name::Merge);
        }
        let own = place.start as usize >= start;
        let span = if own { place } else { span(start, self.end) };
        Ok(Name::Key(Key { span, text }))
    }

    fn words(&mut self, text: &str) -> crate::tree::Text {
        let mark = self.builder.buffer().len();
        self.builder.buffer().push_str(text);
        self.builder.since(mark)
    }

    /// Reads a plain or quoted scalar; anything else is not what should stand here.
    pub(super) fn scalar(&mut self, instead: &'static str) -> Result<Scalar, Fault> {
        match self.peek() {
            Some(b'\'' | b'"') => {
                self.opens = false;
                self.quoted()
            }
            _ if self.begins_plain() => {
                self.opens = false;
                self.plain()
            }
            _ => Err(self.unexpected(instead)),
        }
    }

    /// Reads a scalar, which may be left out between an anchor or a tag and what follows.
    pub(super) fn scalar_behind(
        &mut self,
        own: &Properties<'t>,
        instead: &'static str,
    ) -> Result<Scalar, Fault> {
        let left_out = match self.peek() {
            Some(b':') => self.flow > 0 || self.space(self.at + 1),
            Some(b',' | b']' | b'}') => self.flow > 0,
            _ => false,
        };
        if left_out && !own.is_empty() { Ok(no_text(self.end)) } else { self.scalar(instead) }
    }
}

/// A scalar of no characters.
pub(super) fn no_text(at: usize) -> Scalar {
    Scalar { text: Builder::in_text(at, at), span: span(at, at), plain: true }
}

fn no_map(at: usize) -> Fault {
    Fault::malformed(at, "only maps can be merged into a map")
}
