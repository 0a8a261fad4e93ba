//! Arithmetic, and the small things that operators share.

use crate::{
    Evaluation, Instant, Key, Map, Span, Stop, Value, ast::Operator, error::ErrorKind,
    evaluate::Evaluated, time,
};

/// The error for an operation that does not take these types.
pub(crate) fn no_overload(operation: &str, values: &[&Value<'_>]) -> Stop {
    ErrorKind::NoOverload {
        operation: operation.to_owned(),
        types: values.iter().map(|value| value.kind()).collect(),
    }
    .into()
}

/// The map key that a value must be.
pub(crate) fn key<'a>(value: &Value<'a>) -> Result<Key<'a>, Stop> {
    Key::of(value).ok_or_else(|| no_overload("a map key", &[value]))
}

/// A map of these entries, unless a key is there twice.
pub(crate) fn new_map<'a>(entries: Vec<(Key<'a>, Value<'a>)>) -> Evaluated<'a> {
    Map::from_entries(entries)
        .map(Value::Map)
        .map_err(|key| ErrorKind::DuplicateKey(display_key(&key)).into())
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
    pub(crate) fn arithmetic(
        &mut self,
        operator: Operator,
        left: &Value<'a>,
        right: &Value<'a>,
    ) -> Evaluated<'a> {
        match (left, right) {
            (Value::Int(a), Value::Int(b)) => integers(operator, *a, *b, INT).map(Value::Int),
            (Value::Uint(a), Value::Uint(b)) => integers(operator, *a, *b, UINT).map(Value::Uint),
            (Value::Double(a), Value::Double(b)) => doubles(operator, *a, *b),
            (Value::String(a), Value::String(b)) if operator == Operator::Add => {
                self.step_made(a.len() + b.len())?;
                Ok(Value::from([&**a, &**b].concat()))
            }
            (Value::Bytes(a), Value::Bytes(b)) if operator == Operator::Add => {
                self.step_made(a.len() + b.len())?;
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
            let length = self.length(list)?;
            values.reserve(length);
            for position in 0..length {
                values.push(self.element(list, position)?);
            }
        }
        Ok(Value::list(values))
    }
}

/// What integers can do, in the order of [`integers`].
type Checked<T> = [fn(T, T) -> Option<T>; 5];

const INT: Checked<i64> =
    [i64::checked_add, i64::checked_sub, i64::checked_mul, i64::checked_div, i64::checked_rem];
const UINT: Checked<u64> =
    [u64::checked_add, u64::checked_sub, u64::checked_mul, u64::checked_div, u64::checked_rem];

fn integers<T: Copy + Default + PartialEq>(
    operator: Operator,
    left: T,
    right: T,
    [add, subtract, multiply, divide, remainder]: Checked<T>,
) -> Result<T, Stop> {
    let zero = right == T::default();
    let checked = match operator {
        Operator::Add => add,
        Operator::Subtract => subtract,
        Operator::Multiply => multiply,
        Operator::Divide if zero => return Err(ErrorKind::DivisionByZero.into()),
        Operator::Divide => divide,
        _ if zero => return Err(ErrorKind::ModulusByZero.into()),
        _ => remainder,
    };
    checked(left, right).ok_or_else(|| out_of_range(operator.symbol()))
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
    let instant = |at: Option<jiff::civil::DateTime>, slope| {
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
