//! What an expression asks of fields: which it compares, and with what.

use crate::{
    Place, Program, Value,
    ast::{Expression, Kind, Operator},
};

/// A field of which an expression asks whether it is there, or what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldTest<'p> {
    /// The variable that the way to it begins at; `None` for a variable of a macro.
    pub root: Option<&'p str>,
    /// The fields on the way from there, itself last: `spec`, `replicas`. Positions in lists are
    /// left out.
    pub fields: Vec<&'p str>,
    /// What it is compared with, as the program writes it: `5`, `['a', 'b']`, `params.limit`.
    /// `None`: it is only asked whether it is there.
    pub with: Option<&'p str>,
}

impl Program {
    /// Every test of a field, in the order of the text: `has(a.b)`, and `a.b` beside `==`, `!=`,
    /// `<`, `<=`, `>`, `>=` and before `in`.
    ///
    /// ```
    /// use cofferdam_cel::Program;
    ///
    /// let program = Program::parse("has(pod.spec.port) && 80 < pod.spec.port").unwrap();
    /// let tests = program.field_tests();
    /// assert_eq!((&*tests[0].fields, tests[0].with), (&["spec", "port"][..], None));
    /// assert_eq!((tests[1].root, tests[1].with), (Some("pod"), Some("80")));
    /// ```
    pub fn field_tests(&self) -> Vec<FieldTest<'_>> {
        let mut tests = Vec::new();
        self.visit(&mut |expression| match &expression.kind {
            Kind::Has { operand, field } => {
                if let Some((root, mut fields)) = way(operand) {
                    fields.push(field);
                    tests.push(FieldTest { root, fields, with: None });
                }
            }
            Kind::Binary { operator, left, right } if operator.is_test() => {
                let sides = [(left, right), (right, left)];
                let sides = if *operator == Operator::In { &sides[..1] } else { &sides };
                for (field, other) in sides {
                    let with = Some(self.text(other.place));
                    let found = way(field).filter(|(_, fields)| !fields.is_empty());
                    tests.extend(found.map(|(root, fields)| FieldTest { root, fields, with }));
                }
            }
            _ => {}
        });
        tests
    }

    /// Whether all that is asked is whether a field is there: `has(a.b)`.
    pub const fn is_test_of_presence(&self) -> bool {
        matches!(self.root.kind, Kind::Has { .. })
    }

    fn text(&self, Place { start, end }: Place) -> &str {
        self.source().get(start..end).unwrap_or_default()
    }
}

/// A variable and the fields from there down; `None` where something else is read on the way.
fn way(to: &Expression) -> Option<(Option<&str>, Vec<&str>)> {
    let mut fields = Vec::new();
    let mut at = to;
    let root = loop {
        at = match &at.kind {
            Kind::Select { operand, field, .. } => {
                fields.push(&**field);
                operand
            }
            Kind::Index { operand, index, .. } => {
                if let Some(Value::String(key)) = index.constant() {
                    fields.push(key);
                }
                operand
            }
            Kind::Either { left, unwrap: true, .. } => left,
            Kind::Variable(variable) => break Some(&*variable.name),
            Kind::Local(_) => break None,
            _ => return None,
        };
    };
    fields.reverse();
    Some((root, fields))
}

#[cfg(test)]
mod tests {
    use crate::Program;

    #[test]
    fn fields_that_are_asked_about() {
        let told = |source: &str| {
            let program = Program::parse(source).unwrap();
            let tests = program.field_tests().into_iter().map(|test| {
                let root = test.root.unwrap_or("*");
                format!("{root}.{} {}", test.fields.join("."), test.with.unwrap_or("?"))
            });
            tests.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(told("!(has(a.b) && a.b)"), "a.b ?");
        assert_eq!(told("a.?b.?c.orValue('d') in ['e', 'f']"), "a.b.c ['e', 'f']");
        assert_eq!(told("l.all(x, x.y[0].z != 3)"), "*.y.z 3");
        assert_eq!(told("a['b/c'] == params.d"), "a.b/c params.d, params.d a['b/c']");
        // The list is asked for what is in it, which is no field.
        assert_eq!(told("'x' in a.b"), "");
        assert_eq!(told("size(a.b) > 5 && a.b.startsWith('c') && e == 1"), "");
    }
}
