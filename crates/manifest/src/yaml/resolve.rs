//! What a scalar is: YAML 1.1's words for truth and nothing, numbers, and tags that insist.

use super::{
    Scalar, Yaml,
    number::{Number, float_key, number, through_json},
    properties::Tag,
};
use crate::{
    fault::Fault,
    tree::{Key, Leaf, Text},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};

/// What a scalar turned out to be.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Meaning {
    String(Text),
    Null,
    Bool(bool),
    Number(Number),
    /// A number that JSON does not have, by its name as a key.
    Endless(&'static str),
}

/// A key, or the sign that entries of another map come in here.
#[derive(Clone, Copy, Debug)]
pub(super) enum Name {
    Key(Key),
    Merge,
}

/// Words that are no strings, by their first letter.
fn word(text: &str) -> Option<Meaning> {
    let meaning = match text {
        "" | "~" | "null" | "Null" | "NULL" => Meaning::Null,
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Meaning::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Meaning::Bool(false)
        }
        ".nan" | ".NaN" | ".NAN" => Meaning::Endless(".nan"),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Meaning::Endless(".inf"),
        "-.inf" | "-.Inf" | "-.INF" => Meaning::Endless("-.inf"),
        _ => return None,
    };
    Some(meaning)
}

/// What text without quotes is, if it is no string.
fn plain(text: &str) -> Option<Meaning> {
    let first = text.as_bytes().first();
    let short = text.len() <= "false".len();
    match first {
        Some(b'0'..=b'9') => number(text).map(Meaning::Number),
        Some(b'+' | b'-' | b'.') => word(text).or_else(|| number(text).map(Meaning::Number)),
        None | Some(b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~')
            if short =>
        {
            word(text)
        }
        _ => None,
    }
}

impl Yaml<'_, '_> {
    /// The scalar as a value.
    pub(super) fn value_of(&mut self, scalar: &Scalar, tag: Option<Tag>) -> Result<Leaf, Fault> {
        let at = scalar.span.start as usize;
        Ok(match self.meaning(scalar, tag)? {
            Meaning::String(text) => Leaf::String(text),
            Meaning::Null => Leaf::Null,
            Meaning::Bool(value) => Leaf::Bool(value),
            Meaning::Number(Number::Int(value)) => Leaf::Int(value),
            Meaning::Number(Number::Large(value)) => Leaf::Float(value as f64),
            Meaning::Number(Number::Float(value)) => match through_json(value) {
                Number::Int(whole) => Leaf::Int(whole),
                _ => Leaf::Float(value),
            },
            Meaning::Endless(name) => {
                return Err(Fault::unsupported(
                    at,
                    format!("{name} is a number JSON does not have"),
                ));
            }
        })
    }

    /// The scalar as a key. Kubernetes makes a string of whatever it is.
    pub(super) fn name_of(&mut self, scalar: &Scalar, tag: Option<Tag>) -> Result<Name, Fault> {
        let merges =
            scalar.plain && matches!(tag, None | Some(Tag::Plain)) || tag == Some(Tag::Merge);
        if merges && self.builder.slice(scalar.text) == "<<" {
            return Ok(Name::Merge);
        }
        let at = scalar.span.start as usize;
        let text = match self.meaning(scalar, tag)? {
            Meaning::String(text) => text,
            Meaning::Bool(value) => self.written(scalar, if value { "true" } else { "false" }),
            Meaning::Number(Number::Int(value)) => self.written(scalar, &value.to_string()),
            Meaning::Number(Number::Float(value)) => self.written(scalar, &float_key(value)),
            Meaning::Endless(name) => self.written(scalar, name),
            Meaning::Null => return Err(Fault::unsupported(at, "null as a key")),
            Meaning::Number(Number::Large(_)) => {
                return Err(Fault::unsupported(at, "a number as a key that is too large"));
            }
        };
        Ok(Name::Key(Key { span: scalar.span, text }))
    }

    /// The text of a key that is no string: where it stands, if it is written so there.
    fn written(&mut self, scalar: &Scalar, text: &str) -> Text {
        if self.builder.slice(scalar.text) == text {
            return scalar.text;
        }
        let mark = self.builder.buffer().len();
        self.builder.buffer().push_str(text);
        self.builder.since(mark)
    }

    fn meaning(&mut self, scalar: &Scalar, tag: Option<Tag>) -> Result<Meaning, Fault> {
        let string = Meaning::String(scalar.text);
        let Some(tag) = tag else {
            let found = if scalar.plain { plain(self.builder.slice(scalar.text)) } else { None };
            return Ok(found.unwrap_or(string));
        };
        if tag == Tag::Binary {
            return self.binary(scalar);
        }
        let found = plain(self.builder.slice(scalar.text));
        let fits = match (tag, found) {
            (Tag::String | Tag::Merge | Tag::Plain | Tag::Other | Tag::Binary, _) => Some(string),
            (Tag::Null, Some(Meaning::Null))
            | (Tag::Bool, Some(Meaning::Bool(_)))
            | (Tag::Int, Some(Meaning::Number(Number::Int(_) | Number::Large(_))))
            | (Tag::Float, Some(Meaning::Number(Number::Float(_)) | Meaning::Endless(_))) => found,
            (Tag::Float, Some(Meaning::Number(Number::Int(value)))) => {
                Some(Meaning::Number(Number::Float(value as f64)))
            }
            _ => None,
        };
        let at = scalar.span.start as usize;
        fits.ok_or_else(|| Fault::malformed(at, "a value that its tag does not fit"))
    }

    /// What base64 stands for. A byte that is not part of UTF-8 becomes U+FFFD, as in JSON.
    fn binary(&mut self, scalar: &Scalar) -> Result<Meaning, Fault> {
        let text = self.builder.slice(scalar.text).replace(['\r', '\n'], "");
        let wrong = |_| Fault::malformed(scalar.span.start as usize, "!!binary that is not base64");
        let bytes = STANDARD.decode(text).map_err(wrong)?;
        let mark = self.builder.buffer().len();
        for chunk in bytes.utf8_chunks() {
            self.builder.buffer().push_str(chunk.valid());
            for _ in chunk.invalid() {
                self.builder.buffer().push(char::REPLACEMENT_CHARACTER);
            }
        }
        Ok(Meaning::String(self.builder.since(mark)))
    }
}
