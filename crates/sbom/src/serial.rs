//! A serial number that is the document's own digest.

use crate::document::Document;
use sha2::{Digest as _, Sha256};
use std::io::{self, Write};

/// A UUID of version 8 (RFC 9562, section 5.8) from the SHA-256 of the document without it:
/// whatever differs in two documents makes two serial numbers, and nothing else does.
pub(crate) fn number(document: &Document<'_>) -> io::Result<String> {
    let mut hasher = Hasher(Sha256::new());
    serde_json::to_writer(&mut hasher, document)?;
    let digest = hasher.0.finalize();
    let mut bytes = [0; 16];
    for (byte, of) in bytes.iter_mut().zip(digest.iter()) {
        *byte = *of;
    }
    let bits = u128::from_be_bytes(bytes);
    let bits = bits & !(0xF << 76) | 8 << 76;
    let bits = bits & !(0b11 << 62) | 0b10 << 62;
    Ok(format!(
        "urn:uuid:{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        bits >> 96,
        bits >> 80 & 0xFFFF,
        bits >> 64 & 0xFFFF,
        bits >> 48 & 0xFFFF,
        bits & 0xFFFF_FFFF_FFFF
    ))
}

struct Hasher(Sha256);

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
