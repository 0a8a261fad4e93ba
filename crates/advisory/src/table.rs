//! A sorted table of keys and values in compressed blocks: the one structure in the file.
//!
//! A block is `(shared, suffix, value)*`: how many leading bytes the key shares with the one
//! before it, the rest of the key, the value. A table's index holds, for each block, where it is,
//! its checksum and its first key, so that a look-up reads one block. The index is searched as it
//! lies in memory; nothing is built from it when the file is opened.

use crate::encoding::{Decoder, put_bytes, put_length};
use cofferdam_bounds::{Cursor, ReadAt};
use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

/// No block is larger, which only a single package with very many advisories could be.
const BLOCK_BYTES_MAX: usize = 64 << 20;

/// A block that is larger is not kept for the next look-up: it would stay in memory.
const KEPT_BYTES_MAX: usize = 1 << 20;

/// Level 19 would save 5 % of the size for twice the time of a build; level 3 costs 5 %.
const ZSTD_LEVEL: i32 = 9;

/// Bytes of one block in the index: offset, stored length, raw length, checksum, start of key.
const INDEX_ENTRY_BYTES: usize = 24;

/// Why a look-up failed.
#[derive(Debug)]
pub(crate) enum TableError {
    /// Reading failed.
    Io(io::Error),
    /// The bytes at this offset are not what was written.
    Damaged { offset: u64, what: &'static str },
}

impl From<io::Error> for TableError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// A writer that knows how far it is.
pub(crate) struct Output<W> {
    inner: W,
    offset: u64,
}

impl<W: Write> Output<W> {
    pub(crate) const fn new(inner: W) -> Self {
        Self { inner, offset: 0 }
    }

    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.inner.write_all(bytes)?;
        self.offset += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        Ok(())
    }

    pub(crate) fn into_inner(self) -> W {
        self.inner
    }
}

/// Writes one table. Keys come strictly ascending.
pub(crate) struct TableWriter<'a, W> {
    output: &'a mut Output<W>,
    block_bytes: usize,
    compressor: zstd::bulk::Compressor<'static>,
    block: Vec<u8>,
    previous: Vec<u8>,
    entries: u64,
    index: Vec<u8>,
    keys: Vec<u8>,
    blocks: u32,
}

impl<'a, W: Write> TableWriter<'a, W> {
    /// Blocks are closed before they have more than `block_bytes`, unless one entry alone has.
    pub(crate) fn new(output: &'a mut Output<W>, block_bytes: usize) -> io::Result<Self> {
        Ok(Self {
            output,
            block_bytes,
            compressor: zstd::bulk::Compressor::new(ZSTD_LEVEL)?,
            block: Vec::new(),
            previous: Vec::new(),
            entries: 0,
            index: Vec::new(),
            keys: Vec::new(),
            blocks: 0,
        })
    }

    pub(crate) fn push(&mut self, key: &[u8], value: &[u8]) -> io::Result<()> {
        if self.entries > 0 && key <= self.previous.as_slice() {
            return Err(io::Error::other("keys are not ascending"));
        }
        let grown = self.block.len() + key.len() + value.len();
        if !self.block.is_empty() && grown > self.block_bytes {
            self.close_block()?;
        }
        if self.block.is_empty() {
            self.index_key(key)?;
        }
        let shared = self.previous.iter().zip(key).take_while(|(a, b)| a == b).count();
        put_length(&mut self.block, shared);
        put_bytes(&mut self.block, key.get(shared..).unwrap_or_default());
        put_bytes(&mut self.block, value);
        key.clone_into(&mut self.previous);
        self.entries += 1;
        Ok(())
    }

    /// Writes what is left and gives the table's index.
    pub(crate) fn finish(mut self) -> io::Result<Vec<u8>> {
        if !self.block.is_empty() {
            self.close_block()?;
        }
        let mut index = self.entries.to_le_bytes().to_vec();
        index.extend(self.blocks.to_le_bytes());
        index.append(&mut self.index);
        index.append(&mut self.keys);
        Ok(index)
    }

    /// The place of the key, from which the rest of the entry follows in `close_block`.
    fn index_key(&mut self, key: &[u8]) -> io::Result<()> {
        self.previous.clear();
        self.keys.extend_from_slice(key);
        // Stored as the end of this key, which is the start of the next.
        let end = u32::try_from(self.keys.len()).map_err(io::Error::other)?;
        self.index.extend(end.to_le_bytes());
        Ok(())
    }

    fn close_block(&mut self) -> io::Result<()> {
        if self.block.len() > BLOCK_BYTES_MAX {
            return Err(io::Error::other("one package has more advisories than a block holds"));
        }
        let stored = self.compressor.compress(&self.block)?;
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).map_err(io::Error::other);
        self.index.extend(self.output.offset().to_le_bytes());
        self.index.extend(length(&stored)?.to_le_bytes());
        self.index.extend(length(&self.block)?.to_le_bytes());
        self.index.extend(crc32fast::hash(&stored).to_le_bytes());
        self.output.write(&stored)?;
        self.block.clear();
        self.blocks += 1;
        Ok(())
    }
}

/// One table of an open file.
#[derive(Debug)]
pub(crate) struct Table {
    entries: u64,
    blocks: usize,
    index: Box<[u8]>,
    keys: Box<[u8]>,
    /// The block that was loaded last, by its offset: the vulnerabilities of one package are next
    /// to one another in every table.
    last: Mutex<Option<(u64, Arc<[u8]>)>>,
}

#[derive(Clone, Copy)]
struct Block<'a> {
    first_key: &'a [u8],
    offset: u64,
    stored: usize,
    raw: usize,
    checksum: u32,
}

impl Table {
    /// Reads a table's index; `None` is damage.
    pub(crate) fn open(bytes: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(bytes);
        let entries = cursor.u64_le()?;
        let blocks = usize::try_from(cursor.u32_le()?).ok()?;
        let index = cursor.bytes(blocks.checked_mul(INDEX_ENTRY_BYTES)?)?;
        Some(Self {
            entries,
            blocks,
            index: index.into(),
            keys: cursor.rest().into(),
            last: Mutex::default(),
        })
    }

    /// How many keys there are.
    pub(crate) const fn entries(&self) -> u64 {
        self.entries
    }

    /// The value of `key`, passed to `read`, which gives `None` for damage. Absent keys give
    /// `Ok(None)`.
    pub(crate) fn find<T>(
        &self,
        file: &impl ReadAt,
        key: &[u8],
        read: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<Option<T>, TableError> {
        let Some(block) = self.block_of(key)? else { return Ok(None) };
        let raw = self.loaded(file, block)?;
        let mut entries = Entries::new(&raw);
        while !entries.is_empty() {
            let (found, value) = entries.next().ok_or(damaged(block, "entry"))?;
            match found.cmp(key) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => {
                    return read(value).map(Some).ok_or(damaged(block, "value"));
                }
                std::cmp::Ordering::Greater => break,
            }
        }
        Ok(None)
    }

    /// Reads every block, in order, and shows every entry. Also proves what a look-up relies on:
    /// blocks follow one another from `start` on, keys ascend, counts agree. Gives the end.
    pub(crate) fn verify(
        &self,
        file: &impl ReadAt,
        start: u64,
        mut see: impl FnMut(&[u8], &[u8]) -> Option<()>,
    ) -> Result<u64, TableError> {
        let mut end = start;
        let mut previous = None::<Vec<u8>>;
        let mut count = 0_u64;
        for number in 0..self.blocks {
            let block = self.block(number).ok_or(in_index(end))?;
            let raw = load(file, block)?;
            let mut entries = Entries::new(&raw);
            let mut first = true;
            while !entries.is_empty() {
                let (key, value) = entries.next().ok_or(damaged(block, "entry"))?;
                let ascending = previous.as_deref().is_none_or(|previous| previous < key);
                if !ascending || (first && key != block.first_key) || block.offset != end {
                    return Err(damaged(block, "order"));
                }
                see(key, value).ok_or(damaged(block, "value"))?;
                previous = Some(key.to_vec());
                first = false;
                count += 1;
            }
            end = end.saturating_add(u64::try_from(block.stored).unwrap_or(u64::MAX));
        }
        if count == self.entries { Ok(end) } else { Err(in_index(end)) }
    }

    fn loaded(&self, file: &impl ReadAt, block: Block<'_>) -> Result<Arc<[u8]>, TableError> {
        let last = || self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, raw)) = last().as_ref().filter(|(offset, _)| *offset == block.offset) {
            return Ok(Arc::clone(raw));
        }
        let raw: Arc<[u8]> = load(file, block)?.into();
        if raw.len() <= KEPT_BYTES_MAX {
            *last() = Some((block.offset, Arc::clone(&raw)));
        }
        Ok(raw)
    }

    /// The only block that can hold `key`.
    fn block_of(&self, key: &[u8]) -> Result<Option<Block<'_>>, TableError> {
        // Invariant: blocks before `low` start at or before `key`, those from `high` on after it.
        let (mut low, mut high) = (0, self.blocks);
        while low < high {
            let middle = low.midpoint(high);
            let block = self.block(middle).ok_or(in_index(0))?;
            if block.first_key <= key {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low.checked_sub(1).map(|number| self.block(number).ok_or(in_index(0))).transpose()
    }

    fn block(&self, number: usize) -> Option<Block<'_>> {
        let entry = |number: usize| {
            let start = number.checked_mul(INDEX_ENTRY_BYTES)?;
            self.index.get(start..)?.get(..INDEX_ENTRY_BYTES).map(Cursor::new)
        };
        let key_end = |mut cursor: Cursor<'_>| usize::try_from(cursor.u32_le()?).ok();
        let start = match number.checked_sub(1) {
            Some(before) => key_end(entry(before)?)?,
            None => 0,
        };
        let mut cursor = entry(number)?;
        let end = key_end(cursor)?;
        cursor.skip(4)?;
        Some(Block {
            first_key: self.keys.get(start..end)?,
            offset: cursor.u64_le()?,
            stored: usize::try_from(cursor.u32_le()?).ok()?,
            raw: usize::try_from(cursor.u32_le()?).ok()?,
            checksum: cursor.u32_le()?,
        })
    }
}

/// Reads, checks and decompresses one block.
fn load(file: &impl ReadAt, block: Block<'_>) -> Result<Vec<u8>, TableError> {
    if block.raw > BLOCK_BYTES_MAX {
        return Err(damaged(block, "length"));
    }
    let stored = file.bytes_at(block.offset, block.stored).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => damaged(block, "end of file"),
        _ => TableError::Io(error),
    })?;
    if crc32fast::hash(&stored) != block.checksum {
        return Err(damaged(block, "checksum"));
    }
    zstd::bulk::decompress(&stored, block.raw)
        .ok()
        .filter(|raw| raw.len() == block.raw)
        .ok_or(damaged(block, "compression"))
}

fn damaged(block: Block<'_>, what: &'static str) -> TableError {
    TableError::Damaged { offset: block.offset, what }
}

fn in_index(offset: u64) -> TableError {
    TableError::Damaged { offset, what: "index" }
}

/// The entries of a block, front to back.
struct Entries<'a> {
    decoder: Decoder<'a>,
    key: Vec<u8>,
}

impl<'a> Entries<'a> {
    const fn new(raw: &'a [u8]) -> Self {
        Self { decoder: Decoder::new(raw), key: Vec::new() }
    }

    const fn is_empty(&self) -> bool {
        self.decoder.is_empty()
    }

    fn next(&mut self) -> Option<(&[u8], &'a [u8])> {
        let shared = usize::try_from(self.decoder.integer()?).ok()?;
        let suffix = self.decoder.bytes()?;
        (shared <= self.key.len()).then(|| self.key.truncate(shared))?;
        self.key.extend_from_slice(suffix);
        Some((&self.key, self.decoder.bytes()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(count: u32) -> (Vec<u8>, Table) {
        let mut output = Output::new(Vec::new());
        let mut writer = TableWriter::new(&mut output, 16 << 10).unwrap();
        for number in 0..count {
            let value = vec![b'v'; usize::try_from(number % 90).unwrap()];
            writer.push(format!("key-{number:05}").as_bytes(), &value).unwrap();
        }
        let index = writer.finish().unwrap();
        (output.into_inner(), Table::open(&index).unwrap())
    }

    #[test]
    fn every_key_is_found_and_no_other() {
        let (file, table) = table(5_000);
        assert!(table.blocks > 10, "{} blocks", table.blocks);
        for number in 0..5_000_u32 {
            let key = format!("key-{number:05}");
            let length = table.find(&file, key.as_bytes(), |value| Some(value.len())).unwrap();
            assert_eq!(length, Some(usize::try_from(number % 90).unwrap()), "{key}");
        }
        for absent in ["", "a", "key-", "key-00000x", "key-05000", "zzz"] {
            assert_eq!(table.find(&file, absent.as_bytes(), |_| Some(())).unwrap(), None);
        }
        assert_eq!(table.verify(&file, 0, |_, _| Some(())).unwrap(), file.size());
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let (file, table) = table(200);
        for at in 0..file.len() {
            let mut bad = file.clone();
            bad[at] ^= 0x10;
            assert!(table.verify(&bad, 0, |_, _| Some(())).is_err(), "byte {at}");
        }
        assert!(table.verify(&file[..file.len() - 1].to_vec(), 0, |_, _| Some(())).is_err());
    }

    #[test]
    fn an_empty_table_holds_nothing() {
        let (file, table) = table(0);
        assert_eq!(table.find(&file, b"key", |_| Some(())).unwrap(), None);
        assert_eq!(table.entries(), 0);
    }
}
