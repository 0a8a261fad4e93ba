//! Files stored without their holes (GNU tar manual, "Storing Sparse Files"): the map of what
//! is stored, in the old GNU header and in PAX versions 0.0, 0.1 and 1.0.

use super::{
    Stop, Stored,
    header::{BLOCK_BYTES, Block, field, number},
    pax::{SparseRecords, decimal},
};
use crate::tap::{Source, read_buffered, wide};
use cofferdam_bounds::Meter;
use std::{
    collections::VecDeque,
    io::{self, BufRead, Read},
};

/// What is stored: offset and length of each piece, in order, and the size with the holes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Map {
    pieces: VecDeque<(u64, u64)>,
    pub(crate) size: u64,
}

impl Map {
    /// A map of offsets and lengths in turn, if it makes sense.
    fn new(numbers: &[u64], size: u64, stored: u64) -> Option<Self> {
        let (pairs, []) = numbers.as_chunks::<2>() else { return None };
        let (mut end, mut total) = (0_u64, 0_u64);
        for [offset, length] in pairs {
            if *offset < end {
                return None;
            }
            end = offset.checked_add(*length)?;
            total = total.checked_add(*length)?;
        }
        let fits = end <= size && total == stored;
        let pieces = pairs.iter().filter(|[_, length]| *length > 0).map(|[at, long]| (*at, *long));
        fits.then(|| Self { pieces: pieces.collect(), size })
    }
}

/// Which PAX version the records are; `None`: not sparse, as Go and GNU tar decide it.
pub(crate) fn pax_version(records: &SparseRecords) -> Option<u8> {
    match (records.major.as_deref(), records.minor.as_deref()) {
        (Some(b"0"), Some(b"0" | b"1")) => Some(0),
        (Some(b"1"), Some(b"0")) => Some(1),
        (None, None) if !records.map.is_empty() => Some(0),
        _ => None,
    }
}

/// The map of an old GNU header: four pieces in it, more in blocks that follow.
pub(crate) fn old_gnu<S: Source>(
    source: &mut S,
    header: &Block,
    stored: u64,
    extension_bytes: u64,
) -> Result<Option<Map>, Stop> {
    let Some(size) = number(field(header, 483, 12)) else { return Ok(None) };
    let mut numbers = Vec::new();
    let mut fine = pieces(field(header, 386, 96), &mut numbers);
    let mut extended = field(header, 482, 1) != [0];
    let mut blocks = 0;
    while extended {
        blocks += wide(BLOCK_BYTES);
        if blocks > extension_bytes {
            return Err(Stop::Budget("bytes of a sparse map", extension_bytes));
        }
        let block = super::block(source)?.ok_or(Stop::Truncated)?;
        fine &= pieces(field(&block, 0, 504), &mut numbers);
        extended = field(&block, 504, 1) != [0];
    }
    Ok(if fine { Map::new(&numbers, size, stored) } else { None })
}

/// Pieces of two 12-byte numbers each, up to an empty one.
fn pieces(bytes: &[u8], numbers: &mut Vec<u64>) -> bool {
    let (pairs, _) = bytes.as_chunks::<24>();
    for pair in pairs.iter().take_while(|pair| pair.first().is_some_and(|byte| *byte != 0)) {
        for half in pair.as_chunks::<12>().0 {
            match number(half) {
                Some(value) => numbers.push(value),
                None => return false,
            }
        }
    }
    true
}

/// The map of PAX version 0.0 or 0.1, which is in the records.
pub(crate) fn pax_0(records: &SparseRecords, stored: u64) -> Option<Map> {
    if records.pieces?.checked_mul(2)? != wide(records.map.len()) {
        return None;
    }
    Map::new(&records.map, records.size.or(records.real_size)?, stored)
}

/// The map of PAX version 1.0: lines of decimal numbers before the content, padded to a block.
pub(crate) fn pax_1<S: Source>(
    content: &mut Stored<'_, S>,
    records: &SparseRecords,
    extension_bytes: u64,
) -> Result<Option<Map>, Stop> {
    let mut numbers = Vec::new();
    let mut count = None::<u64>;
    let mut digits = Vec::new();
    let mut used = 0_u64;
    while count.is_none_or(|count| wide(numbers.len()) < count.saturating_mul(2)) {
        let mut byte = [0];
        if content.read(&mut byte).map_err(Stop::Io)? == 0 {
            return Ok(None);
        }
        used += 1;
        if used > extension_bytes {
            return Err(Stop::Budget("bytes of a sparse map", extension_bytes));
        }
        match byte {
            [b'\n'] => {
                let Some(value) = decimal(&digits) else { return Ok(None) };
                digits.clear();
                if count.is_none() { count = Some(value) } else { numbers.push(value) }
            }
            [digit] if digits.len() < 20 => digits.push(digit),
            _ => return Ok(None),
        }
    }
    let padding = used.next_multiple_of(wide(BLOCK_BYTES)) - used;
    content.skip(padding).map_err(Stop::Io)?;
    let Some(size) = records.size.or(records.real_size) else { return Ok(None) };
    Ok(Map::new(&numbers, size, content.left()))
}

/// The content of a sparse file with its holes as zeros, counted against the budget.
pub(crate) struct Expanded<'a, 's, S> {
    stored: Stored<'a, S>,
    map: Map,
    meter: &'s Meter,
    position: u64,
    /// A piece of the front that was looked at and not consumed.
    head: Vec<u8>,
    head_used: usize,
}

static ZEROS: [u8; 4096] = [0; 4096];

impl<'a, 's, S: Source> Expanded<'a, 's, S> {
    pub(crate) const fn new(stored: Stored<'a, S>, map: Map, meter: &'s Meter) -> Self {
        Self { stored, map, meter, position: 0, head: Vec::new(), head_used: 0 }
    }

    /// Up to `count` bytes of the front in one piece, without consuming them.
    pub(crate) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        if self.position == 0 {
            let mut head = vec![0; count];
            let filled = cofferdam_bounds::read_up_to(&mut *self, &mut head)?;
            head.truncate(filled);
            self.head = head;
            self.head_used = 0;
        }
        Ok(self.head.get(self.head_used..).unwrap_or_default())
    }

    /// Bytes up to the next border between a piece and a hole, and whether it is a piece.
    fn run(&mut self) -> (u64, bool) {
        while self.map.pieces.front().is_some_and(|(at, long)| at + long <= self.position) {
            self.map.pieces.pop_front();
        }
        match self.map.pieces.front() {
            Some((at, long)) if *at <= self.position => (at + long - self.position, true),
            Some((at, _)) => (at - self.position, false),
            None => (self.map.size.saturating_sub(self.position), false),
        }
    }
}

impl<S: Source> Read for Expanded<'_, '_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_buffered(self, buffer)
    }
}

impl<S: Source> BufRead for Expanded<'_, '_, S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.head_used < self.head.len() {
            return Ok(self.head.get(self.head_used..).unwrap_or_default());
        }
        let (run, is_piece) = self.run();
        let length = usize::try_from(run).unwrap_or(usize::MAX);
        if is_piece {
            let bytes = self.stored.fill_buf()?;
            return match bytes.get(..bytes.len().min(length)) {
                Some(bytes) if !bytes.is_empty() => Ok(bytes),
                _ => Err(io::ErrorKind::UnexpectedEof.into()),
            };
        }
        let zeros = ZEROS.get(..length.min(ZEROS.len())).unwrap_or_default();
        self.meter.add_bytes(wide(zeros.len()))?;
        Ok(zeros)
    }

    fn consume(&mut self, count: usize) {
        if self.head_used < self.head.len() {
            self.head_used = self.head_used.saturating_add(count);
            return;
        }
        if self.run().1 {
            self.stored.consume(count);
        }
        self.position = self.position.saturating_add(wide(count));
    }
}
