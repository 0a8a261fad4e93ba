//! The files of an image on disk: a tar read in place by offset, or a directory.

use crate::{
    path::{normalize, normalize_target},
    problems::Problems,
    tap::{Source, read_buffered, wide},
    tar::{self, Member, Stop, Type},
};
use cofferdam_bounds::{Meter, ReadAt, Spool, Window, file, read_all};
use cofferdam_model::{Problem, ProblemKind};
use std::{
    collections::HashMap,
    fs,
    io::{self, BufRead, Read},
    path::PathBuf,
};

/// Links that lead to links. `docker save` makes one step.
const LINK_STEPS: usize = 8;

/// Files of an archive that are looked at: the layers and manifests of the limits, thrice over.
const FILES_MAX: usize = 10_000;
/// Bytes of a name that is kept. Images use digests.
const NAME_BYTES_MAX: usize = 512;

/// Files by name, from the container's root.
#[derive(Debug)]
pub(super) enum Container {
    Tar { bytes: Bytes, index: HashMap<String, Place> },
    Folder(PathBuf),
}

/// The bytes of an outer tar.
#[derive(Debug)]
pub(super) enum Bytes {
    File(fs::File),
    Spool(Spool),
}

/// Where a file is in an outer tar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    At { offset: u64, size: u64 },
    Link(String),
}

impl Container {
    /// Reads the headers of a tar and steps over its contents.
    pub(super) fn index(bytes: Bytes, meter: &Meter) -> Result<(Self, Vec<Problem>), Stop> {
        let mut index = HashMap::new();
        let mut problems = Problems::new(meter.limits());
        let mut source = Seekable::new(&bytes);
        let mut reader = tar::Reader::new(&mut source, meter.limits());
        let mut name = String::new();
        loop {
            let member = match reader.next() {
                Ok(Some(member)) => member,
                Ok(None) => break,
                // A cut archive still has what came before.
                Err(stop) if index.is_empty() => return Err(stop),
                Err(stop) => {
                    let at = reader.position();
                    let detail =
                        format!("the archive is damaged before byte {at}: {}", stop.what());
                    problems.whole(stop.kind(), detail);
                    break;
                }
            };
            meter.add_entries(1).map_err(|error| Stop::Io(error.into()))?;
            meter.check_time().map_err(|error| Stop::Io(error.into()))?;
            let raw = String::from_utf8_lossy(&member.name);
            if let Err(bad) = normalize(&raw, meter.limits(), &mut name) {
                problems.whole(bad.kind, format!("in the archive: {}", bad.detail));
                continue;
            }
            if !member.doubts.is_empty() || member.sparse.is_some() {
                problems.at(ProblemKind::Ambiguous, &name, "odd entry in the archive itself");
            }
            if name.len() > NAME_BYTES_MAX {
                continue;
            }
            if index.len() >= FILES_MAX {
                let detail = format!("the archive has more than {FILES_MAX} files");
                problems.whole(ProblemKind::BudgetExceeded, detail);
                break;
            }
            let Some(place) = place(&member, &name, reader.position(), meter) else { continue };
            if index.insert(name.clone(), place.clone()).is_some_and(|before| before != place) {
                problems.at(ProblemKind::Ambiguous, &name, "is in the archive more than once");
            }
        }
        drop(source);
        Ok((Self::Tar { bytes, index }, problems.finish()))
    }

    /// The bytes at a name and how many there are. A name that is not there is `NotFound`.
    pub(super) fn open(&self, name: &str) -> io::Result<(Box<dyn Read + Send + '_>, u64)> {
        match self {
            Self::Tar { bytes, index } => {
                let (offset, size) = resolve(index, name).ok_or(io::ErrorKind::NotFound)?;
                if offset.checked_add(size).is_none_or(|end| end > bytes.size()) {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
                Ok((Box::new(Window::new(bytes, offset, size)), size))
            }
            Self::Folder(folder) => {
                let limits = cofferdam_bounds::Limits::default();
                let mut clean = String::new();
                let refuse = |_| io::Error::from(io::ErrorKind::NotFound);
                normalize(name, &limits, &mut clean).map_err(refuse)?;
                let file = file::open(&folder.join(clean)).map_err(|error| error.error)?;
                let size = file.size();
                Ok((Box::new(file), size))
            }
        }
    }

    /// All of a small file.
    pub(super) fn read(&self, name: &str, limit: u64) -> io::Result<Vec<u8>> {
        read_all(self.open(name)?.0, limit, "bytes of a manifest")
    }

    /// Whether there is a file of that name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.open(name).is_ok()
    }
}

/// Where the content of a member is; links are resolved when they are followed.
fn place(member: &Member, name: &str, offset: u64, meter: &Meter) -> Option<Place> {
    let link = String::from_utf8_lossy(&member.link);
    let target = match member.kind {
        Type::File => return Some(Place::At { offset, size: member.size }),
        Type::HardLink => link.into_owned(),
        Type::Symlink if link.starts_with('/') => link.into_owned(),
        Type::Symlink => {
            let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{folder}/{link}")
        }
        Type::Directory | Type::Other | Type::Unknown(_) => return None,
    };
    normalize_target(&target, meter.limits()).ok().map(Place::Link)
}

fn resolve(index: &HashMap<String, Place>, name: &str) -> Option<(u64, u64)> {
    let mut name = name.trim_start_matches("./");
    for _ in 0..=LINK_STEPS {
        match index.get(name)? {
            Place::At { offset, size } => return Some((*offset, *size)),
            Place::Link(target) => name = target,
        }
    }
    None
}

impl ReadAt for Bytes {
    fn size(&self) -> u64 {
        match self {
            Self::File(file) => file.size(),
            Self::Spool(spool) => spool.size(),
        }
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        match self {
            Self::File(file) => ReadAt::read_at(file, buffer, offset),
            Self::Spool(spool) => spool.read_at(buffer, offset),
        }
    }
}

/// A tar source that steps over contents without reading them.
struct Seekable<'a> {
    bytes: &'a Bytes,
    size: u64,
    /// Where the end of the buffer stands in the file.
    offset: u64,
    buffer: Vec<u8>,
    start: usize,
}

/// Enough for a header and the extension headers before it.
const BUFFER_BYTES: usize = 4096;

impl<'a> Seekable<'a> {
    fn new(bytes: &'a Bytes) -> Self {
        Self { bytes, size: bytes.size(), offset: 0, buffer: Vec::new(), start: 0 }
    }

    fn available(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }
}

impl Source for Seekable<'_> {
    fn peek(&mut self, count: usize) -> io::Result<&[u8]> {
        if self.available().len() < count {
            self.offset = self.position();
            self.start = 0;
            self.buffer.resize(BUFFER_BYTES.max(count), 0);
            let filled = self.bytes.read_at(&mut self.buffer, self.offset)?;
            self.buffer.truncate(filled);
            self.offset += wide(filled);
        }
        let available = self.available();
        Ok(available.get(..count).unwrap_or(available))
    }

    fn position(&self) -> u64 {
        self.offset - wide(self.available().len())
    }

    fn skip(&mut self, count: u64) -> io::Result<u64> {
        let at = self.position();
        let count = count.min(self.size.saturating_sub(at));
        match usize::try_from(count) {
            Ok(count) if count <= self.available().len() => self.start += count,
            _ => {
                self.buffer.clear();
                self.start = 0;
                self.offset = at + count;
            }
        }
        Ok(count)
    }
}

impl Read for Seekable<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_buffered(self, buffer)
    }
}

impl BufRead for Seekable<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.available().is_empty() {
            self.peek(BUFFER_BYTES)?;
        }
        Ok(self.available())
    }

    fn consume(&mut self, count: usize) {
        self.start = (self.start + count).min(self.buffer.len());
    }
}
