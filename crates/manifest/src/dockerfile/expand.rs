//! Variables, quotes and escapes as BuildKit's shell lexer treats them.

use super::pattern;
use std::{collections::BTreeMap, iter::Peekable, str::Chars};

/// `${a:-${b:-${c}}}`: deeper than this is refused.
const DEPTH_MAX: u32 = 32;

/// Bytes of one expanded word. Each `ENV A=$A$A` doubles; nothing real comes near.
const EXPANDED_BYTES_MAX: usize = 64 << 10;

/// What is known of a variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Variable<'e> {
    /// It has this value.
    Set(&'e str),
    /// It has none, for certain.
    Unset,
    /// Whoever builds, or the base image, decides.
    Unknown,
}

/// Variables.
#[derive(Clone, Debug, Default)]
pub(super) struct Environment {
    values: BTreeMap<String, Option<String>>,
    /// Whether a base image that is not in this file may set what is not here.
    open: bool,
}

impl Environment {
    pub(super) fn empty() -> Self {
        Self::default()
    }

    /// No variables but those that a base image sets, if there is one.
    pub(super) fn new(open: bool) -> Self {
        Self { open, ..Self::default() }
    }

    /// Sets a variable; `None` is a value that cannot be known.
    pub(super) fn set(&mut self, name: &str, value: Option<String>) {
        self.values.insert(name.to_owned(), value);
    }

    pub(super) fn get(&self, name: &str) -> Variable<'_> {
        match self.values.get(name) {
            Some(Some(value)) => Variable::Set(value),
            Some(None) => Variable::Unknown,
            None if self.open => Variable::Unknown,
            None => Variable::Unset,
        }
    }

    /// How much memory a copy takes, about.
    pub(super) fn bytes(&self) -> usize {
        let value = |value: &Option<String>| value.as_ref().map_or(0, String::len);
        self.values.iter().map(|(name, found)| name.len() + value(found) + 64).sum()
    }

    /// The entry of a name, if it was set here.
    pub(super) fn entry(&self, name: &str) -> Option<&Option<String>> {
        self.values.get(name)
    }
}

/// A word after expansion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Expanded {
    /// The text; a variable that is not known stands in it as written.
    pub(super) text: String,
    /// The text as words, split at blanks outside quotes.
    pub(super) words: Vec<String>,
    /// Whether a variable was not known.
    pub(super) unknown: bool,
}

/// How text is taken apart.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexer {
    pub(super) escape: char,
    /// Keep quotes in the result.
    pub(super) raw_quotes: bool,
    /// Keep escape characters in the result.
    pub(super) raw_escapes: bool,
    /// Leave variables that are not set as they are written.
    pub(super) keep_unset: bool,
}

impl Lexer {
    pub(super) const fn new(escape: char) -> Self {
        Self { escape, raw_quotes: false, raw_escapes: false, keep_unset: false }
    }

    /// Expands `text`.
    pub(super) fn expand(self, text: &str, environment: &Environment) -> Result<Expanded, String> {
        let raw_escapes = self.raw_escapes;
        let mut run = Run {
            lexer: self,
            rest: text.chars().peekable(),
            environment,
            raw_escapes,
            depth: 0,
            unknown: false,
            nested: false,
        };
        let (text, words) = run.until(None, raw_escapes, false)?;
        Ok(Expanded { text, words, unknown: run.unknown })
    }

    /// The words of `text`.
    pub(super) fn words(
        self,
        text: &str,
        environment: &Environment,
    ) -> Result<Vec<String>, String> {
        self.expand(text, environment).map(|expanded| expanded.words)
    }
}

/// One pass over a text.
struct Run<'a> {
    lexer: Lexer,
    rest: Peekable<Chars<'a>>,
    environment: &'a Environment,
    raw_escapes: bool,
    depth: u32,
    unknown: bool,
    /// Whether a word within a variable was read: `${a:-word}`.
    nested: bool,
}

/// Words as they grow.
#[derive(Default)]
struct Words {
    done: Vec<String>,
    word: String,
}

impl Words {
    fn push(&mut self, c: char) {
        if !c.is_whitespace() {
            self.word.push(c);
        } else if !self.word.is_empty() {
            self.done.push(std::mem::take(&mut self.word));
        }
    }

    fn finish(mut self) -> Vec<String> {
        if !self.word.is_empty() {
            self.done.push(self.word);
        }
        self.done
    }
}

impl Run<'_> {
    /// Reads up to `stop`, or to the end. `patterns` doubles escape characters inside quotes, for
    /// a pattern that is taken apart again.
    fn until(
        &mut self,
        stop: Option<char>,
        raw_escapes: bool,
        patterns: bool,
    ) -> Result<(String, Vec<String>), String> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(format!("variables are nested deeper than {DEPTH_MAX}"));
        }
        self.nested |= self.depth > 1;
        let outer = std::mem::replace(&mut self.raw_escapes, raw_escapes);
        let result = self.until_inner(stop, patterns);
        self.raw_escapes = outer;
        self.depth -= 1;
        result
    }

    fn until_inner(
        &mut self,
        stop: Option<char>,
        patterns: bool,
    ) -> Result<(String, Vec<String>), String> {
        let mut text = String::new();
        let mut words = Words::default();
        while let Some(c) = self.rest.next() {
            if stop == Some(c) {
                return Ok((text, words.finish()));
            }
            let special = match c {
                '$' => Some(self.dollar()?),
                '<' => Some(self.heredoc_mark()),
                '\'' => Some(self.single_quoted(patterns)?),
                '"' => Some(self.double_quoted(patterns)?),
                _ => None,
            };
            if let Some(part) = special {
                if std::mem::take(&mut self.nested) {
                    // As BuildKit does: what stands before it in the word is lost. Where a
                    // heredoc ends depends on it.
                    words.word.clear();
                }
                text.push_str(&part);
                if c == '$' {
                    part.chars().for_each(|c| words.push(c));
                } else {
                    words.word.push_str(&part);
                }
            } else if c == self.lexer.escape {
                if self.raw_escapes {
                    text.push(c);
                    words.word.push(c);
                }
                let Some(escaped) = self.rest.next() else { break };
                text.push(escaped);
                words.word.push(escaped);
            } else {
                text.push(c);
                words.push(c);
            }
            if text.len() > EXPANDED_BYTES_MAX {
                return Err(format!("a value is over its limit of {EXPANDED_BYTES_MAX} bytes"));
            }
        }
        match stop {
            Some(stop) => Err(format!("the matching {stop} is missing")),
            None => Ok((text, words.finish())),
        }
    }

    fn single_quoted(&mut self, patterns: bool) -> Result<String, String> {
        let mut text = String::new();
        if self.lexer.raw_quotes {
            text.push('\'');
        }
        loop {
            match self.rest.next().ok_or("the closing single quote is missing")? {
                '\'' => break,
                c if patterns && c == self.lexer.escape => text.extend([c, c]),
                c => text.push(c),
            }
        }
        if self.lexer.raw_quotes {
            text.push('\'');
        }
        Ok(text)
    }

    fn double_quoted(&mut self, patterns: bool) -> Result<String, String> {
        let mut text = String::new();
        if self.lexer.raw_quotes {
            text.push('"');
        }
        loop {
            let c = self.rest.next().ok_or("the closing double quote is missing")?;
            if c == '"' {
                break;
            } else if c == '$' {
                text.push_str(&self.dollar()?);
            } else if c == self.lexer.escape {
                match self.rest.peek().copied() {
                    None => {}
                    Some(next) if next == '"' || next == '$' || next == c => {
                        if self.raw_escapes {
                            text.push(c);
                        }
                        text.push(next);
                        self.rest.next();
                    }
                    Some(_) => {
                        if self.raw_escapes && (!self.lexer.raw_quotes || patterns) {
                            text.push(c);
                        }
                        text.push(c);
                    }
                }
            } else {
                text.push(c);
            }
        }
        if self.lexer.raw_quotes {
            text.push('"');
        }
        Ok(text)
    }

    /// After `<`: the blanks of `<< EOF` belong to the word.
    fn heredoc_mark(&mut self) -> String {
        let mut text = String::from('<');
        if self.rest.next_if_eq(&'<').is_some() {
            text.push('<');
            while let Some(blank) = self.rest.next_if(|c| matches!(c, '\t' | '\r' | ' ')) {
                text.push(blank);
            }
        }
        text
    }

    /// After `$`.
    fn dollar(&mut self) -> Result<String, String> {
        if self.rest.next_if_eq(&'{').is_none() {
            let name = self.name();
            if name.is_empty() {
                return Ok("$".to_owned());
            }
            return Ok(self.plain(&name, format!("${name}")));
        }
        match self.rest.peek() {
            None => return Err("the closing } of a variable is missing".to_owned()),
            Some('{' | '}' | ':') => return Err("a variable cannot be read: ${".to_owned()),
            Some(_) => {}
        }
        let name = self.name();
        match self.rest.next() {
            Some('}') => Ok(self.plain(&name, format!("${{{name}}}"))),
            Some(':') => {
                let operator = self.rest.next();
                self.modified(&name, operator, true)
            }
            Some('/') => self.replaced(&name),
            operator => self.modified(&name, operator, false),
        }
    }

    /// The value of a variable, or how it is written where it has none that is known.
    fn plain(&mut self, name: &str, written: String) -> String {
        match self.environment.get(name) {
            Variable::Set(value) => value.to_owned(),
            Variable::Unset if !self.lexer.keep_unset => String::new(),
            Variable::Unset => written,
            Variable::Unknown => {
                self.unknown = true;
                written
            }
        }
    }

    /// `${name-word}` and its like; with a colon an empty value counts as none.
    fn modified(
        &mut self,
        name: &str,
        operator: Option<char>,
        colon: bool,
    ) -> Result<String, String> {
        let is_pattern = matches!(operator, Some('#' | '%'));
        let operator = match operator {
            Some(c @ ('+' | '-' | '?')) => c,
            Some(c @ ('#' | '%')) if !colon => c,
            _ => return Err(format!("the modifier of the variable {name} is not supported")),
        };
        let unknown_before = self.unknown;
        let (word, _) = self.until(Some('}'), is_pattern, is_pattern)?;
        let colon_text = if colon { ":" } else { "" };
        let written = format!("${{{name}{colon_text}{operator}{word}}}");
        let value = match self.environment.get(name) {
            Variable::Set(value) => Some(value),
            Variable::Unset if self.lexer.keep_unset => return Ok(written),
            Variable::Unset => None,
            Variable::Unknown => {
                self.unknown = true;
                return Ok(written);
            }
        };
        let usable = value.filter(|value| !(colon && value.is_empty()));
        let uses_word = matches!((operator, usable), ('-', None) | ('+', Some(_)) | ('#' | '%', _));
        if !uses_word {
            // What the word holds is of no account then.
            self.unknown = unknown_before;
        }
        match (operator, usable) {
            ('-', None) | ('+', Some(_)) => Ok(word),
            ('+', None) => Ok(String::new()),
            ('?', None) => Err(format!("{name}: a value is required: {word}")),
            ('#' | '%', value) => pattern::trim(operator, &word, value.unwrap_or_default()),
            (_, value) => Ok(value.unwrap_or_default().to_owned()),
        }
    }

    /// `${name/pattern/replacement}`, with `//` everywhere.
    fn replaced(&mut self, name: &str) -> Result<String, String> {
        let everywhere = self.rest.next_if_eq(&'/').is_some();
        let (wanted, _) = self.until(Some('/'), true, true)?;
        let (replacement, _) = self.until(Some('}'), true, false)?;
        let value = match self.environment.get(name) {
            Variable::Set(value) => value,
            Variable::Unset if !self.lexer.keep_unset => "",
            variable => {
                self.unknown |= variable == Variable::Unknown;
                return Ok(format!("${{{name}/{wanted}/{replacement}}}"));
            }
        };
        pattern::replace(&wanted, &replacement, value, everywhere)
    }

    /// A name: letters, digits and `_`; or digits alone; or one special character.
    fn name(&mut self) -> String {
        let mut name = String::new();
        match self.rest.peek().copied() {
            Some(c) if c.is_numeric() => {
                while let Some(digit) = self.rest.next_if(|c| c.is_numeric()) {
                    name.push(digit);
                }
            }
            Some(c @ ('@' | '*' | '#' | '?' | '-' | '$' | '!')) => {
                name.push(c);
                self.rest.next();
            }
            _ => {
                while let Some(c) = self.rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    name.push(c);
                }
            }
        }
        name
    }
}
