//! Zip archives read in place (PKWARE APPNOTE.TXT): the central directory, stored and deflated
//! members, zip64, and bytes before the archive such as the script of an executable jar.
//!
//! The central directory is the truth, as it is for Java. It is walked, not kept, so an archive
//! of half a million members costs no memory. Nothing is extracted: member names are only shown.

use crate::language::malformed;
use cofferdam_bounds::{Capped, Cursor, ReadAt, Window};
use flate2::read::DeflateDecoder;
use std::io::{self, BufReader, Read};

/// What every member starts with.
pub(crate) const MAGIC: &[u8] = b"PK\x03\x04";
const CENTRAL_MAGIC: u32 = 0x0201_4b50;
const END_MAGIC: &[u8] = b"PK\x05\x06";
const END64_MAGIC: u32 = 0x0606_4b50;
const LOCATOR64_MAGIC: u32 = 0x0706_4b50;

const LOCAL_BYTES: usize = 30;
const CENTRAL_BYTES: usize = 46;
const END_BYTES: usize = 22;
const END64_BYTES: u64 = 56;
const LOCATOR64_BYTES: u64 = 20;
/// The end record has a comment of at most this length behind it.
const COMMENT_BYTES_MAX: usize = 0xffff;

/// An archive in something readable.
#[derive(Clone, Copy)]
pub(crate) struct Archive<'a> {
    source: &'a dyn ReadAt,
    /// What to add to every offset: the length of the bytes before the archive.
    base: u64,
    directory_offset: u64,
    directory_size: u64,
    /// Members as the end record counts them.
    pub(crate) count: u64,
}

/// One entry of the central directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its name; bytes that are not UTF-8 are shown as U+FFFD.
    pub(crate) name: String,
    flags: u16,
    method: u16,
    compressed_size: u64,
    size: u64,
    header_offset: u64,
}

/// A part of something readable, readable itself: an archive stored in an archive.
#[derive(Clone, Copy)]
pub(crate) struct Slice<'a> {
    source: &'a dyn ReadAt,
    offset: u64,
    size: u64,
}

/// Where the bytes of a member stand.
pub(crate) struct Content<'a> {
    slice: Slice<'a>,
    /// Whether they are deflated.
    pub(crate) is_deflated: bool,
    /// Whether the member's own header tells the same name and method as the directory.
    pub(crate) is_consistent: bool,
}

impl<'a> Archive<'a> {
    /// Finds the end record and with it the central directory; `None` when there is no end
    /// record, that is when this is no archive or its end is cut off.
    pub(crate) fn open(source: &'a dyn ReadAt) -> io::Result<Option<Self>> {
        let tail_length = source.size().min((END_BYTES + COMMENT_BYTES_MAX) as u64);
        let tail_offset = source.size().saturating_sub(tail_length);
        let tail = source.bytes_at(tail_offset, usize::try_from(tail_length).unwrap_or(0))?;
        let mut first_error = None;
        for at in memchr::memmem::rfind_iter(&tail, END_MAGIC).take(ENDS_MAX) {
            let record = tail.get(at..).unwrap_or_default();
            let at = tail_offset.saturating_add(at as u64);
            match End::parse(record).map(|end| end.locate(source, at)) {
                Some(Ok(archive)) => return Ok(Some(archive)),
                Some(Err(error)) => first_error = first_error.or(Some(error)),
                None => {}
            }
        }
        first_error.map_or(Ok(None), Err)
    }

    /// The entries of the central directory, in its order. After an error there are no more.
    pub(crate) fn members(&self) -> Members<'a> {
        let directory = Window::new(self.source, self.directory_offset, self.directory_size);
        Members { directory: BufReader::new(directory), left: self.directory_size }
    }

    /// Finds the bytes of a member by its local header.
    pub(crate) fn content(&self, member: &Member) -> io::Result<Content<'a>> {
        if member.flags & ENCRYPTED != 0 {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "encrypted"));
        }
        let is_deflated = match member.method {
            0 => false,
            8 => true,
            _ => return Err(io::Error::new(io::ErrorKind::Unsupported, "compression method")),
        };
        let at = self.base.saturating_add(member.header_offset);
        let header = self.source.bytes_at(at, LOCAL_BYTES)?;
        let local =
            Local::parse(&header).ok_or_else(|| malformed("no member where one should be"))?;
        let name_at = at.saturating_add(LOCAL_BYTES as u64);
        let name = self.source.bytes_at(name_at, local.name_length.into())?;
        let is_consistent =
            local.method == member.method && String::from_utf8_lossy(&name) == member.name;
        let offset = name_at
            .saturating_add(local.name_length.into())
            .saturating_add(local.extra_length.into());
        let end = offset.checked_add(member.compressed_size);
        if end.is_none_or(|end| end > self.source.size()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let slice = Slice { source: self.source, offset, size: member.compressed_size };
        Ok(Content { slice, is_deflated, is_consistent })
    }
}

/// End records tried: an archive comment can hold the magic, an honest one does so once.
const ENDS_MAX: usize = 16;
/// Bit 0 of a member's flags.
const ENCRYPTED: u16 = 1;

impl<'a> Content<'a> {
    /// The stored bytes as they are.
    pub(crate) const fn slice(&self) -> Slice<'a> {
        self.slice
    }

    /// The bytes of the member, inflated if need be; more than `limit` are an error.
    pub(crate) fn reader(&self, limit: u64, what: &'static str) -> impl Read + use<'a> {
        let stored = Window::new(self.slice.source, self.slice.offset, self.slice.size);
        let bytes: Box<dyn Read + 'a> =
            if self.is_deflated { Box::new(DeflateDecoder::new(stored)) } else { Box::new(stored) };
        Capped::new(bytes, limit, what)
    }

    /// Where the stored bytes start and end.
    pub(crate) const fn range(&self) -> (u64, u64) {
        (self.slice.offset, self.slice.offset.saturating_add(self.slice.size))
    }
}

impl ReadAt for Slice<'_> {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = usize::try_from(self.size.saturating_sub(offset)).unwrap_or(usize::MAX);
        let length = buffer.len().min(left);
        let buffer = buffer.get_mut(..length).unwrap_or_default();
        self.source.read_at(buffer, self.offset.saturating_add(offset))
    }
}

/// The end of central directory record, without disk numbers.
struct End {
    count: u64,
    directory_size: u64,
    directory_offset: u64,
}

impl End {
    fn parse(record: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(record);
        cursor.skip(4 + 2 + 2 + 2)?;
        let count = cursor.u16_le()?.into();
        let directory_size = cursor.u32_le()?.into();
        let directory_offset = cursor.u32_le()?.into();
        let comment_length = cursor.u16_le()?.into();
        // Bytes behind the comment do not trouble Java; a comment that is cut off does.
        cursor.skip(comment_length)?;
        Some(Self { count, directory_size, directory_offset })
    }

    /// The directory ends where the end record starts, whatever the offsets say: that is how
    /// bytes before the archive are noticed.
    fn locate(mut self, source: &dyn ReadAt, at: u64) -> io::Result<Archive<'_>> {
        let mut directory_end = at;
        let is_saturated = self.count == 0xffff
            || self.directory_size == 0xffff_ffff
            || self.directory_offset == 0xffff_ffff;
        if is_saturated && let Some((end, end_at)) = Self::zip64(source, at)? {
            self = end;
            directory_end = end_at;
        }
        let no_room = || malformed("the central directory is larger than the archive");
        let adjacent = directory_end.checked_sub(self.directory_size).ok_or_else(no_room)?;
        let starts_at = |offset: u64| {
            let magic = source.bytes_at(offset, 4).ok();
            self.count == 0 || magic.is_some_and(|bytes| bytes == CENTRAL_MAGIC.to_le_bytes())
        };
        let (directory_offset, base) = if starts_at(adjacent) {
            (adjacent, adjacent.saturating_sub(self.directory_offset))
        } else if starts_at(self.directory_offset) {
            (self.directory_offset, 0)
        } else {
            return Err(malformed("no central directory where the end record says"));
        };
        let (directory_size, count) = (self.directory_size, self.count);
        Ok(Archive { source, base, directory_offset, directory_size, count })
    }

    /// The zip64 end record and its offset, if there is a locator before the end record.
    fn zip64(source: &dyn ReadAt, at: u64) -> io::Result<Option<(Self, u64)>> {
        let Some(locator_at) = at.checked_sub(LOCATOR64_BYTES) else { return Ok(None) };
        let locator = source.bytes_at(locator_at, 16)?;
        let mut cursor = Cursor::new(&locator);
        if cursor.u32_le() != Some(LOCATOR64_MAGIC) {
            return Ok(None);
        }
        cursor.skip(4);
        // Bytes before the archive shift the offset, and then it stands right before its locator.
        let adjacent = locator_at.saturating_sub(END64_BYTES);
        for at in [adjacent, cursor.u64_le().unwrap_or_default()] {
            let record = source.bytes_at(at, 56).unwrap_or_default();
            if let Some(end) = Self::parse64(&record) {
                return Ok(Some((end, at)));
            }
        }
        Err(malformed("no zip64 end record where its locator says"))
    }

    fn parse64(record: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(record);
        if cursor.u32_le()? != END64_MAGIC {
            return None;
        }
        cursor.skip(8 + 2 + 2 + 4 + 4 + 8)?;
        let count = cursor.u64_le()?;
        let directory_size = cursor.u64_le()?;
        let directory_offset = cursor.u64_le()?;
        Some(Self { count, directory_size, directory_offset })
    }
}

/// What we need of a local header.
struct Local {
    method: u16,
    name_length: u16,
    extra_length: u16,
}

impl Local {
    fn parse(header: &[u8]) -> Option<Self> {
        let mut cursor = Cursor::new(header.strip_prefix(MAGIC)?);
        cursor.skip(4)?;
        let method = cursor.u16_le()?;
        cursor.skip(16)?;
        Some(Self { method, name_length: cursor.u16_le()?, extra_length: cursor.u16_le()? })
    }
}

/// Walks the central directory.
pub(crate) struct Members<'a> {
    directory: BufReader<Window<'a, dyn ReadAt + 'a>>,
    left: u64,
}

impl Iterator for Members<'_> {
    type Item = io::Result<Member>;

    fn next(&mut self) -> Option<io::Result<Member>> {
        if self.left == 0 {
            return None;
        }
        let member = self.member();
        if member.is_err() {
            self.left = 0;
        }
        Some(member)
    }
}

impl Members<'_> {
    fn member(&mut self) -> io::Result<Member> {
        let mut header = [0; CENTRAL_BYTES];
        self.directory.read_exact(&mut header)?;
        let (mut member, lengths) =
            Member::parse(&header).ok_or_else(|| malformed("no central directory entry"))?;
        let [name_length, extra_length, comment_length] = lengths.map(usize::from);
        let mut rest = vec![0; name_length + extra_length + comment_length];
        self.directory.read_exact(&mut rest)?;
        let used = (CENTRAL_BYTES + rest.len()) as u64;
        self.left = self
            .left
            .checked_sub(used)
            .ok_or_else(|| malformed("a central directory entry reaches beyond the directory"))?;
        let (name, rest) = rest.split_at_checked(name_length).unwrap_or_default();
        member.name = String::from_utf8_lossy(name).into_owned();
        member.widen(rest.get(..extra_length).unwrap_or_default());
        Ok(member)
    }
}

impl Member {
    /// Reads the fixed part: the member without its name, and the lengths of name, extra field
    /// and comment.
    fn parse(header: &[u8]) -> Option<(Self, [u16; 3])> {
        let mut cursor = Cursor::new(header);
        if cursor.u32_le()? != CENTRAL_MAGIC {
            return None;
        }
        cursor.skip(2 + 2)?;
        let flags = cursor.u16_le()?;
        let method = cursor.u16_le()?;
        cursor.skip(2 + 2 + 4)?;
        let compressed_size = cursor.u32_le()?.into();
        let size = cursor.u32_le()?.into();
        let lengths = [cursor.u16_le()?, cursor.u16_le()?, cursor.u16_le()?];
        cursor.skip(2 + 2 + 4)?;
        let header_offset = cursor.u32_le()?.into();
        let name = String::new();
        Some((Self { name, flags, method, compressed_size, size, header_offset }, lengths))
    }

    /// Takes the numbers that did not fit from the zip64 extra field (APPNOTE 4.5.3): those that
    /// are saturated, in this order.
    fn widen(&mut self, extra: &[u8]) {
        let mut extra = Cursor::new(extra);
        while let (Some(id), Some(length)) = (extra.u16_le(), extra.u16_le()) {
            let Some(field) = extra.bytes(length.into()) else { return };
            if id != 1 {
                continue;
            }
            let mut field = Cursor::new(field);
            for number in [&mut self.size, &mut self.compressed_size, &mut self.header_offset] {
                if *number == 0xffff_ffff
                    && let Some(wide) = field.u64_le()
                {
                    *number = wide;
                }
            }
        }
    }

    /// Where its own header stands, counted from the start of the archive.
    pub(crate) const fn header_offset(&self) -> u64 {
        self.header_offset
    }

    /// Size when inflated, as the directory claims.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }
}

#[cfg(test)]
pub(crate) mod tests;
