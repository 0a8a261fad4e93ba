//! Calls, and the macros that look like calls (cel-spec, "Macros").

use crate::{
    Place, SyntaxError,
    ast::{Bind, BindKind, Comprehension, ComprehensionKind as Kinds, Expression, Kind},
    functions,
    parser::{Parsed, Parser},
    token::TokenKind,
};

/// How a macro over a list or a map is written.
struct Shape {
    kind: Kinds,
    /// Whether it has two variables; `None`: one or two.
    two: Option<bool>,
    /// Whether its last expression makes something, after a condition that may be left out.
    transforms: bool,
}

fn shape(name: &str) -> Option<Shape> {
    let (kind, two, transforms) = match name {
        "all" => (Kinds::All, None, false),
        "exists" => (Kinds::Exists, None, false),
        "exists_one" | "existsOne" => (Kinds::ExistsOne, None, false),
        "filter" => (Kinds::Filter, Some(false), false),
        "map" => (Kinds::Map, Some(false), true),
        "transformList" => (Kinds::Map, Some(true), true),
        "transformMap" => (Kinds::TransformMap, Some(true), true),
        "transformMapEntry" => (Kinds::TransformMapEntry, Some(true), true),
        "sortBy" => (Kinds::SortBy, Some(false), true),
        _ => return None,
    };
    Some(Shape { kind, two, transforms })
}

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
            Some(Kind::Select { operand, field, optional: false, .. }) => {
                self.build(place, Kind::Has { operand, field })
            }
            _ => Err(self.error(place, "has() takes one field, as in has(object.field)")),
        }
    }

    /// `operand.name(…)`, after the parenthesis.
    pub(crate) fn member_call(&mut self, operand: Expression, name: &str, start: Place) -> Parsed {
        let bind = match name {
            "bind" if operand.is_named("cel") => Some(BindKind::Value),
            "optMap" => Some(BindKind::OptionalMap),
            "optFlatMap" => Some(BindKind::OptionalFlatMap),
            _ => None,
        };
        if let Some(kind) = bind {
            return self.bind(kind, name, operand, start);
        }
        if let Some(shape) = shape(name) {
            return self.comprehension(&shape, name, operand, start);
        }
        let (arguments, end) = self.items(")")?;
        let place = start.to(end);
        // `sets.contains(…)` is a function with a dot in its name.
        if let Some(prefix) = operand.dotted_name() {
            let whole = format!("{prefix}.{name}");
            if functions::find(&whole, false, arguments.len()).is_some() {
                return self.call(&whole, false, arguments, place);
            }
        }
        if let ("or" | "orValue", 1) = (name, arguments.len()) {
            let unwrap = name == "orValue";
            let left = Box::new(operand);
            let right = arguments.into_iter().next().map(Box::new);
            let right = right.ok_or_else(|| self.error(place, "or() takes one value"))?;
            return self.build(place, Kind::Either { left, right, unwrap });
        }
        let arguments = [operand].into_iter().chain(arguments).collect();
        self.call(name, true, arguments, place)
    }

    /// The name of a variable, and the comma after it.
    fn binder(&mut self, name: &str) -> Result<Box<str>, SyntaxError> {
        let TokenKind::Name(variable) = self.peek().clone() else {
            let expected = format!("the name of a variable, as in list.{name}(item, …)");
            return Err(self.unexpected(&expected));
        };
        self.advance();
        self.expect(",")?;
        Ok(variable)
    }

    fn comprehension(
        &mut self,
        shape: &Shape,
        name: &str,
        range: Expression,
        start: Place,
    ) -> Parsed {
        let local = self.locals.len();
        let first = self.binder(name)?;
        let two = shape.two.unwrap_or_else(|| {
            matches!(
                (self.peek(), self.peek_ahead(1)),
                (TokenKind::Name(_), TokenKind::Symbol(","))
            )
        });
        let second = if two { Some(self.binder(name)?) } else { None };
        self.locals.push(first);
        self.locals.extend(second);
        let first = self.expression()?;
        let second = if shape.transforms && shape.kind != Kinds::SortBy && self.take(",") {
            Some(self.expression()?)
        } else {
            None
        };
        self.locals.truncate(local);
        let end = self.expect(")")?;
        let (condition, transform) = match second {
            Some(second) => (Some(first), Some(second)),
            None if shape.transforms => (None, Some(first)),
            None => (Some(first), None),
        };
        let kind = shape.kind;
        let comprehension = Comprehension { kind, range, local, two, condition, transform };
        self.build(start.to(end), Kind::Comprehension(Box::new(comprehension)))
    }

    /// `cel.bind(name, value, body)`, `operand.optMap(name, body)`.
    fn bind(&mut self, kind: BindKind, name: &str, operand: Expression, start: Place) -> Parsed {
        let local = self.locals.len();
        let variable = self.binder(name)?;
        let value = if kind == BindKind::Value {
            let value = self.expression()?;
            self.expect(",")?;
            value
        } else {
            operand
        };
        self.locals.push(variable);
        let body = self.expression()?;
        self.locals.truncate(local);
        let end = self.expect(")")?;
        self.build(start.to(end), Kind::Bind(Box::new(Bind { kind, local, value, body })))
    }
}

impl Expression {
    fn is_named(&self, name: &str) -> bool {
        matches!(&self.kind, Kind::Variable(variable) if *variable.name == *name)
    }

    /// The name that this could be the first part of.
    fn dotted_name(&self) -> Option<&str> {
        match &self.kind {
            Kind::Variable(variable) => Some(&variable.name),
            Kind::Select { qualified: Some(qualified), .. } => Some(&qualified.whole.name),
            _ => None,
        }
    }
}
