//! Calls, and the macros that look like calls (cel-spec, "Macros").

use crate::{
    Place,
    ast::{Comprehension, ComprehensionKind, Expression, Kind},
    parser::{Parsed, Parser},
    token::TokenKind,
};

impl Parser<'_> {
    /// `name(…)`, after the parenthesis.
    pub(crate) fn global_call(&mut self, name: &str, start: Place) -> Parsed {
        let (mut arguments, end) = self.items(")")?;
        let place = start.to(end);
        if name != "has" {
            return self.call(name, false, arguments, place);
        }
        let argument = (arguments.len() == 1).then(|| arguments.pop()).flatten();
        match argument.map(|argument| argument.kind) {
            Some(Kind::Select { operand, field, .. }) => {
                self.build(place, Kind::Has { operand, field })
            }
            _ => Err(self.error(place, "has() takes one field, as in has(object.field)")),
        }
    }

    /// `operand.name(…)`, after the parenthesis.
    pub(crate) fn member_call(&mut self, operand: Expression, name: &str, start: Place) -> Parsed {
        let kind = match name {
            "all" => ComprehensionKind::All,
            "exists" => ComprehensionKind::Exists,
            "exists_one" => ComprehensionKind::ExistsOne,
            "filter" => ComprehensionKind::Filter,
            "map" => ComprehensionKind::Map,
            _ => {
                let (arguments, end) = self.items(")")?;
                let arguments = [operand].into_iter().chain(arguments).collect();
                return self.call(name, true, arguments, start.to(end));
            }
        };
        self.comprehension(kind, name, operand, start)
    }

    fn comprehension(
        &mut self,
        kind: ComprehensionKind,
        name: &str,
        range: Expression,
        start: Place,
    ) -> Parsed {
        let TokenKind::Name(variable) = self.peek().clone() else {
            let expected = format!("the name of a variable, as in list.{name}(item, …)");
            return Err(self.unexpected(&expected));
        };
        self.advance();
        self.expect(",")?;
        let local = self.locals.len();
        self.locals.push(variable);
        let first = self.expression()?;
        let second = if kind == ComprehensionKind::Map && self.take(",") {
            Some(self.expression()?)
        } else {
            None
        };
        self.locals.pop();
        let end = self.expect(")")?;
        let (condition, transform) = match (kind, second) {
            (ComprehensionKind::Map, None) => (None, Some(first)),
            (_, second) => (Some(first), second),
        };
        let comprehension = Comprehension { kind, range, local, condition, transform };
        self.build(start.to(end), Kind::Comprehension(Box::new(comprehension)))
    }
}
