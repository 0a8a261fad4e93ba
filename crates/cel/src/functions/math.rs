//! Functions of numbers (cel-go, "Math extension").
//!
//! ```
//! # use cofferdam_cel::{Evaluation, Program, Scope};
//! let program = Program::parse("math.greatest(1, 2.5, 2u) == 2.5 && math.abs(-3) == 3").unwrap();
//! assert_eq!(Evaluation::default().condition(&program, &Scope::default()), Ok(true));
//! ```

use super::{Function, global, refused};
use crate::{
    Evaluation, Stop, Value, error::ErrorKind, evaluate::Evaluated, number, operators::no_overload,
};
use std::cmp::Ordering;

/// As many numbers as one call may compare.
const NUMBERS_MAX: usize = 1_000;

pub(super) const FUNCTIONS: &[Function] = &[
    global("math.greatest", 1..=NUMBERS_MAX, "math.greatest(number, …)", |e, a| {
        extreme(e, a, "math.greatest", Ordering::Greater)
    }),
    global("math.least", 1..=NUMBERS_MAX, "math.least(number, …)", |e, a| {
        extreme(e, a, "math.least", Ordering::Less)
    }),
    global("math.ceil", 1..=1, "math.ceil(double)", |_, a| double(a, "math.ceil", f64::ceil)),
    global("math.floor", 1..=1, "math.floor(double)", |_, a| double(a, "math.floor", f64::floor)),
    global("math.round", 1..=1, "math.round(double)", |_, a| double(a, "math.round", f64::round)),
    global("math.trunc", 1..=1, "math.trunc(double)", |_, a| double(a, "math.trunc", f64::trunc)),
    global("math.isInf", 1..=1, "math.isInf(double)", |_, a| {
        test(a, "math.isInf", f64::is_infinite)
    }),
    global("math.isNaN", 1..=1, "math.isNaN(double)", |_, a| test(a, "math.isNaN", f64::is_nan)),
    global("math.isFinite", 1..=1, "math.isFinite(double)", |_, a| {
        test(a, "math.isFinite", f64::is_finite)
    }),
    global("math.abs", 1..=1, "math.abs(number)", abs),
    global("math.sign", 1..=1, "math.sign(number)", sign),
    global("math.sqrt", 1..=1, "math.sqrt(number)", |_, a| match a {
        [Value::Double(value)] => Ok(Value::Double(value.sqrt())),
        [Value::Int(value)] => Ok(Value::Double((*value as f64).sqrt())),
        [Value::Uint(value)] => Ok(Value::Double((*value as f64).sqrt())),
        other => Err(refused("math.sqrt", other)),
    }),
    global("math.bitAnd", 2..=2, "math.bitAnd(int, int)", |_, a| {
        bits(a, "math.bitAnd", |a, b| a & b)
    }),
    global("math.bitOr", 2..=2, "math.bitOr(int, int)", |_, a| bits(a, "math.bitOr", |a, b| a | b)),
    global("math.bitXor", 2..=2, "math.bitXor(int, int)", |_, a| {
        bits(a, "math.bitXor", |a, b| a ^ b)
    }),
    global("math.bitNot", 1..=1, "math.bitNot(int)", |_, a| match a {
        [Value::Int(value)] => Ok(Value::Int(!value)),
        [Value::Uint(value)] => Ok(Value::Uint(!value)),
        other => Err(refused("math.bitNot", other)),
    }),
    global("math.bitShiftLeft", 2..=2, "math.bitShiftLeft(int, places)", |_, a| {
        shift(a, "math.bitShiftLeft", u64::checked_shl)
    }),
    global("math.bitShiftRight", 2..=2, "math.bitShiftRight(int, places)", |_, a| {
        shift(a, "math.bitShiftRight", u64::checked_shr)
    }),
];

/// The largest or the smallest of several numbers, or of a list of them.
fn extreme<'a>(
    evaluation: &mut Evaluation<'a>,
    arguments: &[Value<'a>],
    name: &str,
    wanted: Ordering,
) -> Evaluated<'a> {
    let numbers = match arguments {
        [list @ Value::List(_)] => evaluation.elements(list)?,
        other => other.to_vec(),
    };
    let mut best: Option<Value<'a>> = None;
    for next in numbers {
        if !number::is(&next) {
            return Err(no_overload(name, &[&next]));
        }
        evaluation.step(1)?;
        let better = best.as_ref().is_none_or(|best| number::compare(&next, best) == Some(wanted));
        if better {
            best = Some(next);
        }
    }
    best.ok_or_else(|| ErrorKind::Invalid(format!("{name}() of an empty list")).into())
}

fn double<'a>(arguments: &[Value<'a>], name: &str, change: fn(f64) -> f64) -> Evaluated<'a> {
    match arguments {
        [Value::Double(value)] => Ok(Value::Double(change(*value))),
        other => Err(refused(name, other)),
    }
}

fn test<'a>(arguments: &[Value<'a>], name: &str, test: fn(f64) -> bool) -> Evaluated<'a> {
    match arguments {
        [Value::Double(value)] => Ok(Value::Bool(test(*value))),
        other => Err(refused(name, other)),
    }
}

fn abs<'a>(_: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    match arguments {
        [Value::Double(value)] => Ok(Value::Double(value.abs())),
        [Value::Int(value)] => value
            .checked_abs()
            .map(Value::Int)
            .ok_or_else(|| ErrorKind::OutOfRange("math.abs()".into()).into()),
        [value @ Value::Uint(_)] => Ok(value.clone()),
        other => Err(refused("math.abs", other)),
    }
}

fn sign<'a>(_: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    match arguments {
        [Value::Double(value)] if *value == 0.0 || value.is_nan() => Ok(Value::Double(*value)),
        [Value::Double(value)] => Ok(Value::Double(value.signum())),
        [Value::Int(value)] => Ok(Value::Int(value.signum())),
        [Value::Uint(value)] => Ok(Value::Uint(u64::from(*value != 0))),
        other => Err(refused("math.sign", other)),
    }
}

/// What two integers of one type give, bit by bit.
fn bits<'a>(arguments: &[Value<'a>], name: &str, join: fn(u64, u64) -> u64) -> Evaluated<'a> {
    match arguments {
        [Value::Int(a), Value::Int(b)] => {
            Ok(Value::Int(join(a.cast_unsigned(), b.cast_unsigned()).cast_signed()))
        }
        [Value::Uint(a), Value::Uint(b)] => Ok(Value::Uint(join(*a, *b))),
        other => Err(refused(name, other)),
    }
}

/// Bits moved, with zeros for what comes in; nothing is left of them after 64 places.
fn shift<'a>(
    arguments: &[Value<'a>],
    name: &str,
    shift: fn(u64, u32) -> Option<u64>,
) -> Evaluated<'a> {
    let (value, places) = match arguments {
        [Value::Int(value), Value::Int(places)] => (value.cast_unsigned(), *places),
        [Value::Uint(value), Value::Int(places)] => (*value, *places),
        other => return Err(refused(name, other)),
    };
    let negative = || Stop::from(ErrorKind::Invalid(format!("{name}() takes no negative number")));
    let places = u64::try_from(places).map_err(|_| negative())?;
    let shifted = u32::try_from(places).ok().and_then(|places| shift(value, places)).unwrap_or(0);
    Ok(match arguments.first() {
        Some(Value::Int(_)) => Value::Int(shifted.cast_signed()),
        _ => Value::Uint(shifted),
    })
}
