//! Nodes and block collections.

use super::{
    Behind, Yaml,
    entry::no_text,
    properties::{Anchor, Properties},
    resolve::Name,
};
use crate::{
    fault::Fault,
    json::span,
    tree::{Key, Leaf},
};

impl<'t> Yaml<'t, '_> {
    /// The value behind an indicator: what stands there, or null if that belongs to something
    /// else.
    pub(super) fn content(
        &mut self,
        key: Option<&Key>,
        depth: u32,
        behind: Behind,
    ) -> Result<u32, Fault> {
        let start = self.at;
        self.end = start;
        self.token();
        if !self.inside(behind) {
            return self.empty(key, start);
        }
        self.check_depth(depth)?;
        let mut outer = Properties::default();
        loop {
            let (head, opens) = (self.at, self.opens);
            let own = self.properties()?;
            let ends = self.ended() || self.peek() == Some(b'#') || self.line_break(self.at) > 0;
            if own.is_empty() || !ends {
                return self.node(key, depth, behind, (head, opens), outer, own);
            }
            outer = outer.join(own).ok_or_else(|| two(head))?;
            let end = self.at;
            self.token();
            if !self.inside(behind) {
                return self.nothing(key, end, outer);
            }
        }
    }

    /// Whether what stands here belongs to the value behind an indicator.
    fn inside(&self, behind: Behind) -> bool {
        if self.ended() {
            return false;
        }
        let column = self.column();
        // A list under a key, and the text of a block scalar's indicator, need not be indented.
        column >= self.least
            || column + 1 == self.least
                && (behind == Behind::Key && self.indicator(b'-')
                    || matches!(self.peek(), Some(b'|' | b'>')))
    }

    /// Properties without a value: an empty string, or null if no tag says so.
    fn nothing(
        &mut self,
        key: Option<&Key>,
        at: usize,
        properties: Properties<'t>,
    ) -> Result<u32, Fault> {
        let scalar = no_text(at);
        let leaf = self.value_of(&scalar, properties.tag)?;
        let id = self.leaf(key, scalar.span, leaf)?;
        self.anchor(&properties, id);
        Ok(id)
    }

    /// A node that begins here. `head` is where its line's first token stands and whether a block
    /// collection may begin there; `outer` are the properties on lines before, `own` on this one.
    fn node(
        &mut self,
        key: Option<&Key>,
        depth: u32,
        behind: Behind,
        head: (usize, bool),
        outer: Properties<'t>,
        own: Properties<'t>,
    ) -> Result<u32, Fault> {
        let column = self.column();
        let block = self.opens && own.is_empty();
        if self.indicator(b'-') {
            if !block {
                return Err(Fault::malformed(self.at, "a list cannot begin here"));
            }
            let indentless = behind == Behind::Key && column + 1 == self.least;
            return self.sequence(key, depth, column, indentless, outer);
        }
        if self.indicator(b'?') {
            if !block {
                return Err(Fault::malformed(self.at, "a key cannot stand here"));
            }
            return self.mapping(key, depth, column, outer, None);
        }
        let both = || outer.join(own).ok_or_else(|| two(head.0));
        match self.peek() {
            Some(b'|' | b'>') => {
                let properties = both()?;
                let scalar = self.block_scalar()?;
                let leaf = self.value_of(&scalar, properties.tag)?;
                let id = self.leaf(key, scalar.span, leaf)?;
                self.anchor(&properties, id);
                Ok(id)
            }
            Some(b'[' | b'{') => self.flow_node(key, depth, both()?),
            Some(b'*') => {
                let start = self.at;
                let id = self.alias_node()?;
                if own.is_empty() && self.is_key(head) {
                    let name = self.name_of_node(id, start)?;
                    return self.mapping(key, depth, head.0 - self.line, outer, Some(name));
                }
                if !both()?.is_empty() {
                    return Err(Fault::malformed(start, "an alias with an anchor or a tag"));
                }
                self.expand(start, id, key, depth)
            }
            _ => {
                let line = self.line;
                let scalar = self.scalar_behind(&own, "expected a value")?;
                if self.line == line && self.is_key(head) {
                    let name = self.name_of(&scalar, own.tag)?;
                    self.anchor_name(&own, name)?;
                    return self.mapping(key, depth, head.0 - line, outer, Some(name));
                }
                let properties = both()?;
                let leaf = self.value_of(&scalar, properties.tag)?;
                let id = self.leaf(key, scalar.span, leaf)?;
                self.anchor(&properties, id);
                Ok(id)
            }
        }
    }

    /// Gives a key its anchor, which may be used as a value.
    pub(super) fn anchor_name(&mut self, own: &Properties<'t>, name: Name) -> Result<(), Fault> {
        if let (Some(_), Name::Key(key)) = (own.anchor, name) {
            let id = self.leaf(None, key.span, Leaf::String(key.text))?;
            self.anchor(own, id);
        }
        Ok(())
    }

    /// Whether a colon follows, so that what begins at `head` is a key. Steps to the colon.
    fn is_key(&mut self, head: (usize, bool)) -> bool {
        let (start, opens) = head;
        let mut colon = self.at;
        while self.blank(colon) {
            colon += 1;
        }
        let found = opens
            && self.byte(colon) == Some(b':')
            && self.space(colon + 1)
            && self.near(start, colon);
        if found {
            self.at = colon;
        }
        found
    }

    /// Whether a colon is near enough to where its key begins.
    pub(super) fn near(&self, start: usize, colon: usize) -> bool {
        let characters = || self.between(start, colon).chars().take(KEY_CHARS_MAX + 1).count();
        colon - start <= KEY_CHARS_MAX || characters() <= KEY_CHARS_MAX
    }

    /// A list whose entries stand at a column. Without indentation of its own it ends where
    /// something else stands at that column.
    fn sequence(
        &mut self,
        key: Option<&Key>,
        depth: u32,
        column: usize,
        indentless: bool,
        properties: Properties<'t>,
    ) -> Result<u32, Fault> {
        let (start, mark, least) = (self.at, self.builder.open(), self.least);
        self.least = column + 1;
        self.open_anchor(&properties, start);
        loop {
            self.at += 1;
            self.opens = true;
            let id = self.content(None, depth + 1, Behind::Entry)?;
            self.builder.push(id);
            self.token();
            if self.ended() || self.column() < column {
                break;
            }
            if self.column() > column || !self.indicator(b'-') {
                if indentless && self.column() == column {
                    break;
                }
                return Err(self.unexpected("this belongs to no entry of the list"));
            }
        }
        self.least = least;
        self.count(1)?;
        let id = self.builder.close_list(mark, key, span(start, self.end));
        self.close_anchor(&properties, start, id);
        Ok(id)
    }

    /// A map whose keys stand at a column. The first one was read already, and this stands at its
    /// colon, unless that is `?`.
    fn mapping(
        &mut self,
        key: Option<&Key>,
        depth: u32,
        column: usize,
        properties: Properties<'t>,
        first: Option<Name>,
    ) -> Result<u32, Fault> {
        let start = self.line + column;
        let (mark, least) = (self.builder.open(), self.least);
        self.least = column + 1;
        self.open_anchor(&properties, start);
        let mut name = first;
        loop {
            self.entry(name.take(), depth + 1)?;
            self.token();
            if self.ended() || self.column() < column {
                break;
            }
            if self.column() > column {
                return Err(self.unexpected("this belongs to no key; is it indented too far?"));
            }
            if !self.indicator(b'?') {
                name = Some(self.simple_key()?);
            }
        }
        self.least = least;
        self.count(1)?;
        let id = self.builder.close_map(mark, key, span(start, self.end));
        self.close_anchor(&properties, start, id);
        Ok(id)
    }

    /// Reads a key up to its colon.
    fn simple_key(&mut self) -> Result<Name, Fault> {
        let (head, line) = ((self.at, self.opens), self.line);
        let own = self.properties()?;
        let start = self.at;
        let name = if own.is_empty() && self.peek() == Some(b'*') {
            let id = self.alias_node()?;
            self.name_of_node(id, start)?
        } else {
            let scalar = self.scalar_behind(&own, "expected a key")?;
            let name = self.name_of(&scalar, own.tag)?;
            self.anchor_name(&own, name)?;
            name
        };
        if self.line != line || !self.is_key(head) {
            return Err(Fault::malformed(head.0, "expected a key; no colon follows this"));
        }
        Ok(name)
    }

    /// Keeps aliases out of what they would name, until that is read.
    pub(super) fn open_anchor(&mut self, properties: &Properties<'t>, start: usize) {
        if let Some(name) = properties.anchor {
            self.anchors.insert(name, Anchor::Open(start));
        }
    }

    /// Lets an anchor name its list or map, unless another one took the name meanwhile.
    pub(super) fn close_anchor(&mut self, properties: &Properties<'t>, start: usize, id: u32) {
        let open = properties.anchor.and_then(|name| self.anchors.get_mut(name));
        if let Some(anchor) = open.filter(|anchor| **anchor == Anchor::Open(start)) {
            *anchor = Anchor::Node(id);
            self.builder.tangle(id);
        }
    }
}

/// Characters between the beginning of a key and its colon; YAML sets this limit.
const KEY_CHARS_MAX: usize = 1_024;

fn two(at: usize) -> Fault {
    Fault::malformed(at, "a second anchor or tag for one value")
}
