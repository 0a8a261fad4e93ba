//! Lines out of a stream of bytes.

/// Bytes of a line: an event with an object, of which etcd takes none over 1.5 MiB.
const LINE_BYTES_MAX: usize = 8 << 20;

/// What came and is not yet a whole line.
#[derive(Debug, Default)]
pub(super) struct LineBuffer {
    bytes: Vec<u8>,
    /// Up to here there is no end of a line.
    searched: usize,
}

impl LineBuffer {
    /// Takes more bytes; whether what is held is still within bounds.
    #[must_use]
    pub(super) fn push(&mut self, bytes: &[u8]) -> bool {
        self.bytes.extend_from_slice(bytes);
        self.bytes.len() <= LINE_BYTES_MAX
    }

    /// The next whole line, without its end.
    pub(super) fn next(&mut self) -> Option<Vec<u8>> {
        let rest = self.bytes.get(self.searched..).unwrap_or_default();
        let Some(length) = rest.iter().position(|byte| *byte == b'\n') else {
            self.searched = self.bytes.len();
            return None;
        };
        let end = self.searched + length;
        let rest = self.bytes.split_off(end + 1);
        let mut line = std::mem::replace(&mut self.bytes, rest);
        line.truncate(end);
        self.searched = 0;
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_however_they_come() {
        let text = b"one\n\nthree is longer\nrest";
        for size in 1..=text.len() {
            let mut lines = LineBuffer::default();
            let mut found = Vec::new();
            for part in text.chunks(size) {
                assert!(lines.push(part));
                while let Some(line) = lines.next() {
                    found.push(String::from_utf8(line).unwrap());
                }
            }
            assert_eq!(found, ["one", "", "three is longer"], "{size}");
        }
    }

    #[test]
    fn no_line_without_bounds() {
        let mut lines = LineBuffer::default();
        assert!(lines.push(&vec![b'x'; LINE_BYTES_MAX]));
        assert_eq!(lines.next(), None);
        assert!(!lines.push(b"x"));
    }
}
