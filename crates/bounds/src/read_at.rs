//! Reading at an offset, the way databases and archives are read.

use std::{fs, io, os::unix::fs::FileExt};

/// Bytes that can be read anywhere.
pub trait ReadAt {
    /// How many there are.
    fn size(&self) -> u64;

    /// Reads up to `buffer.len()` bytes at `offset`; fewer only at the end.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Reads exactly `buffer.len()` bytes at `offset`, or fails with `UnexpectedEof`.
    fn read_exact_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<()> {
        if self.read_at(buffer, offset)? == buffer.len() {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }

    /// The `length` bytes at `offset`, never more than there are in the source.
    fn bytes_at(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let end = offset.checked_add(u64::try_from(length).unwrap_or(u64::MAX));
        // Looked at before anything is allocated: the length comes from an attacker.
        if end.is_none_or(|end| end > self.size()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = vec![0; length];
        self.read_exact_at(&mut bytes, offset)?;
        Ok(bytes)
    }
}

impl ReadAt for [u8] {
    fn size(&self) -> u64 {
        u64::try_from(self.len()).unwrap_or(u64::MAX)
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|offset| self.get(offset..));
        let rest = rest.unwrap_or_default();
        let count = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..count), rest.get(..count)) {
            to.copy_from_slice(from);
        }
        Ok(count)
    }
}

impl ReadAt for Vec<u8> {
    fn size(&self) -> u64 {
        self.as_slice().size()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.as_slice().read_at(buffer, offset)
    }
}

impl ReadAt for fs::File {
    fn size(&self) -> u64 {
        self.metadata().map_or(0, |metadata| metadata.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut filled = 0;
        while let Some(free) = buffer.get_mut(filled..).filter(|free| !free.is_empty()) {
            let at = offset.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
            match FileExt::read_at(self, free, at) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(filled)
    }
}

impl<T: ReadAt + ?Sized> ReadAt for &T {
    fn size(&self) -> u64 {
        (**self).size()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        (**self).read_at(buffer, offset)
    }
}

/// A part of something readable, as a sequential reader.
#[derive(Debug)]
pub struct Window<'a, R: ?Sized> {
    source: &'a R,
    offset: u64,
    end: u64,
}

impl<'a, R: ReadAt + ?Sized> Window<'a, R> {
    /// The `length` bytes of `source` at `offset`, cut at its end.
    pub fn new(source: &'a R, offset: u64, length: u64) -> Self {
        Self { source, offset, end: offset.saturating_add(length).min(source.size()) }
    }
}

impl<R: ReadAt + ?Sized> io::Read for Window<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let count =
            self.source.read_at(buffer.get_mut(..length).unwrap_or_default(), self.offset)?;
        self.offset = self.offset.saturating_add(u64::try_from(count).unwrap_or(u64::MAX));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read_all;

    #[test]
    fn offsets_beyond_the_end_are_an_end() {
        let bytes = b"0123456789".to_vec();
        assert_eq!(bytes.bytes_at(8, 2).unwrap(), b"89");
        assert!(bytes.bytes_at(8, 3).is_err());
        assert!(bytes.bytes_at(u64::MAX, usize::MAX).is_err());
        assert_eq!(read_all(Window::new(&bytes, 3, 4), 100, "x").unwrap(), b"3456");
        assert_eq!(read_all(Window::new(&bytes, 8, u64::MAX), 100, "x").unwrap(), b"89");
    }
}
