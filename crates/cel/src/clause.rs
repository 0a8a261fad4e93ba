//! Which part of a condition decided it.

use crate::{
    Evaluation, Place, Program, Scope, Stop,
    ast::{Comprehension, ComprehensionKind, Expression, Kind},
    environment::Environment,
};

/// The smallest part of a condition that by itself explains its result.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause<'p> {
    /// Where it stands in the program.
    pub place: Place,
    /// It, as the program writes it.
    pub text: &'p str,
    /// What it gave; for a part under `!` the opposite of what the condition gave.
    pub result: Result<bool, Stop>,
    /// The elements it was about, outermost first: for `containers.all(c, …)` that failed, which
    /// container failed it.
    pub elements: Vec<ClauseElement>,
}

/// One element that a macro had come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClauseElement {
    /// Where the macro's list or map stands in the program.
    pub range: Place,
    /// Position of the element, from 0.
    pub position: usize,
}

impl<'a> Evaluation<'a> {
    /// Finds the part of a condition that decided it, by evaluating its parts again: down through
    /// `&&`, `||`, `!`, `? :`, `all` and `exists` for as long as one part alone is the reason.
    /// What only guards a read (`!has(a.b) || …`) is not the reason when the read says the same.
    /// The trace grows by what is read again: mark it before, and rewind it.
    ///
    /// ```
    /// use cofferdam_cel::{Evaluation, Program, Scope, Value};
    ///
    /// let program = Program::parse("[1, 2, 3].all(n, n > 0 && (n < 3 || n == 7))").unwrap();
    /// let clause = Evaluation::default().clause(&program, &Scope::default());
    /// assert_eq!(clause.text, "n < 3 || n == 7");
    /// assert_eq!(clause.result, Ok(false));
    /// assert_eq!(clause.elements[0].position, 2);
    /// ```
    pub fn clause(&mut self, program: &'a Program, scope: &Scope<'a>) -> Clause<'a> {
        let names = Environment::new(scope);
        let result = self.test(&program.root, names, "the condition");
        let mut elements = Vec::new();
        let (expression, result) = self.descend(&program.root, result, names, &mut elements);
        let place = enclosed(program.source(), expression.place);
        let text = program.source().get(place.start..place.end).unwrap_or_default();
        Clause { place, text, result, elements }
    }

    /// Down from an expression with this result to the part that is the reason for it.
    fn descend(
        &mut self,
        expression: &'a Expression,
        result: Result<bool, Stop>,
        names: Environment<'_, 'a>,
        elements: &mut Vec<ClauseElement>,
    ) -> (&'a Expression, Result<bool, Stop>) {
        let part = match &expression.kind {
            Kind::And(parts) => self.reason(parts, &result, false, names),
            Kind::Or(parts) => self.reason(parts, &result, true, names),
            // A negated leaf is read more easily with its `!`.
            Kind::Not(operand) if operand.kind.is_compound() => Some(&**operand),
            Kind::Conditional { condition, then, otherwise } => {
                match self.test(condition, names, "? :") {
                    Ok(true) => Some(&**then),
                    Ok(false) => Some(&**otherwise),
                    Err(_) => Some(&**condition),
                }
            }
            Kind::Comprehension(comprehension) => {
                let found = self.element_of(comprehension, &result, names, elements);
                return found.unwrap_or((expression, result));
            }
            _ => None,
        };
        let Some(part) = part else { return (expression, result) };
        let result = self.test(part, names, "the condition");
        self.descend(part, result, names, elements)
    }

    /// The one part of a chain that is the reason for its result, if it is one alone. `decides`
    /// is the value that one part is enough for.
    fn reason(
        &mut self,
        parts: &'a [Expression],
        result: &Result<bool, Stop>,
        decides: bool,
        names: Environment<'_, 'a>,
    ) -> Option<&'a Expression> {
        if *result == Ok(!decides) {
            let mut reasons = parts.iter().filter(|part| !part.guards_one_of(parts, decides));
            return reasons.next().filter(|_| reasons.next().is_none());
        }
        let same = |found: &Result<bool, Stop>| match (found, result) {
            (Err(Stop::Unknown(_)), Err(Stop::Unknown(_)))
            | (Err(Stop::Error(_)), Err(Stop::Error(_))) => true,
            (found, result) => found == result,
        };
        parts.iter().find(|part| same(&self.test(part, names, "the condition")))
    }

    /// The part of the condition of `all` or `exists` that is the reason, at the element that
    /// decided.
    fn element_of(
        &mut self,
        comprehension: &'a Comprehension,
        result: &Result<bool, Stop>,
        names: Environment<'_, 'a>,
        elements: &mut Vec<ClauseElement>,
    ) -> Option<(&'a Expression, Result<bool, Stop>)> {
        let decides = match comprehension.kind {
            ComprehensionKind::All => false,
            ComprehensionKind::Exists => true,
            _ => return None,
        };
        let condition = comprehension.condition.as_ref()?;
        if *result == Ok(!decides) {
            return None;
        }
        let range = self.eval(&comprehension.range, names).ok()?;
        let length = self.length(&range).ok()?;
        let position = (0..length).find(|position| {
            let found = self.inside(comprehension, &range, *position, names, |inner, names| {
                inner.test(condition, names, "the condition")
            });
            match result {
                Ok(result) => found == Ok(*result),
                Err(_) => found.is_err(),
            }
        })?;
        let range_place = comprehension.range.place;
        self.inside(comprehension, &range, position, names, |inner, names| {
            elements.push(ClauseElement { range: range_place, position });
            let result = inner.test(condition, names, "the condition");
            Ok(inner.descend(condition, result, names, elements))
        })
        .ok()
    }
}

impl Kind {
    const fn is_compound(&self) -> bool {
        matches!(
            self,
            Self::And(_) | Self::Or(_) | Self::Conditional { .. } | Self::Comprehension(_)
        )
    }
}

impl Expression {
    /// Whether this asks `!has(a.b)` before an alternative (`decides`), or `has(a.b)` before a
    /// further condition, that reads `a.b`.
    fn guards_one_of(&self, parts: &[Self], decides: bool) -> bool {
        let has = match &self.kind {
            Kind::Not(operand) if decides => &operand.kind,
            kind if !decides => kind,
            _ => return false,
        };
        let Kind::Has { operand, field } = has else { return false };
        parts.iter().any(|part| !std::ptr::eq(part, self) && part.reads(operand, field))
    }

    /// Whether `operand.field` is read somewhere in this.
    fn reads(&self, operand: &Self, field: &str) -> bool {
        let here = match &self.kind {
            Kind::Select { operand: other, field: name, .. } => {
                **name == *field && other.is_same_path(operand)
            }
            // A longer `has` of the same path: `has(a.b) && has(a.b.c)`.
            Kind::Has { operand: other, .. } => other.reads(operand, field),
            _ => false,
        };
        here || self.kind.children().into_iter().any(|child| child.reads(operand, field))
    }

    fn is_same_path(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Variable(a), Kind::Variable(b)) => a.name.is(&b.name),
            (Kind::Local(a), Kind::Local(b)) => a == b,
            (
                Kind::Select { operand: a, field: first, .. },
                Kind::Select { operand: b, field: second, .. },
            ) => first == second && a.is_same_path(b),
            _ => false,
        }
    }
}

/// A part begins and ends with what it is made of; the parentheses around the first and the last
/// of that belong to it as well.
fn enclosed(source: &str, place: Place) -> Place {
    let (before, text, after) = (
        source.get(..place.start).unwrap_or_default(),
        source.get(place.start..place.end).unwrap_or_default(),
        source.get(place.end..).unwrap_or_default(),
    );
    let (mut closing, mut opening) = unmatched(text);
    let Place { mut start, mut end } = place;
    for (at, letter) in before.char_indices().rev().take_while(|(_, letter)| is_around(*letter)) {
        if closing == 0 {
            break;
        }
        if letter == '(' {
            (closing, start) = (closing - 1, at);
        }
    }
    for (at, letter) in after.char_indices().take_while(|(_, letter)| is_around(*letter)) {
        if opening == 0 {
            break;
        }
        if letter == ')' {
            (opening, end) = (opening - 1, place.end + at + 1);
        }
    }
    Place { start, end }
}

const fn is_around(letter: char) -> bool {
    letter.is_ascii_whitespace() || matches!(letter, '(' | ')')
}

/// How many parentheses are closed that were not opened, and opened that are not closed; those in
/// strings do not count.
fn unmatched(text: &str) -> (usize, usize) {
    let (mut closing, mut opening) = (0, 0);
    let mut quote = None;
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(_), '\\') => drop(letters.next()),
            (Some(open), _) if open == letter => quote = None,
            (None, '"' | '\'') => quote = Some(letter),
            (None, '(') => opening += 1,
            (None, ')') if opening == 0 => closing += 1,
            (None, ')') => opening -= 1,
            _ => {}
        }
    }
    (closing, opening)
}
