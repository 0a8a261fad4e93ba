//! ndb, as SUSE keeps its packages (`Packages.db`).
//!
//! Little-endian. A header of 32 bytes; slots of 16 bytes (magic, package number, first block,
//! blocks) in the first pages of 4,096; blobs in blocks of 16 bytes, each with a head (magic,
//! package number, generation, length) and a tail (Adler-32 of all before it, length, magic).
//! (Layout: rpm's `lib/backend/ndb/rpmpkg.c`.)

use super::{BLOB_BYTES, Blobs, Trouble};
use cofferdam_bounds::{Cursor, ReadAt};

const MAGIC: &[u8] = b"RpmP";
const SLOT_MAGIC: [u8; 4] = *b"Slot";
const BLOB_START: [u8; 4] = *b"BlbS";
const BLOB_END: [u8; 4] = *b"BlbE";
const HEADER_BYTES: usize = 32;
const SLOT_PAGE_BYTES: u64 = 4_096;
const BLOCK_BYTES: u64 = 16;
const HEAD_BYTES: usize = 16;
const TAIL_BYTES: usize = 12;

/// Whether the first bytes are an ndb package store.
pub(crate) fn recognises(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// Gives every package's header to `blobs`.
pub(crate) fn read(source: &dyn ReadAt, blobs: &mut Blobs<'_, '_>) -> Result<(), Trouble> {
    let slot_pages = slot_pages(source)?;
    // Each block belongs to one blob: slots that share blocks use this up.
    let mut bytes_left = source.size();
    for page in 0..slot_pages {
        let offset = page * SLOT_PAGE_BYTES;
        let skip = if page == 0 { HEADER_BYTES } else { 0 };
        let length = usize::try_from(SLOT_PAGE_BYTES).unwrap_or_default();
        let slots = source.bytes_at(offset, length)?;
        let mut slots = Cursor::new(slots.get(skip..).unwrap_or_default());
        while let (Some(magic), Some(number), Some(first), Some(count)) =
            (slots.array::<4>(), slots.u32_le(), slots.u32_le(), slots.u32_le())
        {
            if blobs.are_full() {
                return Ok(());
            }
            if magic != SLOT_MAGIC {
                return Err(Trouble::Malformed("a slot has no magic number"));
            }
            if first == 0 {
                continue; // free
            }
            bytes_left = bytes_left
                .checked_sub(u64::from(count) * BLOCK_BYTES)
                .ok_or(Trouble::Malformed("the slots claim more blocks than the file has"))?;
            match blob(source, number, first, count) {
                Ok((blob, intact)) => {
                    if !intact {
                        blobs.trouble(&Trouble::Malformed("a package fails its checksum"));
                    }
                    blobs.add(&blob);
                }
                Err(trouble) => blobs.trouble(&trouble),
            }
        }
    }
    Ok(())
}

fn slot_pages(source: &dyn ReadAt) -> Result<u64, Trouble> {
    let header = source.bytes_at(0, HEADER_BYTES)?;
    let mut cursor = Cursor::new(&header);
    let magic = cursor.bytes(MAGIC.len());
    let (Some(MAGIC), Some(version), Some(_generation), Some(pages)) =
        (magic, cursor.u32_le(), cursor.u32_le(), cursor.u32_le())
    else {
        return Err(Trouble::Malformed("no magic number"));
    };
    if version != 0 {
        return Err(Trouble::Unsupported("a version of ndb other than 0"));
    }
    Ok(u64::from(pages))
}

/// The header in a blob, and whether its checksum is right.
fn blob(
    source: &dyn ReadAt,
    number: u32,
    first: u32,
    count: u32,
) -> Result<(Vec<u8>, bool), Trouble> {
    const DISAGREE: Trouble = Trouble::Malformed("a slot and its blob do not agree");
    let whole = usize::try_from(u64::from(count) * BLOCK_BYTES).unwrap_or(usize::MAX);
    if whole > BLOB_BYTES {
        return Err(Trouble::BlobTooLarge(whole));
    }
    let mut bytes = source.bytes_at(u64::from(first) * BLOCK_BYTES, whole)?;
    let tail_at = whole.checked_sub(TAIL_BYTES).ok_or(DISAGREE)?;
    let (checked, tail) = bytes.split_at_checked(tail_at).ok_or(DISAGREE)?;
    let (mut head, mut tail) = (Cursor::new(checked), Cursor::new(tail));
    let start = (head.array(), head.u32_le());
    let (_generation, length) = (head.u32_le(), head.u32_le());
    if start != (Some(BLOB_START), Some(number)) {
        return Err(DISAGREE);
    }
    let sum = tail.u32_le();
    if (tail.u32_le(), tail.array()) != (length, Some(BLOB_END)) {
        return Err(DISAGREE);
    }
    let intact = sum == Some(adler32(checked));
    let length = length.and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
    if length > head.rest().len() {
        return Err(DISAGREE);
    }
    bytes.drain(..HEAD_BYTES);
    bytes.truncate(length);
    Ok((bytes, intact))
}

/// RFC 1950, section 9.
fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    // As many as fit before 32 bits overflow.
    let (low, high) = bytes.chunks(5_552).fold((1, 0), |(mut low, mut high), chunk| {
        for byte in chunk {
            low += u32::from(*byte);
            high += low;
        }
        (low % MODULUS, high % MODULUS)
    });
    high << 16 | low
}

#[cfg(test)]
mod tests;
