//! A walk over a root file system on disk, which a hostile process may be changing meanwhile:
//! every step is taken from an open directory, no symbolic link is ever followed, and only
//! regular files are opened.

use crate::{
    entry::{Content, Entry, EntryKind, HEAD_BYTES, Visitor},
    path::shown,
    problems::{Problems, kind_of},
    tap::{read_buffered, wide},
};
use cofferdam_bounds::{Meter, read_up_to};
use cofferdam_model::{Problem, ProblemKind};
use rustix::{
    fd::OwnedFd,
    fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat},
};
use std::{
    fs::File,
    io::{self, BufRead, Read},
    path::Path,
};

/// What a walk over a directory found, apart from what its visitor kept.
#[derive(Clone, Debug)]
pub struct DirectoryWalk {
    /// Entries seen.
    pub entries: u64,
    /// What could not be assessed, with its path.
    pub problems: Vec<Problem>,
}

/// Walks everything under `root` in sorted order, a directory before what is in it, and shows it
/// to `visitor`. The kernel's own file systems (`/proc`, `/sys`, `/dev` and what is like them)
/// are left out. A file is opened only when its visitor looks into it; what it leaves unread is
/// not read.
pub fn walk_directory(root: &Path, meter: &Meter, visitor: &mut dyn Visitor) -> DirectoryWalk {
    let problems = Problems::new(meter.limits());
    let is_host = root.canonicalize().is_ok_and(|path| path == Path::new("/"));
    let mut walk = Walk { meter, visitor, problems, entries: 0, is_host, device: 0 };
    if let Err(error) = walk.run(root) {
        walk.problems.whole(kind_of(&error), format!("{}: {error}", root.display()));
    }
    DirectoryWalk { entries: walk.entries, problems: walk.problems.finish() }
}

struct Walk<'a> {
    meter: &'a Meter,
    visitor: &'a mut dyn Visitor,
    problems: Problems,
    entries: u64,
    /// The root is this machine's own: its kernel file systems are known by name.
    is_host: bool,
    device: u64,
}

/// A directory on the way down: open, with the names in it that are still to come, last first.
struct Level {
    directory: OwnedFd,
    names: Vec<Vec<u8>>,
    /// Length of the path of this directory.
    path_bytes: usize,
}

impl Walk<'_> {
    fn run(&mut self, root: &Path) -> io::Result<()> {
        // The root itself may be named through a link: it is the user's word.
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::open(root, flags, Mode::empty())?;
        self.device = rustix::fs::fstat(&directory)?.st_dev;
        let mut path = String::new();
        let mut levels = vec![self.level(directory, &path)?];
        while let Some(level) = levels.last_mut() {
            let Some(name) = level.names.pop() else {
                levels.pop();
                continue;
            };
            path.truncate(level.path_bytes);
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(&shown(&name));
            self.meter.add_entries(1)?;
            self.meter.check_time()?;
            self.entries += 1;
            match self.entry(&level.directory, &name, &path) {
                Ok(Some(below)) if levels.len() >= self.meter.limits().path_depth => {
                    drop(below);
                    let detail = "directory is deeper than its limit";
                    self.problems.at(ProblemKind::BudgetExceeded, &path, detail);
                }
                Ok(Some(below)) => match self.level(below, &path) {
                    Ok(below) => levels.push(below),
                    Err(error) => self.unreadable(&path, &error),
                },
                Ok(None) => {}
                Err(error) => self.unreadable(&path, &error),
            }
        }
        Ok(())
    }

    fn unreadable(&mut self, path: &str, error: &io::Error) {
        self.problems.at(kind_of(error), path, error.to_string());
    }

    /// Lists a directory. Names are counted before they are kept.
    fn level(&mut self, directory: OwnedFd, path: &str) -> io::Result<Level> {
        let limit = self.meter.limits().entries.saturating_sub(self.entries);
        let mut names = Vec::new();
        for entry in Dir::read_from(&directory)? {
            let name = entry?.file_name().to_bytes().to_vec();
            if !matches!(&*name, b"." | b"..") {
                names.push(name);
            }
            if wide(names.len()) > limit {
                return Err(io::Error::from(cofferdam_bounds::Exceeded {
                    what: "entries of a directory",
                    limit,
                }));
            }
        }
        names.sort_unstable_by(|one, other| other.cmp(one));
        Ok(Level { directory, names, path_bytes: path.len() })
    }

    /// Shows one entry; gives the directory to go down into, if that is what it is.
    fn entry(&mut self, above: &OwnedFd, name: &[u8], path: &str) -> io::Result<Option<OwnedFd>> {
        let stat = rustix::fs::statat(above, name, AtFlags::SYMLINK_NOFOLLOW)?;
        let file_type = FileType::from_raw_mode(stat.st_mode);
        let below = if file_type == FileType::Directory {
            let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
            let below = rustix::fs::openat(above, name, flags, Mode::empty())?;
            if self.is_kernels_own(path, &stat, &below) {
                return Ok(None);
            }
            Some(below)
        } else {
            None
        };
        let link = if file_type == FileType::Symlink {
            shown(rustix::fs::readlinkat(above, name, Vec::new())?.to_bytes()).into_owned()
        } else {
            String::new()
        };
        let is_file = file_type == FileType::RegularFile;
        let kind = match file_type {
            FileType::RegularFile => EntryKind::File,
            FileType::Directory => EntryKind::Directory,
            FileType::Symlink => EntryKind::Symlink(&link),
            _ => EntryKind::Other,
        };
        let size_bytes = if is_file { u64::try_from(stat.st_size).unwrap_or(0) } else { 0 };
        let entry = Entry { path, kind, size_bytes, mode: stat.st_mode & 0o7777 };
        let mut content = DiskContent {
            file: is_file.then_some(Lazy::Closed { above, name }),
            meter: self.meter,
            buffer: Vec::new(),
            start: 0,
        };
        self.visitor.entry(&entry, &mut content)?;
        Ok(below)
    }

    /// Whether a directory is the root of one of the kernel's own file systems.
    fn is_kernels_own(&self, path: &str, stat: &Stat, directory: &OwnedFd) -> bool {
        if self.is_host && matches!(path, "proc" | "sys" | "dev") {
            return true;
        }
        stat.st_dev != self.device
            && rustix::fs::fstatfs(directory)
                .is_ok_and(|fs| u32::try_from(fs.f_type).is_ok_and(|t| KERNEL_TYPES.contains(&t)))
    }
}

/// Magic numbers of file systems that hold no files of anybody (statfs(2)).
const KERNEL_TYPES: [u32; 12] = [
    0x0000_9fa0, // proc
    0x6265_6572, // sysfs
    0x0000_1cd1, // devpts
    0x0027_e0eb, // cgroup
    0x6367_7270, // cgroup2
    0x6462_6720, // debugfs
    0x7472_6163, // tracefs
    0x7363_6673, // securityfs
    0xcafe_4a11, // bpf
    0x1980_0202, // mqueue
    0x6265_6570, // configfs
    0x9584_58f6, // hugetlbfs
];

/// A file that is opened when it is first looked into.
enum Lazy<'a> {
    Closed { above: &'a OwnedFd, name: &'a [u8] },
    Open(File),
}

struct DiskContent<'a> {
    /// `None` for all but regular files.
    file: Option<Lazy<'a>>,
    meter: &'a Meter,
    buffer: Vec<u8>,
    start: usize,
}

/// One read of a file.
const CHUNK_BYTES: usize = 64 << 10;

impl DiskContent<'_> {
    /// Fills the empty buffer with up to `count` bytes.
    fn fill(&mut self, count: usize) -> io::Result<()> {
        let Some(lazy) = &mut self.file else { return Ok(()) };
        if let Lazy::Closed { above, name } = lazy {
            let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
            let file = File::from(rustix::fs::openat(above, *name, flags, Mode::empty())?);
            // It may have been exchanged since it was looked at.
            if !file.metadata()?.is_file() {
                return Err(io::Error::other("is no longer a regular file"));
            }
            *lazy = Lazy::Open(file);
        }
        if let Lazy::Open(file) = lazy {
            self.buffer.resize(count, 0);
            self.start = 0;
            let filled = read_up_to(file, &mut self.buffer);
            self.buffer.truncate(*filled.as_ref().unwrap_or(&0));
            self.meter.add_bytes(wide(filled?))?;
        }
        Ok(())
    }

    fn available(&self) -> &[u8] {
        self.buffer.get(self.start..).unwrap_or_default()
    }
}

impl Content for DiskContent<'_> {
    fn head(&mut self) -> io::Result<&[u8]> {
        if self.available().is_empty() {
            self.fill(HEAD_BYTES)?;
        }
        let available = self.available();
        Ok(available.get(..HEAD_BYTES).unwrap_or(available))
    }
}

impl Read for DiskContent<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        read_buffered(self, buffer)
    }
}

impl BufRead for DiskContent<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.available().is_empty() {
            self.fill(CHUNK_BYTES)?;
        }
        Ok(self.available())
    }

    fn consume(&mut self, count: usize) {
        self.start = self.start.saturating_add(count).min(self.buffer.len());
    }
}

#[cfg(test)]
mod tests;
