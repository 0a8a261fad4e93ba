//! Arithmetic, indexing and the small things that operators share.

use crate::{
    Evaluation, Instant, Key, List, Map, Shared, Span, Step, Stop, Value, ast::Operator,
    error::ErrorKind, evaluate::Evaluated, number, time,
};

/// The error for an operation that does not take these types.
pub(crate) fn no_overload(operation: &str, values: &[&Value<'_>]) -> Stop {
    ErrorKind::NoOverload {
        operation: operation.to_owned(),
        types: values.iter().map(|value| value.kind()).collect(),
    }
    .into()
}

/// The bool that a value must be.
pub(crate) fn truth(value: &Value<'_>, operation: &str) -> Result<bool, Stop> {
    match value {
        Value::Bool(truth) => Ok(*truth),
        other => Err(no_overload(operation, &[other])),
    }
}

/// The map key that a value must be.
pub(crate) fn key<'a>(value: &Value<'a>) -> Result<Key<'a>, Stop> {
    Key::of(value).ok_or_else(|| no_overload("a map key", &[value]))
}

pub(crate) fn display_key(key: &Key<'_>) -> String {
    match key {
        Key::Bool(value) => value.to_string(),
        Key::Int(value) => value.to_string(),
        Key::Uint(value) => value.to_string(),
        Key::String(value) => value.to_string(),
    }
}

fn out_of_range(operation: &str) -> Stop {
    ErrorKind::OutOfRange(operation.to_owned()).into()
}

pub(crate) fn negate<'a>(value: &Value<'a>) -> Evaluated<'a> {
    match value {
        Value::Int(value) => value.checked_neg().map(Value::Int).ok_or_else(|| out_of_range("-")),
        Value::Double(value) => Ok(Value::Double(-value)),
        other => Err(no_overload("-", &[other])),
    }
}

impl<'a> Evaluation<'a> {
    pub(crate) fn binary(
        &mut self,
        operator: Operator,
        left: &Value<'a>,
        right: &Value<'a>,
    ) -> Evaluated<'a> {
        match operator {
            Operator::Equal => self.equal(left, right).map(Value::Bool),
            Operator::NotEqual => self.equal(left, right).map(|equal| Value::Bool(!equal)),
            Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => self.ordered(operator, left, right).map(Value::Bool),
            Operator::In => self.contained(left, right).map(Value::Bool),
            _ => self.arithmetic(operator, left, right),
        }
    }

    fn arithmetic(
        &mut self,
        operator: Operator,
        left: &Value<'a>,
        right: &Value<'a>,
    ) -> Evaluated<'a> {
        match (left, right) {
            (Value::Int(a), Value::Int(b)) => ints(operator, *a, *b),
            (Value::Uint(a), Value::Uint(b)) => uints(operator, *a, *b),
            (Value::Double(a), Value::Double(b)) => doubles(operator, *a, *b),
            (Value::String(a), Value::String(b)) if operator == Operator::Add => {
                self.step_bytes(a.len() + b.len())?;
                Ok(Value::from([&**a, &**b].concat()))
            }
            (Value::Bytes(a), Value::Bytes(b)) if operator == Operator::Add => {
                self.step_bytes(a.len() + b.len())?;
                Ok(Value::Bytes([&**a, &**b].concat().into()))
            }
            (Value::List(_), Value::List(_)) if operator == Operator::Add => {
                self.concatenate(left, right)
            }
            _ => times(operator, left, right),
        }
    }

    fn concatenate(&mut self, left: &Value<'a>, right: &Value<'a>) -> Evaluated<'a> {
        let mut values = Vec::new();
        for list in [left, right] {
            for position in 0..self.length(list)? {
                values.push(self.element(list, position)?);
            }
        }
        Ok(Value::list(values))
    }

    /// `operand[index]`
    pub(crate) fn index(&mut self, operand: &Value<'a>, index: &Value<'a>) -> Evaluated<'a> {
        match operand {
            Value::List(list) => {
                let length = match list {
                    List::Values(values) => values.len(),
                    List::Source(handle) => handle.source.length(handle.node),
                };
                let position =
                    number::whole(index).ok_or_else(|| no_overload("[ ]", &[operand, index]))?;
                let inside = usize::try_from(position).ok().filter(|position| *position < length);
                if let Some(position) = inside {
                    return self.element(operand, position);
                }
                // That it is outside is a fact about the length.
                self.length(operand)?;
                let index = position.to_string();
                Err(ErrorKind::IndexOutOfRange { index, length }.into())
            }
            Value::Map(_) => self.entry(operand, index)?.ok_or_else(|| {
                let key = Key::of(index).map_or_else(String::new, |key| display_key(&key));
                ErrorKind::NoSuchKey(key).into()
            }),
            _ => Err(no_overload("[ ]", &[operand, index])),
        }
    }

    /// The entry of a map under a key; `None`: absent.
    pub(crate) fn entry(
        &mut self,
        map: &Value<'a>,
        key: &Value<'a>,
    ) -> Result<Option<Value<'a>>, Stop> {
        // A double finds the integer that it equals.
        let key = match (key, number::whole(key)) {
            (Value::Double(_), Some(whole)) => i64::try_from(whole)
                .map(Key::Int)
                .or_else(|_| u64::try_from(whole).map(Key::Uint))
                .ok(),
            (Value::Double(_), None) => return Ok(None),
            _ => Key::of(key),
        };
        match (map, key) {
            (Value::Map(Map::Entries(entries)), Some(key)) => Ok(entries
                .binary_search_by(|(entry, _)| entry.order(&key))
                .ok()
                .and_then(|at| entries.get(at))
                .map(|(_, value)| value.clone())),
            (Value::Map(Map::Source(handle)), Some(Key::String(text))) => {
                let found = handle.source.member(handle.node, &text);
                self.lookup(handle.origin, Step::Member(Shared::clone(&text)), found)
            }
            (Value::Map(Map::Source(_)), Some(_)) => Ok(None),
            (map, _) => Err(no_overload("[ ]", &[map])),
        }
    }
}

fn ints<'a>(operator: Operator, a: i64, b: i64) -> Evaluated<'a> {
    let result = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide if b == 0 => return Err(ErrorKind::DivisionByZero.into()),
        Operator::Remainder if b == 0 => return Err(ErrorKind::ModulusByZero.into()),
        Operator::Divide => a.checked_div(b),
        _ => a.checked_rem(b),
    };
    result.map(Value::Int).ok_or_else(|| out_of_range(operator.symbol()))
}

fn uints<'a>(operator: Operator, a: u64, b: u64) -> Evaluated<'a> {
    let result = match operator {
        Operator::Add => a.checked_add(b),
        Operator::Subtract => a.checked_sub(b),
        Operator::Multiply => a.checked_mul(b),
        Operator::Divide if b == 0 => return Err(ErrorKind::DivisionByZero.into()),
        Operator::Remainder if b == 0 => return Err(ErrorKind::ModulusByZero.into()),
        Operator::Divide => a.checked_div(b),
        _ => a.checked_rem(b),
    };
    result.map(Value::Uint).ok_or_else(|| out_of_range(operator.symbol()))
}

fn doubles<'a>(operator: Operator, a: f64, b: f64) -> Evaluated<'a> {
    Ok(Value::Double(match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide => a / b,
        _ => return Err(no_overload("%", &[&Value::Double(a), &Value::Double(b)])),
    }))
}

/// Times and lengths of time, with what the clock does to them.
fn times<'a>(operator: Operator, left: &Value<'a>, right: &Value<'a>) -> Evaluated<'a> {
    let range = || out_of_range(operator.symbol());
    let slope = |a: i8, b: i8| time::slope(a.saturating_add(b)).ok_or_else(range);
    let span = |length: jiff::SignedDuration, slope| {
        time::checked_length(length)
            .map(|length| Value::Duration(Span { length, slope }))
            .ok_or_else(range)
    };
    let instant = |at: Option<jiff::Timestamp>, slope| {
        at.and_then(time::checked_instant)
            .map(|at| Value::Timestamp(Instant { at, slope }))
            .ok_or_else(range)
    };
    match (operator, left, right) {
        (Operator::Add, Value::Timestamp(t), Value::Duration(d))
        | (Operator::Add, Value::Duration(d), Value::Timestamp(t)) => {
            instant(t.at.checked_add(d.length).ok(), slope(t.slope, d.slope)?)
        }
        (Operator::Subtract, Value::Timestamp(t), Value::Duration(d)) => {
            instant(t.at.checked_sub(d.length).ok(), slope(t.slope, d.slope.saturating_neg())?)
        }
        (Operator::Subtract, Value::Timestamp(a), Value::Timestamp(b)) => {
            span(a.at.duration_since(b.at), slope(a.slope, b.slope.saturating_neg())?)
        }
        (Operator::Add, Value::Duration(a), Value::Duration(b)) => {
            span(a.length.checked_add(b.length).ok_or_else(range)?, slope(a.slope, b.slope)?)
        }
        (Operator::Subtract, Value::Duration(a), Value::Duration(b)) => span(
            a.length.checked_sub(b.length).ok_or_else(range)?,
            slope(a.slope, b.slope.saturating_neg())?,
        ),
        _ => Err(no_overload(operator.symbol(), &[left, right])),
    }
}
