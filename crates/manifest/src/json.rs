//! JSON (RFC 8259) as Kubernetes reads it: numbers as they are written, the last of two equal
//! keys, one value after another without anything between them.

mod number;
mod string;
#[cfg(test)]
mod tests;

use crate::{
    Span,
    fault::Fault,
    tree::{Builder, Key, Leaf, Text},
};

/// Lists and maps within one another. The deepest schemas of custom resources have fewer than
/// sixty; what looks at trees by recursion must be able to.
pub(crate) const DEPTH_MAX: u32 = 256;

/// Reads values from one text.
pub(crate) struct Json<'t> {
    text: &'t [u8],
    at: usize,
    builder: &'t mut Builder,
    /// Values that the file may still have.
    nodes: &'t mut usize,
}

impl<'t> Json<'t> {
    /// Reads from an offset on.
    pub(crate) const fn new(
        text: &'t [u8],
        at: usize,
        builder: &'t mut Builder,
        nodes: &'t mut usize,
    ) -> Self {
        Self { text, at, builder, nodes }
    }

    /// Where the reader stands.
    pub(crate) const fn at(&self) -> usize {
        self.at
    }

    /// Steps over white space and tells whether anything is left.
    pub(crate) fn more(&mut self) -> bool {
        self.space();
        self.at < self.text.len()
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Steps over a byte if it is the next one that is no white space.
    fn take(&mut self, byte: u8) -> bool {
        self.space();
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// The next value. `depth` is how many lists and maps it stands in.
    pub(crate) fn value(&mut self, key: Option<&Key>, depth: u32) -> Result<u32, Fault> {
        self.space();
        let start = self.at;
        if depth > DEPTH_MAX {
            return Err(Fault::exceeded(start, "depth of the document", DEPTH_MAX.into()));
        }
        let Some(left) = self.nodes.checked_sub(1) else {
            let limit = u64::try_from(self.builder.len()).unwrap_or(u64::MAX);
            return Err(Fault::exceeded(start, "number of values in the file", limit));
        };
        *self.nodes = left;
        let leaf = match self.peek() {
            Some(b'{') => return self.map(key, depth),
            Some(b'[') => return self.list(key, depth),
            Some(b'"') => Leaf::String(self.string()?),
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(b't') => self.word("true", Leaf::Bool(true))?,
            Some(b'f') => self.word("false", Leaf::Bool(false))?,
            Some(b'n') => self.word("null", Leaf::Null)?,
            Some(_) => return Err(Fault::malformed(start, "expected a JSON value")),
            None => return Err(Fault::truncated(start, "expected a JSON value")),
        };
        Ok(self.builder.leaf(key, span(start, self.at), leaf))
    }

    fn word(&mut self, word: &str, leaf: Leaf) -> Result<Leaf, Fault> {
        let end = self.at + word.len();
        if self.text.get(self.at..end) == Some(word.as_bytes()) {
            self.at = end;
            Ok(leaf)
        } else {
            Err(Fault::malformed(self.at, "expected a JSON value"))
        }
    }

    fn list(&mut self, key: Option<&Key>, depth: u32) -> Result<u32, Fault> {
        let (start, mark) = (self.at, self.builder.open());
        self.at += 1;
        if !self.take(b']') {
            loop {
                let id = self.value(None, depth + 1)?;
                self.builder.push(id);
                if self.take(b']') {
                    break;
                }
                self.comma("expected a comma or ]")?;
            }
        }
        Ok(self.builder.close_list(mark, key, span(start, self.at)))
    }

    fn map(&mut self, key: Option<&Key>, depth: u32) -> Result<u32, Fault> {
        let (start, mark) = (self.at, self.builder.open());
        self.at += 1;
        if !self.take(b'}') {
            loop {
                let own = self.key()?;
                let id = self.value(Some(&own), depth + 1)?;
                self.builder.push(id);
                if self.take(b'}') {
                    break;
                }
                self.comma("expected a comma or }")?;
            }
        }
        Ok(self.builder.close_map(mark, key, span(start, self.at)))
    }

    fn comma(&mut self, what: &'static str) -> Result<(), Fault> {
        if self.take(b',') { Ok(()) } else { Err(self.unexpected(what)) }
    }

    fn key(&mut self) -> Result<Key, Fault> {
        self.space();
        let start = self.at;
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("expected a key in double quotes"));
        }
        let text: Text = self.string()?;
        let key = Key { span: span(start, self.at), text };
        if self.take(b':') { Ok(key) } else { Err(self.unexpected("expected a colon")) }
    }

    fn unexpected(&self, what: &'static str) -> Fault {
        if self.at < self.text.len() {
            Fault::malformed(self.at, what)
        } else {
            Fault::truncated(self.at, what)
        }
    }
}

/// The stretch between two offsets, which are below 2^32 in any text that is read.
pub(crate) fn span(start: usize, end: usize) -> Span {
    let number = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Span { start: number(start), end: number(end) }
}
