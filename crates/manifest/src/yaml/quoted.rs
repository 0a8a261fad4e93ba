//! Scalars in single and double quotes.

use super::{Scalar, Yaml};
use crate::{fault::Fault, json::span, tree::Builder};

impl Yaml<'_, '_> {
    /// Reads a quoted scalar: where it stands, or a copy if it is not written plainly.
    pub(super) fn quoted(&mut self) -> Result<Scalar, Fault> {
        let (start, quote) = (self.at, self.peek().unwrap_or_default());
        self.at += 1;
        let inner = self.at;
        self.stretch(quote);
        let plainly =
            self.peek() == Some(quote) && (quote == b'"' || self.byte(self.at + 1) != Some(quote));
        let text = if plainly {
            self.at += 1;
            Builder::in_text(inner, self.at - 1)
        } else {
            let mark = self.builder.buffer().len();
            self.keep_blanks(inner);
            self.rest(start, quote)?;
            self.builder.since(mark)
        };
        self.end = self.at;
        Ok(Scalar { text, span: span(start, self.at), plain: false })
    }

    /// Steps over characters that stand for themselves, white space within a line included.
    fn stretch(&mut self, quote: u8) {
        while let Some(byte) = self.peek() {
            let special = byte == quote
                || byte == b'\\' && quote == b'"'
                || byte == b'\n'
                || byte == b'\r'
                || (byte == 0xC2 || byte == 0xE2) && self.line_break(self.at) > 0;
            if special {
                return;
            }
            self.at += 1;
        }
    }

    /// Appends the text from `start` up to here; white space before a line break is left out.
    fn keep_blanks(&mut self, start: usize) {
        let mut end = self.at;
        if self.line_break(self.at) > 0 {
            while end > start && self.blank(end - 1) {
                end -= 1;
            }
        }
        self.keep(start, end);
    }

    /// Reads up to the closing quote, from a character that does not stand for itself.
    fn rest(&mut self, opening: usize, quote: u8) -> Result<(), Fault> {
        loop {
            match self.peek() {
                None => return Err(Fault::truncated(opening, "a quote that is never closed")),
                Some(b'\\') if quote == b'"' => self.escape()?,
                Some(byte) if byte == quote => {
                    if quote == b'"' || self.byte(self.at + 1) != Some(quote) {
                        self.at += 1;
                        return Ok(());
                    }
                    self.builder.buffer().push('\'');
                    self.at += 2;
                }
                Some(_) => {
                    let from = self.at;
                    self.gap_in_quotes()?;
                    self.fold(from, self.at);
                }
            }
            let from = self.at;
            self.stretch(quote);
            self.keep_blanks(from);
        }
    }

    /// Steps over line breaks and the white space behind them.
    fn gap_in_quotes(&mut self) -> Result<(), Fault> {
        loop {
            match self.line_break(self.at) {
                0 if self.blank(self.at) => self.at += 1,
                0 => return Ok(()),
                length => self.pass(length),
            }
            if self.at_marker() {
                return Err(Fault::malformed(self.at, "a document marker within quotes"));
            }
        }
    }

    /// Reads an escape in double quotes and appends what it stands for.
    fn escape(&mut self) -> Result<(), Fault> {
        let start = self.at;
        let length = self.line_break(start + 1);
        if length > 0 {
            self.at += 1;
            self.pass(length);
            let from = self.at;
            if self.at_marker() {
                return Err(Fault::malformed(self.at, "a document marker within quotes"));
            }
            self.gap_in_quotes()?;
            self.breaks(from, self.at, false);
            return Ok(());
        }
        let wrong = || Fault::malformed(start, "an escape that YAML does not have");
        let letter = self.byte(start + 1).ok_or_else(wrong)?;
        self.at += 2;
        let character = match letter {
            b'0' => '\0',
            b'a' => '\u{7}',
            b'b' => '\u{8}',
            b't' | b'\t' => '\t',
            b'n' => '\n',
            b'v' => '\u{b}',
            b'f' => '\u{c}',
            b'r' => '\r',
            b'e' => '\u{1b}',
            b' ' | b'"' | b'\'' | b'\\' => char::from(letter),
            b'N' => '\u{85}',
            b'_' => '\u{a0}',
            b'L' => '\u{2028}',
            b'P' => '\u{2029}',
            b'x' => self.code(2).ok_or_else(wrong)?,
            b'u' => self.code(4).ok_or_else(wrong)?,
            b'U' => self.code(8).ok_or_else(wrong)?,
            _ => return Err(wrong()),
        };
        self.builder.buffer().push(character);
        Ok(())
    }

    /// The character with a number of so many hexadecimal digits.
    fn code(&mut self, digits: usize) -> Option<char> {
        let text = self.text.get(self.at..self.at + digits)?;
        let number = u32::from_str_radix(text, 16).ok().filter(|_| !text.starts_with('+'))?;
        self.at += digits;
        char::from_u32(number)
    }
}
