//! Text for people: safe, short, in whole words.

use std::borrow::Cow;

/// Makes text from a target harmless for a terminal: control characters, with which an image
/// could rewrite its own report, and invisible reordering marks are shown as escapes.
pub fn safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let escape = |character: char| {
        if is_hostile(character) {
            character.escape_unicode().to_string()
        } else {
            character.to_string()
        }
    };
    Cow::Owned(text.chars().map(escape).collect())
}

/// Control characters, what else ends a line, and the marks that reorder or hide text (Unicode
/// TR 36, "Bidirectional Text Spoofing").
fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}'
        )
}

/// `text` in at most `width` characters, with an ellipsis where something was cut.
pub(crate) fn cut(text: &str, width: usize) -> Cow<'_, str> {
    if text.chars().count() <= width {
        return Cow::Borrowed(text);
    }
    let kept: String = text.chars().take(width.saturating_sub(1)).collect();
    Cow::Owned(format!("{}…", kept.trim_end()))
}

/// `text` in at most `width` characters, with an ellipsis in the middle: of a path both ends say
/// more than what lies between.
pub(crate) fn cut_middle(text: &str, width: usize) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= width {
        return Cow::Borrowed(text);
    }
    let kept = width.saturating_sub(1);
    // The file name is at the end, so the end gets more.
    let head = kept / 3;
    let tail = kept - head;
    let head: String = text.chars().take(head).collect();
    let tail: String = text.chars().skip(length - tail).collect();
    Cow::Owned(format!("{head}…{tail}"))
}

/// Breaks text at spaces into lines of at most `width` characters.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// `1 package`, `2 packages`, `12,345 policies`.
pub(crate) fn count(number: usize, one: &str) -> String {
    let plural = match one.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{one}s"),
    };
    format!("{} {}", thousands(number), if number == 1 { one } else { &plural })
}

/// Digits in groups of three.
pub(crate) fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Bytes in binary units with at most one decimal.
pub(crate) fn bytes(number: u64) -> String {
    const UNITS: [&str; 5] = ["bytes", "KiB", "MiB", "GiB", "TiB"];
    let mut value = number as f64;
    let mut units = UNITS.iter();
    let mut unit = units.next().copied().unwrap_or_default();
    while value >= 1024.0
        && let Some(next) = units.next()
    {
        value /= 1024.0;
        unit = next;
    }
    if unit == "bytes" || value >= 100.0 {
        format!("{value:.0} {unit}")
    } else {
        format!("{value:.1} {unit}")
    }
}

/// A probability as people say it: `12 %`, `0.4 %`, `< 0.1 %`; certain is none.
pub(crate) fn percent(probability: f64) -> String {
    let percent = probability * 100.0;
    if percent >= 99.95 {
        "> 99.9 %".to_owned()
    } else if percent >= 99.0 {
        format!("{percent:.1} %")
    } else if percent >= 10.0 {
        format!("{percent:.0} %")
    } else if percent >= 0.1 {
        format!("{percent:.1} %")
    } else {
        "< 0.1 %".to_owned()
    }
}

/// The day of a time, in UTC.
pub(crate) fn day(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_an_image_says_reaches_the_terminal_as_a_command() {
        assert_eq!(safe("libc6"), "libc6");
        assert_eq!(safe("a\x1b[2Jb\rc"), "a\\u{1b}[2Jb\\u{d}c");
        assert_eq!(safe("evil\u{202e}txt"), "evil\\u{202e}txt");
    }

    #[test]
    fn numbers() {
        assert_eq!(count(1, "package"), "1 package");
        assert_eq!(count(1_234_567, "vulnerability"), "1,234,567 vulnerabilities");
        assert_eq!(bytes(0), "0 bytes");
        assert_eq!(bytes(1536), "1.5 KiB");
        assert_eq!(bytes(640 << 20), "640 MiB");
        assert_eq!(percent(0.944), "94 %");
        assert_eq!(percent(0.99), "99.0 %");
        assert_eq!(percent(0.998), "99.8 %");
        assert_eq!(percent(0.99996), "> 99.9 %");
        assert_eq!(percent(0.0042), "0.4 %");
        assert_eq!(percent(0.0001), "< 0.1 %");
        assert_eq!(cut("abcdef", 6), "abcdef");
        assert_eq!(cut("abc def", 5), "abc…");
        assert_eq!(cut_middle("abcdef", 6), "abcdef");
        assert_eq!(cut_middle("usr/share/doc/bash/copyright", 16), "usr/s…/copyright");
    }
}
