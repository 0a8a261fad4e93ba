//! Words of a shell script.

/// A word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// Without quotes and escapes; variables and substitutions as written.
    pub(super) text: String,
    /// Where it begins in the script.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
    /// Whether any of it is quoted: a quoted `if` is no reserved word.
    pub(super) quoted: bool,
    /// The scripts in `$(…)`, backquotes and `<(…)`: where they stand.
    pub(super) inner: Vec<(usize, usize)>,
}

impl Word {
    /// A word that no shell reads.
    pub(super) fn plain(text: &str, start: usize) -> Self {
        Self { text: text.to_owned(), start, end: start, ..Self::default() }
    }
}

/// Reads the word at `from`, where one begins, up to `end`.
pub(super) fn word(script: &str, from: usize, end: usize) -> Word {
    let text = script.get(..end).unwrap_or(script);
    let mut scan = Scan { text, at: from };
    let mut word = Word { start: from, ..Word::default() };
    while let Some(c) = scan.peek() {
        match c {
            // A list of values, or a pattern.
            '(' if word.text.ends_with(['=', '?', '*', '+', '@', '!']) => {
                scan.at = (closing(text, scan.at + 1, ')') + 1).min(text.len());
            }
            ' ' | '\t' | '\r' | '\n' | ';' | '&' | '|' | '(' | ')' => break,
            '<' | '>' if !scan.rest().get(1..).is_some_and(|rest| rest.starts_with('(')) => break,
            '\\' => {
                scan.skip(1);
                match scan.next() {
                    Some('\n') => {}
                    Some(c) => {
                        word.quoted = true;
                        word.text.push(c);
                    }
                    None => word.text.push('\\'),
                }
            }
            '\'' => {
                word.quoted = true;
                scan.skip(1);
                let quoted = scan.up_to('\'');
                word.text.push_str(quoted);
            }
            '"' => {
                word.quoted = true;
                scan.skip(1);
                double_quoted(&mut scan, &mut word);
            }
            '$' | '`' | '<' | '>' => dollar(&mut scan, &mut word),
            c => {
                word.text.push(c);
                scan.skip(c.len_utf8());
            }
        }
    }
    word.end = scan.at;
    word
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Scan<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.skip(c.len_utf8());
        Some(c)
    }

    const fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// What stands before `close`, stepping over both; all of the rest where it is missing.
    fn up_to(&mut self, close: char) -> &'t str {
        let rest = self.rest();
        let (inside, step) = match rest.split_once(close) {
            Some((inside, _)) => (inside, inside.len() + close.len_utf8()),
            None => (rest, rest.len()),
        };
        self.skip(step);
        inside
    }
}

fn double_quoted(scan: &mut Scan<'_>, word: &mut Word) {
    while let Some(c) = scan.peek() {
        match c {
            '"' => return scan.skip(1),
            '$' | '`' => dollar(scan, word),
            '\\' => {
                scan.skip(1);
                match scan.next() {
                    Some(c @ ('"' | '$' | '`' | '\\')) => word.text.push(c),
                    Some('\n') => {}
                    Some(c) => word.text.extend(['\\', c]),
                    None => word.text.push('\\'),
                }
            }
            c => {
                word.text.push(c);
                scan.skip(c.len_utf8());
            }
        }
    }
}

/// A variable or substitution, which stays in the word as written.
fn dollar(scan: &mut Scan<'_>, word: &mut Word) {
    let start = scan.at;
    let rest = scan.rest();
    if rest.starts_with("$((") {
        scan.at = closing(scan.text, start + 3, ')') + 1;
        if scan.peek() == Some(')') {
            scan.skip(1);
        }
    } else if rest.starts_with("$(") || rest.starts_with("<(") || rest.starts_with(">(") {
        let end = closing(scan.text, start + 2, ')');
        word.inner.push((start + 2, end));
        scan.at = end + 1;
    } else if rest.starts_with("${") {
        scan.at = closing(scan.text, start + 2, '}') + 1;
    } else if rest.starts_with('`') {
        scan.skip(1);
        let inside = scan.up_to('`');
        word.inner.push((start + 1, start + 1 + inside.len()));
    } else {
        scan.skip(1);
    }
    scan.at = scan.at.min(scan.text.len());
    word.text.push_str(scan.text.get(start..scan.at).unwrap_or_default());
}

/// Where the bracket closes that is open at `from`: quotes are stepped over, brackets counted. The
/// end of the text where it does not.
fn closing(text: &str, from: usize, close: char) -> usize {
    let open = if close == ')' { '(' } else { '{' };
    let mut depth = 0_usize;
    let mut quote = None;
    let mut chars = text.get(from..).unwrap_or_default().char_indices();
    while let Some((at, c)) = chars.next() {
        match (quote, c) {
            (Some('\''), c) if c != '\'' => {}
            (_, '\\') => {
                chars.next();
            }
            (Some(quoted), c) if c == quoted => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, c) if c == open => depth += 1,
            (None, c) if c == close && depth == 0 => return from + at,
            (None, c) if c == close => depth -= 1,
            (Some(_) | None, _) => {}
        }
    }
    text.len()
}
