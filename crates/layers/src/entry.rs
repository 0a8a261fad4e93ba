//! What a walk over a layer or a directory shows its visitor.

use std::io::{self, BufRead};

/// One file system object, as it stands in a layer or a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// Path from the root, normalised: no leading slash, no `.` or `..`, no trailing slash.
    ///
    /// Two names that differ are shown differently, whatever their bytes: each byte that is not
    /// part of UTF-8, and each of the three bytes of a genuine U+FFFD, is shown as U+FFFD and two
    /// lower-case hexadecimal digits. The name `a\xff` is shown as `a\u{fffd}ff`.
    pub path: &'a str,
    /// What it is.
    pub kind: EntryKind<'a>,
    /// Size of its content in bytes; 0 for all but files.
    pub size_bytes: u64,
    /// Permission bits, `0o7777`.
    pub mode: u32,
}

/// What kind of object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind<'a> {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link to this target, as written; its bytes are shown as those of a path.
    Symlink(&'a str),
    /// Another name for the file at this path, normalised. A file system walk shows a [`Self::File`].
    HardLink(&'a str),
    /// A device, FIFO or socket.
    Other,
}

/// The content of a regular file while the walk stands on it. What the visitor leaves unread is
/// stepped over (and still hashed).
pub trait Content: BufRead {
    /// The first bytes, up to [`HEAD_BYTES`] or the whole file if shorter, without consuming
    /// them. Only before the first read.
    fn head(&mut self) -> io::Result<&[u8]>;
}

/// As much of a file as is always at hand to decide whether it is interesting: an ELF header
/// with its program headers and notes fits.
pub const HEAD_BYTES: usize = 4096;

/// Receives every entry of a walk in stored order.
pub trait Visitor {
    /// Called once an entry. `content` is empty for all but regular files. An error is reported
    /// with the path and the walk goes on with the next entry, if the stream still can.
    fn entry(&mut self, entry: &Entry<'_>, content: &mut dyn Content) -> io::Result<()>;
}
