//! White space, line breaks and columns.

use super::{MARKER, Yaml};
use crate::fault::Fault;

impl Yaml<'_, '_> {
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.bytes.get(at).copied()
    }

    pub(super) fn blank(&self, at: usize) -> bool {
        matches!(self.byte(at), Some(b' ' | b'\t'))
    }

    /// Bytes of the line break at an offset; 0 if there is none. YAML 1.1 has three that are not
    /// ASCII: U+0085, U+2028 and U+2029.
    pub(super) fn line_break(&self, at: usize) -> usize {
        match self.byte(at) {
            Some(b'\n') => 1,
            Some(b'\r') => 1 + usize::from(self.byte(at + 1) == Some(b'\n')),
            Some(0xC2) if self.byte(at + 1) == Some(0x85) => 2,
            Some(0xE2) => match self.bytes.get(at + 1..at + 3) {
                Some([0x80, 0xA8 | 0xA9]) => 3,
                _ => 0,
            },
            _ => 0,
        }
    }

    /// Whether white space or the end stands at an offset.
    pub(super) fn space(&self, at: usize) -> bool {
        match self.byte(at) {
            None | Some(b' ' | b'\t' | b'\n' | b'\r') => true,
            Some(0xC2 | 0xE2) => self.line_break(at) > 0,
            Some(_) => false,
        }
    }

    /// Steps over a line break of this many bytes.
    pub(super) const fn pass(&mut self, length: usize) {
        self.at += length;
        self.line = self.at;
    }

    /// The column from 0, in bytes: whatever stands before a block collection is ASCII.
    pub(super) const fn column(&self) -> usize {
        self.at.saturating_sub(self.line)
    }

    /// Where the line ends that holds an offset.
    pub(super) fn line_end(&self, mut at: usize) -> usize {
        while let Some(byte) = self.byte(at) {
            if !(0x20..0x80).contains(&byte) && self.line_break(at) > 0 {
                break;
            }
            at += 1;
        }
        at
    }

    /// Steps to the next token over white space, line breaks and comments. Tabs count as white
    /// space only where no block collection may begin.
    pub(super) fn token(&mut self) {
        loop {
            match self.peek() {
                Some(b' ') => self.at += 1,
                Some(b'\t') if self.flow > 0 || !self.opens => self.at += 1,
                Some(b'#') => self.at = self.line_end(self.at),
                Some(b'\n') => self.newline(1),
                Some(b'\r' | 0xC2 | 0xE2) => match self.line_break(self.at) {
                    0 => return,
                    length => self.newline(length),
                },
                _ => return,
            }
        }
    }

    /// Steps over blanks and a comment on this line.
    pub(super) fn rest_of_line(&mut self) {
        while self.blank(self.at) {
            self.at += 1;
        }
        if self.peek() == Some(b'#') {
            self.at = self.line_end(self.at);
        }
    }

    const fn newline(&mut self, length: usize) {
        self.pass(length);
        if self.flow == 0 {
            self.opens = true;
        }
    }

    /// Whether the document ends here: with the text, at a marker or before a directive.
    pub(super) fn ended(&self) -> bool {
        match self.peek() {
            None => true,
            Some(b'-' | b'.') => self.at_marker(),
            Some(b'%') => self.column() == 0,
            Some(_) => false,
        }
    }

    /// Whether a marker stands here.
    pub(super) fn at_marker(&self) -> bool {
        self.at == self.line
            && matches!(self.bytes.get(self.at..self.at + MARKER), Some(b"---" | b"..."))
            && self.space(self.at + MARKER)
    }

    /// Whether this indicator stands here, with white space behind it.
    pub(super) fn indicator(&self, byte: u8) -> bool {
        self.peek() == Some(byte) && self.space(self.at + 1)
    }

    /// The text between two offsets, which both are at ends of characters.
    pub(super) fn between(&self, start: usize, end: usize) -> &str {
        self.text.get(start..end).unwrap_or_default()
    }

    /// What stands here cannot.
    pub(super) fn unexpected(&self, instead: &'static str) -> Fault {
        let Some(byte) = self.peek() else { return Fault::truncated(self.at, instead) };
        match byte {
            b'\t' => Fault::malformed(self.at, "a tab where only spaces may indent"),
            b':' => Fault::malformed(self.at, "a colon that follows no key"),
            b'@' | b'`' | b'%' => {
                let what = format!("text cannot begin with {:?}; quote it", char::from(byte));
                Fault::malformed(self.at, what)
            }
            _ => Fault::malformed(self.at, instead),
        }
    }
}
