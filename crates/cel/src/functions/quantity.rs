//! Kubernetes' resource quantities (`resource.Quantity`): `1.5`, `500m`, `2Gi`, `1e3`.
//!
//! Quantities are kept as Kubernetes keeps them, for it tells: `1000m` is one, yet `isInteger()`
//! says of it that it is not.
//!
//! ```
//! # use cofferdam_cel::{Evaluation, Program, Scope};
//! let source = "quantity('1Gi').isGreaterThan(quantity('1G')) && quantity('2').add(1).asInteger() == 3";
//! let program = Program::parse(source).unwrap();
//! assert_eq!(Evaluation::default().condition(&program, &Scope::default()), Ok(true));
//! ```

use super::{Function, global, member, refused};
use crate::{
    Evaluation, Opaque, Stop, Value,
    error::{ErrorKind, quoted},
    evaluate::Evaluated,
    opaque::Inner,
};
use std::{cmp::Ordering, fmt};

/// The smallest fraction: nano.
const SCALE_MIN: i32 = -9;

/// Powers of ten beyond which an exponent is refused: what is compared must stay small.
const EXPONENT_MAX: i32 = 1_000;

/// A decimal number: `number × 10^scale`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quantity {
    number: i128,
    scale: i32,
    /// Whether Kubernetes keeps it as a 64-bit number with its scale, rather than as a decimal of
    /// any size.
    is_small: bool,
}

impl Quantity {
    fn small(number: i64, scale: i32) -> Self {
        Self { number: number.into(), scale, is_small: true }
    }

    /// Reads what `resource.ParseQuantity` reads.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.is_empty() {
            return None;
        }
        let (negative, rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let rest = rest.trim_start_matches('0');
        let (whole, rest) = digits(rest);
        let (fraction, suffix) = rest.strip_prefix('.').map_or(("", rest), digits);
        let whole = if whole.is_empty() { "0" } else { whole };
        let magnitude = match Suffix::parse(suffix)? {
            Suffix::Decimal(exponent) => decimal(whole, fraction, exponent)?,
            Suffix::Binary(exponent) => binary(whole, fraction, exponent)?,
        };
        let number = if negative { -magnitude.number } else { magnitude.number };
        Some(Self { number, ..magnitude })
    }

    fn compare(self, other: Self) -> Ordering {
        let align = |own: Self, other: Self| {
            let raise = u32::try_from(own.scale.saturating_sub(other.scale)).unwrap_or(0);
            10_i128.checked_pow(raise).and_then(|power| own.number.checked_mul(power))
        };
        match (align(self, other), align(other, self)) {
            (Some(left), Some(right)) => left.cmp(&right),
            // What does not fit even so is the larger in size, and its sign decides.
            (None, _) => self.number.cmp(&0),
            (_, None) => 0.cmp(&other.number),
        }
    }

    fn add(self, other: Self) -> Option<Self> {
        if other.number == 0 && self.is_small && other.is_small {
            return Some(self);
        }
        if self.number == 0 && self.is_small && other.is_small {
            return Some(other);
        }
        let scale = self.scale.min(other.scale);
        let aligned = |own: Self| {
            let power = 10_i128.checked_pow(u32::try_from(own.scale - scale).ok()?)?;
            own.number.checked_mul(power)
        };
        let number = aligned(self)?.checked_add(aligned(other)?)?;
        let is_small = self.is_small && other.is_small && i64::try_from(number).is_ok();
        Some(Self { number, scale, is_small })
    }

    fn negated(self) -> Self {
        Self { number: -self.number, ..self }
    }

    /// The integer that Kubernetes says it is.
    fn integer(self) -> Option<i64> {
        if !self.is_small || self.scale < 0 {
            return None;
        }
        let power = 10_i128.checked_pow(u32::try_from(self.scale).ok()?)?;
        i64::try_from(self.number.checked_mul(power)?).ok()
    }

    fn double(self) -> f64 {
        if self.scale == 0 {
            return self.number as f64;
        }
        let power: f64 = format!("1e{}", self.scale).parse().unwrap_or(f64::INFINITY);
        self.number as f64 * power
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.compare(*other).is_eq()
    }
}

/// As a plain decimal number.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.number < 0 { "-" } else { "" };
        let digits = self.number.unsigned_abs().to_string();
        let Ok(places) = usize::try_from(self.scale.saturating_neg()) else {
            let zeros = if self.number == 0 { 0 } else { usize::try_from(self.scale).unwrap_or(0) };
            return write!(f, "{sign}{digits}{:0<zeros$}", "");
        };
        let digits = format!("{digits:0>width$}", width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        match fraction.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            fraction => write!(f, "{sign}{whole}.{fraction}"),
        }
    }
}

fn digits(text: &str) -> (&str, &str) {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

enum Suffix {
    /// A power of ten.
    Decimal(i32),
    /// A power of two.
    Binary(u32),
}

impl Suffix {
    fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "n" => Self::Decimal(-9),
            "u" => Self::Decimal(-6),
            "m" => Self::Decimal(-3),
            "" => Self::Decimal(0),
            "k" => Self::Decimal(3),
            "M" => Self::Decimal(6),
            "G" => Self::Decimal(9),
            "T" => Self::Decimal(12),
            "P" => Self::Decimal(15),
            "E" => Self::Decimal(18),
            "Ki" => Self::Binary(10),
            "Mi" => Self::Binary(20),
            "Gi" => Self::Binary(30),
            "Ti" => Self::Binary(40),
            "Pi" => Self::Binary(50),
            "Ei" => Self::Binary(60),
            _ => {
                let exponent: i32 = text.strip_prefix(['e', 'E'])?.parse().ok()?;
                let fits = exponent.unsigned_abs() <= EXPONENT_MAX.unsigned_abs();
                return fits.then_some(Self::Decimal(exponent));
            }
        })
    }
}

/// Decimal digits that always fit into 64 bits: what Kubernetes keeps small.
const SMALL_DIGITS: usize = 18;

fn decimal(whole: &str, fraction: &str, exponent: i32) -> Option<Quantity> {
    let scale = exponent.checked_sub(i32::try_from(fraction.len()).ok()?)?;
    let all = [whole, fraction].concat();
    if all.len() <= SMALL_DIGITS && scale >= SCALE_MIN {
        return Some(Quantity::small(all.parse().ok()?, scale));
    }
    // What is below a nano is rounded up.
    let surplus = usize::try_from(SCALE_MIN.saturating_sub(scale)).unwrap_or(0);
    let (kept, dropped) = all.split_at(all.len().saturating_sub(surplus));
    let up = i128::from(dropped.bytes().any(|digit| digit != b'0'));
    let kept = kept.trim_start_matches('0');
    let number: i128 = if kept.is_empty() { 0 } else { kept.parse().ok()? };
    let number = number.checked_add(up)?;
    // A decimal has nine places from here on.
    let places = u32::try_from(scale.saturating_sub(SCALE_MIN)).unwrap_or(0);
    let number = number.checked_mul(10_i128.checked_pow(places)?)?;
    Some(Quantity { number, scale: SCALE_MIN, is_small: false })
}

fn binary(whole: &str, fraction: &str, exponent: u32) -> Option<Quantity> {
    const NANO: i128 = 1_000_000_000;
    const MAX: i128 = i64::MAX as i128;
    let unit = 1_i128 << exponent;
    // How many digits Kubernetes trusts 64 bits with, by its own rule of thumb.
    let spent = whole.len() + usize::try_from(exponent).ok()? * 3 / 10 + 1;
    if fraction.is_empty()
        && spent <= 15
        && let Some(number) = whole.parse::<i128>().ok().and_then(|whole| whole.checked_mul(unit))
        && let Ok(number) = i64::try_from(number)
    {
        return Some(Quantity::small(number, 0));
    }
    let capped = Quantity { number: MAX * NANO, scale: SCALE_MIN, is_small: false };
    if whole.len() > 20 {
        return Some(capped);
    }
    let whole = whole.parse::<i128>().ok()? * unit;
    if whole > MAX {
        return Some(capped);
    }
    // Places of a fraction that can matter above a nano of the largest unit.
    let places = fraction.get(..fraction.len().min(18)).unwrap_or_default();
    let beyond = i128::from(fraction.bytes().skip(18).any(|digit| digit != b'0'));
    let part: i128 = if places.is_empty() { 0 } else { places.parse().ok()? };
    let width = u32::try_from(places.len()).ok()?;
    let parts = (part + beyond).checked_mul(unit)?;
    let nanos = match width.checked_sub(9) {
        Some(below) => {
            let power = 10_i128.pow(below);
            parts / power + i128::from(parts % power != 0)
        }
        None => parts.checked_mul(10_i128.pow(9 - width))?,
    };
    let number = (whole * NANO + nanos).min(MAX * NANO);
    Some(Quantity { number, scale: SCALE_MIN, is_small: false })
}

pub(super) const FUNCTIONS: &[Function] = &[
    global("quantity", 1..=1, "quantity(text)", quantity),
    global("isQuantity", 1..=1, "isQuantity(text)", |evaluation, arguments| match arguments {
        [Value::String(text)] => {
            evaluation.step_bytes(text.len())?;
            Ok(Value::Bool(Quantity::parse(text).is_some()))
        }
        other => Err(refused("isQuantity", other)),
    }),
    global("sign", 1..=1, "sign(quantity)", |_, arguments| {
        let sign = one(arguments, "sign")?.number.signum();
        Ok(Value::Int(i64::try_from(sign).unwrap_or(0)))
    }),
    member("isInteger", 1..=1, "quantity.isInteger()", |_, arguments| {
        one(arguments, "isInteger").map(|own| Value::Bool(own.integer().is_some()))
    }),
    member("asInteger", 1..=1, "quantity.asInteger()", |_, arguments| {
        let integer = one(arguments, "asInteger")?.integer();
        integer.map(Value::Int).ok_or_else(|| {
            ErrorKind::Invalid("this quantity is not kept as an integer".into()).into()
        })
    }),
    member("asApproximateFloat", 1..=1, "quantity.asApproximateFloat()", |_, arguments| {
        one(arguments, "asApproximateFloat").map(|own| Value::Double(own.double()))
    }),
    member("add", 2..=2, "quantity.add(quantity)", |_, arguments| {
        sum(arguments, "add", |other| other)
    }),
    member("sub", 2..=2, "quantity.sub(quantity)", |_, arguments| {
        sum(arguments, "sub", Quantity::negated)
    }),
];

fn quantity<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let [Value::String(text)] = arguments else { return Err(refused("quantity", arguments)) };
    evaluation.step_bytes(text.len())?;
    Quantity::parse(text).map(|quantity| Opaque::value(Inner::Quantity(quantity))).ok_or_else(
        || {
            ErrorKind::Invalid(format!("{} is not a quantity such as 500m or 2Gi", quoted(text)))
                .into()
        },
    )
}

/// The quantity that a value is.
pub(super) fn of(value: &Value<'_>) -> Option<Quantity> {
    match value {
        Value::Opaque(opaque) => match opaque.0 {
            Inner::Quantity(quantity) => Some(quantity),
            _ => None,
        },
        _ => None,
    }
}

fn one(arguments: &[Value<'_>], name: &str) -> Result<Quantity, Stop> {
    arguments.first().and_then(of).ok_or_else(|| refused(name, arguments))
}

/// How two quantities are ordered, if both are some.
pub(super) fn order(left: &Value<'_>, right: &Value<'_>) -> Option<Ordering> {
    Some(of(left)?.compare(of(right)?))
}

fn sum<'a>(arguments: &[Value<'a>], name: &str, change: fn(Quantity) -> Quantity) -> Evaluated<'a> {
    let [own, other] = arguments else { return Err(refused(name, arguments)) };
    let other = match other {
        Value::Int(number) => Some(Quantity::small(*number, 0)),
        other => of(other),
    };
    let (Some(own), Some(other)) = (of(own), other) else { return Err(refused(name, arguments)) };
    own.add(change(other))
        .map(|total| Opaque::value(Inner::Quantity(total)))
        .ok_or_else(|| ErrorKind::OutOfRange(format!("{name}()")).into())
}
