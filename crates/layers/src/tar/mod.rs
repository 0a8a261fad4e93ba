//! A tar reader for hostile archives, over a stream or a seekable file.
//!
//! Where Go's `archive/tar` (which container runtimes use) and GNU tar differ, it reads as Go
//! does and says that the archive is ambiguous: an attacker hides a package in such a gap.

mod header;
mod pax;
mod sparse;
#[cfg(test)]
pub(crate) mod testing;

pub(crate) use header::{BLOCK_BYTES, Block, looks_like_header};
pub(crate) use sparse::{Expanded, Map};

use crate::{
    problems::kind_of,
    tap::{Source, read_buffered, wide},
};
use cofferdam_bounds::{Limits, read_up_to};
use cofferdam_model::ProblemKind;
use header::{Format, Header};
use pax::{Records, SparseRecords};
use std::io::{self, BufRead, Read};

/// Why reading ended before the archive did.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The stream below failed.
    Io(io::Error),
    /// It ends within an entry.
    Truncated,
    /// A header that nobody can go on from.
    Malformed(&'static str),
    /// A header that uses more than this limit.
    Budget(&'static str, u64),
}

impl Stop {
    /// What happened, for people.
    pub(crate) fn what(&self) -> String {
        match self {
            Self::Io(error) => error.to_string(),
            Self::Truncated => "ends within an entry".to_owned(),
            Self::Malformed(what) => (*what).to_owned(),
            Self::Budget(what, limit) => format!("{what} are over their limit of {limit}"),
        }
    }

    /// What kind of problem it is.
    pub(crate) fn kind(&self) -> ProblemKind {
        match self {
            Self::Io(error) => kind_of(error),
            Self::Truncated => ProblemKind::Truncated,
            Self::Malformed(_) => ProblemKind::Malformed,
            Self::Budget(..) => ProblemKind::BudgetExceeded,
        }
    }
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    File,
    HardLink,
    Symlink,
    Directory,
    Other,
    /// A type flag that container runtimes refuse.
    Unknown(u8),
}

/// One entry, its extension headers applied.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) name: Vec<u8>,
    pub(crate) link: Vec<u8>,
    pub(crate) kind: Type,
    pub(crate) mode: u32,
    /// Bytes of content, holes of sparse files included.
    pub(crate) size: u64,
    pub(crate) sparse: Option<Map>,
    /// Where readers disagree about it, or where it is broken.
    pub(crate) doubts: Vec<Doubt>,
}

/// A reason to look again at one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// Readers disagree.
    Ambiguous(&'static str),
    /// An extension is broken; the entry was read without it.
    Malformed(&'static str),
}

/// Iterates over the members of an archive.
pub(crate) struct Reader<'s, S> {
    source: &'s mut S,
    extension_bytes: u64,
    left: u64,
    padding: u64,
    /// Where the last header began.
    header_offset: u64,
    /// How the archive ended, once it did.
    end: Option<End>,
}

/// How an archive ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// Two blocks of zeros.
    Marked,
    /// One block of zeros, and then something else: GNU tar ends there, Go fails.
    LoneZeroBlock,
    /// The stream ended between entries.
    Unmarked,
}

/// Extension headers that wait for their entry.
#[derive(Default)]
struct Pending {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    records: Option<Records>,
    doubts: Vec<Doubt>,
}

impl<'s, S: Source> Reader<'s, S> {
    pub(crate) const fn new(source: &'s mut S, limits: &Limits) -> Self {
        let extension_bytes = limits.extension_bytes;
        Self { source, extension_bytes, left: 0, padding: 0, header_offset: 0, end: None }
    }

    /// Where the reader stands.
    pub(crate) fn position(&self) -> u64 {
        self.source.position()
    }

    /// Where the header that was read last began.
    pub(crate) const fn header_offset(&self) -> u64 {
        self.header_offset
    }

    /// How the archive ended, after `next` gave `None`.
    pub(crate) const fn end(&self) -> Option<End> {
        self.end
    }

    /// The content of the member that `next` gave, as stored.
    pub(crate) const fn content(&mut self) -> Stored<'_, S> {
        Stored { source: self.source, left: &mut self.left }
    }

    /// Steps over what is left of the content and gives the next member.
    pub(crate) fn next(&mut self) -> Result<Option<Member>, Stop> {
        let mut pending = Pending::default();
        loop {
            self.skip_rest()?;
            self.header_offset = self.source.position();
            let Some(block) = self.header_block()? else {
                return if pending.is_empty() { Ok(None) } else { Err(Stop::Truncated) };
            };
            let header = Header::parse(&block).map_err(Stop::Malformed)?;
            match header.type_flag {
                b'L' => pending.name = Some(self.long_text(&header)?),
                b'K' => pending.link = Some(self.long_text(&header)?),
                b'x' => {
                    let (records, broken) = Records::parse(&self.extension(&header)?);
                    pending.doubts.extend(broken.map(Doubt::Malformed));
                    if pending.records.replace(records).is_some() {
                        pending.doubt("two PAX headers before one entry");
                    }
                }
                b'g' => {
                    let (records, broken) = Records::parse(&self.extension(&header)?);
                    pending.doubts.extend(broken.map(Doubt::Malformed));
                    if records != Records::default() {
                        pending.doubt("a global PAX header changes names or sizes");
                    }
                    if !pending.is_empty() {
                        pending.doubt("a global PAX header stands between an entry and its own");
                        // Go forgets them, GNU tar does not.
                        pending = Pending { doubts: pending.doubts, ..Pending::default() };
                    }
                }
                _ => return self.member(&block, &header, pending).map(Some),
            }
        }
    }

    fn member(
        &mut self,
        block: &Block,
        header: &Header,
        mut pending: Pending,
    ) -> Result<Member, Stop> {
        let records = pending.records.take().unwrap_or_default();
        let (name, link) = pending.names(header, &records);
        let kind = kind(header, &name, &mut pending);
        let stored = stored_size(header, &records, kind, &mut pending);
        self.set_content(stored);
        let mut member = Member {
            name,
            link,
            kind,
            mode: header.mode,
            size: stored,
            sparse: None,
            doubts: Vec::new(),
        };
        if kind == Type::File
            && let Some(map) = self.sparse(block, header, &records, &mut pending)?
        {
            member.size = map.size;
            member.sparse = Some(map);
            if let Some(name) = records.sparse.name.filter(|_| header.type_flag != b'S') {
                member.name = name;
            }
        } else if records.sparse != SparseRecords::default() {
            pending.doubt(SPARSE_DOUBT);
        }
        member.doubts = pending.doubts;
        Ok(member)
    }

    fn sparse(
        &mut self,
        block: &Block,
        header: &Header,
        records: &Records,
        pending: &mut Pending,
    ) -> Result<Option<Map>, Stop> {
        let limit = self.extension_bytes;
        let map = match (header.type_flag, header.format, pax_version(records)) {
            (b'S', Format::Gnu, _) => {
                if records.sparse != SparseRecords::default() {
                    pending.doubt(SPARSE_DOUBT);
                }
                sparse::old_gnu(self.source, block, self.left, limit)?
            }
            (b'S', ..) => {
                pending.doubt("a sparse file without the GNU magic");
                return Ok(None);
            }
            (_, _, Some(0)) => sparse::pax_0(&records.sparse, self.left),
            (_, _, Some(_)) => sparse::pax_1(&mut self.content(), &records.sparse, limit)?,
            (_, _, None) => return Ok(None),
        };
        if map.is_none() {
            pending.doubts.push(Doubt::Malformed("sparse map is broken"));
        }
        Ok(map)
    }

    const fn set_content(&mut self, size: u64) {
        self.left = size;
        // A size that is a multiple of the block has no padding; sizes are below 2^63.
        self.padding = (BLOCK_BYTES as u64 - size % BLOCK_BYTES as u64) % BLOCK_BYTES as u64;
    }

    fn skip_rest(&mut self) -> Result<(), Stop> {
        let skipped = self.source.skip(self.left).map_err(Stop::Io)?;
        if skipped < self.left {
            return Err(Stop::Truncated);
        }
        self.left = 0;
        // Go and GNU tar both let the very last padding be missing.
        self.source.skip(self.padding).map_err(Stop::Io)?;
        self.padding = 0;
        Ok(())
    }

    fn header_block(&mut self) -> Result<Option<Block>, Stop> {
        let Some(first) = block(self.source)? else {
            self.end = Some(End::Unmarked);
            return Ok(None);
        };
        if first.iter().any(|byte| *byte != 0) {
            return Ok(Some(first));
        }
        self.end = match block(self.source)? {
            None => Some(End::Unmarked),
            Some(second) if second.iter().all(|byte| *byte == 0) => Some(End::Marked),
            Some(_) => Some(End::LoneZeroBlock),
        };
        Ok(None)
    }

    /// The content of a GNU long name or link: a C string.
    fn long_text(&mut self, header: &Header) -> Result<Vec<u8>, Stop> {
        let mut bytes = self.extension(header)?;
        let end = header::text(&bytes).len();
        bytes.truncate(end);
        Ok(bytes)
    }

    fn extension(&mut self, header: &Header) -> Result<Vec<u8>, Stop> {
        let size =
            usize::try_from(header.size).ok().filter(|_| header.size <= self.extension_bytes);
        let Some(size) = size else {
            return Err(Stop::Budget("bytes of an extension header", self.extension_bytes));
        };
        self.set_content(header.size);
        let mut bytes = vec![0; size];
        let count = read_up_to(self.content(), &mut bytes).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Stop::Truncated,
            _ => Stop::Io(error),
        })?;
        bytes.truncate(count);
        Ok(bytes)
    }
}

impl Pending {
    const fn is_empty(&self) -> bool {
        self.name.is_none() && self.link.is_none() && self.records.is_none()
    }

    fn doubt(&mut self, what: &'static str) {
        self.doubts.push(Doubt::Ambiguous(what));
    }

    /// Name and link: GNU's long ones go before PAX, which go before the header's own. That is
    /// Go's order; GNU tar's is PAX first.
    fn names(&mut self, header: &Header, records: &Records) -> (Vec<u8>, Vec<u8>) {
        let differ = |long: &Option<Vec<u8>>, pax: &Option<Vec<u8>>| {
            long.as_ref().zip(pax.as_ref()).is_some_and(|(long, pax)| long != pax)
        };
        if differ(&self.name, &records.path) || differ(&self.link, &records.link) {
            self.doubt("a GNU long name and a PAX name differ");
        }
        if header.ambiguous_name {
            self.doubt("readers disagree on the name prefix");
        }
        let given = |long: Option<Vec<u8>>| long.filter(|long| !long.is_empty());
        let name = given(self.name.take()).or_else(|| records.path.clone());
        let link = given(self.link.take()).or_else(|| records.link.clone());
        (name.unwrap_or_else(|| header.name.clone()), link.unwrap_or_else(|| header.link.clone()))
    }
}

/// Why records for a sparse file are odd on anything but one of PAX.
const SPARSE_DOUBT: &str = "PAX records for a sparse file on one that is not";

fn pax_version(records: &Records) -> Option<u8> {
    sparse::pax_version(&records.sparse)
}

fn kind(header: &Header, name: &[u8], pending: &mut Pending) -> Type {
    match header.type_flag {
        // Before ustar a directory was a file whose name ends in a slash.
        0 if name.ends_with(b"/") => Type::Directory,
        0 | b'0' | b'7' | b'S' => {
            if name.ends_with(b"/") {
                pending.doubt("a file with the name of a directory");
            }
            Type::File
        }
        b'1' => Type::HardLink,
        b'2' => Type::Symlink,
        b'3' | b'4' | b'6' => Type::Other,
        b'5' => Type::Directory,
        other => Type::Unknown(other),
    }
}

/// Sizes from here on do not fit the header's octal field.
const OCTAL_SIZE_END: u64 = 1 << 33;

/// Bytes stored behind the header. Links, directories and devices have none whatever they claim.
fn stored_size(header: &Header, records: &Records, kind: Type, pending: &mut Pending) -> u64 {
    let size = records.size.unwrap_or(header.size);
    if records.size.is_some_and(|size| size < OCTAL_SIZE_END && size != header.size) {
        pending.doubt("sizes in the header and in PAX differ");
    }
    let header_only =
        matches!(kind, Type::HardLink | Type::Symlink | Type::Directory | Type::Other);
    if header_only && size != 0 && (kind != Type::HardLink || records.size.is_some()) {
        pending.doubt("a link, directory or device claims to have content");
    }
    if header_only { 0 } else { size }
}

/// The next whole block; `None` at the end.
fn block<S: Source>(source: &mut S) -> Result<Option<Block>, Stop> {
    let bytes = source.peek(BLOCK_BYTES).map_err(Stop::Io)?;
    if bytes.is_empty() {
        return Ok(None);
    }
    let block = *bytes.first_chunk::<BLOCK_BYTES>().ok_or(Stop::Truncated)?;
    source.consume(BLOCK_BYTES);
    Ok(Some(block))
}

/// The stored content of one member. Its end is the member's; that the stream ends before is an
/// error.
pub(crate) struct Stored<'a, S> {
    source: &'a mut S,
    left: &'a mut u64,
}

impl<S: Source> Stored<'_, S> {
    /// Bytes not read yet.
    pub(crate) const fn left(&self) -> u64 {
        *self.left
    }

    /// Up to `count` next bytes in one piece.
    pub(crate) fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        let count = count.min(usize::try_from(*self.left).unwrap_or(usize::MAX));
        self.source.peek(count)
    }

    /// Steps over up to `count` bytes.
    fn skip(&mut self, count: u64) -> io::Result<()> {
        *self.left -= self.source.skip(count.min(*self.left))?;
        Ok(())
    }
}

impl<S: Source> Read for Stored<'_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_buffered(self, buffer)
    }
}

impl<S: Source> BufRead for Stored<'_, S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if *self.left == 0 {
            return Ok(&[]);
        }
        let bytes = self.source.fill_buf()?;
        if bytes.is_empty() {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let length = bytes.len().min(usize::try_from(*self.left).unwrap_or(usize::MAX));
        Ok(bytes.get(..length).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.source.consume(count);
        *self.left = self.left.saturating_sub(wide(count));
    }
}
