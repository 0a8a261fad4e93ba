//! The floor: read + SHA-256, + inflate for gzip layers.

use flate2::read::MultiGzDecoder;
use sha2::{Digest as _, Sha256};
use std::{
    fs::File,
    io::{self, Read},
};

/// As large as a reader's buffer would be.
const CHUNK_BYTES: usize = 256 << 10;

/// Hashes each file of the outer archive, and what is inside where it is gzip.
pub(crate) fn run(image: &str) -> Result<(), String> {
    work(image).map_err(|error| format!("{image}: {error}"))
}

fn work(image: &str) -> io::Result<()> {
    let mut total = 0;
    let mut archive = tar::Archive::new(File::open(image)?);
    for entry in archive.entries()? {
        let mut entry = Hashed { inner: entry?, hash: Sha256::new() };
        let mut head = [0; 2];
        let count = entry.read(&mut head)?;
        let head = head.get(..count).unwrap_or_default();
        if head == [0x1f, 0x8b] {
            let mut tar = MultiGzDecoder::new(head.chain(&mut entry));
            total += drain(Hashed { inner: &mut tar, hash: Sha256::new() })?;
        }
        total += drain(entry)?;
    }
    println!("{total} bytes");
    Ok(())
}

fn drain(mut reader: impl Read) -> io::Result<usize> {
    let mut buffer = vec![0; CHUNK_BYTES];
    let mut total = 0;
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(total),
            count => total += count,
        }
    }
}

struct Hashed<R> {
    inner: R,
    hash: Sha256,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.hash.update(buffer.get(..count).unwrap_or_default());
        Ok(count)
    }
}
