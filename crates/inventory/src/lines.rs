//! Lines of a file of any size.

use crate::gather::Gather;
use cofferdam_bounds::{ReadAt, Spool, Window};
use cofferdam_model::ProblemKind;
use std::io::{self, BufRead, BufReader};

/// Bytes of one line. `Provides` of Debian's largest metapackages has about 100 KiB.
const LINE_BYTES: usize = 1 << 20;

/// Bytes of one file. The databases of the largest systems have 20 MiB.
const FILE_BYTES: u64 = 256 << 20;

/// Shows each line without its line feed; a file that does not end with one is fine. Lines over
/// the limit are left out, and a problem.
pub(crate) fn for_each_line(
    content: &Spool,
    gather: &mut Gather<'_>,
    show: &mut dyn FnMut(&mut Gather<'_>, &[u8]),
) {
    if content.size() > FILE_BYTES {
        let detail = format!("only the first {FILE_BYTES} bytes were read");
        gather.problem(ProblemKind::BudgetExceeded, detail);
    }
    let mut reader = BufReader::new(Window::new(content, 0, FILE_BYTES));
    let mut line = Vec::new();
    loop {
        match next_line(&mut reader, &mut line) {
            Ok(Line::Whole) => show(gather, &line),
            Ok(Line::TooLong) => {
                let detail = format!("a line of more than {LINE_BYTES} bytes was left out");
                gather.problem(ProblemKind::BudgetExceeded, detail);
            }
            Ok(Line::End) => return,
            Err(error) => return gather.problem(ProblemKind::Unreadable, error.to_string()),
        }
    }
}

enum Line {
    Whole,
    TooLong,
    End,
}

fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let mut outcome = Line::End;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(outcome);
        }
        let end = memchr::memchr(b'\n', buffer);
        let part = buffer.get(..end.unwrap_or(buffer.len())).unwrap_or_default();
        outcome = match outcome {
            Line::Whole | Line::End if line.len() + part.len() <= LINE_BYTES => {
                line.extend_from_slice(part);
                Line::Whole
            }
            _ => Line::TooLong,
        };
        let consumed = part.len() + usize::from(end.is_some());
        reader.consume(consumed);
        if end.is_some() {
            return Ok(outcome);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cofferdam_bounds::Limits;

    fn check(text: &[u8], expected: &[&[u8]], problems: usize) {
        let spool = Spool::new(text, 1 << 10, 1 << 30, "x").unwrap();
        let limits = Limits::default();
        let mut gather = Gather::new("x", &limits);
        let mut lines = Vec::new();
        for_each_line(&spool, &mut gather, &mut |_, line| lines.push(line.to_vec()));
        assert_eq!(lines, expected);
        assert_eq!(gather.finish().problems.len(), problems);
    }

    #[test]
    fn lines_of_all_lengths() {
        check(b"", &[], 0);
        check(b"a\n\nb", &[b"a", b"", b"b"], 0);
        check(b"a\n", &[b"a"], 0);
        let long = vec![b'x'; LINE_BYTES];
        check(&[&*long, b"\nb"].concat(), &[&long, b"b"], 0);
        check(&[&*long, b"y\nb\n", &long, b"y"].concat(), &[b"b"], 2);
    }
}
