//! Values as YAML: in one line, or as lines of a block.

use serde_json::Value;

/// A value with maps around it, one for each key.
pub(super) fn nested(keys: &[String], value: Value) -> Value {
    keys.iter()
        .rev()
        .fold(value, |value, key| Value::Object(std::iter::once((key.clone(), value)).collect()))
}

/// A value in one line. JSON is YAML; a word that can only be a string stands without quotes where
/// YAML alone will read it.
pub(super) fn flow(value: &Value) -> String {
    // serde_json writes every value that it holds.
    value.to_string()
}

/// Lines that add `value` under these keys to a block that begins at a column; each begins with
/// its line break.
pub(super) fn block(keys: &[String], value: &Value, indent: usize) -> String {
    let [key, rest @ ..] = keys else { return String::new() };
    let value = nested(rest, value.clone());
    let mut out = String::new();
    entry(key, &value, indent, 0, &mut out);
    out
}

/// Patches are shallow; what is deeper stands in one line.
const DEPTH_MAX: usize = 16;

fn entry(key: &str, value: &Value, indent: usize, depth: usize, out: &mut String) {
    line(indent, out);
    out.push_str(&scalar(&Value::from(key)));
    out.push(':');
    match value {
        Value::Object(members) if !members.is_empty() && depth < DEPTH_MAX => {
            for (key, value) in members {
                entry(key, value, indent + 2, depth + 1, out);
            }
        }
        Value::Array(items) if !items.is_empty() && items.iter().all(is_scalar) => {
            for item in items {
                line(indent + 2, out);
                out.push_str("- ");
                out.push_str(&scalar(item));
            }
        }
        other => {
            out.push(' ');
            out.push_str(&scalar(other));
        }
    }
}

fn line(indent: usize, out: &mut String) {
    out.push('\n');
    out.extend(std::iter::repeat_n(' ', indent));
}

const fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Object(_) | Value::Array(_))
}

fn scalar(value: &Value) -> String {
    match value.as_str() {
        Some(text) if is_plain(text) => text.to_owned(),
        _ => flow(value),
    }
}

/// Words that YAML 1.1 reads as something else than a string.
const WORDS: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "nan"];

/// Whether YAML reads a text without quotes as this string: letters first, nothing that begins or
/// ends anything.
fn is_plain(text: &str) -> bool {
    let begins = text.starts_with(|first: char| first.is_ascii_alphabetic());
    let rest = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.' | '/');
    begins && text.chars().all(rest) && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}
