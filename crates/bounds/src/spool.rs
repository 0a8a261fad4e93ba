//! A stream kept for random access: small ones in memory, large ones in an unlinked file.

use crate::{Exceeded, ReadAt};
use std::{
    fs,
    io::{self, Read, Write},
};

/// The whole of a stream, readable anywhere. Memory use is bounded by `memory_bytes`; above that
/// the bytes go to a temporary file without a name, which the kernel removes whatever happens.
#[derive(Debug)]
pub struct Spool {
    storage: Storage,
}

#[derive(Debug)]
enum Storage {
    Memory(Vec<u8>),
    File { file: fs::File, size: u64 },
}

impl Spool {
    /// Reads `reader` to its end, at most `limit` bytes, of which `memory_bytes` in memory.
    pub fn new(
        mut reader: impl Read,
        memory_bytes: usize,
        limit: u64,
        what: &'static str,
    ) -> io::Result<Self> {
        let mut memory = Vec::new();
        let mut file = None::<fs::File>;
        let mut size = 0_u64;
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            let count = crate::read_up_to(&mut reader, &mut chunk)?;
            let bytes = chunk.get(..count).unwrap_or_default();
            if bytes.is_empty() {
                break;
            }
            size = size.saturating_add(bytes.size());
            if size > limit {
                return Err(Exceeded { what, limit }.into());
            }
            match &mut file {
                Some(file) => file.write_all(bytes)?,
                None if memory.len() + bytes.len() <= memory_bytes => {
                    memory.extend_from_slice(bytes);
                }
                None => {
                    let mut new = tempfile::tempfile()?;
                    new.write_all(&std::mem::take(&mut memory))?;
                    new.write_all(bytes)?;
                    file = Some(new);
                }
            }
        }
        let storage = match file {
            Some(file) => Storage::File { file, size },
            None => Storage::Memory(memory),
        };
        Ok(Self { storage })
    }

    /// The bytes, when they stayed in memory.
    pub fn in_memory(&self) -> Option<&[u8]> {
        match &self.storage {
            Storage::Memory(bytes) => Some(bytes),
            Storage::File { .. } => None,
        }
    }
}

impl ReadAt for Spool {
    fn size(&self) -> u64 {
        match &self.storage {
            Storage::Memory(bytes) => bytes.size(),
            Storage::File { size, .. } => *size,
        }
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match &self.storage {
            Storage::Memory(bytes) => bytes.read_at(buffer, offset),
            Storage::File { file, .. } => ReadAt::read_at(file, buffer, offset),
        }
    }
}

/// One copy: large enough that system calls do not count, small enough for a cache.
const CHUNK_BYTES: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_then_file() {
        let bytes: Vec<u8> = (0..=255).cycle().take(200_000).collect();
        for memory_bytes in [0, 100, 1 << 20] {
            let spool = Spool::new(&*bytes, memory_bytes, 1 << 20, "x").unwrap();
            assert_eq!(spool.size(), 200_000);
            assert_eq!(spool.in_memory().is_some(), memory_bytes == 1 << 20);
            assert_eq!(spool.bytes_at(100_000, 3).unwrap(), &bytes[100_000..100_003]);
            assert!(spool.bytes_at(199_999, 2).is_err());
        }
        assert!(Spool::new(&*bytes, 100, 199_999, "x").is_err());
    }
}
