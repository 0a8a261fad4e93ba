//! Paths as archives write them, made into paths from the root.

use cofferdam_bounds::Limits;
use cofferdam_model::ProblemKind;
use std::{borrow::Cow, fmt::Write as _};

/// Why a path is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BadPath {
    pub(crate) kind: ProblemKind,
    pub(crate) detail: &'static str,
}

const fn bad(kind: ProblemKind, detail: &'static str) -> BadPath {
    BadPath { kind, detail }
}

/// A name as text, each name as one of its own: were two shown alike, one would hide the other.
/// What is not UTF-8 is written byte by byte, each as U+FFFD and two hexadecimal digits, and so
/// is a U+FFFD that is really there. Slashes and dots are what they were.
pub(crate) fn shown(name: &[u8]) -> Cow<'_, str> {
    match str::from_utf8(name) {
        Ok(text) if !text.contains(char::REPLACEMENT_CHARACTER) => Cow::Borrowed(text),
        _ => Cow::Owned(escaped(name)),
    }
}

fn escaped(name: &[u8]) -> String {
    let mut text = String::with_capacity(name.len());
    let escape = |text: &mut String, bytes: &[u8]| {
        for byte in bytes {
            // Writing to a string does not fail.
            let _ = write!(text, "{}{byte:02x}", char::REPLACEMENT_CHARACTER);
        }
    };
    for chunk in name.utf8_chunks() {
        for (index, part) in chunk.valid().split(char::REPLACEMENT_CHARACTER).enumerate() {
            if index > 0 {
                escape(&mut text, "\u{fffd}".as_bytes());
            }
            text.push_str(part);
        }
        escape(&mut text, chunk.invalid());
    }
    text
}

/// Writes `raw` without leading, doubled and trailing slashes and without `.` into `into`; the
/// root itself becomes the empty path. A `..` is refused: whoever extracts such a path may land
/// anywhere, so nobody can say what it is the path of.
pub(crate) fn normalize(raw: &str, limits: &Limits, into: &mut String) -> Result<(), BadPath> {
    into.clear();
    let mut depth = 0;
    for component in components(raw, limits)? {
        if component == ".." {
            return Err(bad(ProblemKind::Traversal, "path has a component .."));
        }
        depth += 1;
        push(component, into);
    }
    check_depth(depth, limits)
}

/// The same for the target of a hard link, where `..` is resolved and only one that leaves the
/// root is refused.
pub(crate) fn normalize_target(raw: &str, limits: &Limits) -> Result<String, BadPath> {
    let mut stack = Vec::new();
    for component in components(raw, limits)? {
        if component == ".." {
            stack.pop().ok_or(bad(ProblemKind::Traversal, "hard link to outside of the root"))?;
        } else {
            stack.push(component);
        }
    }
    check_depth(stack.len(), limits)?;
    Ok(stack.join("/"))
}

fn components<'a>(
    raw: &'a str,
    limits: &Limits,
) -> Result<impl Iterator<Item = &'a str> + use<'a>, BadPath> {
    if raw.len() > limits.path_bytes {
        return Err(bad(ProblemKind::BudgetExceeded, "path is longer than its limit"));
    }
    if raw.contains('\0') {
        return Err(bad(ProblemKind::Traversal, "path has a zero byte"));
    }
    Ok(raw.split('/').filter(|component| !matches!(*component, "" | ".")))
}

const fn check_depth(depth: usize, limits: &Limits) -> Result<(), BadPath> {
    if depth > limits.path_depth {
        return Err(bad(ProblemKind::BudgetExceeded, "path is deeper than its limit"));
    }
    Ok(())
}

fn push(component: &str, into: &mut String) {
    if !into.is_empty() {
        into.push('/');
    }
    into.push_str(component);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(raw: &str, expected: &str) {
        let mut path = String::new();
        let result = normalize(raw, &Limits::default(), &mut path);
        let shown = result.map_or_else(|bad| format!("{:?}", bad.kind), |()| path);
        assert_eq!(shown, expected, "{raw:?}");
    }

    #[test]
    fn entry_paths() {
        check("./", "");
        check("/", "");
        check("./etc//passwd", "etc/passwd");
        check("/usr/./bin/", "usr/bin");
        check("a..b/...", "a..b/...");
        check("a/../b", "Traversal");
        check("..", "Traversal");
        check("a\0b", "Traversal");
        check(&"a/".repeat(256), &["a"; 256].join("/"));
        check(&"a/".repeat(257), "BudgetExceeded");
        check(&"a".repeat(4097), "BudgetExceeded");
    }

    #[test]
    fn no_two_names_are_shown_alike() {
        let check = |name: &[u8], expected: &str| assert_eq!(shown(name), expected, "{name:?}");
        check("a/ü/.wh.b".as_bytes(), "a/ü/.wh.b");
        check(b"a\xff/b", "a\u{fffd}ff/b");
        check(b"a\xfe/b", "a\u{fffd}fe/b");
        check("\u{fffd}".as_bytes(), "\u{fffd}ef\u{fffd}bf\u{fffd}bd");
        check("\u{fffd}ff".as_bytes(), "\u{fffd}ef\u{fffd}bf\u{fffd}bdff");
        check(b".wh.\xe2\x82x", ".wh.\u{fffd}e2\u{fffd}82x");
    }

    #[test]
    fn link_targets() {
        let target = |raw| normalize_target(raw, &Limits::default()).ok();
        assert_eq!(target("./a/b/../c").as_deref(), Some("a/c"));
        assert_eq!(target("/a/..").as_deref(), Some(""));
        assert_eq!(target("a/../../b"), None);
    }
}
