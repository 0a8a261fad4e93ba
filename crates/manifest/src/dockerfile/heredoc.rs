//! Heredocs: `<<EOF` words in RUN, COPY and ADD.

use super::expand::{Environment, Lexer};

/// A document that stands below its instruction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heredoc {
    /// The word that ends it; for COPY and ADD also the name of the file.
    pub name: String,
    /// Its file descriptor: `3<<EOF`.
    pub descriptor: u64,
    /// Whether variables in it are replaced: its word has no quotes.
    pub expand: bool,
    /// Whether leading tabs are taken off: `<<-EOF`.
    pub chomp: bool,
    /// The lines as written, with their line ends.
    pub content: String,
    /// Line of the first line of the content, 1 at the top of the file.
    pub line: u32,
}

/// The heredocs that the words of a line announce, in order, still without content.
pub(super) fn announced(line: &str) -> Result<Vec<Heredoc>, String> {
    let lexer = Lexer { raw_quotes: true, raw_escapes: true, keep_unset: true, ..Lexer::new('\\') };
    // A line with unbalanced quotes announces nothing.
    let words = lexer.words(line, &Environment::empty()).unwrap_or_default();
    let mut found = Vec::new();
    for word in words {
        found.extend(parse(&word)?);
    }
    Ok(found)
}

/// A word as a heredoc: digits, `<<`, perhaps `-`, blanks, and a word without `<`.
pub(super) fn parse(word: &str) -> Result<Option<Heredoc>, String> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = word.get(..word.len() - rest.len()).unwrap_or_default();
    let Some(rest) = rest.strip_prefix("<<") else { return Ok(None) };
    let (chomp, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    let rest = rest.trim_start_matches(['\t', '\n', '\u{c}', '\r', ' ']);
    if rest.is_empty() || rest.contains('<') {
        return Ok(None);
    }
    let lexer = Lexer { keep_unset: true, ..Lexer::new('\\') };
    let words = lexer.words(rest, &Environment::empty())?;
    let [name] = words.as_slice() else { return Ok(None) };
    let raw = Lexer { raw_quotes: true, ..lexer }.words(rest, &Environment::empty())?;
    let [raw] = raw.as_slice() else {
        return Err(format!("the heredoc word {rest:?} cannot be read"));
    };
    let quotes = |text: &str| text.matches(['\'', '"']).count();
    let descriptor = if digits.is_empty() { 0 } else { digits.parse().unwrap_or(u64::MAX) };
    let expand = quotes(name) == quotes(raw);
    let name = name.clone();
    Ok(Some(Heredoc { name, descriptor, expand, chomp, ..Heredoc::default() }))
}

impl Heredoc {
    /// The content as it is used: without leading tabs where `<<-` says so.
    pub fn text(&self) -> String {
        if !self.chomp {
            return self.content.clone();
        }
        self.content.split_inclusive('\n').map(|line| line.trim_start_matches('\t')).collect()
    }
}
