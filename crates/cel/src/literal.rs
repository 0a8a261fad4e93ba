//! Escapes in string and bytes literals.

/// What is wrong, and at which byte of the content.
type Invalid = (usize, &'static str);

/// The text that the content of a string literal stands for.
pub(crate) fn text(content: &str) -> Result<String, Invalid> {
    let mut out = String::with_capacity(content.len());
    each(content, |piece| match piece {
        Piece::Char(char) => {
            out.push(char);
            Ok(())
        }
        Piece::Octet(code) | Piece::CodePoint(code) => {
            out.push(char::from_u32(code).ok_or("this is not a Unicode code point")?);
            Ok(())
        }
    })?;
    Ok(out)
}

/// The octets that the content of a bytes literal stands for.
pub(crate) fn bytes(content: &str) -> Result<Vec<u8>, Invalid> {
    let mut out = Vec::with_capacity(content.len());
    each(content, |piece| match piece {
        Piece::Char(char) => {
            out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            Ok(())
        }
        Piece::Octet(code) => {
            out.push(u8::try_from(code).map_err(|_| "this octet is above 255")?);
            Ok(())
        }
        Piece::CodePoint(_) => Err("\\u and \\U are not allowed in bytes"),
    })?;
    Ok(out)
}

enum Piece {
    Char(char),
    /// `\x41`, `\101`: a code point in a string, an octet in bytes.
    Octet(u32),
    /// `\u0041`, `\U00000041`.
    CodePoint(u32),
}

fn each(
    content: &str,
    mut push: impl FnMut(Piece) -> Result<(), &'static str>,
) -> Result<(), Invalid> {
    let mut rest = content;
    while let Some(first) = rest.chars().next() {
        let offset = content.len() - rest.len();
        let fail = |message| (offset, message);
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
        let piece = if first == '\\' {
            let (piece, length) = escape(rest).map_err(fail)?;
            rest = rest.get(length..).unwrap_or_default();
            piece
        } else {
            Piece::Char(first)
        };
        push(piece).map_err(fail)?;
    }
    Ok(())
}

/// The escape after a backslash, and its length in bytes.
fn escape(rest: &str) -> Result<(Piece, usize), &'static str> {
    let digits = |from: usize, count: usize, radix: u32| {
        rest.get(from..from + count)
            .filter(|digits| digits.chars().all(|digit| digit.is_digit(radix)))
            .and_then(|digits| u32::from_str_radix(digits, radix).ok())
    };
    let plain = |char| Ok((Piece::Char(char), 1));
    match rest.bytes().next() {
        Some(b'a') => plain('\x07'),
        Some(b'b') => plain('\x08'),
        Some(b'f') => plain('\x0c'),
        Some(b'n') => plain('\n'),
        Some(b'r') => plain('\r'),
        Some(b't') => plain('\t'),
        Some(b'v') => plain('\x0b'),
        Some(quote @ (b'\\' | b'?' | b'"' | b'\'' | b'`')) => plain(char::from(quote)),
        Some(b'x' | b'X') => digits(1, 2, 16)
            .map(|code| (Piece::Octet(code), 3))
            .ok_or("\\x wants two hexadecimal digits"),
        Some(b'u') => digits(1, 4, 16)
            .map(|code| (Piece::CodePoint(code), 5))
            .ok_or("\\u wants four hexadecimal digits"),
        Some(b'U') => digits(1, 8, 16)
            .map(|code| (Piece::CodePoint(code), 9))
            .ok_or("\\U wants eight hexadecimal digits"),
        Some(b'0'..=b'3') => digits(0, 3, 8)
            .map(|code| (Piece::Octet(code), 3))
            .ok_or("an octal escape has three octal digits"),
        _ => Err("this escape is not in the language; a backslash is written \\\\"),
    }
}
