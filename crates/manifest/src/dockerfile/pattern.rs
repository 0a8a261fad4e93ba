//! Shell patterns in variables: `${name#pattern}`, `${name%pattern}`, `${name/pattern/text}`.

use regex::{Regex, RegexBuilder};

/// Bytes of a compiled pattern: patterns are a few characters long.
const COMPILED_BYTES_MAX: usize = 1 << 20;

/// Bytes of a value after replacing.
const REPLACED_BYTES_MAX: usize = 64 << 10;

/// Takes what matches off the front (`#`) or the end (`%`) of `value`; the shortest match, the
/// longest when the pattern begins with the operator once more.
pub(super) fn trim(operator: char, pattern: &str, value: &str) -> Result<String, String> {
    let (greedy, pattern) = pattern.strip_prefix(operator).map_or((false, pattern), |p| (true, p));
    if operator == '#' {
        let regex = compile(pattern, greedy, true)?;
        let end = regex.find(value).map_or(0, |found| found.end());
        return Ok(value.get(end..).unwrap_or_default().to_owned());
    }
    // A regular expression finds the leftmost match, and this needs the rightmost: all reversed.
    let reversed: String = value.chars().rev().collect();
    let regex = compile(&reverse(pattern), greedy, true)?;
    let end = regex.find(&reversed).map_or(0, |found| found.end());
    Ok(reversed.get(end..).unwrap_or_default().chars().rev().collect())
}

/// Replaces the first match, or all.
pub(super) fn replace(
    pattern: &str,
    replacement: &str,
    value: &str,
    everywhere: bool,
) -> Result<String, String> {
    let regex = compile(pattern, true, false)?;
    if everywhere {
        let room = REPLACED_BYTES_MAX / value.len().saturating_add(1);
        if replacement.len() > room {
            return Err(format!("a value is over its limit of {REPLACED_BYTES_MAX} bytes"));
        }
        return Ok(regex.replace_all(value, replacement).into_owned());
    }
    Ok(regex.replacen(value, 1, regex::NoExpand(replacement)).into_owned())
}

/// `*` is any text, `?` one character, a backslash takes the meaning off both. There are no
/// bracket expressions.
fn compile(pattern: &str, greedy: bool, anchored: bool) -> Result<Regex, String> {
    let mut regex = String::from(if anchored { "^" } else { "" });
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '*' => regex.push_str(if greedy { ".*" } else { ".*?" }),
            '?' => regex.push('.'),
            '\\' if matches!(rest.peek(), Some('}' | '/')) => {}
            '\\' => match rest.next() {
                Some(c @ ('*' | '?' | '\\')) => regex.extend(['\\', c]),
                _ => return Err(format!("the pattern {pattern:?} has an escape without meaning")),
            },
            c => regex.push_str(&regex::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    let built = RegexBuilder::new(&regex).size_limit(COMPILED_BYTES_MAX).build();
    built.map_err(|_| format!("the pattern {pattern:?} cannot be used"))
}

/// A pattern from its end, each escape still before what it escapes.
fn reverse(pattern: &str) -> String {
    let mut parts = Vec::new();
    let mut rest = pattern.chars().peekable();
    while let Some(c) = rest.next() {
        parts.push((c, if c == '\\' { rest.next() } else { None }));
    }
    parts.into_iter().rev().flat_map(|(c, escaped)| [Some(c), escaped]).flatten().collect()
}
