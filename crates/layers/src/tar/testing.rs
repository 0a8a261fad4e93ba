//! Archives written by hand, byte by byte, right and wrong.

use super::header::{BLOCK_BYTES, Block};

/// An archive under construction.
#[derive(Clone, Default)]
pub(crate) struct Archive {
    pub(crate) bytes: Vec<u8>,
}

/// A ustar header block with its checksum.
pub(crate) fn header(name: &str, type_flag: u8, size: u64, link: &str) -> Block {
    let mut block = [0; BLOCK_BYTES];
    put(&mut block, 0, name.as_bytes());
    put(&mut block, 100, b"0000644\0");
    put(&mut block, 124, format!("{size:011o}\0").as_bytes());
    block[156] = type_flag;
    put(&mut block, 157, link.as_bytes());
    put(&mut block, 257, b"ustar\x0000");
    sign(block)
}

/// Writes bytes into a block.
pub(crate) fn put(block: &mut Block, at: usize, bytes: &[u8]) {
    block[at..at + bytes.len()].copy_from_slice(bytes);
}

/// Sets the checksum.
pub(crate) fn sign(mut block: Block) -> Block {
    put(&mut block, 148, b"        ");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    put(&mut block, 148, format!("{sum:06o}\0 ").as_bytes());
    block
}

/// A PAX record with its own length before it.
pub(crate) fn record(key: &str, value: &str) -> Vec<u8> {
    let rest = format!(" {key}={value}\n");
    let mut length = rest.len();
    while format!("{length}{rest}").len() != length {
        length += 1;
    }
    format!("{length}{rest}").into_bytes()
}

impl Archive {
    pub(crate) fn block(mut self, block: &Block) -> Self {
        self.bytes.extend_from_slice(block);
        self
    }

    /// Content, padded.
    pub(crate) fn content(mut self, content: &[u8]) -> Self {
        self.bytes.extend_from_slice(content);
        self.bytes.resize(self.bytes.len().next_multiple_of(BLOCK_BYTES), 0);
        self
    }

    pub(crate) fn with(self, name: &str, type_flag: u8, content: &[u8]) -> Self {
        self.block(&header(name, type_flag, content.len() as u64, "")).content(content)
    }

    pub(crate) fn file(self, name: &str, content: &str) -> Self {
        self.with(name, b'0', content.as_bytes())
    }

    pub(crate) fn directory(self, name: &str) -> Self {
        self.with(name, b'5', b"")
    }

    pub(crate) fn link(self, name: &str, type_flag: u8, target: &str) -> Self {
        self.block(&header(name, type_flag, 0, target))
    }

    pub(crate) fn pax(self, type_flag: u8, records: &[(&str, &str)]) -> Self {
        let records: Vec<u8> = records.iter().flat_map(|(key, value)| record(key, value)).collect();
        self.with("PaxHeader", type_flag, &records)
    }

    /// The end marker.
    pub(crate) fn end(mut self) -> Vec<u8> {
        self.bytes.resize(self.bytes.len() + 2 * BLOCK_BYTES, 0);
        self.bytes
    }
}
