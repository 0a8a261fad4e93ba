//! From byte offsets to lines and columns.

use memchr::memchr_iter;

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    text: &'t str,
    /// Offsets of the first byte of every fourth line but the first; in between one counts.
    starts: Vec<u32>,
    /// Places in between where that would be long: an object of a cluster is one line.
    marks: Vec<Mark>,
}

/// See [`Lines::starts`].
const STEP: usize = 4;

/// Bytes between two of [`Lines::marks`].
const FAR: usize = 1 << 10;

/// A place in a text: how many bytes, lines, and characters of its line are before it.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    offset: u32,
    line: u32,
    column: u32,
}

impl Mark {
    /// The place behind these bytes.
    fn after(self, bytes: &[u8]) -> Self {
        let Self { mut line, mut column, .. } = self;
        let mut from = 0;
        for end in memchr_iter(b'\n', bytes) {
            (line, column, from) = (line + 1, 0, end + 1);
        }
        // Every byte but those that continue a character begins one.
        let rest = bytes.get(from..).unwrap_or_default();
        column += number(rest.iter().filter(|byte| **byte & 0xC0 != 0x80).count());
        Self { offset: self.offset.saturating_add(number(bytes.len())), line, column }
    }
}

/// Texts are shorter than four gigabytes.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

impl<'t> Lines<'t> {
    /// The lines of a text, which end with a line feed.
    pub fn of(text: &'t str) -> Self {
        let behind = memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        let starts = behind.skip(STEP - 1).step_by(STEP);
        let mut starts: Vec<u32> = starts.filter_map(|at| u32::try_from(at).ok()).collect();
        starts.shrink_to_fit();
        let mut lines = Self { text, starts, marks: Vec::new() };
        for step in 0..=lines.starts.len() {
            lines.mark(step);
        }
        lines
    }

    /// Adds the marks between a step and the next one.
    fn mark(&mut self, step: usize) {
        let mut mark = self.start(step);
        let end = self.starts.get(step).map_or(self.text.len(), |end| *end as usize);
        while let Some(bytes) = self.bytes(mark.offset as usize, end).get(..FAR) {
            mark = mark.after(bytes);
            self.marks.push(mark);
        }
    }

    /// Where a step begins.
    fn start(&self, step: usize) -> Mark {
        let offset = step.checked_sub(1).and_then(|step| self.starts.get(step));
        Mark { offset: offset.copied().unwrap_or(0), line: number(step * STEP), column: 0 }
    }

    fn bytes(&self, start: usize, end: usize) -> &'t [u8] {
        self.text.as_bytes().get(start..end.min(self.text.len())).unwrap_or_default()
    }

    /// Line and column of a byte offset, both from 1; the column counts Unicode scalar values. An
    /// offset behind the end has the place of the end.
    pub fn at(&self, offset: u32) -> (u32, u32) {
        let start = self.start(self.starts.partition_point(|start| *start <= offset));
        let marks = self.marks.partition_point(|mark| mark.offset <= offset);
        let mark = marks.checked_sub(1).and_then(|mark| self.marks.get(mark));
        let from = mark.copied().filter(|mark| mark.offset > start.offset).unwrap_or(start);
        let place = from.after(self.bytes(from.offset as usize, offset as usize));
        (place.line.saturating_add(1), place.column.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_from_one() {
        let text = "a: ä\n\nbö: c";
        let lines = Lines::of(text);
        for (offset, place) in [
            (0, (1, 1)),
            (3, (1, 4)),
            (5, (1, 5)),
            (6, (2, 1)),
            (7, (3, 1)),
            (10, (3, 3)),
            (99, (3, 6)),
        ] {
            assert_eq!(lines.at(offset), place, "{offset}");
        }
        assert_eq!(Lines::of("").at(0), (1, 1));
    }

    #[test]
    fn lines_between_those_that_are_known() {
        let text = "ab\n".repeat(50);
        let lines = Lines::of(&text);
        for offset in 0..150 {
            assert_eq!(lines.at(offset), (offset / 3 + 1, offset % 3 + 1), "{offset}");
        }
        assert_eq!(lines.at(200), (51, 1));
    }

    #[test]
    fn places_in_long_lines() {
        let text = ["short\n", &"ä{\"b\":1}".repeat(1_000), "\nc\n", &"x".repeat(5_000)].concat();
        let lines = Lines::of(&text);
        let (mut line, mut column) = (1, 1);
        for (offset, character) in text.char_indices() {
            assert_eq!(lines.at(u32::try_from(offset).unwrap()), (line, column), "{offset}");
            (line, column) = if character == '\n' { (line + 1, 1) } else { (line, column + 1) };
        }
        assert_eq!(lines.at(u32::MAX), (line, column));
    }
}
