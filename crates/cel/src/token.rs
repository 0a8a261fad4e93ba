//! Source text to tokens (cel-spec, language definition, "Syntax").

use crate::{Place, literal, syntax::SyntaxError};
use std::{fmt, sync::Arc};

/// A token and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    /// An identifier or a reserved word.
    Name(Box<str>),
    /// An identifier in back quotes, allowed after a dot only.
    Quoted(Box<str>),
    /// Digits: the sign is not part of it, so that `1-1` is a subtraction.
    Int(u64),
    Uint(u64),
    Double(f64),
    String(Arc<str>),
    Bytes(Arc<[u8]>),
    /// An operator or a delimiter.
    Symbol(&'static str),
    End,
}

/// Longest first, so that `<=` is not `<` and `=`.
const SYMBOLS: [&str; 24] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",",
    "(", ")", "[", "]", "{", "}",
];

impl fmt::Display for TokenKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => write!(f, "{name:?}"),
            Self::Quoted(name) => write!(f, "`{name}`"),
            Self::Int(value) => value.fmt(f),
            Self::Uint(value) => write!(f, "{value}u"),
            Self::Double(value) => write!(f, "{value:?}"),
            Self::String(_) => f.write_str("a string"),
            Self::Bytes(_) => f.write_str("bytes"),
            Self::Symbol(symbol) => write!(f, "{symbol:?}"),
            Self::End => f.write_str("the end"),
        }
    }
}

/// All tokens of `source`; the last is always [`TokenKind::End`].
pub(crate) fn tokens(source: &str) -> Result<Vec<Token>, SyntaxError> {
    let mut lexer = Lexer { source, at: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip_blank();
        let start = lexer.at;
        let kind = lexer.next()?;
        let end = kind == TokenKind::End;
        tokens.push(Token { kind, place: Place { start, end: lexer.at } });
        if end {
            return Ok(tokens);
        }
    }
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        self.source.get(self.at..).unwrap_or_default()
    }

    fn byte(&self, ahead: usize) -> Option<u8> {
        self.source.as_bytes().get(self.at + ahead).copied()
    }

    fn error(&self, start: usize, message: impl Into<String>) -> SyntaxError {
        let end = self.at.max(start);
        SyntaxError::new(self.source, Place { start, end }, message)
    }

    /// Steps over white space and comments.
    fn skip_blank(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
            self.at += rest.len() - trimmed.len();
            if !trimmed.starts_with("//") {
                return;
            }
            self.at += trimmed.find('\n').unwrap_or(trimmed.len());
        }
    }

    fn take_while(&mut self, accept: impl Fn(u8) -> bool) -> &'s str {
        let rest = self.rest();
        let length = rest.bytes().position(|byte| !accept(byte)).unwrap_or(rest.len());
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    fn next(&mut self) -> Result<TokenKind, SyntaxError> {
        let Some(first) = self.byte(0) else { return Ok(TokenKind::End) };
        match first {
            b'"' | b'\'' => self.string(false, false),
            b'`' => self.quoted(),
            b'0'..=b'9' => self.number(),
            b'.' if self.byte(1).is_some_and(|byte| byte.is_ascii_digit()) => self.number(),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => self.name_or_prefixed_string(),
            _ => self.symbol(),
        }
    }

    fn symbol(&mut self) -> Result<TokenKind, SyntaxError> {
        let rest = self.rest();
        if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| rest.starts_with(symbol)) {
            self.at += symbol.len();
            return Ok(TokenKind::Symbol(symbol));
        }
        let start = self.at;
        let odd = rest.chars().next().unwrap_or_default();
        self.at += odd.len_utf8();
        let hint = match odd {
            '=' => "; to compare, write ==",
            '&' => "; for \"and\", write &&",
            '|' => "; for \"or\", write ||",
            _ => "",
        };
        Err(self.error(start, format!("{odd:?} is not part of the language{hint}")))
    }

    fn name_or_prefixed_string(&mut self) -> Result<TokenKind, SyntaxError> {
        let is_quote = |byte: Option<u8>| matches!(byte, Some(b'"' | b'\''));
        let lower = |byte: Option<u8>| byte.map(|byte| byte.to_ascii_lowercase());
        let (bytes, raw) = match (lower(self.byte(0)), lower(self.byte(1))) {
            (Some(b'b'), Some(b'r')) if is_quote(self.byte(2)) => (true, true),
            (Some(b'b'), _) if is_quote(self.byte(1)) => (true, false),
            (Some(b'r'), _) if is_quote(self.byte(1)) => (false, true),
            _ => {
                let name = self.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                return Ok(TokenKind::Name(name.into()));
            }
        };
        self.at += usize::from(bytes) + usize::from(raw);
        self.string(bytes, raw)
    }

    /// A string or bytes literal, from its first quote.
    fn string(&mut self, bytes: bool, raw: bool) -> Result<TokenKind, SyntaxError> {
        let start = self.at;
        let rest = self.rest();
        let quote = ["\"\"\"", "'''", "\"", "'"]
            .into_iter()
            .find(|quote| rest.starts_with(quote))
            .unwrap_or("'");
        self.at += quote.len();
        let content_at = self.at;
        loop {
            let rest = self.rest();
            if rest.starts_with(quote) {
                break;
            }
            let Some(next) = rest.chars().next() else {
                return Err(self.error(start, format!("this string never ends: expected {quote}")));
            };
            if quote.len() == 1 && matches!(next, '\n' | '\r') {
                return Err(self.error(
                    start,
                    format!("this string ends at the end of its line: expected {quote}"),
                ));
            }
            self.at += next.len_utf8();
            if next == '\\' && !raw {
                self.at += self.rest().chars().next().map_or(0, char::len_utf8);
            }
        }
        let content = self.source.get(content_at..self.at).unwrap_or_default();
        self.at += quote.len();
        let invalid = |(offset, message): (usize, &str)| {
            let place = Place { start: content_at + offset, end: content_at + offset + 1 };
            SyntaxError::new(self.source, place, message)
        };
        Ok(match (bytes, raw) {
            (false, true) => TokenKind::String(content.into()),
            (true, true) => TokenKind::Bytes(content.as_bytes().into()),
            (false, false) => TokenKind::String(literal::text(content).map_err(invalid)?.into()),
            (true, false) => TokenKind::Bytes(literal::bytes(content).map_err(invalid)?.into()),
        })
    }

    fn quoted(&mut self) -> Result<TokenKind, SyntaxError> {
        let start = self.at;
        self.at += 1;
        let name = self.take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'/' | b' ')
        });
        if name.is_empty() || self.byte(0) != Some(b'`') {
            return Err(self.error(
                start,
                "a name in back quotes holds letters, digits, spaces and _ . - / and ends with `",
            ));
        }
        self.at += 1;
        Ok(TokenKind::Quoted(name.into()))
    }

    fn number(&mut self) -> Result<TokenKind, SyntaxError> {
        let start = self.at;
        if self.byte(0) == Some(b'0') && matches!(self.byte(1), Some(b'x' | b'X')) {
            self.at += 2;
            let digits = self.take_while(|byte| byte.is_ascii_hexdigit());
            return self.integer(start, u64::from_str_radix(digits, 16).ok());
        }
        self.take_while(|byte| byte.is_ascii_digit());
        let mut whole = true;
        if self.byte(0) == Some(b'.') && self.byte(1).is_some_and(|byte| byte.is_ascii_digit()) {
            whole = false;
            self.at += 1;
            self.take_while(|byte| byte.is_ascii_digit());
        }
        if matches!(self.byte(0), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.byte(1), Some(b'+' | b'-')));
            if self.byte(1 + sign).is_some_and(|byte| byte.is_ascii_digit()) {
                whole = false;
                self.at += 1 + sign;
                self.take_while(|byte| byte.is_ascii_digit());
            }
        }
        let text = self.source.get(start..self.at).unwrap_or_default();
        if whole {
            return self.integer(start, text.parse().ok());
        }
        text.parse().map(TokenKind::Double).map_err(|_| self.error(start, "not a number"))
    }

    fn integer(&mut self, start: usize, value: Option<u64>) -> Result<TokenKind, SyntaxError> {
        let unsigned = matches!(self.byte(0), Some(b'u' | b'U'));
        self.at += usize::from(unsigned);
        let value =
            value.ok_or_else(|| self.error(start, "this integer does not fit into 64 bits"))?;
        if self.byte(0).is_some_and(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err(self.error(start, "a number is not followed by letters"));
        }
        Ok(if unsigned { TokenKind::Uint(value) } else { TokenKind::Int(value) })
    }
}
