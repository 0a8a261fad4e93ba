//! Macros: what their variables are, and what they make.

use super::{
    Cost, StaticType,
    checker::{Checker, Part, as_optional},
};
use crate::{
    Place, Type,
    ast::{Bind, BindKind, Comprehension, ComprehensionKind as Kinds, Expression},
};

impl Checker<'_> {
    pub(super) fn comprehension(&mut self, macros: &Comprehension) -> Part {
        let range = self.part(&macros.range);
        let place = macros.range.place;
        let (index, element) = self.entries(&range.kind, place, "is nothing to go through");
        let is_list = matches!(range.kind, StaticType::List(_));
        let single = if is_list { element.clone() } else { index.clone() };
        let level = self.locals.len();
        if macros.two {
            self.local(index.clone());
            self.local(element);
        } else {
            self.local(single.clone());
        }
        let condition = macros.condition.as_ref().map(|condition| {
            let part = self.part(condition);
            self.must_be_bool(&part.kind, condition.place, "the condition");
            part.cost
        });
        let transform = macros.transform.as_ref().map(|transform| self.part(transform));
        self.locals.truncate(level);

        let made = transform.as_ref().map_or(StaticType::Dyn, |part| part.kind.clone());
        let kind = match macros.kind {
            Kinds::All | Kinds::Exists | Kinds::ExistsOne => Type::Bool.into(),
            Kinds::Filter | Kinds::SortBy => StaticType::list(single),
            Kinds::Map => StaticType::list(made),
            Kinds::TransformMap => StaticType::map(index, made),
            Kinds::TransformMapEntry => {
                let of_map = matches!(made, StaticType::Map(..));
                if of_map { made } else { StaticType::map(StaticType::Dyn, StaticType::Dyn) }
            }
        };
        let adds = match macros.kind {
            Kinds::All | Kinds::Exists | Kinds::ExistsOne => Cost::ONE,
            _ => Cost::LIST,
        };
        let body = [condition, transform.map(|part| part.cost)];
        let body = body.into_iter().flatten().fold(adds, Cost::plus);
        let cost = range.cost.plus(Cost::ONE).plus(body.times(range.size));
        let size = if kind == Type::Bool.into() { 1 } else { range.size };
        Part { kind, size, cost }
    }

    fn local(&mut self, kind: StaticType) {
        let size = self.size_of(&kind);
        self.locals.push((kind, size));
    }

    pub(super) fn bind(&mut self, bind: &Bind) -> Part {
        let value = self.part(&bind.value);
        let kind = match (bind.kind, &value.kind) {
            (BindKind::Value, kind) => kind.clone(),
            (_, StaticType::Optional(inner)) => (**inner).clone(),
            (_, StaticType::Dyn) => StaticType::Dyn,
            (_, other) => {
                let name = other.display(self.declarations);
                self.mistake(bind.value.place, format!("this needs an optional, it is {name}"));
                StaticType::Dyn
            }
        };
        let level = self.locals.len();
        self.locals.push((kind, value.size));
        let body = self.part(&bind.body);
        self.locals.truncate(level);
        let kind = match bind.kind {
            BindKind::Value => body.kind,
            BindKind::OptionalMap => StaticType::optional(body.kind),
            BindKind::OptionalFlatMap => as_optional(body.kind),
        };
        Part { kind, size: body.size, cost: value.cost.plus(body.cost).plus(Cost::LIST) }
    }

    /// `left.or(right)`, `left.orValue(right)`.
    pub(super) fn either(
        &mut self,
        left: &Expression,
        right: &Expression,
        unwrap: bool,
        place: Place,
    ) -> Part {
        let (one, other) = (self.part(left), self.part(right));
        let name = if unwrap { "orValue()" } else { "or()" };
        let inner = match &one.kind {
            StaticType::Optional(inner) => (**inner).clone(),
            StaticType::Dyn => StaticType::Dyn,
            kind => {
                let given = kind.display(self.declarations);
                self.mistake(left.place, format!("{name} needs an optional, this is {given}"));
                StaticType::Dyn
            }
        };
        let kind = if unwrap {
            self.joined(&inner, &other.kind, place)
        } else {
            self.joined(&as_optional(inner), &other.kind, place)
        };
        let cost = one.cost.plus(other.cost).plus(Cost::ONE);
        Part { kind, size: one.size.max(other.size), cost }
    }
}
