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
                let end = closing(text, scan.at + 1, ')');
                word.inner.extend(substitutions(text, scan.at + 1, end));
                scan.at = (end + 1).min(text.len());
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
            '$' if scan.rest().starts_with("$'") => {
                word.quoted = true;
                scan.skip(2);
                ansi_quoted(&mut scan, &mut word);
            }
            '$' | '`' | '<' | '>' => dollar(&mut scan, &mut word),
            c => {
                word.text.push(c);
                scan.skip(c.len_utf8());
            }
        }
    }
    // Shells drop what C cannot hold.
    word.text.retain(|c| c != '\0');
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

/// `$'…'`: escapes stay as written, for what they mean is of no account here.
fn ansi_quoted(scan: &mut Scan<'_>, word: &mut Word) {
    while let Some(c) = scan.next() {
        match c {
            '\'' => return,
            '\\' => {
                word.text.push(c);
                word.text.extend(scan.next());
            }
            c => word.text.push(c),
        }
    }
}

/// A variable or substitution, which stays in the word as written.
fn dollar(scan: &mut Scan<'_>, word: &mut Word) {
    let start = scan.at;
    let rest = scan.rest();
    if rest.starts_with("$((") {
        let end = closing(scan.text, start + 3, ')');
        word.inner.extend(substitutions(scan.text, start + 3, end));
        scan.at = end + 1;
        if scan.peek() == Some(')') {
            scan.skip(1);
        }
    } else if rest.starts_with("$(") || rest.starts_with("<(") || rest.starts_with(">(") {
        let end = closing(scan.text, start + 2, ')');
        word.inner.push((start + 2, end));
        scan.at = end + 1;
    } else if rest.starts_with("${") {
        let end = closing(scan.text, start + 2, '}');
        word.inner.extend(substitutions(scan.text, start + 2, end));
        scan.at = end + 1;
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

/// The scripts in `$(…)` and backquotes between two places.
pub(super) fn substitutions(text: &str, from: usize, end: usize) -> Vec<(usize, usize)> {
    let text = text.get(..end).unwrap_or(text);
    let mut found = Vec::new();
    let mut at = from;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let Some(next) = rest.find(['$', '`', '\\']) else { break };
        at += next;
        let rest = rest.get(next..).unwrap_or_default();
        let inside = if rest.starts_with("$(") && !rest.starts_with("$((") {
            (at + 2, closing(text, at + 2, ')'))
        } else if let Some(rest) = rest.strip_prefix('`') {
            (at + 1, at + 1 + rest.find('`').unwrap_or(rest.len()))
        } else {
            // What a backslash is before begins nothing.
            let skipped = if rest.starts_with('\\') { 2 } else { 1 };
            at += rest.chars().take(skipped).map(char::len_utf8).sum::<usize>();
            continue;
        };
        found.push(inside);
        at = inside.1 + 1;
    }
    found
}

/// After the brackets of `((…))`, which begin at `from`.
pub(super) fn after_arithmetic(text: &str, from: usize) -> usize {
    (closing(text, from + 1, ')') + 1).min(text.len())
}

/// Where the bracket closes that is open at `from`: quotes are stepped over, brackets counted, and
/// those behind the patterns of `case` left out. The end of the text where it does not.
fn closing(text: &str, from: usize, close: char) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    let mut depth = 0_usize;
    let mut quote = None;
    // How deep each `case` is that has no `esac` yet.
    let mut cases = Vec::new();
    let mut before = ' ';
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        if quote.is_none() && close == ')' && is_border(before) {
            if is_word(rest, at, "case") {
                cases.push(depth);
            } else if is_word(rest, at, "esac") {
                cases.pop();
            }
        }
        // A comment ends with its line, whatever it says.
        if quote.is_none() && close == ')' && c == '#' && is_border(before) {
            chars.by_ref().find(|(_, c)| *c == '\n');
            before = '\n';
            continue;
        }
        // Braces nest only as those of variables.
        let opens = if close == ')' { c == '(' } else { c == '{' && before == '$' };
        before = c;
        match (quote, c) {
            (Some('\''), c) if c != '\'' => {}
            (_, '\\') => {
                chars.next();
            }
            (Some(quoted), c) if c == quoted => quote = None,
            (None, '\'' | '"') => quote = Some(c),
            (None, _) if opens => depth += 1,
            (None, c) if c == close && cases.last() == Some(&depth) => {}
            (None, c) if c == close && depth == 0 => return from + at,
            (None, c) if c == close => depth -= 1,
            (Some(_) | None, _) => {}
        }
    }
    text.len()
}

/// Whether a word can begin after this.
fn is_border(c: char) -> bool {
    c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')')
}

/// Whether this word stands at `at`.
fn is_word(text: &str, at: usize, word: &str) -> bool {
    let after = text.get(at..).and_then(|rest| rest.strip_prefix(word));
    after.is_some_and(|after| after.chars().next().is_none_or(is_border))
}
