//! Block scalars: `|` keeps its lines, `>` folds them.

use super::{Scalar, Yaml};
use crate::{fault::Fault, json::span};
use std::cmp::Ordering;

/// What the line of the indicator says.
#[derive(Clone, Copy, Debug)]
struct Header {
    folded: bool,
    /// Less: no line break at the end; equal: one; greater: all of them.
    chomping: Ordering,
    /// Columns more than those of the collection around it; 0 to find out.
    indent: usize,
    /// The text ends with this line, without a line break.
    cut: bool,
}

impl Yaml<'_, '_> {
    /// Reads a block scalar.
    pub(super) fn block_scalar(&mut self) -> Result<Scalar, Fault> {
        let start = self.at;
        let header = self.header()?;
        let mark = self.builder.buffer().len();
        let mut indent = match header.indent {
            0 => 0,
            more => self.least.saturating_sub(1) + more,
        };
        // The break behind the last line of text, and the blank lines behind that.
        let (mut last, mut blank_lines) = ("", (self.at, self.at));
        let (mut was_blank, mut cut, mut end) = (false, header.cut, self.end);
        self.blank_lines(&mut indent, &mut blank_lines)?;
        while self.column() == indent && self.at < self.bytes.len() {
            let is_blank = self.blank(self.at);
            if header.folded && !was_blank && !is_blank && last == "\n" {
                if self.break_count(blank_lines) == 0 {
                    self.builder.buffer().push(' ');
                }
            } else {
                self.builder.buffer().push_str(last);
            }
            self.breaks(blank_lines.0, blank_lines.1, false);
            was_blank = is_blank;
            let from = self.at;
            end = self.line_end(from);
            self.keep(from, end);
            let length = self.line_break(end);
            // A last line without a line break counts as if it had one.
            cut = length == 0;
            last = if cut { "\n" } else { self.kept(end, length) };
            self.at = end;
            self.pass(length);
            blank_lines = (self.at, self.at);
            self.blank_lines(&mut indent, &mut blank_lines)?;
        }
        // So does a last line of nothing but spaces, or of nothing.
        let closing = self.bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r'));
        let unended = self.at >= self.bytes.len() && !closing && !cut;
        if header.chomping != Ordering::Less {
            self.builder.buffer().push_str(last);
        }
        if header.chomping == Ordering::Greater {
            self.breaks(blank_lines.0, blank_lines.1, false);
            self.builder.buffer().push_str(if unended { "\n" } else { "" });
        }
        self.opens = true;
        self.end = end;
        Ok(Scalar { text: self.builder.since(mark), span: span(start, end), plain: false })
    }

    /// Reads the indicators and the rest of their line.
    fn header(&mut self) -> Result<Header, Fault> {
        let folded = self.peek() == Some(b'>');
        self.at += 1;
        let mut header = Header { folded, chomping: Ordering::Equal, indent: 0, cut: false };
        let mut chomped = false;
        loop {
            match self.peek() {
                Some(sign @ (b'+' | b'-')) if !chomped => {
                    chomped = true;
                    header.chomping = if sign == b'+' { Ordering::Greater } else { Ordering::Less };
                }
                Some(digit @ b'1'..=b'9') if header.indent == 0 => {
                    header.indent = usize::from(digit - b'0');
                }
                _ => break,
            }
            self.at += 1;
        }
        self.end = self.at;
        self.rest_of_line();
        match self.line_break(self.at) {
            0 if self.at < self.bytes.len() => {
                Err(self.unexpected("expected the end of the line behind | or >"))
            }
            length => {
                self.pass(length);
                Ok(Header { cut: length == 0, ..header })
            }
        }
    }

    /// Steps over blank lines and the spaces that indent the next line; finds out how far the
    /// scalar is indented if that is still 0. `lines` comes to hold the blank lines.
    fn blank_lines(&mut self, indent: &mut usize, lines: &mut (usize, usize)) -> Result<(), Fault> {
        let mut widest = 0;
        loop {
            let inside = |column: usize| *indent == 0 || column < *indent;
            while inside(self.column()) && self.peek() == Some(b' ') {
                self.at += 1;
            }
            widest = widest.max(self.column());
            if inside(self.column()) && self.peek() == Some(b'\t') {
                return Err(self.unexpected("spaces"));
            }
            match self.line_break(self.at) {
                0 => break,
                length => self.pass(length),
            }
            lines.1 = self.at;
        }
        if *indent == 0 {
            *indent = widest.max(self.least).max(1);
        }
        Ok(())
    }

    fn break_count(&self, (start, end): (usize, usize)) -> usize {
        (start..end).filter(|at| self.line_break(*at) > 0).count()
    }
}
