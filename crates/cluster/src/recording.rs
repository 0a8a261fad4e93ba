//! What was in a cluster, in a file: one object a line (NDJSON), compressed with zstd.
//!
//! The lines are plain Kubernetes objects, so a recording can be made and looked at with other
//! tools too. A recording is trimmed as it is read, like everything that comes from a cluster.

use crate::{
    lines::{Lines, write_lines},
    trim,
};
use cofferdam_bounds::Meter;
use cofferdam_model::{Change, ClusterObject, Problem};
use std::io::{self, BufRead};

/// Bytes of all lines: 100,000 pods and what belongs to them are half of it.
const BYTES_MAX: u64 = 1 << 30;

/// Objects of one recording; each costs some 400 bytes beside its text.
const OBJECTS_MAX: usize = 500_000;

const LINES: Lines =
    Lines { what: "objects of the recording", count: OBJECTS_MAX, bytes: BYTES_MAX };

/// What was in a cluster.
///
/// ```
/// use cofferdam_bounds::Meter;
/// use cofferdam_cluster::Recording;
/// use cofferdam_model::Change;
///
/// let line = r#"{"apiVersion":"v1","kind":"Node","metadata":{"name":"one"}}"#;
/// let (recording, problems) = Recording::read_lines(line.as_bytes(), &Meter::default());
/// assert!(problems.is_empty());
/// let bytes = Recording::write(recording.objects())?;
/// let (again, _) = Recording::read(&bytes, &Meter::default());
/// assert_eq!(again.changes().last(), Some(Change::Synced));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    objects: Vec<ClusterObject>,
}

impl Recording {
    /// Reads a recording: as much as could be read, and what could not.
    pub fn read(bytes: &[u8], meter: &Meter) -> (Self, Vec<Problem>) {
        let mut recording = Self::default();
        let problems = LINES.read(bytes, meter, |line| recording.take(line));
        (recording, problems)
    }

    /// Reads the lines alone, not compressed.
    pub fn read_lines(lines: impl BufRead, meter: &Meter) -> (Self, Vec<Problem>) {
        let mut recording = Self::default();
        let problems = LINES.read_plain(lines, meter, |line| recording.take(line));
        (recording, problems)
    }

    fn take(&mut self, line: &[u8]) -> io::Result<()> {
        let text = std::str::from_utf8(line).map_err(io::Error::other)?;
        self.objects.push(trim::any(text)?);
        Ok(())
    }

    /// Writes objects as a recording.
    pub fn write<'a>(objects: impl IntoIterator<Item = &'a ClusterObject>) -> io::Result<Vec<u8>> {
        write_lines(objects.into_iter().map(|object| Ok(trim::restore(object)?)))
    }

    /// The objects, in the order of the file.
    pub fn objects(&self) -> &[ClusterObject] {
        &self.objects
    }

    /// What a watch on that cluster would have said: every object, then that this is all.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        self.objects.iter().cloned().map(Change::Put).chain([Change::Synced])
    }
}

#[cfg(test)]
mod tests;
