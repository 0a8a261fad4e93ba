//! Files of lines (NDJSON), compressed with zstd: what recordings are made of.

use cofferdam_bounds::{Capped, Exceeded, Meter};
use cofferdam_model::{Location, Problem, ProblemKind};
use std::io::{self, BufRead, BufReader, Read as _, Write as _};

/// Bytes of one line. etcd takes no object over 1.5 MiB; escapes can make it longer.
pub(crate) const LINE_BYTES_MAX: u64 = 4 << 20;

/// How much of a file is read.
#[derive(Clone, Copy, Debug)]
pub struct Lines {
    /// What a line holds, for who reads of a limit: `objects of the recording`.
    pub what: &'static str,
    /// Lines that hold something.
    pub count: usize,
    /// Bytes of all lines.
    pub bytes: u64,
}

impl Lines {
    /// Gives each line to `take`, as far as they can be read and with what could not. A line that
    /// `take` refuses costs no other.
    pub fn read(
        self,
        bytes: &[u8],
        meter: &Meter,
        take: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Vec<Problem> {
        let limits = meter.limits();
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let limit = length.saturating_mul(limits.inflate_ratio).min(self.bytes);
        let decoder = zstd::stream::read::Decoder::with_buffer(bytes).and_then(|mut decoder| {
            decoder.window_log_max(limits.zstd_window_log)?;
            Ok(Capped::new(decoder, limit, "bytes of the recording"))
        });
        match decoder {
            Ok(decoder) => self.read_plain(BufReader::new(decoder), meter, take),
            Err(error) => vec![problem(0, &error)],
        }
    }

    /// The same of lines that are not compressed.
    pub fn read_plain(
        self,
        mut lines: impl BufRead,
        meter: &Meter,
        mut take: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut line = Vec::new();
        let (mut number, mut taken) = (0_u64, 0_usize);
        loop {
            number += 1;
            match next_line(&mut lines, &mut line, meter) {
                Ok(Line::End) => break,
                Ok(Line::Whole) if line.trim_ascii().is_empty() => {}
                Ok(Line::Whole) if taken < self.count => match take(&line) {
                    Ok(()) => taken += 1,
                    Err(error) => problems.push(problem(number, &error)),
                },
                Ok(Line::Whole) => {
                    let limit = u64::try_from(self.count).unwrap_or(u64::MAX);
                    problems.push(problem(number, &Exceeded { what: self.what, limit }.into()));
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
        problems
    }
}

/// Compresses lines, each without its end.
pub fn write_lines(
    lines: impl IntoIterator<Item = io::Result<impl AsRef<[u8]>>>,
) -> io::Result<Vec<u8>> {
    let mut encoder =
        zstd::stream::write::Encoder::new(Vec::new(), zstd::DEFAULT_COMPRESSION_LEVEL)?;
    for line in lines {
        encoder.write_all(line?.as_ref())?;
        encoder.write_all(b"\n")?;
    }
    encoder.finish()
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

fn problem(line: u64, error: &io::Error) -> Problem {
    let kind = match error.kind() {
        _ if Exceeded::within(error).is_some() => ProblemKind::BudgetExceeded,
        io::ErrorKind::UnexpectedEof => ProblemKind::Truncated,
        _ => ProblemKind::Malformed,
    };
    let detail = format!("recording, line {line}: {error}");
    Problem { kind, location: None::<Location>, detail }
}
