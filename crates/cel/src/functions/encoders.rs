//! Base64 and the keys of JSON patches.
//!
//! ```
//! # use cofferdam_cel::{Evaluation, Program, Scope};
//! let source = "base64.encode(b'hello') == 'aGVsbG8=' && jsonpatch.escapeKey('a/b') == 'a~1b'";
//! let program = Program::parse(source).unwrap();
//! assert_eq!(Evaluation::default().condition(&program, &Scope::default()), Ok(true));
//! ```

use super::{Function, global, refused};
use crate::{Evaluation, Value, error::ErrorKind, evaluate::Evaluated};

pub(super) const FUNCTIONS: &[Function] = &[
    global("base64.encode", 1..=1, "base64.encode(bytes)", encode),
    global("base64.decode", 1..=1, "base64.decode(text)", decode),
    global("jsonpatch.escapeKey", 1..=1, "jsonpatch.escapeKey(key)", |e, a| match a {
        [Value::String(key)] => {
            e.step_bytes(key.len())?;
            Ok(Value::from(key.replace('~', "~0").replace('/', "~1")))
        }
        other => Err(refused("jsonpatch.escapeKey", other)),
    }),
];

const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn encode<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let [Value::Bytes(bytes)] = arguments else { return Err(refused("base64.encode", arguments)) };
    evaluation.step_bytes(bytes.len())?;
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte))
            << (8 * (3 - group.len()));
        for digit in 0..4 {
            let index = bits >> (18 - 6 * digit) & 63;
            let found = DIGITS.get(index).filter(|_| digit <= group.len());
            out.push(found.map_or('=', |digit| char::from(*digit)));
        }
    }
    Ok(Value::from(out))
}

fn decode<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let [Value::String(text)] = arguments else { return Err(refused("base64.decode", arguments)) };
    evaluation.step_bytes(text.len())?;
    let invalid = || ErrorKind::Invalid("this is not base64".to_owned());
    // Padding may be left out.
    let body = text.trim_end_matches('=');
    if text.len() - body.len() > 2 || (text.len() != body.len() && text.len() % 4 != 0) {
        return Err(invalid().into());
    }
    let mut out = Vec::with_capacity(body.len() / 4 * 3 + 2);
    for group in body.as_bytes().chunks(4) {
        let mut bits = 0_usize;
        for byte in group {
            let digit = DIGITS.iter().position(|digit| digit == byte).ok_or_else(invalid)?;
            bits = bits << 6 | digit;
        }
        bits <<= 6 * (4 - group.len());
        let octets = [bits >> 16 & 255, bits >> 8 & 255, bits & 255];
        let whole = group.len().checked_sub(1).filter(|whole| *whole > 0).ok_or_else(invalid)?;
        out.extend(octets.iter().take(whole).filter_map(|octet| u8::try_from(*octet).ok()));
    }
    Ok(Value::Bytes(out.into()))
}
