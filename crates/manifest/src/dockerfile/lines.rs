//! Physical lines to logical ones: directives, comments, continuations, and the bodies of heredocs.

use super::{
    directive::{Directive, Directives},
    heredoc::Heredoc,
};
use std::str::SplitInclusive;

/// BuildKit refuses a Dockerfile with a longer line.
const LINE_BYTES_MAX: usize = 65_535;

/// One instruction as a single line, comments and line ends taken out.
#[derive(Clone, Debug, Default)]
pub(super) struct Logical {
    /// The joined text.
    pub(super) text: String,
    /// Where the parts of `text` stand in the file.
    pub(super) segments: Vec<Segment>,
    /// First line, 1 at the top.
    pub(super) line: u32,
    /// Last line; heredocs are added by whoever reads them.
    pub(super) end_line: u32,
    /// Byte offset of the first character in the file.
    pub(super) start: usize,
    /// Byte offset after the last line read, without its line end.
    pub(super) end: usize,
}

/// From an offset in a joined text onwards, the line it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    pub(super) offset: usize,
    pub(super) line: u32,
}

/// Something wrong in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: u32,
    pub(super) detail: String,
}

/// Reads a Dockerfile from top to bottom.
#[derive(Debug)]
pub(super) struct Reader<'t> {
    physical: SplitInclusive<'t, char>,
    /// The number of the line read last.
    line: u32,
    /// Offset of the line read next.
    offset: usize,
    directives: Directives,
    pub(super) faults: Vec<Fault>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self {
            physical: body.split_inclusive('\n'),
            line: 0,
            offset: text.len() - body.len(),
            directives: Directives::default(),
            faults: Vec::new(),
        }
    }

    /// The escape character in force.
    pub(super) const fn escape(&self) -> char {
        self.directives.escape()
    }

    /// The directives that were read.
    pub(super) fn into_directives(self) -> Vec<Directive> {
        self.directives.found
    }

    /// The next physical line with its line end, and its offset.
    fn advance(&mut self) -> Option<(&'t str, usize)> {
        let line = self.physical.next()?;
        let start = self.offset;
        self.offset += line.len();
        self.line = self.line.saturating_add(1);
        if line.len() > LINE_BYTES_MAX {
            let detail = format!("a line is longer than {LINE_BYTES_MAX} bytes");
            self.fault(self.line, detail);
        }
        Some((line, start))
    }

    pub(super) fn fault(&mut self, line: u32, detail: String) {
        self.faults.push(Fault { line, detail });
    }

    /// The next logical line.
    pub(super) fn logical(&mut self) -> Option<Logical> {
        loop {
            let (raw, start) = self.advance()?;
            let whole = trim_line_end(raw);
            let line = whole.trim_start();
            if let Err(detail) = self.directives.line(line, self.line) {
                self.fault(self.line, detail);
            }
            let line = if line.starts_with('#') { "" } else { line };
            let (line, continues) = continuation(line, self.escape());
            if line.is_empty() && !continues {
                continue;
            }
            let start = start + (whole.len() - whole.trim_start().len());
            let mut logical = Logical { line: self.line, start, ..Logical::default() };
            logical.push(line, self.line);
            logical.end = start + line.len();
            if continues {
                self.continued(&mut logical);
            }
            logical.end_line = self.line;
            return Some(logical);
        }
    }

    /// Joins the lines after one that ends in the escape character. Comments and empty lines
    /// between them are left out, as BuildKit does.
    fn continued(&mut self, logical: &mut Logical) {
        while let Some((raw, start)) = self.advance() {
            let line = trim_line_end(raw);
            logical.end = start + line.len();
            let trimmed = line.trim_start();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let (line, continues) = continuation(line, self.escape());
            logical.push(line, self.line);
            if !continues {
                break;
            }
        }
    }

    /// Reads the body of a heredoc up to its terminator; false if that never comes.
    pub(super) fn heredoc(&mut self, heredoc: &mut Heredoc, logical: &mut Logical) -> bool {
        heredoc.line = self.line.saturating_add(1);
        while let Some((raw, start)) = self.advance() {
            let line = trim_line_end(raw);
            (logical.end_line, logical.end) = (self.line, start + line.len());
            let name = if heredoc.chomp { line.trim_start_matches('\t') } else { line };
            if name == heredoc.name {
                return true;
            }
            heredoc.content.push_str(raw);
        }
        false
    }
}

impl Logical {
    fn push(&mut self, part: &str, line: u32) {
        self.segments.push(Segment { offset: self.text.len(), line });
        self.text.push_str(part);
    }
}

/// The line that `offset` of a joined text came from.
pub(super) fn line_at(segments: &[Segment], offset: usize) -> u32 {
    let after = segments.partition_point(|segment| segment.offset <= offset);
    after.checked_sub(1).and_then(|at| segments.get(at)).map_or(0, |segment| segment.line)
}

fn trim_line_end(line: &str) -> &str {
    line.trim_end_matches(['\r', '\n'])
}

/// A line without its continuation, and whether it had one: the escape character, not preceded by
/// itself, at the end but for blanks.
fn continuation(line: &str, escape: char) -> (&str, bool) {
    let end = line.trim_end_matches([' ', '\t']);
    match end.strip_suffix(escape) {
        Some(before) if !before.ends_with(escape) => (before, true),
        _ => (line, false),
    }
}
