//! Between JSON and the values of expressions.

use cofferdam_cel::{Handle, Key, List, Lookup, Map, Value};
use cofferdam_manifest::{Value as Found, View};
use serde_json::{Number, Value as Json};

/// Values that one conversion makes. A value of a patch has a handful.
const VALUES_MAX: usize = 10_000;

/// JSON as a value that borrows nothing.
pub(crate) fn to_value(json: &Json) -> Value<'static> {
    match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Double(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::from(text.clone()),
        Json::Array(items) => Value::list(items.iter().map(to_value).collect::<Vec<_>>()),
        Json::Object(map) => {
            let entries =
                map.iter().map(|(key, value)| (Key::String(key.clone().into()), to_value(value)));
            Map::from_entries(entries.collect()).map_or(Value::Null, Value::Map)
        }
    }
}

/// A value as JSON; `None` for one that has no JSON, is unknown in part, or is too large.
pub(crate) fn of_value(value: &Value<'_>) -> Option<Json> {
    let mut left = VALUES_MAX;
    convert(value, &mut left)
}

fn convert(value: &Value<'_>, left: &mut usize) -> Option<Json> {
    // Every level takes from what is left, so that depth is bounded too.
    *left = left.checked_sub(1)?;
    Some(match value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => Json::from(*value),
        Value::Uint(value) => Json::from(*value),
        Value::Double(value) => Json::Number(Number::from_f64(*value)?),
        Value::String(text) => Json::from(&**text),
        Value::List(List::Values(values)) => {
            values.iter().map(|value| convert(value, left)).collect::<Option<_>>()?
        }
        Value::List(List::Source(handle)) => elements(handle, left)?,
        Value::Map(Map::Source(handle)) => members(handle, left)?,
        Value::Map(Map::Entries(entries)) => {
            let mut map = serde_json::Map::new();
            for (key, value) in &**entries {
                let Key::String(key) = key else { return None };
                map.insert(key.to_string(), convert(value, left)?);
            }
            Json::Object(map)
        }
        _ => return None,
    })
}

fn elements(handle: &Handle<'_>, left: &mut usize) -> Option<Json> {
    let mut list = Vec::new();
    for index in 0..handle.source.length(handle.node) {
        let Lookup::Value(value) = handle.source.element(handle.node, index) else { return None };
        list.push(convert(&value, left)?);
    }
    Some(Json::Array(list))
}

fn members(handle: &Handle<'_>, left: &mut usize) -> Option<Json> {
    let mut map = serde_json::Map::new();
    for position in 0..handle.source.length(handle.node) {
        let key = handle.source.key(handle.node, position)?;
        let Lookup::Value(value) = handle.source.member(handle.node, key) else { return None };
        map.insert(key.to_owned(), convert(&value, left)?);
    }
    Some(Json::Object(map))
}

/// What a file says, without what is only filled in; `None` where it is too large.
pub fn of_view(view: View<'_>) -> Option<Json> {
    let mut left = VALUES_MAX;
    written(view, &mut left)
}

fn written(view: View<'_>, left: &mut usize) -> Option<Json> {
    *left = left.checked_sub(1)?;
    Some(match view.value() {
        Found::Null => Json::Null,
        Found::Bool(value) => Json::Bool(value),
        Found::Int(value) => Json::from(value),
        Found::Float(value) => Json::Number(Number::from_f64(value)?),
        Found::String(text) => Json::from(text),
        Found::List => {
            let elements = view.elements().filter(|element| !element.is_defaulted());
            elements.map(|element| written(element, left)).collect::<Option<_>>()?
        }
        Found::Map => {
            let entries = view.entries().filter(|(_, value)| !value.is_defaulted());
            let entries = entries.map(|(key, value)| Some((key.to_owned(), written(value, left)?)));
            Json::Object(entries.collect::<Option<_>>()?)
        }
    })
}
