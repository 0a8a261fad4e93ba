//! What was in a cluster, in a file: one object a line (NDJSON), compressed with zstd.
//!
//! The lines are plain Kubernetes objects, so a recording can be made and looked at with other
//! tools too. A recording is trimmed as it is read, like everything that comes from a cluster.

use crate::trim;
use cofferdam_bounds::{Capped, Exceeded, Meter};
use cofferdam_model::{Change, ClusterObject, Location, Problem, ProblemKind};
use std::io::{self, BufRead, BufReader, Read as _, Write as _};

/// Bytes of one line. etcd takes no object over 1.5 MiB; escapes can make it longer.
const LINE_BYTES_MAX: u64 = 4 << 20;

/// Bytes of all lines: 100,000 pods and what belongs to them are half of it.
const BYTES_MAX: u64 = 1 << 30;

/// Objects of one recording; each costs some 400 bytes beside its text.
const OBJECTS_MAX: usize = 500_000;

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
        let limits = meter.limits();
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let limit = length.saturating_mul(limits.inflate_ratio).min(BYTES_MAX);
        let decoder = zstd::stream::read::Decoder::with_buffer(bytes).and_then(|mut decoder| {
            decoder.window_log_max(limits.zstd_window_log)?;
            Ok(Capped::new(decoder, limit, "bytes of the recording"))
        });
        match decoder {
            Ok(decoder) => Self::read_lines(BufReader::new(decoder), meter),
            Err(error) => (Self::default(), vec![problem(0, &error)]),
        }
    }

    /// Reads the lines alone, not compressed.
    pub fn read_lines(mut lines: impl BufRead, meter: &Meter) -> (Self, Vec<Problem>) {
        let mut recording = Self::default();
        let mut problems = Vec::new();
        let mut line = Vec::new();
        let mut number = 0_u64;
        loop {
            number += 1;
            match next_line(&mut lines, &mut line, meter) {
                Ok(Line::End) => break,
                Ok(Line::Whole) if line.trim_ascii().is_empty() => {}
                Ok(Line::Whole) if recording.objects.len() < OBJECTS_MAX => match object(&line) {
                    Ok(object) => recording.objects.push(object),
                    Err(error) => problems.push(problem(number, &error)),
                },
                Ok(Line::Whole) => {
                    let limit = u64::try_from(OBJECTS_MAX).unwrap_or(u64::MAX);
                    let what = Exceeded { what: "objects of the recording", limit };
                    problems.push(problem(number, &what.into()));
                    break;
                }
                Ok(Line::TooLong) => {
                    let what = Exceeded { what: "bytes of a line", limit: LINE_BYTES_MAX };
                    problems.push(problem(number, &what.into()));
                }
                Err(error) => {
                    problems.push(problem(number, &error));
                    break;
                }
            }
            if problems.len() >= meter.limits().problems {
                break;
            }
        }
        (recording, problems)
    }

    /// Writes objects as a recording.
    pub fn write<'a>(objects: impl IntoIterator<Item = &'a ClusterObject>) -> io::Result<Vec<u8>> {
        let mut encoder =
            zstd::stream::write::Encoder::new(Vec::new(), zstd::DEFAULT_COMPRESSION_LEVEL)?;
        for object in objects {
            encoder.write_all(trim::restore(object)?.as_bytes())?;
            encoder.write_all(b"\n")?;
        }
        encoder.finish()
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

/// What [`next_line`] found.
enum Line {
    Whole,
    /// Skipped.
    TooLong,
    End,
}

/// Reads a line into `line`, which holds no more than a part of it when it is too long.
fn next_line(lines: &mut impl BufRead, line: &mut Vec<u8>, meter: &Meter) -> io::Result<Line> {
    let mut is_long = false;
    loop {
        line.clear();
        let count = lines.take(LINE_BYTES_MAX).read_until(b'\n', line)?;
        meter.add_bytes(u64::try_from(count).unwrap_or(u64::MAX))?;
        let is_end = line.last() != Some(&b'\n');
        let is_full = u64::try_from(count).is_ok_and(|count| count == LINE_BYTES_MAX);
        if is_end && is_full {
            is_long = true;
        } else if is_long {
            return Ok(Line::TooLong);
        } else if count == 0 {
            return Ok(Line::End);
        } else {
            return Ok(Line::Whole);
        }
    }
}

fn object(line: &[u8]) -> Result<ClusterObject, io::Error> {
    let text = std::str::from_utf8(line).map_err(io::Error::other)?;
    Ok(trim::any(text)?)
}

fn problem(line: u64, error: &io::Error) -> Problem {
    let kind = match error.kind() {
        _ if Exceeded::within(error).is_some() => ProblemKind::BudgetExceeded,
        io::ErrorKind::UnexpectedEof => ProblemKind::Truncated,
        _ => ProblemKind::Malformed,
    };
    let detail = format!("recording, line {line}: {error}");
    Problem { kind, location: None::<Location>, detail }
}

#[cfg(test)]
mod tests;
