//! The few encodings that the database file is made of: variable-length integers, text, time.

use cofferdam_bounds::Cursor;
use jiff::Timestamp;

/// Appends an integer, seven bits a byte, least significant first (LEB128).
pub(crate) fn put_integer(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(low_byte(value) | 0x80);
        value >>= 7;
    }
    out.push(low_byte(value));
}

/// Appends a count or a length.
pub(crate) fn put_length(out: &mut Vec<u8>, length: usize) {
    put_integer(out, u64::try_from(length).unwrap_or(u64::MAX));
}

/// Appends bytes after their length.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_length(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// Appends text after its length in bytes.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_bytes(out, text.as_bytes());
}

/// Appends texts after their count.
pub(crate) fn put_texts(out: &mut Vec<u8>, texts: &[String]) {
    put_length(out, texts.len());
    for text in texts {
        put_text(out, text);
    }
}

/// Appends a time in whole seconds after 1970, or 0 for none. No feed is that old.
pub(crate) fn put_time(out: &mut Vec<u8>, time: Option<Timestamp>) {
    let seconds = time.map_or(0, Timestamp::as_second);
    put_integer(out, u64::try_from(seconds).unwrap_or(0));
}

fn low_byte(value: u64) -> u8 {
    let [low, ..] = value.to_le_bytes();
    low & 0x7f
}

/// Reads what the functions above wrote. `None` is damage; nothing here panics or allocates more
/// than the input is long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Decoder<'a>(Cursor<'a>);

impl<'a> Decoder<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(Cursor::new(bytes))
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Bytes that were not read yet.
    pub(crate) const fn left(&self) -> usize {
        self.0.rest().len()
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        self.0.u8()
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.0.array()
    }

    pub(crate) fn integer(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.0.u8()?;
            let bits = u64::from(byte & 0x7f);
            // The tenth byte has room for one bit only.
            let shifted = bits << shift;
            (shifted >> shift == bits).then_some(())?;
            value |= shifted;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// A length or count; never more than the bytes that are left, as everything counted takes
    /// at least one.
    pub(crate) fn length(&mut self) -> Option<usize> {
        let length = usize::try_from(self.integer()?).ok()?;
        (length <= self.0.rest().len()).then_some(length)
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.length()?;
        self.0.bytes(length)
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub(crate) fn texts(&mut self) -> Option<Vec<String>> {
        (0..self.length()?).map(|_| self.text().map(str::to_owned)).collect()
    }

    #[expect(
        clippy::option_option,
        reason = "damage is one thing, a time that is not known another"
    )]
    pub(crate) fn time(&mut self) -> Option<Option<Timestamp>> {
        match i64::try_from(self.integer()?).ok()? {
            0 => Some(None),
            seconds => Timestamp::from_second(seconds).ok().map(Some),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip() {
        let time = Timestamp::from_second(1_700_000_000).unwrap();
        let mut out = Vec::new();
        for value in [0, 1, 127, 128, 300, u64::MAX] {
            put_integer(&mut out, value);
        }
        put_texts(&mut out, &["a".into(), String::new(), "ü".into()]);
        put_time(&mut out, Some(time));
        put_time(&mut out, None);
        let mut decoder = Decoder::new(&out);
        for value in [0, 1, 127, 128, 300, u64::MAX] {
            assert_eq!(decoder.integer(), Some(value));
        }
        assert_eq!(decoder.texts().unwrap(), ["a", "", "ü"]);
        assert_eq!(decoder.time(), Some(Some(time)));
        assert_eq!(decoder.time(), Some(None));
        assert!(decoder.is_empty());
    }

    #[test]
    fn damage_is_none() {
        for bytes in [&[0x80][..], &[0xff; 11], &[0xff; 10], &[5, b'a'], &[1, 0xff]] {
            assert_eq!(Decoder::new(bytes).text(), None, "{bytes:?}");
        }
    }
}
