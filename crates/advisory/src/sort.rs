//! Sorting more than memory holds: runs that were sorted in memory wait on disk, compressed, and
//! are merged. With all public feeds there are millions of rows, of some gigabytes.

use crate::{
    encoding::{Decoder, put_bytes},
    spool::Spool,
};
use std::{cmp::Reverse, collections::BinaryHeap, io, ops::Range, path::Path};

/// Bytes that are sorted in memory.
const RUN_BYTES: usize = 24 << 20;

/// Bytes of a run that are read at once, so that a thousand runs are merged within 64 MiB.
const BLOCK_BYTES: usize = 64 << 10;

/// Rows are near others like them once they are sorted, so that the fastest level is a tenth.
const ZSTD_LEVEL: i32 = 1;

/// Takes keys and values in any order.
#[derive(Debug)]
pub(crate) struct Sorter {
    spool: Spool,
    runs: Vec<Range<u64>>,
    bytes: Vec<u8>,
    entries: Vec<Entry>,
}

/// Where in the bytes a key starts, where its value starts, and where that ends.
#[derive(Clone, Copy, Debug)]
struct Entry {
    key: usize,
    value: usize,
    end: usize,
}

impl Sorter {
    /// What does not fit in memory waits in this folder.
    pub(crate) fn new(folder: &Path) -> Self {
        Self { spool: Spool::new(folder), runs: Vec::new(), bytes: Vec::new(), entries: Vec::new() }
    }

    pub(crate) fn push(&mut self, key: &[u8], value: &[u8]) {
        let start = self.bytes.len();
        let entry =
            Entry { key: start, value: start + key.len(), end: start + key.len() + value.len() };
        self.bytes.extend_from_slice(key);
        self.bytes.extend_from_slice(value);
        self.entries.push(entry);
        if self.bytes.len() + self.entries.len() * size_of::<Entry>() >= RUN_BYTES {
            self.close_run();
        }
    }

    /// All of it by key, and of equal keys in the order in which they came.
    pub(crate) fn sorted(mut self) -> io::Result<Sorted> {
        self.close_run();
        let Self { mut spool, runs, .. } = self;
        spool.close()?;
        let runs = runs.into_iter().map(|left| Run { left, block: Vec::new(), offset: 0 });
        let mut sorted = Sorted { spool, runs: runs.collect(), first: BinaryHeap::new() };
        for run in 0..sorted.runs.len() {
            sorted.advance(run)?;
        }
        Ok(sorted)
    }

    fn close_run(&mut self) {
        let bytes = std::mem::take(&mut self.bytes);
        let mut entries = std::mem::take(&mut self.entries);
        let part = |range: Range<usize>| bytes.get(range).unwrap_or_default();
        entries.sort_by_key(|entry| part(entry.key..entry.value));
        let start = self.spool.length();
        let mut block = Vec::new();
        for entry in entries {
            put_bytes(&mut block, part(entry.key..entry.value));
            put_bytes(&mut block, part(entry.value..entry.end));
            if block.len() >= BLOCK_BYTES {
                self.close_block(&mut block);
            }
        }
        if !block.is_empty() {
            self.close_block(&mut block);
        }
        self.runs.push(start..self.spool.length());
    }

    /// The lengths as they are stored and as they were, and then the bytes.
    fn close_block(&mut self, block: &mut Vec<u8>) {
        // Compressing in memory fails for want of memory only.
        let stored = zstd::bulk::compress(block, ZSTD_LEVEL).unwrap_or_default();
        for length in [stored.len(), block.len()] {
            self.spool.append(&u64::try_from(length).unwrap_or(u64::MAX).to_le_bytes());
        }
        self.spool.append(&stored);
        block.clear();
    }
}

/// A key, the run that it is from, its value.
type Next = (Vec<u8>, usize, Vec<u8>);

/// Gives keys and values in their order.
pub(crate) struct Sorted {
    spool: Spool,
    runs: Vec<Run>,
    /// The next of each run that has one.
    first: BinaryHeap<Reverse<Next>>,
}

impl Sorted {
    /// The next key and its value.
    pub(crate) fn next(&mut self) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
        let Some(Reverse((key, run, value))) = self.first.pop() else { return Ok(None) };
        self.advance(run)?;
        Ok(Some((key, value)))
    }

    /// The key of the next.
    pub(crate) fn peek(&self) -> Option<&[u8]> {
        self.first.peek().map(|Reverse((key, ..))| key.as_slice())
    }

    fn advance(&mut self, number: usize) -> io::Result<()> {
        let Some(run) = self.runs.get_mut(number) else { return Ok(()) };
        if let Some((key, value)) = run.next(&mut self.spool)? {
            self.first.push(Reverse((key, number, value)));
        }
        Ok(())
    }
}

/// A run that is being read.
#[derive(Debug)]
struct Run {
    left: Range<u64>,
    block: Vec<u8>,
    offset: usize,
}

impl Run {
    fn next(&mut self, spool: &mut Spool) -> io::Result<Option<(Vec<u8>, Vec<u8>)>> {
        if self.offset == self.block.len() {
            if self.left.is_empty() {
                self.block = Vec::new();
                return Ok(None);
            }
            self.read_block(spool)?;
        }
        let mut decoder = Decoder::new(self.block.get(self.offset..).unwrap_or_default());
        let key = decoder.bytes().ok_or_else(damaged)?.to_vec();
        let value = decoder.bytes().ok_or_else(damaged)?.to_vec();
        self.offset = self.block.len() - decoder.left();
        Ok(Some((key, value)))
    }

    fn read_block(&mut self, spool: &mut Spool) -> io::Result<()> {
        let lengths = spool.read(self.left.start, 2 * size_of::<u64>())?;
        let mut decoder = Decoder::new(&lengths);
        let mut length = || decoder.array().map(u64::from_le_bytes).ok_or_else(damaged);
        let (stored, raw) = (length()?, length()?);
        let size = |length: u64| usize::try_from(length).map_err(io::Error::other);
        let start = self.left.start + u64::try_from(lengths.len()).unwrap_or_default();
        self.block = zstd::bulk::decompress(&spool.read(start, size(stored)?)?, size(raw)?)?;
        self.offset = 0;
        self.left.start = start + stored;
        Ok(())
    }
}

/// What was put aside does not come back as it was.
pub(crate) fn damaged() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what was put aside on disk is damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// More than one run holds, with keys that come again in other runs.
    #[test]
    fn what_does_not_fit_in_memory_is_sorted_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let mut sorter = Sorter::new(folder.path());
        let filling = vec![b'x'; 1000];
        let (count, keys) = (80_000_u32, 7_919);
        for number in 0..count {
            let key = (number.wrapping_mul(2_654_435_761) % keys).to_be_bytes();
            sorter.push(&key, &[number.to_be_bytes().as_slice(), &filling].concat());
        }
        assert!(sorter.runs.len() > 2, "{}", sorter.runs.len());
        let mut all = sorter.sorted().unwrap();
        let (mut last, mut seen) = ((Vec::new(), Vec::new()), 0);
        while let Some(next) = all.next().unwrap() {
            assert!(last < next, "by key, and then as they came");
            assert_eq!(next.1.len(), 1004);
            (last, seen) = (next, seen + 1);
        }
        assert_eq!(seen, count);
    }

    #[test]
    fn few_stay_in_memory() {
        let nowhere = Path::new("/nonexistent/folder");
        let mut sorter = Sorter::new(nowhere);
        for key in ["b", "a", "", "a"] {
            sorter.push(key.as_bytes(), b"value");
        }
        let mut all = sorter.sorted().unwrap();
        let mut keys = Vec::new();
        while let Some((key, value)) = all.next().unwrap() {
            assert_eq!(value, b"value");
            keys.push(String::from_utf8(key).unwrap());
        }
        assert_eq!(keys, ["", "a", "a", "b"]);
        assert!(Sorter::new(nowhere).sorted().unwrap().next().unwrap().is_none());
    }

    #[test]
    fn a_disk_that_takes_nothing_is_told() {
        let mut sorter = Sorter::new(Path::new("/nonexistent/folder"));
        // Noise, which does not become smaller.
        let mut noise = 1_u64;
        for number in 0..100_u8 {
            let value: Vec<u8> = std::iter::repeat_with(|| {
                noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                noise.to_be_bytes()[0]
            })
            .take(1 << 20)
            .collect();
            sorter.push(&[number], &value);
        }
        assert_eq!(sorter.sorted().err().map(|error| error.kind()), Some(io::ErrorKind::NotFound));
    }
}
