//! The frame of the file: a header, the blocks of the tables, and the index at the end.
//!
//! Everything is little-endian. `docs/decisions/0002-advisory-file.md` says why it looks like
//! this, `docs/advisories.md` shows the layout.

use crate::{
    encoding::{Decoder, put_bytes, put_length},
    source::{EcosystemCoverage, Source},
    table::Table,
};
use cofferdam_bounds::Cursor;
use jiff::Timestamp;

/// The first bytes of the file: not text, and broken by any translation of line ends.
pub(crate) const MAGIC: [u8; 8] = *b"\x89CFDA\r\n\x1a";

/// The version of everything behind the magic. A reader refuses what it does not know; a file is
/// rebuilt from its feeds, never migrated.
pub(crate) const VERSION: u32 = 1;

/// Bytes of the header.
pub(crate) const HEADER_BYTES: usize = 48;

/// Bytes of the index: a thousand times what 22,000 advisories and 360,000 scores need.
pub(crate) const INDEX_BYTES_MAX: u64 = 256 << 20;

/// The start of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub built: Timestamp,
    pub index_offset: u64,
    pub index_length: u64,
    pub index_checksum: u32,
}

/// Why a header cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderError {
    NotADatabase,
    Version(u32),
    Damaged,
}

impl Header {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend(VERSION.to_le_bytes());
        out.extend(self.built.as_second().to_le_bytes());
        out.extend(self.index_offset.to_le_bytes());
        out.extend(self.index_length.to_le_bytes());
        out.extend(self.index_checksum.to_le_bytes());
        out.extend(0_u32.to_le_bytes());
        out.extend(crc32fast::hash(&out).to_le_bytes());
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, HeaderError> {
        let mut cursor = Cursor::new(bytes);
        if cursor.array() != Some(MAGIC) {
            return Err(HeaderError::NotADatabase);
        }
        match cursor.u32_le() {
            Some(VERSION) => {}
            Some(version) => return Err(HeaderError::Version(version)),
            None => return Err(HeaderError::Damaged),
        }
        let (covered, checksum) = bytes.split_last_chunk::<4>().ok_or(HeaderError::Damaged)?;
        if u32::from_le_bytes(*checksum) != crc32fast::hash(covered) {
            return Err(HeaderError::Damaged);
        }
        Self::decode_fields(cursor).ok_or(HeaderError::Damaged)
    }

    fn decode_fields(mut cursor: Cursor<'_>) -> Option<Self> {
        let built = i64::from_le_bytes(cursor.array()?);
        Some(Self {
            built: Timestamp::from_second(built).ok()?,
            index_offset: cursor.u64_le()?,
            index_length: cursor.u64_le()?,
            index_checksum: cursor.u32_le()?,
        })
    }
}

/// The tables, in the order in which they lie in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TableId {
    /// Ecosystem, NUL, package → its advisories.
    Advisories,
    /// CVE → nothing: known exploited.
    KnownExploited,
    /// CVE → probability in units of 10⁻⁹.
    Epss,
    /// Product, NUL, release → end of life, end of extended support.
    Lifecycles,
}

impl TableId {
    pub(crate) const ALL: [Self; 4] =
        [Self::Advisories, Self::KnownExploited, Self::Epss, Self::Lifecycles];

    /// Uncompressed bytes of a block: smaller ones compress worse, larger ones cost more to read
    /// a single key from, most of all where entries are many and short. Measured in
    /// docs/decisions/0002-advisory-file.md.
    pub(crate) const fn block_bytes(self) -> usize {
        match self {
            Self::Advisories => 16 << 10,
            Self::KnownExploited | Self::Epss | Self::Lifecycles => 4 << 10,
        }
    }
}

/// Everything that is kept in memory of an open file.
#[derive(Debug)]
pub(crate) struct Index {
    pub sources: Vec<Source>,
    /// Sorted by ecosystem.
    pub coverage: Vec<EcosystemCoverage>,
    /// By [`TableId`].
    pub tables: [Table; 4],
}

/// The bytes of an index; `tables` are those that [`TableWriter::finish`] gave, by [`TableId`].
///
/// [`TableWriter::finish`]: crate::table::TableWriter::finish
pub(crate) fn encode_index(
    sources: &[Source],
    coverage: &[EcosystemCoverage],
    tables: &[Vec<u8>; 4],
) -> Vec<u8> {
    let mut out = Vec::new();
    put_length(&mut out, sources.len());
    for source in sources {
        source.encode(&mut out);
    }
    put_length(&mut out, coverage.len());
    for ecosystem in coverage {
        ecosystem.encode(&mut out);
    }
    for table in tables {
        put_bytes(&mut out, table);
    }
    out
}

impl Index {
    /// `None` is damage.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut decoder = Decoder::new(bytes);
        let sources = (0..decoder.length()?).map(|_| Source::decode(&mut decoder)).collect();
        let sources: Option<_> = sources;
        let count = decoder.length()?;
        let coverage = (0..count).map(|_| EcosystemCoverage::decode(&mut decoder)).collect();
        let coverage: Option<_> = coverage;
        let mut table = || Table::open(decoder.bytes()?);
        let tables = [table()?, table()?, table()?, table()?];
        let index = Self { sources: sources?, coverage: coverage?, tables };
        decoder.is_empty().then_some(index)
    }

    pub(crate) const fn table(&self, id: TableId) -> &Table {
        let [advisories, known_exploited, epss, lifecycles] = &self.tables;
        match id {
            TableId::Advisories => advisories,
            TableId::KnownExploited => known_exploited,
            TableId::Epss => epss,
            TableId::Lifecycles => lifecycles,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_round_trip_and_refusals() {
        let header = Header {
            built: Timestamp::from_second(1_700_000_000).unwrap(),
            index_offset: 7,
            index_length: 8,
            index_checksum: 9,
        };
        let bytes = header.encode();
        assert_eq!(bytes.len(), HEADER_BYTES);
        assert_eq!(Header::decode(&bytes), Ok(header));
        for at in 0..bytes.len() {
            let mut bad = bytes.clone();
            bad[at] ^= 1;
            let expected = match at {
                0..8 => HeaderError::NotADatabase,
                8 => HeaderError::Version(0),
                9 => HeaderError::Version(257),
                10 => HeaderError::Version(65_537),
                11 => HeaderError::Version((1 << 24) + 1),
                _ => HeaderError::Damaged,
            };
            assert_eq!(Header::decode(&bad), Err(expected), "byte {at}");
        }
        assert_eq!(Header::decode(&bytes[..20]), Err(HeaderError::Damaged));
        assert_eq!(Header::decode(b""), Err(HeaderError::NotADatabase));
    }
}
