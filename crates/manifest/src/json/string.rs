//! Strings.

use super::Json;
use crate::{
    fault::Fault,
    tree::{Store, Text},
};

impl Json<'_> {
    /// A string in double quotes: where it stands, or a copy if it holds escapes.
    pub(super) fn string(&mut self) -> Result<Text, Fault> {
        let opening = self.at;
        self.at += 1;
        let start = self.at;
        let length = self.plain();
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(text(start, length));
        }
        let mark = self.builder.buffer().len();
        self.copy(start);
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(self.builder.since(mark));
                }
                Some(b'\\') => {
                    let character = self.escape()?;
                    self.builder.buffer().push(character);
                }
                Some(_) => {
                    return Err(Fault::malformed(self.at, "a control character in a string"));
                }
                None => return Err(Fault::truncated(opening, "a string without an end")),
            }
            let start = self.at;
            self.plain();
            self.copy(start);
        }
    }

    /// Steps over what stands for itself and gives its length.
    fn plain(&mut self) -> usize {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let ends = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..=0x1F);
        let length = rest.iter().position(ends).unwrap_or(rest.len());
        self.at += length;
        length
    }

    /// Appends the text from `start` up to here to the buffer.
    fn copy(&mut self, start: usize) {
        let bytes = self.text.get(start..self.at).unwrap_or_default();
        // Both ends are at ASCII characters of a text that is UTF-8.
        self.builder.buffer().push_str(str::from_utf8(bytes).unwrap_or_default());
    }

    /// The character of an escape. A lone surrogate is U+FFFD, as in Go.
    fn escape(&mut self) -> Result<char, Fault> {
        let start = self.at;
        let wrong = || Fault::malformed(start, "an escape that JSON does not have");
        let letter = self.text.get(self.at + 1).copied().ok_or_else(wrong)?;
        self.at += 2;
        Ok(match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let high = self.unit().ok_or_else(wrong)?;
                let before = self.at;
                let low = if self.text.get(self.at..self.at + 2) == Some(b"\\u") {
                    self.at += 2;
                    self.unit()
                } else {
                    None
                };
                let pair = [high, low.unwrap_or_default()];
                let is_pair = (0xD800..0xDC00).contains(&high)
                    && low.is_some_and(|low| (0xDC00..0xE000).contains(&low));
                if !is_pair {
                    self.at = before;
                }
                let used = pair.get(..if is_pair { 2 } else { 1 }).unwrap_or_default();
                let decoded = char::decode_utf16(used.iter().copied()).next();
                decoded.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(wrong()),
        })
    }

    /// Four hexadecimal digits.
    fn unit(&mut self) -> Option<u16> {
        let digits = self.text.get(self.at..self.at + 4)?;
        let digits = str::from_utf8(digits).ok().filter(|digits| !digits.starts_with('+'))?;
        let unit = u16::from_str_radix(digits, 16).ok()?;
        self.at += 4;
        Some(unit)
    }
}

fn text(start: usize, length: usize) -> Text {
    let number = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
    Text { start: number(start), length: number(length), store: Store::Text }
}
