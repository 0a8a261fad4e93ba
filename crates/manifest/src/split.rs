//! Where the documents of a file begin and end, and which characters cannot be in them.

use crate::yaml::MARKER;
use memchr::memmem::Finder;

/// What stands between two markers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// Behind the marker, if there is one.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Where the marker before it stands.
    pub(crate) marker: Option<usize>,
}

/// The parts of a text from an offset on. A marker is `---` at the beginning of a line, with white
/// space or, as `kubectl` has it, a comment right behind it.
pub(crate) fn split(text: &str, from: usize) -> impl Iterator<Item = Part> {
    let finder = Finder::new("\n---").into_owned();
    let bytes = text.as_bytes();
    let marks = move |at: usize| {
        bytes.get(at..at + MARKER) == Some(b"---")
            && matches!(bytes.get(at + MARKER), None | Some(b' ' | b'\t' | b'\r' | b'\n' | b'#'))
    };
    let first = if marks(from) { Some(from) } else { None };
    let mut next = Some((from, first));
    std::iter::from_fn(move || {
        let (start, marker) = next.take()?;
        let start = marker.map_or(start, |marker| marker + MARKER);
        // From the end of the marker, which may end with the line that the next one follows.
        let mut at = start;
        let end = loop {
            let Some(found) = bytes.get(at..).and_then(|rest| finder.find(rest)) else {
                break bytes.len();
            };
            at += found + 1;
            if marks(at) {
                next = Some((at, Some(at)));
                break at;
            }
        };
        Some(Part { start, end, marker })
    })
}

/// The first character of a text, from an offset on, that YAML does not allow.
pub(crate) fn forbidden(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    let suspect = |byte: &u8| {
        let control = *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
        control || *byte >= 0x7F
    };
    // Most text is plain ASCII, which is soon seen.
    let mut chunks = rest.as_bytes().chunks(1 << 12);
    // Without a way out in the middle, sixteen bytes or more are looked at in one step.
    let any = |chunk: &[u8]| chunk.iter().fold(false, |found, byte| found | suspect(byte));
    let start = chunks.position(any)?;
    let mut at = start << 12;
    while !rest.is_char_boundary(at) {
        at -= 1;
    }
    let bad = |character: char| match character {
        '\t' | '\n' | '\r' | '\u{85}' => false,
        '\u{fffe}' | '\u{ffff}' => true,
        _ => character.is_control(),
    };
    let tail = rest.get(at..)?;
    tail.char_indices().find(|(_, character)| bad(*character)).map(|(offset, _)| from + at + offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markers_stand_at_the_beginning_of_a_line() {
        let check = |text: &str, expected: &[&str]| {
            let found: Vec<&str> = split(text, 0).map(|part| &text[part.start..part.end]).collect();
            assert_eq!(found, expected, "{text:?}");
        };
        check("", &[""]);
        check("a", &["a"]);
        check("---", &[""]);
        check("---\n---\n", &["\n", "\n"]);
        check("a\n---\nb\n --- \n---#c\n----\n---x", &["a\n", "\nb\n --- \n", "#c\n----\n---x"]);
        check("--- a\r\n---\r\nb", &[" a\r\n", "\r\nb"]);
    }

    #[test]
    fn control_characters_are_found() {
        for (text, place) in [
            ("a\tb\r\n\u{85}\u{a0}\u{2028}\u{feff}\u{1f600}", None),
            ("a\u{1}", Some(1)),
            ("\u{e4}\u{7f}", Some(2)),
            ("ab\u{80}", Some(2)),
            ("ab\u{ffff}", Some(2)),
        ] {
            assert_eq!(forbidden(text, 0), place, "{text:?}");
            let long = format!("{}{text}", "\u{e4}".repeat(5_000));
            assert_eq!(forbidden(&long, 0), place.map(|place| place + 10_000), "{text:?}");
        }
    }
}
