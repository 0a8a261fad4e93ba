//! Members of zip and tar archives, one at a time and bounded.
//!
//! An archive that is damaged is an error, and not as much as could be read: half a feed would
//! look loaded and answer "clean" for the other half.

use super::osv::RECORD_BYTES_MAX;
use cofferdam_bounds::{Exceeded, read_all, read_up_to};
use std::io::{self, BufReader, Read, Seek};

/// Members of one archive: npm, malware included, has hundreds of thousands of records.
const MEMBERS_MAX: u64 = 4_000_000;

/// Uncompressed bytes of one feed: hundreds of times those of PyPI.
pub(crate) const ARCHIVE_BYTES_MAX: u64 = 16 << 30;

/// What a member's bytes are given to: its name, and its bytes, or that it has too many.
pub(crate) type See<'a> = &'a mut dyn FnMut(&str, Result<Vec<u8>, Exceeded>);

/// Shows every file of a zip archive.
pub(crate) fn zip(file: impl Read + Seek, see: See<'_>) -> io::Result<()> {
    let mut archive = zip::ZipArchive::new(BufReader::new(file)).map_err(io::Error::other)?;
    check_members(u64::try_from(archive.len()).unwrap_or(u64::MAX))?;
    let mut left = ARCHIVE_BYTES_MAX;
    for number in 0..archive.len() {
        let member = archive.by_index(number).map_err(io::Error::other)?;
        if member.is_file() {
            let name = member.name().map_err(io::Error::other)?.into_owned();
            see_member(&name, member, &mut left, see)?;
        }
    }
    Ok(())
}

/// Shows every regular file of a tar archive (POSIX ustar, with or without extensions). Names are
/// those of the plain headers, so long ones are cut: no feed's meaning hangs on them.
pub(crate) fn tar(mut archive: impl Read, see: See<'_>) -> io::Result<()> {
    let mut left = ARCHIVE_BYTES_MAX;
    let mut members = 0;
    loop {
        let mut block = [0; BLOCK_BYTES];
        match read_up_to(&mut archive, &mut block)? {
            0 => return Ok(()),
            BLOCK_BYTES => {}
            _ => return Err(io::ErrorKind::UnexpectedEof.into()),
        }
        if block.iter().all(|&byte| byte == 0) {
            return Ok(());
        }
        members += 1;
        check_members(members)?;
        let header = TarHeader::parse(&block)
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a broken tar header"))?;
        let mut content = (&mut archive).take(header.size);
        if header.is_file {
            see_member(&header.name, &mut content, &mut left, see)?;
        }
        let padding = (BLOCK_BYTES_U64 - header.size % BLOCK_BYTES_U64) % BLOCK_BYTES_U64;
        io::copy(&mut content, &mut io::sink())?;
        let missing = content.limit();
        let padded = io::copy(&mut (&mut archive).take(padding), &mut io::sink())?;
        if missing > 0 || padded < padding {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Whether a block starts a tar archive.
pub(crate) fn is_tar(head: &[u8]) -> bool {
    head.first_chunk().is_some_and(|block| TarHeader::parse(block).is_some())
}

fn check_members(count: u64) -> Result<(), Exceeded> {
    if count > MEMBERS_MAX {
        return Err(Exceeded { what: "members of the archive", limit: MEMBERS_MAX });
    }
    Ok(())
}

fn see_member(name: &str, member: impl Read, left: &mut u64, see: See<'_>) -> io::Result<()> {
    let bytes = match read_all(member, RECORD_BYTES_MAX, "bytes of the record") {
        Ok(bytes) => Ok(bytes),
        Err(error) => Err(Exceeded::within(&error).ok_or(error)?),
    };
    let used = bytes
        .as_ref()
        .map_or(RECORD_BYTES_MAX, |bytes| u64::try_from(bytes.len()).unwrap_or(u64::MAX));
    *left = left
        .checked_sub(used)
        .ok_or(Exceeded { what: "bytes of the archive", limit: ARCHIVE_BYTES_MAX })?;
    see(name, bytes);
    Ok(())
}

const BLOCK_BYTES: usize = 512;
const BLOCK_BYTES_U64: u64 = 512;

struct TarHeader {
    name: String,
    size: u64,
    is_file: bool,
}

impl TarHeader {
    /// POSIX.1-2017, pax, "ustar Interchange Format".
    fn parse(block: &[u8; BLOCK_BYTES]) -> Option<Self> {
        let field = |from: usize, length: usize| block.get(from..from.checked_add(length)?);
        let checksum: u64 = block
            .iter()
            .enumerate()
            .map(|(at, &byte)| u64::from(if (148..156).contains(&at) { b' ' } else { byte }))
            .sum();
        if octal(field(148, 8)?)? != checksum {
            return None;
        }
        let name = field(0, 100)?.split(|&byte| byte == 0).next()?;
        let size = octal(field(124, 12)?)?;
        let is_file = matches!(field(156, 1)?, b"0" | b"\0" | b"7");
        Some(Self { name: String::from_utf8_lossy(name).into_owned(), size, is_file })
    }
}

fn octal(field: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(field).ok()?.trim_matches(['\0', ' ']);
    u64::from_str_radix(text, 8).ok()
}
