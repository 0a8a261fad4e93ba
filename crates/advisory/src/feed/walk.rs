//! From paths to records: directories, archives and single files.

use super::{
    Feed, archive, epss, kev, osv,
    take::{NOT_A_FEED, Unit},
};
use crate::collect::Collector;
use cofferdam_bounds::{Capped, Exceeded, file, read_all, read_up_to};
use cofferdam_model::{Diagnostic, Exit, Problem};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use std::{
    fs,
    io::{self, BufReader, Read, Seek},
    path::Path,
};

/// Directories within directories.
const DEPTH_MAX: u32 = 16;

/// Entries of one directory, which may be an unpacked archive.
const ENTRIES_MAX: u64 = 4_000_000;

/// Enough of a file to recognise it: a tar header.
const HEAD_BYTES: usize = 512;

/// Window of a zstd frame as a power of two: 128 MiB, what `zstd --ultra --long=27` asks for.
const ZSTD_WINDOW_LOG: u32 = 27;

/// A file that is no feed, or holds none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// Which.
    pub origin: String,
    /// Why, a fragment.
    pub reason: String,
}

/// A walk over feeds: what was taken is in the collector, the rest is told here.
pub(crate) struct Walk<'a> {
    pub collector: &'a mut Collector,
    pub problems: Vec<Problem>,
    pub problem_count: u64,
    pub ignored: Vec<Ignored>,
    /// The time of the build: what claims to be newer says nothing of how fresh a source is.
    pub now: Timestamp,
    /// Told after each source: where, and records taken from it.
    pub progress: &'a dyn Fn(&str, u64),
}

/// Takes all that one feed holds.
pub(crate) fn gather(feed: &Feed, walk: &mut Walk<'_>) -> Result<(), Diagnostic> {
    let origin = feed.shown_origin();
    let metadata = fs::metadata(&feed.path).map_err(|error| unreadable(&origin, &error))?;
    if metadata.is_dir() {
        return walk.directory(&feed.path, &origin, 0);
    }
    walk.file(&feed.path, &origin, None)
}

impl Walk<'_> {
    fn directory(&mut self, path: &Path, origin: &str, depth: u32) -> Result<(), Diagnostic> {
        if depth > DEPTH_MAX {
            self.ignore(origin, "directories are nested too deep");
            return Ok(());
        }
        let fail = |error: io::Error| unreadable(origin, &error);
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(fail)? {
            names.push(entry.map_err(fail)?.file_name());
            if u64::try_from(names.len()).is_ok_and(|count| count > ENTRIES_MAX) {
                let exceeded = Exceeded { what: "entries of the directory", limit: ENTRIES_MAX };
                return Err(fail(exceeded.into()));
            }
        }
        names.sort_unstable();
        let mut loose = Unit::new(origin);
        for name in names {
            let path = path.join(&name);
            let origin = format!("{}/{}", origin.trim_end_matches('/'), name.to_string_lossy());
            let kind = fs::metadata(&path).map_err(|error| unreadable(&origin, &error))?;
            if kind.is_dir() {
                self.directory(&path, &origin, depth + 1)?;
            } else if kind.is_file() {
                self.file(&path, &origin, Some(&mut loose))?;
            }
        }
        if !loose.tallies.is_empty() {
            self.close(loose);
        }
        Ok(())
    }

    fn file(
        &mut self,
        path: &Path,
        origin: &str,
        loose: Option<&mut Unit>,
    ) -> Result<(), Diagnostic> {
        let file = file::open(path).map_err(|error| unreadable(origin, &error.error))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        self.take(file, &name, origin, loose).map_err(|error| damaged(origin, &error))
    }

    /// Takes one file. Single records of a directory go to its unit, everything else is its own.
    pub(crate) fn take(
        &mut self,
        mut file: impl Read + Seek,
        name: &str,
        origin: &str,
        loose: Option<&mut Unit>,
    ) -> io::Result<()> {
        let head = peek(&mut file)?;
        if is_record(&head) && !kev::recognise(&head) {
            return self.record(file, name, origin, loose);
        }
        let mut unit = Unit::new(origin);
        unit.digest = hash(&mut file)?;
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            let mut see = |name: &str, bytes: Result<_, _>| self.member(&mut unit, name, bytes);
            archive::zip(file, &mut see)?;
        } else if head.starts_with(b"\x1f\x8b") {
            let reader = flate2::bufread::MultiGzDecoder::new(BufReader::new(file));
            self.stream(&mut unit, reader)?;
        } else if head.starts_with(b"\x28\xb5\x2f\xfd") {
            let mut reader = zstd::Decoder::new(file)?;
            reader.window_log_max(ZSTD_WINDOW_LOG)?;
            self.stream(&mut unit, reader)?;
        } else {
            self.stream(&mut unit, file)?;
        }
        self.close(unit);
        Ok(())
    }

    /// Takes a file that is one record.
    fn record(
        &mut self,
        file: impl Read,
        name: &str,
        origin: &str,
        loose: Option<&mut Unit>,
    ) -> io::Result<()> {
        let bytes = match read_all(file, osv::RECORD_BYTES_MAX, "bytes of the record") {
            Ok(bytes) => Ok(bytes),
            Err(error) => Err(Exceeded::within(&error).ok_or(error)?),
        };
        let mut own = Unit::new(origin);
        let is_loose = loose.is_some();
        let unit = loose.unwrap_or(&mut own);
        let others = unit.others;
        self.member(unit, name, bytes.clone());
        if unit.others > others {
            self.ignore(origin, NOT_A_FEED);
            return Ok(());
        }
        unit.digest.update(name);
        unit.digest.update([0]);
        unit.digest.update(bytes.unwrap_or_default());
        if !is_loose {
            self.close(own);
        }
        Ok(())
    }

    /// Takes what is inside a compressed file, or a plain one that is no single record.
    fn stream(&mut self, unit: &mut Unit, mut reader: impl Read) -> io::Result<()> {
        let mut head = vec![0; HEAD_BYTES];
        let length = read_up_to(&mut reader, &mut head)?;
        head.truncate(length);
        let limit = archive::ARCHIVE_BYTES_MAX;
        let reader = Capped::new(head.as_slice().chain(reader), limit, "bytes of the feed");
        if archive::is_tar(&head) {
            let mut see = |name: &str, bytes: Result<_, _>| self.member(unit, name, bytes);
            archive::tar(reader, &mut see)
        } else if epss::recognise(&head) {
            let scores = epss::parse(BufReader::new(reader))?;
            self.scores(unit, scores);
            Ok(())
        } else if kev::recognise(&head) {
            let bytes = read_all(reader, kev::CATALOGUE_BYTES_MAX, "bytes of the catalogue")?;
            self.catalogue(unit, kev::parse(&bytes).map_err(io::Error::other)?);
            Ok(())
        } else if is_record(&head) {
            let bytes = read_all(reader, osv::RECORD_BYTES_MAX, "bytes of the record")?;
            self.member(unit, "", Ok(bytes));
            Ok(())
        } else {
            unit.others += 1;
            Ok(())
        }
    }
}

/// Whether a file that starts like this may be one record: JSON, or front matter.
fn is_record(head: &[u8]) -> bool {
    head.trim_ascii_start().starts_with(b"{") || head.starts_with(b"---")
}

fn peek(file: &mut (impl Read + Seek)) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD_BYTES];
    let length = read_up_to(&mut *file, &mut head)?;
    head.truncate(length);
    file.rewind()?;
    Ok(head)
}

fn hash(file: &mut (impl Read + Seek)) -> io::Result<Sha256> {
    let mut digest = Sha256::new();
    let mut chunk = vec![0; 64 << 10];
    loop {
        let length = read_up_to(&mut *file, &mut chunk)?;
        if length == 0 {
            break;
        }
        digest.update(chunk.get(..length).unwrap_or_default());
    }
    file.rewind()?;
    Ok(digest)
}

fn unreadable(origin: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::new(Exit::Usage, "cannot read the advisory feed")
        .at(origin)
        .because(error)
        .remedy("check the path and its permissions")
}

fn damaged(origin: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::new(Exit::Usage, "the advisory feed is damaged")
        .at(origin)
        .because(error)
        .remedy("fetch it again; half a feed would make the other half look clean")
}
