//! Functions of strings (cel-spec, "String functions"; Kubernetes, "CEL strings library").

use super::{Function, member, pattern, refused};
use crate::{Evaluation, Value, error::ErrorKind, evaluate::Evaluated, operators::no_overload};
use regex::Regex;

pub(super) const FUNCTIONS: &[Function] = &[
    member("contains", 2..=2, "text.contains(part)", contains),
    member("startsWith", 2..=2, "text.startsWith(start)", starts_with),
    member("endsWith", 2..=2, "text.endsWith(end)", ends_with),
    pattern("matches", "text.matches(pattern)", matches),
    Function { receiver: false, ..pattern("matches", "text.matches(pattern)", matches) },
    member("lowerAscii", 1..=1, "text.lowerAscii()", lower_ascii),
    member("substring", 2..=3, "text.substring(start, end)", substring),
    member("join", 1..=2, "list.join(separator)", join),
];

/// Two strings, or the error that names the types.
fn two<'v>(
    evaluation: &mut Evaluation<'_>,
    name: &str,
    arguments: &'v [Value<'_>],
) -> Result<(&'v str, &'v str), crate::Stop> {
    match arguments {
        [Value::String(a), Value::String(b)] => {
            evaluation.step_bytes(a.len() + b.len())?;
            Ok((a, b))
        }
        other => Err(no_overload(name, &other.iter().collect::<Vec<_>>())),
    }
}

fn contains<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    two(evaluation, "contains", arguments).map(|(text, part)| Value::Bool(text.contains(part)))
}

fn starts_with<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    two(evaluation, "startsWith", arguments).map(|(text, part)| Value::Bool(text.starts_with(part)))
}

fn ends_with<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    two(evaluation, "endsWith", arguments).map(|(text, part)| Value::Bool(text.ends_with(part)))
}

fn matches<'a>(
    evaluation: &mut Evaluation<'a>,
    arguments: &[Value<'a>],
    pattern: &Regex,
) -> Evaluated<'a> {
    match arguments {
        [Value::String(text), _] => {
            evaluation.step_bytes(text.len())?;
            Ok(Value::Bool(pattern.is_match(text)))
        }
        other => Err(refused("matches", other)),
    }
}

fn lower_ascii<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    match arguments {
        [Value::String(text)] => {
            evaluation.step_bytes(text.len())?;
            Ok(Value::from(text.to_ascii_lowercase()))
        }
        other => Err(no_overload("lowerAscii", &other.iter().collect::<Vec<_>>())),
    }
}

/// Code points from a position up to another or to the end.
fn substring<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let (text, start, end) = match arguments {
        [Value::String(text), Value::Int(start)] => (text, *start, None),
        [Value::String(text), Value::Int(start), Value::Int(end)] => (text, *start, Some(*end)),
        other => return Err(no_overload("substring", &other.iter().collect::<Vec<_>>())),
    };
    evaluation.step_bytes(text.len())?;
    let length = text.chars().count();
    let position = |at: i64| usize::try_from(at).ok().filter(|at| *at <= length);
    match (position(start), end.map_or(Some(length), position)) {
        (Some(start), Some(end)) if start <= end => {
            let part: String = text.chars().skip(start).take(end - start).collect();
            Ok(Value::from(part))
        }
        _ => Err(ErrorKind::OutOfRange("substring()".to_owned()).into()),
    }
}

/// The strings of a list, one after the other.
fn join<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let (list, separator) = match arguments {
        [list @ Value::List(_)] => (list, ""),
        [list @ Value::List(_), Value::String(separator)] => (list, &**separator),
        other => return Err(no_overload("join", &other.iter().collect::<Vec<_>>())),
    };
    let mut joined = String::new();
    for position in 0..evaluation.length(list)? {
        let element = evaluation.element(list, position)?;
        let Value::String(text) = &element else { return Err(no_overload("join", &[&element])) };
        evaluation.step_bytes(text.len() + separator.len())?;
        if position > 0 {
            joined.push_str(separator);
        }
        joined.push_str(text);
    }
    Ok(Value::from(joined))
}
