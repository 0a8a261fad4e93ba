//! Readers that stop: they fail at their limit rather than truncate in silence.

use crate::Exceeded;
use std::io::{self, Read};

/// Reads all of `reader`, at most `limit` bytes; one byte more is [`Exceeded`] with `what`.
pub fn read_all(reader: impl Read, limit: u64, what: &'static str) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    read_into(reader, limit, what, &mut bytes)?;
    Ok(bytes)
}

/// The same behind what is in `bytes` already, for whom knows how much room it takes.
pub(crate) fn read_into(
    reader: impl Read,
    limit: u64,
    what: &'static str,
    bytes: &mut Vec<u8>,
) -> io::Result<()> {
    #[expect(clippy::disallowed_methods, reason = "this is the bounded reader the ban points to")]
    Capped::new(reader, limit, what).read_to_end(bytes)?;
    Ok(())
}

/// Fills `buffer` as far as `reader` goes and says how far: a short count is the end.
pub fn read_up_to(mut reader: impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while let Some(free) = buffer.get_mut(filled..).filter(|free| !free.is_empty()) {
        match reader.read(free) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// A reader that fails with [`Exceeded`] when its source has more than `limit` bytes.
#[derive(Debug)]
pub struct Capped<R> {
    inner: R,
    left: u64,
    exceeded: Exceeded,
}

impl<R: Read> Capped<R> {
    /// Caps `inner` at `limit` bytes of `what`.
    pub const fn new(inner: R, limit: u64, what: &'static str) -> Self {
        Self { inner, left: limit, exceeded: Exceeded { what, limit } }
    }
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Asks for one byte more than is left, to tell the end from an excess.
        let room = usize::try_from(self.left.saturating_add(1)).unwrap_or(usize::MAX);
        let length = buffer.len().min(room);
        let count = self.inner.read(buffer.get_mut(..length).unwrap_or_default())?;
        self.left =
            self.left.checked_sub(u64::try_from(count).unwrap_or(u64::MAX)).ok_or(self.exceeded)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_limit_is_fine() {
        assert_eq!(read_all(&b"1234"[..], 4, "x").unwrap(), b"1234");
        let error = read_all(&b"12345"[..], 4, "x").unwrap_err();
        assert_eq!(Exceeded::within(&error), Some(Exceeded { what: "x", limit: 4 }));
    }

    #[test]
    fn short_read_is_the_end() {
        let mut buffer = [0; 4];
        assert_eq!(read_up_to(&b"12"[..], &mut buffer).unwrap(), 2);
        assert_eq!(read_up_to(&b"12345"[..], &mut buffer).unwrap(), 4);
    }
}
