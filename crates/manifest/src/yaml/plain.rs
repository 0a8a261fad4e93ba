//! Scalars without quotes.

use super::{Scalar, Yaml};
use crate::{
    fault::Fault,
    json::span,
    tree::{Builder, Store, Text},
};

/// Whether a byte may end a run of a plain scalar; 0xC2 and 0xE2 begin the line breaks that are not
/// ASCII.
const fn may_end(byte: u8, in_flow: bool) -> bool {
    match byte {
        b' ' | b'\t' | b'\n' | b'\r' | b':' | 0xC2 | 0xE2 => true,
        b',' | b'?' | b'[' | b']' | b'{' | b'}' => in_flow,
        _ => false,
    }
}

impl Yaml<'_, '_> {
    /// Whether a plain scalar may begin here.
    pub(super) fn begins_plain(&self) -> bool {
        match self.peek() {
            Some(b'-') => !self.space(self.at + 1),
            Some(b'?' | b':') => self.flow == 0 && !self.space(self.at + 1),
            Some(byte) => !b",[]{}#&*!|>'\"%@`".contains(&byte) && !self.space(self.at),
            None => false,
        }
    }

    /// Reads a plain scalar, over as many lines as it has.
    pub(super) fn plain(&mut self) -> Result<Scalar, Fault> {
        let start = self.at;
        // The text since `kept` is not yet in the buffer; without `mark` nothing is.
        let (mut kept, mut end, mut mark) = (start, start, None);
        let mut crossed = false;
        while !(self.at_marker() || self.peek() == Some(b'#')) {
            let from = self.at;
            self.run();
            if self.at > from {
                if crossed {
                    mark = mark.or(Some(self.builder.buffer().len()));
                    self.keep(kept, end);
                    self.fold(end, from);
                    (kept, crossed) = (from, false);
                }
                end = self.at;
            }
            if !self.space(self.at) || self.at >= self.bytes.len() {
                break;
            }
            crossed |= self.gap(crossed)?;
            if self.flow == 0 && crossed && self.column() < self.least {
                break;
            }
        }
        self.opens |= crossed;
        self.end = end;
        let text = if let Some(mark) = mark {
            self.keep(kept, end);
            self.builder.since(mark)
        } else {
            Builder::in_text(start, end)
        };
        Ok(Scalar { text, span: span(start, end), plain: true })
    }

    /// Steps over characters that are neither white space nor the end of the scalar.
    fn run(&mut self) {
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let mut bytes = rest.iter();
            // Most of a file is read here: one loop for each, in which nothing else is asked.
            let length = if self.flow > 0 {
                bytes.position(|byte| may_end(*byte, true))
            } else {
                bytes.position(|byte| may_end(*byte, false))
            };
            self.at += length.unwrap_or(rest.len());
            match self.peek() {
                Some(b':') if !self.space(self.at + 1) => {}
                Some(0xC2 | 0xE2) if self.line_break(self.at) == 0 => {}
                _ => return,
            }
            self.at += 1;
        }
    }

    /// Steps over white space and tells whether a line ended.
    fn gap(&mut self, mut crossed: bool) -> Result<bool, Fault> {
        loop {
            // Indentation, most often: gone over at once.
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            self.at += rest.iter().take_while(|byte| **byte == b' ').count();
            let length = self.line_break(self.at);
            if length > 0 {
                crossed = true;
                self.pass(length);
            } else if self.blank(self.at) {
                if crossed && self.peek() == Some(b'\t') && self.column() < self.least {
                    return Err(self.unexpected("white space"));
                }
                self.at += 1;
            } else {
                return Ok(crossed);
            }
        }
    }

    /// Appends text of the file to the buffer.
    pub(super) fn keep(&mut self, start: usize, end: usize) {
        let text = self.text.get(start..end).unwrap_or_default();
        self.builder.buffer().push_str(text);
    }
}

impl Builder {
    /// A stretch of the text of the file.
    pub(crate) fn in_text(start: usize, end: usize) -> Text {
        let span = span(start, end);
        Text { start: span.start, length: span.end - span.start, store: Store::Text }
    }
}
