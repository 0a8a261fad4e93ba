//! Berkeley DB hash tables, as rpm before 4.16 kept its packages (`Packages`).
//!
//! A file is pages of one size in one byte order, which the magic number tells. Page 0 describes
//! the table; bucket `b` starts at page `b + spares[ceil(log2(b + 1))]` and goes on through a
//! chain. A hash page holds pairs of key and data; data too large for it lie in a chain of
//! overflow pages. (Layout: the `DBMETA`, `HMETA`, `PAGE` and `HOFFPAGE` structures of Berkeley DB
//! 4 and 5.)

use super::{BLOB_BYTES, Blobs, Trouble};
use cofferdam_bounds::{Cursor, ReadAt};

/// Bytes before the entries of a page.
const PAGE_HEADER: usize = 26;
const HASH_MAGIC: u32 = 0x0006_1561;

/// Page types.
const HASH_UNSORTED: u8 = 2;
const OVERFLOW: u8 = 7;
const HASH_META: u8 = 8;
const HASH: u8 = 13;

/// Kinds of items on a hash page.
const ITEM_ON_PAGE: u8 = 1;
const ITEM_OFF_PAGE: u8 = 3;

/// Whether the first bytes are a Berkeley DB hash table.
pub(crate) fn recognises(head: &[u8]) -> bool {
    byte_order(head).is_some()
}

/// Gives every package's header to `blobs`.
pub(crate) fn read(source: &dyn ReadAt, blobs: &mut Blobs<'_, '_>) -> Result<(), Trouble> {
    let mut table = Table::open(source)?;
    let last_bucket = u64::from(table.last_bucket).min(table.pages);
    if last_bucket < u64::from(table.last_bucket) {
        blobs.trouble(&Trouble::Malformed("the table has more buckets than pages"));
    }
    for bucket in 0..=u32::try_from(last_bucket).unwrap_or(u32::MAX) {
        if blobs.are_full() {
            break;
        }
        match table.bucket(bucket, blobs) {
            // Every page belongs to one chain: who comes by more often goes in circles.
            Err(Trouble::Circular) => return Err(Trouble::Circular),
            Err(trouble) => blobs.trouble(&trouble),
            Ok(()) => {}
        }
    }
    Ok(())
}

struct Table<'a> {
    source: &'a dyn ReadAt,
    big_endian: bool,
    page_bytes: u32,
    pages: u64,
    /// Pages that may still be visited.
    visits_left: u64,
    last_bucket: u32,
    spares: [u32; 32],
}

fn byte_order(head: &[u8]) -> Option<bool> {
    let magic = head.get(12..16)?.first_chunk::<4>()?;
    match (u32::from_le_bytes(*magic), u32::from_be_bytes(*magic)) {
        (HASH_MAGIC, _) => Some(false),
        (_, HASH_MAGIC) => Some(true),
        _ => None,
    }
}

/// Integers at offsets, in the byte order of the file.
#[derive(Clone, Copy)]
struct Fields<'a> {
    bytes: &'a [u8],
    big_endian: bool,
}

impl Fields<'_> {
    fn u16(self, offset: usize) -> Option<u16> {
        let bytes = self.bytes.get(offset..)?.first_chunk()?;
        Some(if self.big_endian { u16::from_be_bytes(*bytes) } else { u16::from_le_bytes(*bytes) })
    }

    fn u32(self, offset: usize) -> Option<u32> {
        let bytes = self.bytes.get(offset..)?.first_chunk()?;
        Some(if self.big_endian { u32::from_be_bytes(*bytes) } else { u32::from_le_bytes(*bytes) })
    }

    fn u8(self, offset: usize) -> Option<u8> {
        self.bytes.get(offset).copied()
    }
}

impl<'a> Table<'a> {
    fn open(source: &'a dyn ReadAt) -> Result<Self, Trouble> {
        let head = source.bytes_at(0, 512)?;
        let big_endian = byte_order(&head).ok_or(Trouble::Malformed("no magic number"))?;
        let fields = Fields { bytes: &head, big_endian };
        let u32 = |offset| fields.u32(offset).unwrap_or_default();
        let page_bytes = u32(20);
        if !(512..=65_536).contains(&page_bytes) || !page_bytes.is_power_of_two() {
            return Err(Trouble::Malformed("the page size is not a power of two up to 65,536"));
        }
        if fields.u8(25) != Some(HASH_META) {
            return Err(Trouble::Malformed("the first page does not describe a hash table"));
        }
        // rpm never used either; both make the page header longer.
        if fields.u8(24) != Some(0) || fields.u8(26) != Some(0) {
            return Err(Trouble::Unsupported("encrypted or checksummed pages"));
        }
        let mut spares = [0; 32];
        for (index, spare) in spares.iter_mut().enumerate() {
            *spare = u32(96 + 4 * index);
        }
        let pages = source.size().div_ceil(u64::from(page_bytes));
        Ok(Self {
            source,
            big_endian,
            page_bytes,
            pages,
            visits_left: pages,
            last_bucket: u32(72),
            spares,
        })
    }

    fn page(&mut self, number: u32) -> Result<Vec<u8>, Trouble> {
        self.visits_left = self.visits_left.checked_sub(1).ok_or(Trouble::Circular)?;
        let offset = u64::from(number) * u64::from(self.page_bytes);
        let length = usize::try_from(self.page_bytes).unwrap_or(usize::MAX);
        Ok(self.source.bytes_at(offset, length)?)
    }

    fn bucket(&mut self, bucket: u32, blobs: &mut Blobs<'_, '_>) -> Result<(), Trouble> {
        let first = || {
            let doubling = bucket.checked_add(1)?.checked_next_power_of_two()?.ilog2();
            let spare = self.spares.get(usize::try_from(doubling).ok()?)?;
            bucket.checked_add(*spare)
        };
        let mut next = first().ok_or(Trouble::Malformed("a bucket lies outside the table"))?;
        while next != 0 {
            let page = self.page(next)?;
            let fields = Fields { bytes: &page, big_endian: self.big_endian };
            match fields.u8(25) {
                Some(HASH | HASH_UNSORTED) => {}
                // A bucket that was never used is a page of zeros.
                Some(0) => break,
                _ => return Err(Trouble::Malformed("a bucket leads to a page of another type")),
            }
            next = fields.u32(16).unwrap_or_default();
            self.pairs(fields, blobs)?;
        }
        Ok(())
    }

    fn pairs(&mut self, page: Fields<'_>, blobs: &mut Blobs<'_, '_>) -> Result<(), Trouble> {
        const OUTSIDE: Trouble = Trouble::Malformed("an item lies outside its page");
        let items = usize::from(page.u16(20).unwrap_or_default());
        // Items are filled in from the end of the page, so each ends where the one before begins.
        let mut end = page.bytes.len();
        for pair in 0..items / 2 {
            let at = |item: usize| page.u16(PAGE_HEADER + 2 * item).map(usize::from);
            let (Some(key), Some(data)) = (at(2 * pair), at(2 * pair + 1)) else {
                return Err(OUTSIDE);
            };
            let key_item = page.bytes.get(key..end).ok_or(OUTSIDE)?;
            let data_item = page.bytes.get(data..key).ok_or(OUTSIDE)?;
            end = data;
            // Record 0 holds the highest package number.
            if key_item.split_first().is_none_or(|(_, key)| key.iter().all(|byte| *byte == 0)) {
                continue;
            }
            match data_item.split_first() {
                Some((&ITEM_ON_PAGE, blob)) => blobs.add(blob),
                Some((&ITEM_OFF_PAGE, _)) => match self.overflow(data_item) {
                    Ok(blob) => blobs.add(&blob),
                    Err(Trouble::Circular) => return Err(Trouble::Circular),
                    Err(trouble) => blobs.trouble(&trouble),
                },
                _ => return Err(Trouble::Malformed("an item of an unknown kind")),
            }
        }
        Ok(())
    }

    /// The data of an off-page item: kind, three bytes unused, first page, length.
    fn overflow(&mut self, item: &[u8]) -> Result<Vec<u8>, Trouble> {
        let item = Fields { bytes: item, big_endian: self.big_endian };
        let (Some(mut next), Some(length)) = (item.u32(4), item.u32(8)) else {
            return Err(Trouble::Malformed("an item lies outside its page"));
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > BLOB_BYTES {
            return Err(Trouble::BlobTooLarge(length));
        }
        let mut blob = Vec::new();
        while blob.len() < length {
            if next == 0 {
                return Err(Trouble::Malformed("a chain of overflow pages ends early"));
            }
            let page = self.page(next)?;
            let fields = Fields { bytes: &page, big_endian: self.big_endian };
            if fields.u8(25) != Some(OVERFLOW) {
                return Err(Trouble::Malformed("a chain leads to a page that is not overflow"));
            }
            let used = usize::from(fields.u16(22).unwrap_or_default());
            let mut content = Cursor::new(page.get(PAGE_HEADER..).unwrap_or_default());
            let content = content.bytes(used);
            blob.extend(content.ok_or(Trouble::Malformed("an overflow page is overfull"))?);
            next = fields.u32(16).unwrap_or_default();
        }
        blob.truncate(length);
        Ok(blob)
    }
}

#[cfg(test)]
mod tests;
