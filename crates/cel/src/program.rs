//! A parsed expression, ready to be evaluated.

use crate::{
    Place, SyntaxError, Type,
    ast::{Expression, Kind},
    limits::MISTAKES_MAX,
    parser,
};

/// A parsed expression.
#[derive(Debug)]
pub struct Program {
    source: Box<str>,
    pub(crate) root: Expression,
}

impl Program {
    /// Parses an expression. Names are not looked at: see [`Program::check`].
    pub fn parse(source: &str) -> Result<Self, SyntaxError> {
        Ok(Self { source: source.into(), root: parser::parse(source)? })
    }

    /// A mistake of the expression as a whole, as a caller sees it.
    pub fn mistake(&self, message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(&self.source, self.root.place, message)
    }

    /// The source.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Checks that every variable is among `variables`, that every function exists, and that
    /// literal patterns are regular expressions. Gives the mistakes in order of the source, at
    /// most [`MISTAKES_MAX`].
    pub fn check(&self, variables: &[&str]) -> Vec<SyntaxError> {
        let mut errors = Vec::new();
        self.visit(&mut |expression| {
            if errors.len() == MISTAKES_MAX {
                return;
            }
            let message = match &expression.kind {
                Kind::Variable(variable) if !is_declared(&variable.name, variables) => format!(
                    "there is no variable {:?} here{}; there are {}",
                    &*variable.name,
                    suggestion(&variable.name, variables.iter().copied()),
                    variables.join(", "),
                ),
                Kind::Call { name, function: None, .. } => {
                    match crate::functions::arguments_of(name) {
                        Some(usage) => format!("{name}() is used as {usage}"),
                        None => format!(
                            "there is no function {name}(){}",
                            suggestion(name, crate::functions::names()),
                        ),
                    }
                }
                Kind::Call { function: Some(function), arguments, pattern: None, .. } => {
                    match function.pattern_error(arguments) {
                        Some(error) => format!("this is not a regular expression: {error}"),
                        None => return,
                    }
                }
                _ => return,
            };
            errors.push(SyntaxError::new(&self.source, expression.place, message));
        });
        errors
    }

    /// The members of the variable `name` that the expression can read: for `variables.a &&
    /// variables.b` and `variables` that is `a` and `b`. Sorted, each once.
    pub fn members_of(&self, name: &str) -> Vec<&str> {
        let mut members = Vec::new();
        self.visit(&mut |expression| {
            if let Kind::Select { operand, field, .. } | Kind::Has { operand, field } =
                &expression.kind
                && matches!(&operand.kind, Kind::Variable(variable) if *variable.name == *name)
            {
                members.push(&**field);
            }
        });
        members.sort_unstable();
        members.dedup();
        members
    }

    /// Whether the expression can read the variable `name`.
    pub fn reads(&self, name: &str) -> bool {
        let mut reads = false;
        self.visit(&mut |expression| {
            reads |=
                matches!(&expression.kind, Kind::Variable(variable) if *variable.name == *name);
        });
        reads
    }

    /// Where an expression of this program stands, for people.
    pub fn line_and_column(&self, place: Place) -> (usize, usize) {
        place.line_and_column(&self.source)
    }

    pub(crate) fn visit<'p>(&'p self, see: &mut dyn FnMut(&'p Expression)) {
        let mut left = vec![&self.root];
        while let Some(expression) = left.pop() {
            see(expression);
            let mut children = expression.kind.children();
            children.reverse();
            left.extend(children);
        }
    }
}

fn is_declared(name: &str, variables: &[&str]) -> bool {
    variables.contains(&name) || Type::begins_with(name)
}

/// A name that differs in so little that it was probably meant.
pub(crate) fn suggestion<'n>(name: &str, candidates: impl Iterator<Item = &'n str>) -> String {
    candidates
        .map(|candidate| (distance(name, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= 2 && *distance < candidate.len())
        .min()
        .map(|(_, candidate)| format!(", did you mean {candidate:?}?"))
        .unwrap_or_default()
}

/// Levenshtein's distance in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(b.bytes()) {
            let replaced = diagonal + usize::from(left != right);
            diagonal = *cell;
            before = replaced.min(before + 1).min(*cell + 1);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}
