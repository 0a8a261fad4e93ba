//! YAML as `kubectl` reads it: version 1.1 with the habits of the parser that Kubernetes uses.
//!
//! A document is read in one pass from left to right, straight into its tree, without tokens or
//! events. What that parser tells apart by tokens is told apart here by columns: a collection ends
//! where something stands left of it. Lists and maps as keys, and numbers that JSON does not have,
//! are refused, as they are when a document is sent to a cluster.

mod block;
mod directive;
mod entry;
mod flow;
mod fold;
mod literal;
mod number;
mod plain;
mod properties;
mod quoted;
mod resolve;
mod scan;
#[cfg(test)]
mod tests;

use crate::{
    Span,
    fault::Fault,
    json::{DEPTH_MAX, span},
    tree::{Builder, Key, Leaf, Text},
};
use properties::{Anchor, Properties};
use std::collections::HashMap;

/// Values that aliases and merge keys may add to one file, counted as one who walks through the
/// trees would meet them. Kubernetes gives up at about 400,000 in one document.
pub(crate) const ALIASED_MAX: usize = 500_000;

/// What all documents of a file may use together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    /// Values in the text.
    pub(crate) nodes: usize,
    /// Values that aliases stand for.
    pub(crate) aliased: usize,
}

/// Reads one document.
#[derive(Debug)]
pub(crate) struct Yaml<'t, 'b> {
    /// The text of the file up to the end of the document.
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    /// Where the current line begins.
    line: usize,
    /// How many flow collections this is in.
    flow: u32,
    /// The column that content of the innermost block collection must reach.
    least: usize,
    /// Whether a block collection may begin here: not behind `key: `.
    opens: bool,
    /// Behind the last value that was read.
    end: usize,
    /// Whether directives named handles of tags.
    handles: bool,
    builder: &'b mut Builder,
    anchors: HashMap<&'t str, Anchor>,
    allowance: &'b mut Allowance,
}

/// A scalar as it is written.
#[derive(Clone, Copy, Debug)]
struct Scalar {
    text: Text,
    span: Span,
    /// Whether it stands without quotes, so that it may be something else than a string.
    plain: bool,
}

/// Which indicator a value stands behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Behind {
    /// `-`, or none at all.
    Entry,
    /// `:` or `?`; the value may be a list whose entries are not indented.
    Key,
}

/// How a document ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// With the text.
    Text,
    /// With a marker, `...`; what comes behind it begins at this offset.
    Marker(usize),
    /// Before the text that begins at this offset, which belongs to nothing.
    Garbage(usize),
}

impl<'t, 'b> Yaml<'t, 'b> {
    /// Reads the document that begins at `at` and ends with the text.
    pub(crate) fn new(
        text: &'t str,
        at: usize,
        builder: &'b mut Builder,
        allowance: &'b mut Allowance,
    ) -> Self {
        let (flow, least, opens, handles) = (0, 0, true, false);
        let (bytes, anchors) = (text.as_bytes(), HashMap::new());
        let (line, end) = (at, at);
        Self {
            text,
            bytes,
            at,
            line,
            flow,
            least,
            opens,
            end,
            handles,
            builder,
            anchors,
            allowance,
        }
    }

    /// Says that the document begins behind `---` on its line.
    pub(crate) fn behind_marker(mut self, line: usize) -> Self {
        (self.line, self.opens) = (line, false);
        self
    }

    /// The root of the document, or nothing if there is none, and how it ended.
    pub(crate) fn document(&mut self) -> Result<(Option<u32>, Ending), Fault> {
        self.directives()?;
        self.token();
        let root = if self.ended() { None } else { Some(self.content(None, 0, Behind::Entry)?) };
        self.token();
        if !self.opens && self.indicator(b':') {
            return Err(self.unexpected("the end of the document"));
        }
        let ending = if self.at >= self.bytes.len() {
            Ending::Text
        } else if self.at_marker() {
            Ending::Marker(self.at + MARKER)
        } else {
            Ending::Garbage(self.at)
        };
        Ok((root, ending))
    }

    /// A scalar of the document as a value under a key.
    fn leaf(&mut self, key: Option<&Key>, span: Span, leaf: Leaf) -> Result<u32, Fault> {
        self.count(1)?;
        Ok(self.builder.leaf(key, span, leaf))
    }

    /// Nothing where a value could be.
    fn empty(&mut self, key: Option<&Key>, at: usize) -> Result<u32, Fault> {
        self.leaf(key, span(at, at), Leaf::Null)
    }

    fn count(&mut self, nodes: usize) -> Result<(), Fault> {
        let Some(left) = self.allowance.nodes.checked_sub(nodes) else {
            let limit = u64::try_from(self.builder.len()).unwrap_or(u64::MAX);
            return Err(Fault::exceeded(self.at, "number of values in the file", limit));
        };
        self.allowance.nodes = left;
        Ok(())
    }

    fn check_depth(&self, depth: u32) -> Result<(), Fault> {
        if depth > DEPTH_MAX {
            return Err(Fault::exceeded(self.at, "depth of the document", DEPTH_MAX.into()));
        }
        Ok(())
    }

    /// Gives a node its anchor, if it has one.
    fn anchor(&mut self, properties: &Properties<'t>, id: u32) {
        if let Some(name) = properties.anchor {
            self.anchors.insert(name, Anchor::Node(id));
            self.builder.tangle(id);
        }
    }
}

/// Bytes of `---` and `...`.
pub(crate) const MARKER: usize = 3;
