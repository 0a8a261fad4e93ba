//! Regular expressions in the syntax of RE2, as Go's `regexp` reads them.
//!
//! The engine below has a larger language in which some of the same letters mean other things:
//! `\d` has every script's digits, `[a&&b]` is an intersection, `a**` is fine. So a pattern is
//! read by RE2's rules here, and written anew without anything that could be misunderstood.

use crate::limits::REGEX_BYTES_MAX;
use regex::{Regex, RegexBuilder};
use std::{fmt::Write as _, iter::Peekable, str::Chars};

/// Times that a repetition may say (Go's `regexp/syntax`).
const REPEAT_MAX: u32 = 1000;

/// Levels of nesting of a pattern.
const DEPTH_MAX: u32 = 64;

type Wrong = String;

/// Compiles a pattern within its budget; what is wrong with it otherwise.
pub(crate) fn compile(pattern: &str) -> Result<Regex, Wrong> {
    let translated = translate(pattern)?;
    RegexBuilder::new(&translated)
        .size_limit(REGEX_BYTES_MAX)
        .dfa_size_limit(REGEX_BYTES_MAX)
        .nest_limit(DEPTH_MAX)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => "the pattern is too large".to_owned(),
            // It draws the pattern over several lines; the last says what is wrong.
            other => {
                let text = other.to_string();
                let last = text.lines().last().unwrap_or_default();
                last.trim_start_matches("error: ").to_owned()
            }
        })
}

fn translate(pattern: &str) -> Result<String, Wrong> {
    let mut translation = Translation {
        rest: pattern.chars().peekable(),
        out: String::with_capacity(pattern.len() * 2),
        repeatable: false,
    };
    while let Some(next) = translation.rest.next() {
        translation.one(next)?;
    }
    Ok(translation.out)
}

struct Translation<'p> {
    rest: Peekable<Chars<'p>>,
    out: String,
    /// Whether a repetition may follow.
    repeatable: bool,
}

/// What an escape stands for.
enum Escape {
    Char(char),
    /// A class, as it is written inside of brackets.
    Class(String),
}

impl Translation<'_> {
    fn one(&mut self, next: char) -> Result<(), Wrong> {
        let mut repeatable = true;
        match next {
            '\\' => repeatable = self.escape()?,
            '[' => {
                let class = self.class()?;
                self.out.push_str(&class);
            }
            '(' => repeatable = self.group()?,
            '|' => {
                self.out.push('|');
                repeatable = false;
            }
            '*' | '+' | '?' => return self.repeated(&next.to_string()),
            '{' => match self.counts()? {
                Some(counts) => return self.repeated(&counts),
                None => self.literal('{'),
            },
            '.' | '^' | '$' | ')' => self.out.push(next),
            other => self.literal(other),
        }
        self.repeatable = repeatable;
        Ok(())
    }

    fn literal(&mut self, char: char) {
        push_literal(&mut self.out, char);
    }

    fn repeated(&mut self, operator: &str) -> Result<(), Wrong> {
        if !self.repeatable {
            return Err(format!("nothing to repeat before {operator:?}"));
        }
        self.out.push_str(operator);
        if self.rest.next_if_eq(&'?').is_some() {
            self.out.push('?');
        }
        self.repeatable = false;
        Ok(())
    }

    /// `{n}`, `{n,}` or `{n,m}` after its brace; anything else is a brace that stands for itself.
    fn counts(&mut self) -> Result<Option<String>, Wrong> {
        let mut ahead = self.rest.clone();
        let inside: String = ahead.by_ref().take_while(|char| *char != '}').take(16).collect();
        let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
        let (from, to) = inside.split_once(',').map_or((&*inside, None), |(a, b)| (a, Some(b)));
        let closed = self.rest.clone().nth(inside.chars().count()) == Some('}');
        if !closed || !digits(from) || !to.is_none_or(|to| to.is_empty() || digits(to)) {
            return Ok(None);
        }
        let number = |text: &str| text.parse::<u32>().ok().filter(|count| *count <= REPEAT_MAX);
        let least = number(from);
        let most = to.filter(|to| !to.is_empty()).map_or(Some(least), |to| number(to).map(Some));
        match (least, most) {
            (Some(least), Some(most)) if most.is_none_or(|most| least <= most) => {}
            _ => return Err(format!("a repetition of {{{inside}}} times")),
        }
        for _ in 0..=inside.chars().count() {
            self.rest.next();
        }
        Ok(Some(format!("{{{inside}}}")))
    }

    /// A group, after its parenthesis; whether what follows can be repeated.
    fn group(&mut self) -> Result<bool, Wrong> {
        if self.rest.next_if_eq(&'?').is_none() {
            self.out.push('(');
            return Ok(false);
        }
        let mut head = String::new();
        let named = self.rest.next_if_eq(&'P').is_some();
        if self.rest.next_if_eq(&'<').is_some() {
            let name: String =
                std::iter::from_fn(|| self.rest.next_if(|c| c.is_alphanumeric() || *c == '_'))
                    .collect();
            let closed = self.rest.next() == Some('>');
            if !closed || name.is_empty() {
                return Err("a group's name is made of letters and digits".into());
            }
            // Nothing here asks for a group by its name.
            self.out.push('(');
            return Ok(false);
        }
        if named {
            return Err("this kind of group is not in the language".to_owned());
        }
        loop {
            match self.rest.next() {
                Some(end @ (':' | ')')) => {
                    let dangling = head.ends_with('-') || (head.is_empty() && end == ')');
                    if dangling || head.matches('-').count() > 1 {
                        return Err("these flags are not in the language".to_owned());
                    }
                    let _ = write!(self.out, "(?{head}{end}");
                    return Ok(false);
                }
                Some(flag @ ('i' | 'm' | 's' | 'U' | '-')) => head.push(flag),
                _ => return Err("this kind of group is not in the language".to_owned()),
            }
        }
    }

    /// An escape outside of brackets; whether it can be repeated.
    fn escape(&mut self) -> Result<bool, Wrong> {
        let simple = match self.rest.peek() {
            // Positions, by the letters of ASCII.
            Some('b') => "(?-u:\\b)",
            Some('B') => "\\B",
            Some('A') => "\\A",
            Some('z') => "\\z",
            Some('Q') => {
                self.rest.next();
                return Ok(self.quoted());
            }
            // The end of a quotation that never began.
            _ => "",
        };
        if !simple.is_empty() {
            self.rest.next();
            self.out.push_str(simple);
            return Ok(true);
        }
        match self.escaped()? {
            Escape::Char(char) => self.literal(char),
            Escape::Class(class) => {
                let _ = write!(self.out, "[{class}]");
            }
        }
        Ok(true)
    }

    /// `\Q…\E`: everything stands for itself.
    fn quoted(&mut self) -> bool {
        let mut any = self.repeatable;
        while let Some(next) = self.rest.next() {
            if next == '\\' && self.rest.next_if_eq(&'E').is_some() {
                break;
            }
            self.literal(next);
            any = true;
        }
        any
    }

    /// An escape that means the same inside and outside of brackets, after its backslash.
    fn escaped(&mut self) -> Result<Escape, Wrong> {
        let next = self.rest.next().ok_or("the pattern ends with a backslash")?;
        Ok(match next {
            'd' => Escape::Class("0-9".into()),
            'D' => Escape::Class("[^0-9]".into()),
            's' => Escape::Class("\\t\\n\\x0C\\r\\x20".into()),
            'S' => Escape::Class("[^\\t\\n\\x0C\\r\\x20]".into()),
            'w' => Escape::Class("0-9A-Za-z_".into()),
            'W' => Escape::Class("[^0-9A-Za-z_]".into()),
            'p' | 'P' => Escape::Class(self.property(next == 'P')?),
            'a' => Escape::Char('\x07'),
            'f' => Escape::Char('\x0c'),
            'n' => Escape::Char('\n'),
            'r' => Escape::Char('\r'),
            't' => Escape::Char('\t'),
            'v' => Escape::Char('\x0b'),
            'x' => Escape::Char(self.hexadecimal()?),
            '0' => Escape::Char(self.octal(0)?),
            '1'..='7' if self.rest.peek().is_some_and(|digit| digit.is_digit(8)) => {
                Escape::Char(self.octal(next.to_digit(8).unwrap_or(0))?)
            }
            other if other.is_ascii_punctuation() || other == ' ' || other.is_ascii_control() => {
                Escape::Char(other)
            }
            other => return Err(format!("the escape \\{other} is not in the language")),
        })
    }

    /// `\x41` or `\x{1F600}`, after its letter.
    fn hexadecimal(&mut self) -> Result<char, Wrong> {
        let digits: String = if self.rest.next_if_eq(&'{').is_some() {
            self.rest.by_ref().take_while(|char| *char != '}').take(9).collect()
        } else {
            self.rest.by_ref().take(2).collect()
        };
        let plain = !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        u32::from_str_radix(&digits, 16)
            .ok()
            .filter(|_| plain)
            .and_then(char::from_u32)
            .ok_or_else(|| "\\x wants the number of a character".to_owned())
    }

    fn octal(&mut self, first: u32) -> Result<char, Wrong> {
        let mut code = first;
        for _ in 0..2 {
            let Some(digit) = self.rest.peek().and_then(|char| char.to_digit(8)) else { break };
            self.rest.next();
            code = code * 8 + digit;
        }
        char::from_u32(code).ok_or_else(|| "this octal escape is no character".to_owned())
    }

    /// `\pL`, `\p{Greek}`, `\p{^Greek}`, after its letter.
    fn property(&mut self, negated: bool) -> Result<String, Wrong> {
        let mut name: String = match self.rest.next() {
            Some('{') => self.rest.by_ref().take_while(|char| *char != '}').take(64).collect(),
            Some(letter) => letter.to_string(),
            None => String::new(),
        };
        let inverted = name.starts_with('^');
        if inverted {
            name.remove(0);
        }
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_') {
            return Err("\\p wants the name of a category or a script".to_owned());
        }
        let letter = if negated == inverted { 'p' } else { 'P' };
        Ok(format!("\\{letter}{{{name}}}"))
    }

    /// A class, after its bracket.
    fn class(&mut self) -> Result<String, Wrong> {
        let mut out = "[".to_owned();
        if self.rest.next_if_eq(&'^').is_some() {
            out.push('^');
        }
        let mut first = true;
        loop {
            let next = self.rest.next().ok_or("a class in brackets has no end")?;
            if next == ']' && !first {
                out.push(']');
                return Ok(out);
            }
            first = false;
            let low = match (next, self.rest.peek()) {
                ('[', Some(':')) => {
                    if let Some(named) = self.named_class()? {
                        out.push_str(&named);
                        continue;
                    }
                    '['
                }
                ('\\', _) => match self.escaped()? {
                    Escape::Char(char) => char,
                    Escape::Class(class) => {
                        out.push_str(&class);
                        continue;
                    }
                },
                (char, _) => char,
            };
            let high = self.range_end()?.unwrap_or(low);
            if high < low {
                return Err(format!("the range from {low:?} to {high:?} is empty"));
            }
            push_literal(&mut out, low);
            if high > low {
                out.push('-');
                push_literal(&mut out, high);
            }
        }
    }

    /// The end of a range whose beginning was read, if it is one.
    fn range_end(&mut self) -> Result<Option<char>, Wrong> {
        let mut ahead = self.rest.clone();
        let dash = ahead.next() == Some('-');
        if !dash || matches!(ahead.peek(), None | Some(']')) {
            return Ok(None);
        }
        self.rest.next();
        match self.rest.next() {
            Some('\\') => match self.escaped()? {
                Escape::Char(char) => Ok(Some(char)),
                Escape::Class(_) => Err("a range ends with a character".to_owned()),
            },
            end => Ok(end),
        }
    }

    /// `[:alpha:]`, after its first bracket; `None`: a bracket that stands for itself.
    fn named_class(&mut self) -> Result<Option<String>, Wrong> {
        const NAMES: [&str; 14] = [
            "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print",
            "punct", "space", "upper", "word", "xdigit",
        ];
        let text: String = self.rest.clone().take(16).collect();
        let Some((name, _)) = text.get(1..).and_then(|text| text.split_once(":]")) else {
            return Ok(None);
        };
        if !NAMES.contains(&name.trim_start_matches('^')) || name.starts_with("^^") {
            return Err(format!("there is no class [:{name}:]"));
        }
        for _ in 0..name.len() + 3 {
            self.rest.next();
        }
        Ok(Some(format!("[:{name}:]")))
    }
}

/// A character that stands for itself, inside and outside of brackets.
fn push_literal(out: &mut String, char: char) {
    if char.is_ascii_alphanumeric() || !char.is_ascii() {
        out.push(char);
    } else {
        let _ = write!(out, "\\x{:02X}", u32::from(char));
    }
}
