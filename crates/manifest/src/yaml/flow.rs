//! Lists in brackets and maps in braces.

use super::{Yaml, properties::Properties, resolve::Name};
use crate::{fault::Fault, json::span, tree::Key};

const OPEN: &str = "a bracket that is never closed";
const EXPECTED: &str = "expected a value or the closing bracket";

/// What an entry begins with.
enum First {
    /// A key.
    Name(Name),
    /// A whole value.
    Node(u32),
}

impl<'t> Yaml<'t, '_> {
    /// Reads the list or map that begins here.
    pub(super) fn flow_node(
        &mut self,
        key: Option<&Key>,
        depth: u32,
        properties: Properties<'t>,
    ) -> Result<u32, Fault> {
        self.check_depth(depth)?;
        let (start, mark) = (self.at, self.builder.open());
        let is_list = self.peek() == Some(b'[');
        let closing = if is_list { b']' } else { b'}' };
        self.open_anchor(&properties, start);
        self.flow += 1;
        self.at += 1;
        loop {
            self.opens = true;
            self.flow_token()?;
            match self.peek() {
                None => return Err(Fault::truncated(start, OPEN)),
                Some(byte) if byte == closing => break,
                Some(_) => {}
            }
            if is_list {
                self.flow_element(depth + 1)?;
            } else {
                self.flow_entry(depth + 1)?;
            }
            self.flow_token()?;
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(byte) if byte == closing => break,
                None => return Err(Fault::truncated(start, OPEN)),
                Some(_) => return Err(self.unexpected("expected a comma or the closing bracket")),
            }
        }
        self.at += 1;
        self.flow -= 1;
        (self.end, self.opens) = (self.at, false);
        self.count(1)?;
        let place = span(start, self.at);
        let id = if is_list {
            self.builder.close_list(mark, key, place)
        } else {
            self.builder.close_map(mark, key, place)
        };
        self.close_anchor(&properties, start, id);
        Ok(id)
    }

    fn flow_token(&mut self) -> Result<(), Fault> {
        self.token();
        if self.at_marker() {
            return Err(Fault::malformed(self.at, "a document marker within brackets"));
        }
        Ok(())
    }

    /// An element of a list: a value, or a map of one entry.
    fn flow_element(&mut self, depth: u32) -> Result<(), Fault> {
        let start = self.at;
        let explicit = self.peek() == Some(b'?');
        let first = if explicit { self.flow_question(depth)? } else { self.first(depth, false)? };
        let id = match first {
            First::Node(id) => id,
            First::Name(name) => {
                self.check_depth(depth)?;
                let mark = self.builder.open();
                self.flow_value(name, depth + 1)?;
                self.count(1)?;
                self.builder.close_map(mark, None, span(start, self.end))
            }
        };
        self.builder.push(id);
        Ok(())
    }

    /// An entry of a map; the value may be left out.
    fn flow_entry(&mut self, depth: u32) -> Result<(), Fault> {
        let start = self.at;
        let explicit = self.peek() == Some(b'?');
        let first = if explicit { self.flow_question(depth)? } else { self.first(depth, true)? };
        match first {
            First::Name(name) => self.flow_value(name, depth),
            First::Node(_) => Err(Fault::unsupported(start, "a list or a map as a key")),
        }
    }

    /// A key behind `?`.
    fn flow_question(&mut self, depth: u32) -> Result<First, Fault> {
        self.at += 1;
        self.opens = false;
        self.flow_token()?;
        let start = self.at;
        let id = self.flow_content(None, depth)?;
        self.flow_token()?;
        self.name_of_node(id, start).map(First::Name)
    }

    /// The value behind a key, if there is a colon.
    fn flow_value(&mut self, name: Name, depth: u32) -> Result<(), Fault> {
        let colon = self.peek() == Some(b':');
        if colon {
            self.at += 1;
            self.end = self.at;
            self.opens = false;
            self.flow_token()?;
        }
        let key = if let Name::Key(key) = &name { Some(key) } else { None };
        let id = if !colon || matches!(self.peek(), Some(b',' | b']' | b'}')) {
            self.empty(key, self.end)?
        } else {
            self.flow_content(key, depth)?
        };
        if key.is_none() {
            return self.merge(id);
        }
        self.builder.push(id);
        Ok(())
    }

    /// A value that cannot turn out to be a key.
    fn flow_content(&mut self, key: Option<&Key>, depth: u32) -> Result<u32, Fault> {
        let own = self.properties()?;
        match self.peek() {
            Some(b'[' | b'{') => self.flow_node(key, depth, own),
            Some(b'*') => {
                let start = self.at;
                let id = self.alias_node()?;
                if !own.is_empty() {
                    return Err(Fault::malformed(start, "an alias with an anchor or a tag"));
                }
                self.expand(start, id, key, depth)
            }
            _ => {
                let scalar = self.scalar_behind(&own, EXPECTED)?;
                let leaf = self.value_of(&scalar, own.tag)?;
                let id = self.leaf(key, scalar.span, leaf)?;
                self.anchor(&own, id);
                Ok(id)
            }
        }
    }

    /// The beginning of an entry. `keyed`: it is a key even without a colon.
    fn first(&mut self, depth: u32, keyed: bool) -> Result<First, Fault> {
        let (start, line) = (self.at, self.line);
        let own = self.properties()?;
        match self.peek() {
            Some(b'[' | b'{') => self.flow_node(None, depth, own).map(First::Node),
            Some(b'*') => {
                let at = self.at;
                let id = self.alias_node()?;
                if !own.is_empty() {
                    return Err(Fault::malformed(at, "an alias with an anchor or a tag"));
                }
                if self.is_flow_key(start, line) || keyed {
                    return self.name_of_node(id, at).map(First::Name);
                }
                self.expand(at, id, None, depth).map(First::Node)
            }
            _ => {
                let scalar = self.scalar_behind(&own, EXPECTED)?;
                let found = self.is_flow_key(start, line);
                if found || keyed {
                    let name = self.name_of(&scalar, own.tag)?;
                    self.anchor_name(&own, name)?;
                    self.flow_token()?;
                    if self.peek() == Some(b':') && !found {
                        return Err(self.unexpected("a key"));
                    }
                    return Ok(First::Name(name));
                }
                let leaf = self.value_of(&scalar, own.tag)?;
                let id = self.leaf(None, scalar.span, leaf)?;
                self.anchor(&own, id);
                Ok(First::Node(id))
            }
        }
    }

    /// Whether a colon follows on the line that the entry began on. Steps to the colon.
    fn is_flow_key(&mut self, start: usize, line: usize) -> bool {
        let mut colon = self.at;
        while self.blank(colon) {
            colon += 1;
        }
        let found = self.line == line && self.byte(colon) == Some(b':') && self.near(start, colon);
        if found {
            self.at = colon;
        }
        found
    }
}
