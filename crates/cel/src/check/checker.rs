//! One walk over an expression: the type of each part, its size and its cost.

use super::{
    Checked, Cost, Declarations, Field, Sizes, StaticType, library::signatures,
    signature::Signature,
};
use crate::{
    List, Map, Place, Program, SyntaxError, Type, Value,
    ast::{Expression, Kind, Operator, Pair, Qualified, Variable},
    functions::Function,
    limits::MISTAKES_MAX,
    program::suggestion,
};

/// What is known of a part of an expression.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) kind: StaticType,
    /// Entries or characters it has at most.
    pub(super) size: u64,
    pub(super) cost: Cost,
}

pub(super) struct Checker<'c> {
    pub(super) source: &'c str,
    pub(super) declarations: &'c dyn Declarations,
    pub(super) sizes: Sizes,
    /// Types and sizes of the variables of the macros around, outermost first.
    pub(super) locals: Vec<(StaticType, u64)>,
    errors: Vec<SyntaxError>,
}

pub(super) fn check(program: &Program, declarations: &dyn Declarations, sizes: Sizes) -> Checked {
    let source = program.source();
    let mut checker =
        Checker { source, declarations, sizes, locals: Vec::new(), errors: Vec::new() };
    let Part { kind, cost, .. } = checker.part(&program.root);
    let mut errors = checker.errors;
    errors.sort_by_key(|error| error.place);
    Checked { kind, cost, errors }
}

impl Checker<'_> {
    pub(super) fn mistake(&mut self, place: Place, message: impl Into<String>) {
        if self.errors.len() < MISTAKES_MAX {
            self.errors.push(SyntaxError::new(self.source, place, message));
        }
    }

    /// The size of a value from outside.
    pub(super) const fn size_of(&self, kind: &StaticType) -> u64 {
        match kind {
            StaticType::Simple(Type::String | Type::Bytes) => self.sizes.characters,
            StaticType::List(_) | StaticType::Map(..) | StaticType::Dyn => self.sizes.entries,
            _ => 1,
        }
    }

    /// A value of this type from outside.
    pub(super) fn outside(&self, kind: StaticType, cost: Cost) -> Part {
        let size = self.size_of(&kind);
        Part { kind, size, cost }
    }

    /// Parsing bounds the depth.
    pub(super) fn part(&mut self, expression: &Expression) -> Part {
        match &expression.kind {
            Kind::Literal(value) => {
                Part { kind: of_value(value), size: length(value), cost: Cost(0) }
            }
            Kind::Variable(variable) => self.variable(variable, expression.place),
            Kind::Local(level) => {
                let (kind, size) = self.locals.get(*level).cloned().unwrap_or((StaticType::Dyn, 0));
                Part { kind, size, cost: Cost::ONE }
            }
            Kind::Select { operand, field, qualified, optional } => {
                if let Some(part) = qualified.as_ref().and_then(|names| self.whole(names)) {
                    return part;
                }
                self.select(operand, field, *optional, expression.place)
            }
            Kind::Has { operand, field } => {
                let part = self.select(operand, field, false, expression.place);
                Part { kind: Type::Bool.into(), size: 1, cost: part.cost }
            }
            Kind::Index { operand, index, optional } => {
                self.index(operand, index, *optional, expression.place)
            }
            Kind::Call { name, function, arguments, .. } => {
                let receiver = function.is_some_and(Function::is_member);
                self.call(name, receiver, arguments, expression.place)
            }
            Kind::Not(operand) => self.conditions(std::slice::from_ref(&**operand), "!"),
            Kind::Negate(operand) => self.apply("-_", "-", &[operand], expression.place),
            Kind::Binary { operator, left, right } => {
                let symbol = signature_of(*operator);
                self.apply(symbol, operator.symbol(), &[left, right], expression.place)
            }
            Kind::And(parts) => self.conditions(parts, "&&"),
            Kind::Or(parts) => self.conditions(parts, "||"),
            Kind::Conditional { condition, then, otherwise } => {
                self.conditional(condition, then, otherwise, expression.place)
            }
            Kind::List { items, .. } => self.list(items),
            Kind::Map { entries, .. } => self.map(entries),
            Kind::Comprehension(comprehension) => self.comprehension(comprehension),
            Kind::Bind(bind) => self.bind(bind),
            Kind::Either { left, right, unwrap } => {
                self.either(left, right, *unwrap, expression.place)
            }
        }
    }

    fn variable(&mut self, variable: &Variable, place: Place) -> Part {
        if let Some(kind) = self.declarations.variable(&variable.name) {
            return self.outside(kind, Cost::ONE);
        }
        if variable.kind.is_none() && !is_prefix_of_type(&variable.name) {
            self.mistake(place, format!("there is no variable {:?}", &*variable.name));
        }
        let kind = variable.kind.map_or(StaticType::Dyn, |_| Type::Type.into());
        Part { kind, size: 1, cost: Cost::ONE }
    }

    /// A dotted name that is a variable or a type as a whole.
    fn whole(&self, names: &Qualified) -> Option<Part> {
        let declared = self.declarations.variable(&names.whole.name);
        let kind = declared.or_else(|| names.whole.kind.map(|_| Type::Type.into()))?;
        Some(self.outside(kind, Cost::ONE))
    }

    fn select(&mut self, operand: &Expression, field: &str, optional: bool, place: Place) -> Part {
        let of = self.part(operand);
        let (inner, was_optional) = match &of.kind {
            StaticType::Optional(inner) => ((**inner).clone(), true),
            other => (other.clone(), false),
        };
        let kind = match &inner {
            StaticType::Dyn | StaticType::Nothing => StaticType::Dyn,
            StaticType::Map(_, value) => (**value).clone(),
            StaticType::Object(object) => match self.declarations.field(*object, field) {
                Field::Known(kind) => kind,
                Field::Absent(others) => {
                    let hint = suggestion(field, others.iter().map(String::as_str));
                    let name = self.declarations.name(*object);
                    self.mistake(place, format!("{name} has no field {field:?}{hint}"));
                    StaticType::Dyn
                }
            },
            other => {
                let name = other.display(self.declarations);
                self.mistake(place, format!("{name} has no fields, so no {field:?}"));
                StaticType::Dyn
            }
        };
        let size = self.size_of(&kind);
        let kind = if optional || was_optional { as_optional(kind) } else { kind };
        Part { kind, size, cost: of.cost.plus(Cost::ONE) }
    }

    /// What the indices or keys of a list or a map are, and what stands there; for anything else
    /// `wrong` is what is wrong with it.
    pub(super) fn entries(
        &mut self,
        of: &StaticType,
        place: Place,
        wrong: &str,
    ) -> (StaticType, StaticType) {
        match of {
            StaticType::List(element) => (Type::Int.into(), (**element).clone()),
            StaticType::Map(key, value) => ((**key).clone(), (**value).clone()),
            StaticType::Dyn | StaticType::Nothing => (StaticType::Dyn, StaticType::Dyn),
            StaticType::Object(_) => (Type::String.into(), StaticType::Dyn),
            other => {
                let name = other.display(self.declarations);
                self.mistake(place, format!("{name} {wrong}"));
                (StaticType::Dyn, StaticType::Dyn)
            }
        }
    }

    fn index(
        &mut self,
        operand: &Expression,
        index: &Expression,
        optional: bool,
        place: Place,
    ) -> Part {
        let (of, at) = (self.part(operand), self.part(index));
        let (inner, was_optional) = match &of.kind {
            StaticType::Optional(inner) => ((**inner).clone(), true),
            other => (other.clone(), false),
        };
        let (key, kind) = self.entries(&inner, place, "has no elements");
        if key.join(&at.kind).is_none() {
            let (own, given) = (key.display(self.declarations), at.kind.display(self.declarations));
            self.mistake(index.place, format!("the index is {given}, expected {own}"));
        }
        let size = self.size_of(&kind);
        let kind = if optional || was_optional { as_optional(kind) } else { kind };
        Part { kind, size, cost: of.cost.plus(at.cost).plus(Cost::ONE) }
    }

    fn call(&mut self, name: &str, receiver: bool, arguments: &[Expression], place: Place) -> Part {
        let parts: Vec<Part> = arguments.iter().map(|argument| self.part(argument)).collect();
        let overloads = signatures(name, receiver);
        // A function that does not exist is told of by `Program::check`.
        let kind = if overloads.clone().next().is_none() {
            StaticType::Dyn
        } else {
            self.overload(overloads, &parts, &format!("{name}()"), place)
        };
        let cost = parts.iter().fold(work(name, &parts), |cost, part| cost.plus(part.cost));
        let size = self.result_size(name, &kind, &parts);
        Part { kind, size, cost }
    }

    fn result_size(&self, name: &str, kind: &StaticType, parts: &[Part]) -> u64 {
        let all = parts.iter().map(|part| part.size).fold(0, u64::saturating_add);
        match (name, kind) {
            // Each part may stand at each character of the text.
            ("replace" | "join" | "format", _) => {
                parts.iter().map(|part| part.size.max(1)).fold(1, u64::saturating_mul)
            }
            (_, StaticType::Simple(Type::String | Type::Bytes) | StaticType::List(_)) => all,
            _ => self.size_of(kind).min(all.max(1)),
        }
    }

    /// An operator over its operands; `shown` is how people write it.
    fn apply(&mut self, name: &str, shown: &str, operands: &[&Expression], place: Place) -> Part {
        let parts: Vec<Part> = operands.iter().map(|operand| self.part(operand)).collect();
        let kind = self.overload(signatures(name, false), &parts, shown, place);
        let sizes = || parts.iter().map(|part| part.size);
        let all = sizes().fold(0, u64::saturating_add);
        let work = match name {
            "in" => Cost(sizes().nth(1).unwrap_or(1)),
            "==" | "<" | "+" => Cost::text(sizes().max().unwrap_or_default()),
            _ => Cost::ONE,
        };
        let cost = parts.iter().fold(Cost::ONE.plus(work), |cost, part| cost.plus(part.cost));
        Part { size: if name == "+" { all } else { 1 }, kind, cost }
    }

    fn overload(
        &mut self,
        overloads: impl Iterator<Item = &'static Signature>,
        parts: &[Part],
        shown: &str,
        place: Place,
    ) -> StaticType {
        let kinds: Vec<StaticType> = parts.iter().map(|part| part.kind.clone()).collect();
        let mut results = overloads.filter_map(|overload| overload.result(&kinds));
        let Some(first) = results.next() else {
            let given: Vec<String> =
                kinds.iter().map(|kind| kind.display(self.declarations)).collect();
            self.mistake(place, format!("{shown} does not take {}", given.join(" and ")));
            return StaticType::Dyn;
        };
        // Several fit where an argument is not known.
        if results.all(|result| result == first) { first } else { StaticType::Dyn }
    }

    /// Operands that must be bool.
    fn conditions(&mut self, operands: &[Expression], symbol: &str) -> Part {
        let mut cost = Cost(0);
        for operand in operands {
            let part = self.part(operand);
            self.must_be_bool(&part.kind, operand.place, symbol);
            cost = cost.plus(part.cost);
        }
        Part { kind: Type::Bool.into(), size: 1, cost: cost.plus(Cost::ONE) }
    }

    pub(super) fn must_be_bool(&mut self, kind: &StaticType, place: Place, what: &str) {
        if StaticType::from(Type::Bool).join(kind).is_none() {
            let given = kind.display(self.declarations);
            self.mistake(place, format!("{what} needs a bool, this is {given}"));
        }
    }

    fn conditional(
        &mut self,
        condition: &Expression,
        then: &Expression,
        otherwise: &Expression,
        place: Place,
    ) -> Part {
        let condition_part = self.part(condition);
        self.must_be_bool(&condition_part.kind, condition.place, "?:");
        let (then, otherwise) = (self.part(then), self.part(otherwise));
        let kind = self.joined(&then.kind, &otherwise.kind, place);
        let cost = condition_part.cost.plus(then.cost.max(otherwise.cost));
        Part { kind, size: then.size.max(otherwise.size), cost }
    }

    pub(super) fn joined(
        &mut self,
        one: &StaticType,
        other: &StaticType,
        place: Place,
    ) -> StaticType {
        one.join(other).unwrap_or_else(|| {
            let (one, other) = (one.display(self.declarations), other.display(self.declarations));
            self.mistake(place, format!("both sides need one type, they are {one} and {other}"));
            StaticType::Dyn
        })
    }

    fn list(&mut self, items: &[Pair]) -> Part {
        let mut element = None;
        let mut cost = Cost::LIST;
        for item in items {
            let part = self.part(&item.value);
            cost = cost.plus(part.cost);
            let kind = self.unwrapped(part.kind, item);
            element = Some(together(element, kind));
        }
        let kind = StaticType::list(element.unwrap_or(StaticType::Nothing));
        Part { kind, size: count(items.len()), cost }
    }

    fn map(&mut self, entries: &[(Expression, Pair)]) -> Part {
        let (mut keys, mut values) = (None, None);
        let mut cost = Cost::MAP;
        for (key, entry) in entries {
            let (key, value) = (self.part(key), self.part(&entry.value));
            cost = cost.plus(key.cost).plus(value.cost);
            keys = Some(together(keys, key.kind));
            let kind = self.unwrapped(value.kind, entry);
            values = Some(together(values, kind));
        }
        let of = |kind: Option<StaticType>| kind.unwrap_or(StaticType::Nothing);
        Part { kind: StaticType::map(of(keys), of(values)), size: count(entries.len()), cost }
    }

    fn unwrapped(&mut self, kind: StaticType, pair: &Pair) -> StaticType {
        match kind {
            kind if !pair.optional => kind,
            StaticType::Optional(inner) => (*inner).clone(),
            StaticType::Dyn => StaticType::Dyn,
            other => {
                let name = other.display(self.declarations);
                self.mistake(pair.value.place, format!("? needs an optional, this is {name}"));
                StaticType::Dyn
            }
        }
    }
}

/// What a call costs beside its arguments.
fn work(name: &str, parts: &[Part]) -> Cost {
    let sizes = || parts.iter().map(|part| part.size);
    let all = sizes().fold(0, u64::saturating_add);
    match name {
        "matches" | "find" | "findAll" => {
            // Text times pattern, a quarter for each character of the latter (as in cel-go).
            let pattern = sizes().nth(1).unwrap_or_default().div_ceil(4).max(1);
            Cost::text(sizes().next().unwrap_or_default()).times(pattern)
        }
        "sets.contains" | "sets.equivalent" | "sets.intersects" => {
            Cost(sizes().fold(1, u64::saturating_mul))
        }
        "size" | "dyn" | "type" | "hasValue" | "value" | "first" | "last" => Cost::ONE,
        "sort" | "distinct" => Cost(all.saturating_mul(u64::from(all.max(2).ilog2()))),
        _ => Cost::ONE.plus(Cost::text(all)),
    }
}

/// Two types of one literal: the one that both fit in, or anything.
fn together(known: Option<StaticType>, kind: StaticType) -> StaticType {
    match known {
        Some(known) => known.join(&kind).unwrap_or(StaticType::Dyn),
        None => kind,
    }
}

/// An optional of an optional is one.
pub(super) fn as_optional(kind: StaticType) -> StaticType {
    if matches!(kind, StaticType::Optional(_)) { kind } else { StaticType::optional(kind) }
}

const fn signature_of(operator: Operator) -> &'static str {
    match operator {
        Operator::NotEqual => "==",
        Operator::LessOrEqual | Operator::Greater | Operator::GreaterOrEqual => "<",
        other => other.symbol(),
    }
}

/// `google.protobuf.Timestamp` begins with names of their own.
fn is_prefix_of_type(name: &str) -> bool {
    Type::ALL.into_iter().any(|kind| kind.as_str().split('.').next() == Some(name))
}

fn of_value(value: &Value<'_>) -> StaticType {
    value.kind().into()
}

fn length(value: &Value<'_>) -> u64 {
    count(match value {
        Value::String(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(List::Values(values)) => values.len(),
        Value::Map(Map::Entries(entries)) => entries.len(),
        _ => 1,
    })
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
