//! Objects as YAML, the way people write them, and where each value stands.
//!
//! Block style; a string is plain only where every reader of YAML 1.1 and 1.2 takes it for the
//! same string, in quotes otherwise (YAML 1.2.2, 7.3).

use serde_json::Value;
use std::collections::HashMap;

/// The keys that come first in an object.
const FIRST: [&str; 3] = ["apiVersion", "kind", "metadata"];
/// Words that some reader takes for something else than a string.
const WORDS: [&str; 11] =
    ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "~", "none"];

/// A document as YAML, in block style.
pub fn yaml(document: &Value) -> String {
    write(document).text
}

/// A text, and where each value of the object stands in it.
#[derive(Debug)]
pub(crate) struct Written {
    pub(crate) text: String,
    places: HashMap<String, Place>,
}

/// A region of the text: lines and columns from 1, the last column exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
    pub(crate) end_line: u32,
    pub(crate) end_column: u32,
}

impl Written {
    /// Where the value of a JSON pointer (RFC 6901) stands, with its key. What is not there is
    /// marked where it would be: at the innermost value around it.
    pub(crate) fn place(&self, pointer: &str) -> Option<Place> {
        let mut pointer = pointer;
        loop {
            if let Some(place) = self.places.get(pointer) {
                return Some(*place);
            }
            pointer = pointer.rsplit_once('/')?.0;
        }
    }
}

/// Writes an object. The depth is that of JSON that serde_json has read: at most 128.
pub(crate) fn write(object: &Value) -> Written {
    let mut writer = Writer::default();
    writer.children(object, "", 0, false);
    if writer.text.is_empty() {
        writer.scalar(object, 0);
        writer.text.push('\n');
    }
    Written { text: writer.text, places: writer.places }
}

#[derive(Default)]
struct Writer {
    text: String,
    places: HashMap<String, Place>,
    lines: u32,
    /// Where the current line begins.
    begin: usize,
}

impl Writer {
    fn column(&self) -> u32 {
        let line = self.text.get(self.begin..).unwrap_or_default();
        u32::try_from(line.chars().count()).unwrap_or(u32::MAX).saturating_add(1)
    }

    fn end_line(&mut self) {
        self.text.push('\n');
        self.lines = self.lines.saturating_add(1);
        self.begin = self.text.len();
    }

    /// The entries of a map or the elements of a list, each on lines of its own. `is_begun`: the
    /// first stands behind a dash that is written already.
    fn children(&mut self, value: &Value, pointer: &str, indent: usize, is_begun: bool) {
        let mut is_begun = is_begun;
        match value {
            Value::Object(map) => {
                let first = FIRST.iter().filter_map(|key| map.get_key_value(*key));
                let rest = map.iter().filter(|(key, _)| !FIRST.contains(&key.as_str()));
                for (key, value) in first.chain(rest) {
                    self.indent(indent, std::mem::take(&mut is_begun));
                    let (line, column) = (self.lines, self.column());
                    self.text.push_str(&plain(key));
                    self.text.push(':');
                    let pointer = format!("{pointer}/{}", escape(key));
                    // Lists stand under their key without more indentation, as kubectl prints them.
                    let inner = if value.is_array() { indent } else { indent + 2 };
                    self.value(value, pointer, inner, (line, column), false);
                }
            }
            Value::Array(list) => {
                for (index, value) in list.iter().enumerate() {
                    self.indent(indent, std::mem::take(&mut is_begun));
                    let (line, column) = (self.lines, self.column());
                    self.text.push('-');
                    let pointer = format!("{pointer}/{index}");
                    self.value(value, pointer, indent + 2, (line, column), true);
                }
            }
            _ => {}
        }
    }

    /// What stands behind a key or a dash.
    fn value(
        &mut self,
        value: &Value,
        pointer: String,
        indent: usize,
        (line, column): (u32, u32),
        is_element: bool,
    ) {
        let is_empty = match value {
            Value::Object(map) => map.is_empty(),
            Value::Array(list) => list.is_empty(),
            _ => true,
        };
        let end;
        if is_empty {
            self.text.push(' ');
            self.scalar(value, indent);
            end = (self.lines, self.column());
            self.end_line();
        } else if is_element {
            self.text.push(' ');
            end = (self.lines, self.column());
            self.children(value, &pointer, indent, true);
        } else {
            end = (self.lines, self.column());
            self.end_line();
            self.children(value, &pointer, indent, false);
        }
        let place = Place {
            line: line.saturating_add(1),
            column,
            end_line: end.0.saturating_add(1),
            end_column: end.1,
        };
        self.places.insert(pointer, place);
    }

    fn indent(&mut self, indent: usize, is_begun: bool) {
        if !is_begun {
            self.text.extend(std::iter::repeat_n(' ', indent));
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize) {
        match value {
            Value::String(text) => match block(text) {
                Some(lines) => self.block(text, lines, indent),
                None => self.text.push_str(&plain(text)),
            },
            // Flow style of what is empty, and JSON's own words, are YAML.
            other => self.text.push_str(&other.to_string()),
        }
    }

    /// A literal block (YAML 1.2.2, 8.1.2).
    fn block(&mut self, text: &str, lines: Vec<&str>, indent: usize) {
        self.text.push_str(if text.ends_with('\n') { "|" } else { "|-" });
        for line in lines {
            self.end_line();
            if !line.is_empty() {
                self.indent(indent, false);
                self.text.push_str(line);
            }
        }
    }
}

/// The lines of a text that can stand as a literal block and be read back the same: several, the
/// first of them not indented or empty, one line break at the end at most, nothing unprintable.
fn block(text: &str) -> Option<Vec<&str>> {
    let body = text.strip_suffix('\n').unwrap_or(text);
    let is_printable = |letter: char| letter == '\n' || letter == '\t' || !is_special(letter);
    let is_fit = body.contains('\n')
        && !body.ends_with('\n')
        && !body.starts_with([' ', '\n', '\t'])
        && text.chars().all(is_printable);
    is_fit.then(|| body.split('\n').collect())
}

/// Letters that YAML does not take as they are, or takes for a line break.
fn is_special(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// A string in one line: plain or in quotes. JSON's quotes are YAML's.
fn plain(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let quoted = Value::from(text).to_string();
    if !quoted.contains(is_special) {
        return quoted;
    }
    let escaped = |letter: char| -> String {
        if is_special(letter) { format!("\\u{:04x}", u32::from(letter)) } else { letter.into() }
    };
    quoted.chars().map(escaped).collect()
}

fn is_plain(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./@+=$%(),;".contains(&byte);
    let Some(first) = text.bytes().next() else { return false };
    let starts = first.is_ascii_alphabetic() || first == b'/' || first == b'_';
    // A colon before a space ends a key; a digit or a dot may begin a number or a date.
    let is_number_like = first.is_ascii_digit()
        && text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !text.bytes().all(|byte| byte.is_ascii_hexdigit() || b"xXoO.+-_:TZ".contains(&byte));
    let mut bytes = text.bytes().peekable();
    let mut is_clean = true;
    while let Some(byte) = bytes.next() {
        let next = bytes.peek().copied();
        is_clean &= match byte {
            b':' | b' ' => next.is_some_and(is_inner),
            _ => is_inner(byte),
        };
    }
    let lower = text.to_ascii_lowercase();
    (starts || is_number_like) && is_clean && !WORDS.contains(&&*lower)
}

fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::{Place, write};
    use serde_json::{Value, json};

    #[test]
    fn an_object_reads_as_kubectl_prints_it() {
        let object = json!({
            "spec": {
                "containers": [
                    { "image": "web:1", "command": ["sh", "-c", "a: b"], "securityContext": {} },
                ],
                "nodeSelector": {},
            },
            "kind": "Pod",
            "apiVersion": "v1",
            "metadata": { "name": "web", "labels": { "a/b": "true" } },
        });
        let written = write(&object);
        let read: Value = serde_saphyr::from_str(&written.text).unwrap();
        assert_eq!(read, object);
        assert!(written.text.starts_with("apiVersion: v1\nkind: Pod\nmetadata:\n"));
        let check = |pointer: &str, expected: &str| {
            let Place { line, column, end_line, end_column } = written.place(pointer).unwrap();
            assert_eq!(line, end_line, "{pointer}");
            let line = written.text.lines().nth(line as usize - 1).unwrap();
            assert_eq!(&line[column as usize - 1..end_column as usize - 1], expected, "{pointer}");
        };
        check("/kind", "kind: Pod");
        check("/spec/containers", "containers:");
        check("/spec/containers/0/image", "image: web:1");
        check("/spec/containers/0/command/2", "- \"a: b\"");
        check("/metadata/labels/a~1b", "a/b: \"true\"");
        check("/spec/containers/0/securityContext/privileged", "securityContext: {}");
    }

    /// Texts that some reader of YAML takes for something else than a string.
    const TEXTS: &str = "a|a b|a |a:|a: b|a:b|#a|a #b|- a|1|1.5|1e3|0x1f|0o7|012|12:30:45|true|No\
        |2026-11-21|2026-11-21T00:00:00Z|~|null|NaN|.inf|-.inf|.nan|=|<<|*a|&a|!a|%a|@a|`a|'a'\
        |\"a\"|{a|[a|a,b|a]|1Gi|100m|v1.34.4|10.0.0.1|1_000|0b1|---|...|>|? a|y|on|ü|🦀|a\\b";
    /// Texts with line breaks and what is not to be seen.
    const LINES: [&str; 20] = [
        "",
        " ",
        "|",
        "a\nb",
        "a\nb\n",
        "a\nb\n\n",
        "\na",
        " a\nb",
        "a\n\n b\n",
        "\t",
        "a\tb",
        "a\r\nb",
        "\u{0}",
        "\u{7f}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "a\n---\nb",
        "a\n\tb",
        "\n",
    ];

    #[test]
    fn what_is_written_is_read_back_the_same() {
        for text in TEXTS.split('|').chain(LINES) {
            let nested = json!({ "a": [{ "b": text }] });
            for value in [json!({ text: text }), json!([text, [text]]), nested] {
                let written = write(&value);
                let read: Result<Value, _> = serde_saphyr::from_str(&written.text);
                assert_eq!(read.ok().as_ref(), Some(&value), "{text:?}:\n{}", written.text);
            }
        }
    }
}
