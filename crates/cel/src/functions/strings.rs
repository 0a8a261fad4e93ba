//! Functions of strings (cel-spec, "String functions"; cel-go, "Strings extension" up to version
//! 3). Positions count code points.
//!
//! ```
//! # use cofferdam_cel::{Evaluation, Program, Scope};
//! let program = Program::parse("'shop/web'.split('/')[1].upperAscii() == 'WEB'").unwrap();
//! assert_eq!(Evaluation::default().condition(&program, &Scope::default()), Ok(true));
//! ```

use super::{Function, global, member, refused};
use crate::{
    Evaluation, Stop, Value, error::ErrorKind, evaluate::Evaluated, operators::no_overload,
};

pub(super) const FUNCTIONS: &[Function] = &[
    member("contains", 2..=2, "text.contains(part)", contains),
    member("startsWith", 2..=2, "text.startsWith(start)", starts_with),
    member("endsWith", 2..=2, "text.endsWith(end)", ends_with),
    member("charAt", 2..=2, "text.charAt(position)", char_at),
    member("lowerAscii", 1..=1, "text.lowerAscii()", |e, a| {
        mapped(e, a, "lowerAscii", str::to_ascii_lowercase)
    }),
    member("upperAscii", 1..=1, "text.upperAscii()", |e, a| {
        mapped(e, a, "upperAscii", str::to_ascii_uppercase)
    }),
    member("trim", 1..=1, "text.trim()", |e, a| {
        mapped(e, a, "trim", |text| text.trim_matches(is_space).to_owned())
    }),
    global("strings.quote", 1..=1, "strings.quote(text)", |e, a| {
        mapped(e, a, "strings.quote", quote)
    }),
    member("substring", 2..=3, "text.substring(start, end)", substring),
    member("replace", 3..=4, "text.replace(old, new, limit)", replace),
    member("split", 2..=3, "text.split(separator, limit)", split),
    member("join", 1..=2, "list.join(separator)", join),
];

/// Two strings, or the error that names the types.
fn two<'v>(
    evaluation: &mut Evaluation<'_>,
    name: &str,
    arguments: &'v [Value<'_>],
) -> Result<(&'v str, &'v str), Stop> {
    match arguments {
        [Value::String(a), Value::String(b)] => {
            evaluation.step_bytes(a.len() + b.len())?;
            Ok((a, b))
        }
        other => Err(refused(name, other)),
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

/// What becomes of one string.
fn mapped<'a>(
    evaluation: &mut Evaluation<'a>,
    arguments: &[Value<'a>],
    name: &str,
    map: fn(&str) -> String,
) -> Evaluated<'a> {
    match arguments {
        [Value::String(text)] => {
            evaluation.step_bytes(text.len())?;
            Ok(Value::from(map(text)))
        }
        other => Err(refused(name, other)),
    }
}

/// White space as Go's `unicode.IsSpace` and cel-spec have it.
fn is_space(char: char) -> bool {
    char.is_whitespace()
}

/// A string literal that stands for this text.
fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        let escape = match char {
            '\x07' => 'a',
            '\x08' => 'b',
            '\x0c' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\x0b' => 'v',
            '\\' | '"' => char,
            _ => {
                out.push(char);
                continue;
            }
        };
        out.extend(['\\', escape]);
    }
    out.push('"');
    out
}

fn outside(position: i64) -> Stop {
    ErrorKind::Invalid(format!("position {position} is outside of the text")).into()
}

/// The byte at which the code point at a position begins, the end included.
fn byte_at(text: &str, position: i64) -> Option<usize> {
    let position = usize::try_from(position).ok()?;
    let ends = std::iter::once(text.len());
    text.char_indices().map(|(at, _)| at).chain(ends).nth(position)
}

fn char_at<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let [Value::String(text), Value::Int(position)] = arguments else {
        return Err(refused("charAt", arguments));
    };
    evaluation.step_bytes(text.len())?;
    let at = byte_at(text, *position).ok_or_else(|| outside(*position))?;
    let found = text.get(at..).and_then(|rest| rest.chars().next());
    Ok(Value::from(found.map(String::from).unwrap_or_default()))
}

/// Code points from a position up to another or to the end.
fn substring<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let (text, start, end) = match arguments {
        [Value::String(text), Value::Int(start)] => (text, *start, None),
        [Value::String(text), Value::Int(start), Value::Int(end)] => (text, *start, Some(*end)),
        other => return Err(refused("substring", other)),
    };
    evaluation.step_bytes(text.len())?;
    let from = byte_at(text, start);
    let to = end.map_or(Some(text.len()), |end| byte_at(text, end));
    match (from, to) {
        (Some(from), Some(to)) if from <= to => {
            Ok(Value::from(text.get(from..to).unwrap_or_default().to_owned()))
        }
        _ => Err(ErrorKind::OutOfRange("substring()".to_owned()).into()),
    }
}

/// Where a text stands in another, from a position on: `indexOf`.
pub(super) fn index_of<'a>(
    evaluation: &mut Evaluation<'a>,
    text: &str,
    part: &str,
    from: Option<i64>,
) -> Evaluated<'a> {
    evaluation.step_bytes(text.len() + part.len())?;
    let from = from.unwrap_or(0);
    if from < 0 {
        return Err(outside(from));
    }
    let found = match byte_at(text, from) {
        Some(at) => text.get(at..).and_then(|rest| rest.find(part)).map(|found| at + found),
        None => part.is_empty().then_some(text.len()),
    };
    Ok(Value::Int(position_of(text, found)))
}

/// Where a text stands in another for the last time, up to a position: `lastIndexOf`.
pub(super) fn last_index_of<'a>(
    evaluation: &mut Evaluation<'a>,
    text: &str,
    part: &str,
    upto: Option<i64>,
) -> Evaluated<'a> {
    evaluation.step_bytes(text.len() + part.len())?;
    let found = match upto {
        Some(upto) if upto < 0 => return Err(outside(upto)),
        None => text.rfind(part),
        Some(upto) => match byte_at(text, upto) {
            // A match may begin there, so it may end so much later.
            Some(at) if at < text.len() || part.is_empty() => {
                let end = text.floor_char_boundary(at + part.len());
                text.get(..end).and_then(|head| head.rfind(part))
            }
            _ => part.is_empty().then_some(text.len()),
        },
    };
    Ok(Value::Int(position_of(text, found)))
}

/// The code point at which a byte stands; -1 where nothing was found.
fn position_of(text: &str, byte: Option<usize>) -> i64 {
    let before = byte.and_then(|byte| text.get(..byte));
    before.and_then(|before| i64::try_from(before.chars().count()).ok()).unwrap_or(-1)
}

fn replace<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let (text, old, new, limit) = match arguments {
        [Value::String(text), Value::String(old), Value::String(new)] => (text, old, new, -1),
        [Value::String(text), Value::String(old), Value::String(new), Value::Int(limit)] => {
            (text, old, new, *limit)
        }
        other => return Err(refused("replace", other)),
    };
    evaluation.step_bytes(text.len() + old.len())?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    // Paid for before it is made: every match may grow.
    let matches = text.matches(&**old).take(limit).count();
    evaluation.step_made(matches.saturating_mul(new.len()).saturating_add(text.len()))?;
    Ok(Value::from(text.replacen(&**old, new, limit)))
}

fn split<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let (text, separator, limit) = match arguments {
        [Value::String(text), Value::String(separator)] => (text, separator, -1),
        [Value::String(text), Value::String(separator), Value::Int(limit)] => {
            (text, separator, *limit)
        }
        other => return Err(refused("split", other)),
    };
    evaluation.step_bytes(text.len() + separator.len())?;
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let parts: Vec<&str> = if separator.is_empty() {
        characters(text, limit)
    } else {
        text.splitn(limit, &**separator).collect()
    };
    evaluation.step(u64::try_from(parts.len()).unwrap_or(u64::MAX))?;
    Ok(Value::list(parts.into_iter().map(|part| Value::from(part.to_owned())).collect::<Vec<_>>()))
}

/// Every character by itself; what is left over in the last of so many.
fn characters(text: &str, limit: usize) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next()
        && parts.len() < limit
    {
        let end = if parts.len() + 1 == limit { rest.len() } else { first.len_utf8() };
        let (part, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        parts.push(part);
        rest = tail;
    }
    parts
}

/// The strings of a list, one after the other.
fn join<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let (list, separator) = match arguments {
        [list @ Value::List(_)] => (list, ""),
        [list @ Value::List(_), Value::String(separator)] => (list, &**separator),
        other => return Err(refused("join", other)),
    };
    let mut joined = String::new();
    for position in 0..evaluation.length(list)? {
        let element = evaluation.element(list, position)?;
        let Value::String(text) = &element else { return Err(no_overload("join", &[&element])) };
        evaluation.step_made(text.len() + separator.len())?;
        if position > 0 {
            joined.push_str(separator);
        }
        joined.push_str(text);
    }
    Ok(Value::from(joined))
}
