//! Numbers as Go reads them: any base with its prefix, `_` between digits.

/// What plain text that begins like a number is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Int(i64),
    /// A whole number that only fits without a sign.
    Large(u64),
    Float(f64),
}

/// Reads text that begins with a digit, a sign or a point.
pub(super) fn number(text: &str) -> Option<Number> {
    if text.starts_with('.') {
        // Only here must every `_` stand between two digits.
        let bare = text.replace('_', "");
        return (separates(text) && is_float(&bare)).then(|| float(&bare)).flatten();
    }
    if text.contains('_') { plain(&text.replace('_', "")) } else { plain(text) }
}

/// Whether every `_` stands between two digits.
fn separates(text: &str) -> bool {
    let mut parts = text.split('_');
    let first = parts.next().is_none_or(|part| !text.contains('_') || part.ends_with(digit));
    let count = text.matches('_').count();
    first
        && parts.enumerate().all(|(position, part)| {
            part.starts_with(digit) && (position + 1 == count || part.ends_with(digit))
        })
}

fn digit(character: char) -> bool {
    character.is_ascii_digit()
}

fn plain(text: &str) -> Option<Number> {
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'-') => ("-", text.get(1..)?),
        Some(b'+') => ("", text.get(1..)?),
        _ => ("", text),
    };
    let (base, digits) = base(digits);
    if digits.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        let (int, large) = if sign.is_empty() {
            (i64::from_str_radix(digits, base).ok(), u64::from_str_radix(digits, base).ok())
        } else {
            (i64::from_str_radix(&format!("-{digits}"), base).ok(), None)
        };
        let signed = text.starts_with('+');
        if let Some(number) = int.map(Number::Int).or(large.filter(|_| !signed).map(Number::Large))
        {
            return Some(number);
        }
    }
    if is_float(text) {
        return float(text);
    }
    // A sign behind the prefix of a binary number is let pass.
    let binary = text.strip_prefix("0b").filter(|digits| digits.starts_with(['+', '-']))?;
    i64::from_str_radix(binary, 2).ok().map(Number::Int)
}

fn base(digits: &str) -> (u32, &str) {
    let Some(rest) = digits.strip_prefix('0').filter(|rest| !rest.is_empty()) else {
        return (10, digits);
    };
    let base = match rest.as_bytes().first() {
        Some(b'x' | b'X') => 16,
        Some(b'o' | b'O') => 8,
        Some(b'b' | b'B') => 2,
        _ => return (8, rest),
    };
    (base, rest.get(1..).unwrap_or_default())
}

/// Whether the text has the shape of a decimal number: digits on at least one side of the point,
/// and perhaps an exponent.
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let whole = digits(text);
    let mut rest = text.get(whole..).unwrap_or_default();
    let mut fraction = 0;
    if let Some(behind) = rest.strip_prefix('.') {
        fraction = digits(behind);
        rest = behind.get(fraction..).unwrap_or_default();
    }
    if whole + fraction == 0 {
        return false;
    }
    let Some(exponent) = rest.strip_prefix(['e', 'E']) else { return rest.is_empty() };
    let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    !exponent.is_empty() && digits(exponent) == exponent.len()
}

/// The nearest float; none if it is out of range.
fn float(text: &str) -> Option<Number> {
    text.parse().ok().filter(|value: &f64| value.is_finite()).map(Number::Float)
}

/// A float as it comes out of JSON again, where one without a fraction is written as a whole
/// number.
pub(super) fn through_json(value: f64) -> Number {
    if value.fract() == 0.0 && value.abs() < 1e21 {
        // The shortest digits that mean this float, as JSON has them.
        if let Ok(whole) = format!("{value}").parse() {
            return Number::Int(whole);
        }
    }
    Number::Float(value)
}

/// A float as a key: the shortest digits for single precision, with an exponent from a million on.
#[expect(clippy::cast_possible_truncation, reason = "Kubernetes writes such keys in f32")]
pub(super) fn float_key(value: f64) -> String {
    let single = value as f32;
    if single.is_infinite() {
        return if single > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let scientific = format!("{single:e}");
    let Some((digits, exponent)) = scientific.split_once('e') else { return scientific };
    match exponent.parse::<i32>() {
        Ok(exponent @ -4..=5) if single != 0.0 || exponent == 0 => format!("{single}"),
        Ok(exponent) => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{digits}e{sign}{:02}", exponent.unsigned_abs())
        }
        Err(_) => scientific,
    }
}
