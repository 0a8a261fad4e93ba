//! Lines that are joined.

use super::Yaml;

impl Yaml<'_, '_> {
    /// Appends what stands for the white space between two lines of a plain or quoted scalar: a
    /// space for one line break, one break less for more.
    pub(super) fn fold(&mut self, start: usize, end: usize) {
        self.breaks(start, end, true);
    }

    /// Appends the line breaks in a stretch of white space. `joined`: the first one joins its
    /// lines by a space unless another follows it.
    pub(super) fn breaks(&mut self, start: usize, end: usize, joined: bool) {
        let (mut at, mut first, mut space) = (start, joined, false);
        while at < end {
            let length = self.line_break(at);
            if length == 0 {
                at += 1;
                continue;
            }
            let kept = self.kept(at, length);
            if first && kept == "\n" {
                space = true;
            } else {
                space = false;
                self.builder.buffer().push_str(kept);
            }
            first = false;
            at += length;
        }
        if space {
            self.builder.buffer().push(' ');
        }
    }

    /// What remains of a line break of this many bytes: U+2028 and U+2029 are kept.
    pub(super) fn kept(&self, at: usize, length: usize) -> &'static str {
        match (length, self.byte(at + 2)) {
            (3, Some(0xA8)) => "\u{2028}",
            (3, _) => "\u{2029}",
            _ => "\n",
        }
    }
}
