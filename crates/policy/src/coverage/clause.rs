//! The parts of a condition, to say which of them fixtures have tried.
//!
//! `a && (b || !c)` is taken apart at its logical operators, by its text: each part is an
//! expression of its own. What is inside of macros and calls stays whole.

use cofferdam_cel::Program;

/// Levels of operators that are taken apart; what lies deeper stays whole.
const LEVELS_MAX: usize = 16;

/// A condition, or a part of one.
#[derive(Debug)]
pub(super) struct Clause {
    pub(super) program: Program,
    pub(super) parts: Parts,
}

/// What a condition is made of.
#[derive(Debug)]
pub(super) enum Parts {
    /// Nothing that can be told apart.
    None,
    /// All must hold.
    All(Vec<Clause>),
    /// One must hold.
    Any(Vec<Clause>),
    /// It must not hold.
    Not(Box<Clause>),
    /// Condition, what holds if it does, what if it does not.
    Choice(Box<[Clause; 3]>),
}

impl Clause {
    /// The parts of an expression; `None` for one that does not parse.
    pub(super) fn of(source: &str) -> Option<Self> {
        Self::at(source, 0)
    }

    fn at(source: &str, level: usize) -> Option<Self> {
        let source = bare(source);
        let program = Program::parse(source).ok()?;
        Some(Self { parts: parts(source, level).unwrap_or(Parts::None), program })
    }

    /// The text of it.
    pub(super) fn source(&self) -> &str {
        self.program.source()
    }

    /// It and all its parts with their levels, each before its own parts, in the order of the text.
    pub(super) fn flat(self) -> Vec<(usize, Self)> {
        let mut flat = Vec::new();
        let mut left = vec![(0, self)];
        while let Some((level, mut clause)) = left.pop() {
            let parts = match std::mem::replace(&mut clause.parts, Parts::None) {
                Parts::None => Vec::new(),
                Parts::All(parts) | Parts::Any(parts) => parts,
                Parts::Not(part) => vec![*part],
                Parts::Choice(parts) => parts.into_iter().collect(),
            };
            flat.push((level, clause));
            left.extend(parts.into_iter().rev().map(|part| (level + 1, part)));
        }
        flat
    }
}

fn parts(source: &str, level: usize) -> Option<Parts> {
    if level == LEVELS_MAX {
        return None;
    }
    let clause = |text: &str| Clause::at(text, level + 1);
    let operators = operators(source);
    if let Some(question) = operators.iter().position(|(_, operator)| *operator == "?") {
        let (at, _) = operators.get(question)?;
        let rest = operators.get(question + 1..)?;
        let (colon, _) = rest.iter().find(|(_, operator)| *operator == ":")?;
        // Of nested choices the colon is that of the inner one: those stay whole.
        if rest.iter().filter(|(_, operator)| *operator == "?").count() > 0 {
            return None;
        }
        let [condition, then, otherwise] =
            [source.get(..*at)?, source.get(at + 1..*colon)?, source.get(colon + 1..)?];
        let choice = [clause(condition)?, clause(then)?, clause(otherwise)?];
        return Some(Parts::Choice(Box::new(choice)));
    }
    for (operator, make) in [("||", Parts::Any as fn(Vec<Clause>) -> Parts), ("&&", Parts::All)] {
        let places = operators.iter().filter(|(_, found)| *found == operator).map(|(at, _)| *at);
        let mut pieces = Vec::new();
        let mut start = 0;
        for at in places {
            pieces.push(source.get(start..at)?);
            start = at + 2;
        }
        if start > 0 {
            pieces.push(source.get(start..)?);
            return Some(make(pieces.into_iter().map(clause).collect::<Option<_>>()?));
        }
    }
    let negated = source.strip_prefix('!')?;
    // `!a == b` is `(!a) == b`: a negation of all of it is a group, a call or a path.
    let is_one = negated.trim_start().starts_with('(') && bare(negated).len() < negated.len()
        || operators.is_empty() && !negated.contains(['=', '<', '>', '+', '-', '*', '/', '%', ' ']);
    let part = if is_one { clause(negated)? } else { return None };
    // What is not there or not so reads more easily as one.
    (!matches!(part.parts, Parts::None)).then(|| Parts::Not(Box::new(part)))
}

/// Without white space and parentheses around all of it.
fn bare(source: &str) -> &str {
    let mut source = source.trim();
    while let Some(inner) = source.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        if !is_balanced(inner) {
            break;
        }
        source = inner.trim();
    }
    source
}

/// Whether no parenthesis of `source` closes one outside of it.
fn is_balanced(source: &str) -> bool {
    let mut depth = 0_i32;
    let mut fine = true;
    scan(source, &mut |_, byte| {
        depth += match byte {
            b'(' | b'[' | b'{' => 1,
            b')' | b']' | b'}' => -1,
            _ => 0,
        };
        fine &= depth >= 0;
    });
    fine && depth == 0
}

/// The logical operators outside of all brackets, in order.
fn operators(source: &str) -> Vec<(usize, &'static str)> {
    let bytes = source.as_bytes();
    let mut depth = 0_i32;
    let mut found = Vec::new();
    let mut skip = None;
    scan(source, &mut |at, byte| {
        let next = bytes.get(at + 1).copied();
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth -= 1,
            _ if depth != 0 || skip == Some(at) => {}
            b'|' if next == Some(b'|') => {
                found.push((at, "||"));
                skip = Some(at + 1);
            }
            b'&' if next == Some(b'&') => {
                found.push((at, "&&"));
                skip = Some(at + 1);
            }
            // `.?field` and `[?index]` are optional steps.
            b'?' if at == 0 || bytes.get(at - 1) != Some(&b'.') => found.push((at, "?")),
            b':' => found.push((at, ":")),
            _ => {}
        }
    });
    found
}

/// Shows every byte that is not in a string or a comment.
fn scan(source: &str, see: &mut dyn FnMut(usize, u8)) {
    let bytes = source.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        match byte {
            b'"' | b'\'' => at = string_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'/') => {
                let rest = bytes.get(at..).unwrap_or_default();
                at += rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
            }
            _ => {
                see(at, byte);
                at += 1;
            }
        }
    }
}

/// One after the end of the string that begins at `start`.
fn string_end(bytes: &[u8], start: usize) -> usize {
    let Some(quote) = bytes.get(start) else { return start + 1 };
    let before = |back: usize| start.checked_sub(back).and_then(|at| bytes.get(at)).copied();
    let is_raw = matches!(before(1), Some(b'r' | b'R'))
        || matches!((before(1), before(2)), (Some(b'b' | b'B'), Some(b'r' | b'R')));
    let triple = [*quote; 3];
    let is_triple = bytes.get(start..start + 3) == Some(&triple);
    let end: &[u8] = if is_triple { &triple } else { std::slice::from_ref(quote) };
    let mut at = start + end.len();
    while at < bytes.len() {
        if bytes.get(at..at + end.len()) == Some(end) {
            return at + end.len();
        }
        let escapes = !is_raw && bytes.get(at) == Some(&b'\\');
        at += if escapes { 2 } else { 1 };
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::{Clause, Parts};

    /// The parts, as a text with marks.
    fn told(clause: &Clause) -> String {
        let list = |parts: &[Clause]| parts.iter().map(told).collect::<Vec<_>>().join(", ");
        match &clause.parts {
            Parts::None => clause.source().to_owned(),
            Parts::All(parts) => format!("all({})", list(parts)),
            Parts::Any(parts) => format!("any({})", list(parts)),
            Parts::Not(part) => format!("not({})", told(part)),
            Parts::Choice(parts) => format!("choice({})", list(&**parts)),
        }
    }

    #[test]
    fn parts_of_conditions() {
        for (source, expected) in [
            ("a", "a"),
            ("a && b || c", "any(all(a, b), c)"),
            ("(a || b) && !(c && d)", "all(any(a, b), not(all(c, d)))"),
            ("!a == b", "!a == b"),
            ("!a.b", "!a.b"),
            ("!(a.b)", "!(a.b)"),
            ("a ? b && c : d", "choice(a, all(b, c), d)"),
            ("a ? b : c ? d : e", "a ? b : c ? d : e"),
            ("x.all(y, y && z) && 'a || b' == c", "all(x.all(y, y && z), 'a || b' == c)"),
            ("a.?b.orValue(true) && r'\\' == c", "all(a.?b.orValue(true), r'\\' == c)"),
            ("{'a': b}.a || c", "any({'a': b}.a, c)"),
            ("(a) && (b) || (c)", "any(all(a, b), c)"),
        ] {
            if let Some(clause) = Clause::of(source) {
                assert_eq!(told(&clause), expected, "{source}");
            } else {
                assert!(source.contains('?'), "{source}");
            }
        }
    }
}
