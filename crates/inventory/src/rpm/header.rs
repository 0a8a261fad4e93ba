//! One package's header as rpm stores it: an index of tags and the data they point into.
//!
//! Layout (rpm's reference manual, "Package format", "Header"): two big-endian 32-bit counts, of
//! index entries and of data bytes; the entries of 16 bytes (tag, type, offset, count); the data.
//! A database leaves out the eight bytes of magic that a package file has before it.

use crate::path_key::DirectoryKey;
use cofferdam_bounds::Cursor;
use std::collections::BTreeMap;

/// What we want of a header. Texts are as stored, for not all of it is UTF-8; what a header does
/// not have is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Header<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) version: &'a [u8],
    pub(crate) release: &'a [u8],
    pub(crate) epoch: Option<u32>,
    pub(crate) architecture: &'a [u8],
    pub(crate) source_rpm: &'a [u8],
    pub(crate) license: &'a [u8],
    base_names: Strings<'a>,
    directory_names: Strings<'a>,
    directory_indexes: &'a [[u8; 4]],
    old_file_names: Strings<'a>,
}

/// How bytes fall short of being a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum HeaderError {
    #[error("a header has {0} index entries, more than {ENTRIES}")]
    Entries(u32),
    #[error("a header ends before its index or data does")]
    Truncated,
    #[error("a header's tag {0} points outside its data")]
    Offset(u32),
}

/// NUL-terminated strings, one after the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Strings<'a> {
    bytes: &'a [u8],
    count: usize,
}

/// rpm's own limit (`hdrchkTags`).
const ENTRIES: u32 = 0xffff;

mod tag {
    pub(super) const NAME: u32 = 1000;
    pub(super) const VERSION: u32 = 1001;
    pub(super) const RELEASE: u32 = 1002;
    pub(super) const EPOCH: u32 = 1003;
    pub(super) const LICENSE: u32 = 1014;
    pub(super) const ARCH: u32 = 1022;
    pub(super) const OLD_FILE_NAMES: u32 = 1027;
    pub(super) const SOURCE_RPM: u32 = 1044;
    pub(super) const DIRECTORY_INDEXES: u32 = 1116;
    pub(super) const BASE_NAMES: u32 = 1117;
    pub(super) const DIRECTORY_NAMES: u32 = 1118;
    /// All of the above, with the types that rpm gives them.
    pub(super) const TYPES: &[(u32, u32)] = &[
        (NAME, STRING),
        (VERSION, STRING),
        (RELEASE, STRING),
        (EPOCH, INT32),
        (LICENSE, STRING),
        (ARCH, STRING),
        (OLD_FILE_NAMES, STRING_ARRAY),
        (SOURCE_RPM, STRING),
        (DIRECTORY_INDEXES, INT32),
        (BASE_NAMES, STRING_ARRAY),
        (DIRECTORY_NAMES, STRING_ARRAY),
    ];
    const INT32: u32 = 4;
    const STRING: u32 = 6;
    const STRING_ARRAY: u32 = 8;
}

impl<'a> Header<'a> {
    /// Reads the header in `blob`: as much of it as there is, and what is wrong with it.
    pub(crate) fn parse(blob: &'a [u8]) -> (Self, Option<HeaderError>) {
        let mut index = match Index::parse(blob) {
            Ok(index) => index,
            Err(error) => return (Self::default(), Some(error)),
        };
        let header = Self {
            name: index.string(tag::NAME),
            version: index.string(tag::VERSION),
            release: index.string(tag::RELEASE),
            epoch: index.integers(tag::EPOCH).first().map(|bytes| u32::from_be_bytes(*bytes)),
            architecture: index.string(tag::ARCH),
            source_rpm: index.string(tag::SOURCE_RPM),
            license: index.string(tag::LICENSE),
            base_names: index.strings(tag::BASE_NAMES),
            directory_names: index.strings(tag::DIRECTORY_NAMES),
            directory_indexes: index.integers(tag::DIRECTORY_INDEXES),
            old_file_names: index.strings(tag::OLD_FILE_NAMES),
        };
        (header, index.error)
    }

    /// Version as rpm compares it: `[epoch:]version-release`.
    pub(crate) fn full_version(&self) -> Vec<u8> {
        let epoch = self.epoch.map(|epoch| format!("{epoch}:")).unwrap_or_default();
        [epoch.as_bytes(), self.version, b"-", self.release].concat()
    }

    /// Keys of the files, at most `limit`.
    pub(crate) fn path_keys(&self, limit: usize) -> Vec<u64> {
        let directories: Vec<DirectoryKey> = self
            .directory_names
            .iter()
            .take(limit)
            .map(|name| DirectoryKey::new(&String::from_utf8_lossy(name)))
            .collect();
        let split =
            self.base_names.iter().zip(self.directory_indexes).filter_map(|(name, index)| {
                let index = usize::try_from(u32::from_be_bytes(*index)).ok()?;
                Some(directories.get(index)?.file(&String::from_utf8_lossy(name)))
            });
        let whole =
            self.old_file_names.iter().map(|path| crate::path_key(&String::from_utf8_lossy(path)));
        split.chain(whole).take(limit).collect()
    }
}

/// Where the tags we want are.
struct Index<'a> {
    data: &'a [u8],
    /// Offset and count by tag.
    entries: BTreeMap<u32, (usize, usize)>,
    error: Option<HeaderError>,
}

impl<'a> Index<'a> {
    /// Tags come once in the immutable region and may come again after it; the last one holds, as
    /// in rpm. A tag of another type than rpm gives it is passed over.
    fn parse(blob: &'a [u8]) -> Result<Self, HeaderError> {
        let mut cursor = Cursor::new(blob);
        let (Some(count), Some(data_bytes)) = (cursor.u32_be(), cursor.u32_be()) else {
            return Err(HeaderError::Truncated);
        };
        if count > ENTRIES {
            return Err(HeaderError::Entries(count));
        }
        let size = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let index = cursor.bytes(size(count).saturating_mul(16)).ok_or(HeaderError::Truncated)?;
        let (data, error) = match cursor.bytes(size(data_bytes)) {
            Some(data) => (data, None),
            None => (cursor.rest(), Some(HeaderError::Truncated)),
        };
        let mut entries = BTreeMap::new();
        let mut index = Cursor::new(index);
        while let (Some(tag), Some(kind), Some(offset), Some(count)) =
            (index.u32_be(), index.u32_be(), index.u32_be(), index.u32_be())
        {
            if tag::TYPES.contains(&(tag, kind)) {
                entries.insert(tag, (size(offset), size(count)));
            }
        }
        Ok(Self { data, entries, error })
    }

    /// The data of a tag to the end of all data, and its count. Absent tags have neither.
    fn data(&mut self, tag: u32) -> (&'a [u8], usize) {
        let Some((offset, count)) = self.entries.get(&tag).copied() else { return (b"", 0) };
        if let Some(data) = self.data.get(offset..) {
            return (data, count);
        }
        self.broken(tag);
        (b"", 0)
    }

    fn string(&mut self, tag: u32) -> &'a [u8] {
        let (data, count) = self.data(tag);
        let string = Cursor::new(data).until(0);
        if string.is_none() && count > 0 {
            self.broken(tag);
        }
        string.unwrap_or_default()
    }

    fn strings(&mut self, tag: u32) -> Strings<'a> {
        let (bytes, count) = self.data(tag);
        Strings { bytes, count }
    }

    fn integers(&mut self, tag: u32) -> &'a [[u8; 4]] {
        let (data, count) = self.data(tag);
        let (all, _) = data.as_chunks();
        all.get(..count).unwrap_or_else(|| {
            self.broken(tag);
            all
        })
    }

    fn broken(&mut self, tag: u32) {
        self.error.get_or_insert(HeaderError::Offset(tag));
    }
}

impl<'a> Strings<'a> {
    fn iter(self) -> impl Iterator<Item = &'a [u8]> {
        let mut cursor = Cursor::new(self.bytes);
        std::iter::from_fn(move || cursor.until(0)).take(self.count)
    }
}

#[cfg(test)]
mod tests;
