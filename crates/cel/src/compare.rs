//! Equality, order and membership (cel-spec, "Equality", "Ordering").

use crate::{
    ClockComparison, Evaluation, Map, Stop, Value, ast::Operator, error::ErrorKind,
    limits::VALUE_DEPTH_MAX, number, operators::no_overload, time,
};
use std::cmp::Ordering;

impl<'a> Evaluation<'a> {
    /// `==`: values of different types are different, but numbers are numbers.
    pub(crate) fn equal(&mut self, left: &Value<'a>, right: &Value<'a>) -> Result<bool, Stop> {
        self.equal_at(left, right, 0)
    }

    fn equal_at(
        &mut self,
        left: &Value<'a>,
        right: &Value<'a>,
        depth: usize,
    ) -> Result<bool, Stop> {
        self.step(1)?;
        Ok(match (left, right) {
            (Value::Null, Value::Null) => true,
            (Value::Bool(a), Value::Bool(b)) => a == b,
            (Value::String(a), Value::String(b)) => {
                self.step_bytes(if a.len() == b.len() { a.len() } else { 0 })?;
                **a == **b
            }
            (Value::Bytes(a), Value::Bytes(b)) => {
                self.step_bytes(if a.len() == b.len() { a.len() } else { 0 })?;
                **a == **b
            }
            (Value::Optional(a), Value::Optional(b)) => match (a, b) {
                (Some(a), Some(b)) if depth < VALUE_DEPTH_MAX => {
                    return self.equal_at(a, b, depth + 1);
                }
                (a, b) => a.is_none() && b.is_none(),
            },
            (Value::Opaque(a), Value::Opaque(b)) => a == b,
            (Value::Type(a), Value::Type(b)) => a == b,
            (Value::Timestamp(_), Value::Timestamp(_))
            | (Value::Duration(_), Value::Duration(_)) => {
                return self.timed(Operator::Equal, left, right);
            }
            (a, b) if number::is(a) && number::is(b) => {
                number::compare(a, b).is_some_and(Ordering::is_eq)
            }
            (Value::List(_), Value::List(_)) | (Value::Map(_), Value::Map(_)) => {
                if depth >= VALUE_DEPTH_MAX {
                    let message = format!("values nest deeper than {VALUE_DEPTH_MAX} levels");
                    return Err(ErrorKind::Invalid(message).into());
                }
                return self.all_equal(left, right, depth);
            }
            _ => false,
        })
    }

    /// Lists element by element, maps key by key.
    fn all_equal(
        &mut self,
        left: &Value<'a>,
        right: &Value<'a>,
        depth: usize,
    ) -> Result<bool, Stop> {
        let length = self.size(left)?;
        if length != self.size(right)? {
            return Ok(false);
        }
        self.decide(0..length, false, |evaluation, position| {
            if let (Value::Map(Map::Source(left)), Value::Map(Map::Source(right))) = (left, right) {
                evaluation.step(1)?;
                let key = left.source.key(left.node, position).unwrap_or_default();
                let (left, right) = (evaluation.read(*left, key)?, evaluation.read(*right, key)?);
                let (Some(left), Some(right)) = (left, right) else { return Ok(false) };
                return evaluation.equal_at(&left, &right, depth + 1);
            }
            if matches!(left, Value::List(_)) {
                return evaluation.with_element(left, position, |evaluation, element| {
                    let other = evaluation.element(right, position)?;
                    evaluation.equal_at(element.map_err(Stop::clone)?, &other, depth + 1)
                });
            }
            let element = evaluation.element(left, position)?;
            let pair = (evaluation.entry(left, &element)?, evaluation.entry(right, &element)?);
            let (Some(left), Some(right)) = pair else { return Ok(false) };
            evaluation.equal_at(&left, &right, depth + 1)
        })
    }

    /// `<`, `<=`, `>`, `>=`
    pub(crate) fn ordered(
        &mut self,
        operator: Operator,
        left: &Value<'a>,
        right: &Value<'a>,
    ) -> Result<bool, Stop> {
        let order = match (left, right) {
            (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
            (Value::String(a), Value::String(b)) => {
                self.step_bytes(a.len().min(b.len()))?;
                (**a).cmp(&**b)
            }
            (Value::Bytes(a), Value::Bytes(b)) => {
                self.step_bytes(a.len().min(b.len()))?;
                (**a).cmp(&**b)
            }
            (Value::Timestamp(_), Value::Timestamp(_))
            | (Value::Duration(_), Value::Duration(_)) => {
                return self.timed(operator, left, right);
            }
            (a, b) if number::is(a) && number::is(b) => match number::compare(a, b) {
                Some(order) => order,
                None => return Err(ErrorKind::Invalid("NaN cannot be ordered".to_owned()).into()),
            },
            _ => return Err(no_overload(operator.symbol(), &[left, right])),
        };
        Ok(accepts(operator, order))
    }

    /// `in`: an element that is equal decides, whatever the others are.
    pub(crate) fn contained(&mut self, item: &Value<'a>, range: &Value<'a>) -> Result<bool, Stop> {
        match range {
            Value::Map(_) => Ok(self.entry(range, item)?.is_some()),
            Value::List(_) => {
                let length = self.length(range)?;
                self.decide(0..length, true, |evaluation, position| {
                    evaluation.with_element(range, position, |evaluation, element| {
                        evaluation.equal(item, element.map_err(Stop::clone)?)
                    })
                })
            }
            _ => Err(no_overload("in", &[item, range])),
        }
    }

    /// Compares times; where one side moves with the clock, records until when that holds.
    fn timed(
        &mut self,
        operator: Operator,
        left: &Value<'a>,
        right: &Value<'a>,
    ) -> Result<bool, Stop> {
        let (difference, slope) = match (left, right) {
            (Value::Timestamp(a), Value::Timestamp(b)) => {
                (a.at.duration_since(b.at), a.slope.saturating_sub(b.slope))
            }
            (Value::Duration(a), Value::Duration(b)) => {
                (a.length.saturating_sub(b.length), a.slope.saturating_sub(b.slope))
            }
            _ => return Err(no_overload(operator.symbol(), &[left, right])),
        };
        let result = accepts(operator, difference.cmp(&jiff::SignedDuration::ZERO));
        if slope != 0 {
            let ahead = |order: Ordering| if slope > 0 { order } else { order.reverse() };
            let [equal, after] =
                [Ordering::Equal, ahead(Ordering::Greater)].map(|order| accepts(operator, order));
            let comparison = ClockComparison::new(
                operator.symbol(),
                time::until_zero(difference, slope),
                [result, equal, after],
            );
            self.compared(comparison);
        }
        Ok(result)
    }
}

fn accepts(operator: Operator, order: Ordering) -> bool {
    match operator {
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        Operator::GreaterOrEqual => order.is_ge(),
        Operator::NotEqual => order.is_ne(),
        _ => order.is_eq(),
    }
}
