//! From byte offsets to lines and columns.

use memchr::memchr_iter;

/// Where the lines of a text begin.
#[derive(Clone, Debug)]
pub struct Lines<'t> {
    text: &'t str,
    /// Offsets of the first byte of every fourth line but the first; in between one counts.
    starts: Vec<u32>,
}

/// See [`Lines::starts`].
const STEP: usize = 4;

impl<'t> Lines<'t> {
    /// The lines of a text, which end with a line feed.
    pub fn of(text: &'t str) -> Self {
        let behind = memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        let starts = behind.skip(STEP - 1).step_by(STEP);
        let mut starts: Vec<u32> = starts.filter_map(|at| u32::try_from(at).ok()).collect();
        starts.shrink_to_fit();
        Self { text, starts }
    }

    /// Line and column of a byte offset, both from 1; the column counts Unicode scalar values. An
    /// offset behind the end has the place of the end.
    pub fn at(&self, offset: u32) -> (u32, u32) {
        let steps = self.starts.partition_point(|start| *start <= offset);
        let start = steps.checked_sub(1).and_then(|step| self.starts.get(step)).copied();
        let (start, end) = (start.unwrap_or(0) as usize, offset as usize);
        let before = self.text.as_bytes().get(start..end.min(self.text.len())).unwrap_or_default();
        let (mut line, mut from) = (steps * STEP, 0);
        for end in memchr_iter(b'\n', before) {
            (line, from) = (line + 1, end + 1);
        }
        // Every byte but those that continue a character begins one.
        let before = before.get(from..).unwrap_or_default();
        let column = before.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
        let number = |count: usize| u32::try_from(count + 1).unwrap_or(u32::MAX);
        (number(line), number(column))
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
}
