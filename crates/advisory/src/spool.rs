//! Bytes that wait to be read back: in memory while they are few, then in a file without a name,
//! of which nothing is left when the process dies.

use std::{
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::Path,
};
use tempfile::SpooledTempFile;

/// Few feeds never touch the disk.
const MEMORY_BYTES: usize = 4 << 20;

/// Bytes that are written at once.
const PENDING_BYTES: usize = 64 << 10;

/// Bytes that are appended, and then read anywhere. The first error is kept and told when they
/// are read, so that who appends need not know of disks.
#[derive(Debug)]
pub(crate) struct Spool {
    file: SpooledTempFile,
    length: u64,
    pending: Vec<u8>,
    failed: Option<io::Error>,
}

impl Spool {
    /// Files are made in this folder.
    pub(crate) fn new(folder: &Path) -> Self {
        let file = SpooledTempFile::new_in(MEMORY_BYTES, folder);
        Self { file, length: 0, pending: Vec::new(), failed: None }
    }

    /// Bytes that were appended.
    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) {
        self.length += u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        if self.failed.is_some() {
            return;
        }
        self.pending.extend_from_slice(bytes);
        if self.pending.len() >= PENDING_BYTES {
            self.write();
        }
    }

    fn write(&mut self) {
        if let Err(error) = self.file.write_all(&self.pending) {
            self.failed = Some(error);
        }
        self.pending.clear();
    }

    /// From here on it is only read.
    pub(crate) fn close(&mut self) -> io::Result<()> {
        self.write();
        self.pending = Vec::new();
        self.failed.take().map_or(Ok(()), Err)
    }

    /// Bytes of a closed one.
    pub(crate) fn read(&mut self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        self.file.seek(SeekFrom::Start(offset))?;
        self.file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}
