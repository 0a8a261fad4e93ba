//! The values that an expression names.

use cofferdam_cel::{Evaluation, List, Map, Program, Scope, Value};

/// Values that one expression names, at most.
const LITERALS_MAX: usize = 16;

/// Strings and numbers of an expression in the order of its text, and for numbers their
/// neighbours, for `<` and `>`.
pub(crate) fn literals(source: &str) -> Vec<Value<'static>> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '\'' || c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        let length = token(from);
        let (text, after) = from.split_at_checked(length).unwrap_or((from, ""));
        let is_name = before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.');
        rest = after;
        if is_name {
            continue;
        }
        let Some(value) = value(text) else { continue };
        if let Value::Int(number) = value {
            found.extend(
                [number, number.saturating_add(1), number.saturating_sub(1)].map(Value::Int),
            );
        } else {
            found.push(value);
        }
        if found.len() >= LITERALS_MAX {
            break;
        }
    }
    found
}

/// Strings and numbers among parameters, a few levels deep, and the neighbours of numbers.
pub(crate) fn of_params(params: &Value<'static>) -> Vec<Value<'static>> {
    const LEVELS_MAX: usize = 3;
    let mut found = Vec::new();
    let mut left = vec![(params.clone(), 0)];
    while let Some((value, level)) = left.pop() {
        if found.len() >= LITERALS_MAX {
            break;
        }
        match value {
            Value::Int(number) => {
                let near = [number, number.saturating_add(1), number.saturating_sub(1)];
                found.extend(near.map(Value::Int));
            }
            Value::String(_) | Value::Double(_) => found.push(value),
            Value::Map(Map::Entries(entries)) if level < LEVELS_MAX => {
                left.extend(entries.iter().rev().map(|(_, value)| (value.clone(), level + 1)));
            }
            Value::List(List::Values(values)) if level < LEVELS_MAX => {
                left.extend(values.iter().rev().map(|value| (value.clone(), level + 1)));
            }
            _ => {}
        }
    }
    found
}

/// Bytes of the string or number that the text begins with.
fn token(text: &str) -> usize {
    let Some(quote) = text.chars().next().filter(|first| !first.is_ascii_digit()) else {
        let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.' || c == '_'));
        return end.unwrap_or(text.len());
    };
    let mut escaped = false;
    for (at, character) in text.char_indices().skip(1) {
        if character == quote && !escaped {
            return at + 1;
        }
        escaped = character == '\\' && !escaped;
    }
    text.len()
}

fn value(text: &str) -> Option<Value<'static>> {
    let program = Program::parse(text).ok()?;
    let value = Evaluation::unrecorded(8).evaluate(&program, &Scope::default()).ok()?;
    Some(match value {
        Value::Int(number) => Value::Int(number),
        Value::Double(number) => Value::Double(number),
        Value::String(text) => Value::from(text.to_string()),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::literals;

    #[test]
    fn values_that_expressions_name() {
        let told = |source: &str| {
            literals(source)
                .iter()
                .map(|value| crate::record::observe(value).to_string())
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(told("x.a1 == 'b' || y in [\"c\\\"\", 'd']"), "\"b\" \"c\\\"\" \"d\"");
        assert_eq!(told("size(x) > 5 && y < 0.5"), "5 6 4 0.5");
        assert_eq!(told("x.matches('^a') && v1.b"), "\"^a\"");
        assert_eq!(told("'unfinished"), "");
    }
}
