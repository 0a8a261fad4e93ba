//! JSON with sorted keys, byte for byte as Go writes it, so that it can be compared.

use super::{Value, View};
use std::fmt::Write as _;

/// Writes a value.
pub(super) fn write(view: View<'_>, out: &mut String) {
    match view.value() {
        Value::Null => out.push_str("null"),
        Value::Bool(value) => out.push_str(if value { "true" } else { "false" }),
        Value::Int(value) => out.push_str(&value.to_string()),
        Value::Float(value) => float(value, out),
        Value::String(text) => string(text, out),
        Value::List => {
            for (position, element) in view.elements().enumerate() {
                out.push(if position == 0 { '[' } else { ',' });
                write(element, out);
            }
            out.push_str(if view.is_empty() { "[]" } else { "]" });
        }
        Value::Map => {
            let mut entries: Vec<(&str, View<'_>)> = view.entries().collect();
            entries.sort_by_key(|(key, _)| *key);
            for (position, (key, value)) in entries.into_iter().enumerate() {
                out.push(if position == 0 { '{' } else { ',' });
                string(key, out);
                out.push(':');
                write(value, out);
            }
            out.push_str(if view.is_empty() { "{}" } else { "}" });
        }
    }
}

/// Go has an exponent below a millionth and from 10^21 on.
fn float(value: f64, out: &mut String) {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let scientific = format!("{value:e}");
        let plus = if size >= 1e21 { "e+" } else { "e" };
        out.push_str(&scientific.replace('e', plus));
    } else {
        let _ = write!(out, "{value}");
    }
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(character));
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}
