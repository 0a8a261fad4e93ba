//! JSON as all readers of an image understand it. Go's `encoding/json`, which container runtimes
//! use, takes a key for a field whatever its case, and of several the last; other readers compare
//! exactly. A document in which that makes a difference is refused.

use super::DocumentError;
use cofferdam_bounds::Exceeded;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::{cell::Cell, collections::HashSet, fmt};

/// Fields whose keys are names that somebody chose: they are compared exactly, as Go does too.
const FREE: [&str; 4] = ["labels", "annotations", "exposedports", "volumes"];

/// Values that a document may have where we look. Real ones have some thousands; each takes up to
/// 700 bytes of memory.
const VALUES: u64 = 100_000;

/// Reads a document whose size was checked. Of its fields it keeps those that are in `names`,
/// and calls them as `names` does.
pub(crate) fn read(bytes: &[u8], names: &[&'static str]) -> Result<Value, DocumentError> {
    let left = Cell::new(VALUES);
    let fault = Cell::new(None);
    let seed = Strict { names, free: false, left: &left, fault: &fault };
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = seed.deserialize(&mut deserializer);
    let value = value.map_err(|error| fault.take().unwrap_or(DocumentError::Json(error)))?;
    deserializer.end()?;
    Ok(value)
}

/// Makes a value of what comes next.
#[derive(Clone, Copy)]
struct Strict<'a> {
    names: &'a [&'static str],
    /// Within a field of free keys.
    free: bool,
    left: &'a Cell<u64>,
    /// The error that the parser's own stands for.
    fault: &'a Cell<Option<DocumentError>>,
}

impl Strict<'_> {
    fn fail<E: serde::de::Error>(&self, error: DocumentError) -> E {
        let message = E::custom(&error);
        self.fault.set(Some(error));
        message
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let Some(left) = self.left.get().checked_sub(1) else {
            let exceeded = Exceeded { what: "values of a document", limit: VALUES };
            return Err(self.fail(exceeded.into()));
        };
        self.left.set(left);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(text.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = list.next_element_seed(self)? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        let mut seen = HashSet::new();
        while let Some(key) = object.next_key::<String>()? {
            if self.free {
                fields.insert(key, object.next_value_seed(self)?);
                continue;
            }
            let folded = fold(&key);
            let name = self.names.iter().find(|name| fold(name) == folded);
            let free = FREE.contains(&&*folded);
            if !seen.insert(folded) {
                return Err(self.fail(DocumentError::Twice(key.chars().take(100).collect())));
            }
            if let Some(name) = name {
                let value = object.next_value_seed(Strict { free, ..self })?;
                fields.insert((*name).to_owned(), value);
            } else {
                object.next_value::<IgnoredAny>()?;
            }
        }
        Ok(Value::Object(fields))
    }
}

/// A key without its case, as Go folds it: besides A to Z two more letters stand for one of
/// ASCII, the long s and the Kelvin sign.
fn fold(key: &str) -> String {
    let letters = key.chars().map(|letter| match letter {
        '\u{17f}' => 's',
        '\u{212a}' => 'k',
        letter => letter.to_ascii_lowercase(),
    });
    letters.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let names = ["layers", "User", "Labels", "diff_ids"];
        let found = match read(text.as_bytes(), &names) {
            // Whether a map keeps the order of its keys is for others in the build to say.
            Ok(value) => match expected.parse::<Value>() {
                Ok(same) if same == value => expected.to_owned(),
                _ => value.to_string(),
            },
            Err(DocumentError::Twice(key)) => format!("twice {key}"),
            Err(DocumentError::Exceeded(error)) => error.what.to_owned(),
            Err(_) => "broken".to_owned(),
        };
        assert_eq!(found, expected, "{}", text.chars().take(200).collect::<String>());
    }

    #[test]
    fn keys_that_readers_tell_apart_differently() {
        check(r#"{"layers":[1],"Layers":[2]}"#, "twice Layers");
        check(r#"{"layers":[1],"layers":[2]}"#, "twice layers");
        check(r#"{"layers":[1],"layer\u017f":[2]}"#, "twice layer\u{17f}");
        check(r#"{"layers":[1],"\u006cayers":[2]}"#, "twice layers");
        check(r#"{"a":{"x":1,"X":2},"layers":[{"user":"","USER":null}]}"#, "twice USER");
        check(r#"{"unknown":1,"UnKnown":2}"#, "twice UnKnown");
        check(r#"{"LAYERS":[{"user":"0"}],"other":[1]}"#, r#"{"layers":[{"User":"0"}]}"#);
        check(
            r#"{"labels":{"a":"1","A":"2","user":"3"}}"#,
            r#"{"Labels":{"A":"2","a":"1","user":"3"}}"#,
        );
        check(r#"{"labels":[{"b":1,"b":2}]}"#, r#"{"Labels":[{"b":2}]}"#);
        check(r#"{"layers":[null,true,-1,2,0.5,"t"]}"#, r#"{"layers":[null,true,-1,2,0.5,"t"]}"#);
        for text in ["", "{}x", r#"{"layers""#, &"[".repeat(100_000)] {
            check(text, "broken");
        }
        check(&format!("[{}0]", "0,".repeat(100_000)), "values of a document");
        check(&format!(r#"{{"x":[{}0]}}"#, "0,".repeat(100_000)), "{}");
    }
}
