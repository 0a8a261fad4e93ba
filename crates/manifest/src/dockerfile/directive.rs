//! Parser directives: `# syntax=…`, `# escape=…`, `# check=…` at the very top.

/// A parser directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    /// `syntax`, `escape` or `check`.
    pub name: &'static str,
    /// What it is set to.
    pub value: String,
    /// Its line, 1 at the top.
    pub line: u32,
}

/// The directives read so far.
#[derive(Debug, Default)]
pub(super) struct Directives {
    pub(super) found: Vec<Directive>,
    escape: Option<char>,
    /// Whether the first line that is none has been seen: no more can follow.
    done: bool,
}

const NAMES: [&str; 3] = ["syntax", "escape", "check"];

impl Directives {
    pub(super) const fn escape(&self) -> char {
        match self.escape {
            Some(escape) => escape,
            None => '\\',
        }
    }

    /// Looks at a line that begins a logical line, without blanks before it.
    pub(super) fn line(&mut self, line: &str, number: u32) -> Result<(), String> {
        if self.done {
            return Ok(());
        }
        let Some((name, value)) = parse(line) else {
            self.done = true;
            return Ok(());
        };
        if self.found.iter().any(|directive| directive.name == name) {
            return Err(format!("only one {name} parser directive can be used"));
        }
        let directive = Directive { name, value: value.to_owned(), line: number };
        self.found.push(directive);
        match (name, value) {
            ("escape", "\\") => self.escape = Some('\\'),
            ("escape", "`") => self.escape = Some('`'),
            ("escape", _) => return Err(format!("the escape character {value:?} is not ` or \\")),
            _ => {}
        }
        Ok(())
    }
}

fn parse(line: &str) -> Option<(&'static str, &str)> {
    const BLANKS: [char; 5] = ['\t', '\n', '\u{c}', '\r', ' '];
    let (name, value) = line.strip_prefix('#')?.trim_start().split_once('=')?;
    let name = name.trim_end_matches(BLANKS);
    let name = NAMES.into_iter().find(|known| name.eq_ignore_ascii_case(known))?;
    let trimmed = value.trim_matches(BLANKS);
    // A value of blanks only is one blank, nothing at all is no directive.
    let value = if trimmed.is_empty() { value.get(..1)? } else { trimmed };
    Some((name, value))
}
