//! Macros: what goes through lists and maps, and what names a value (cel-spec, "Macros"; cel-go,
//! "Two variable comprehensions", "Bindings", "Optionals").

use crate::{
    Evaluation, Key, Scope, Stop, Type, Value,
    ast::{Bind, BindKind, Comprehension, ComprehensionKind, Expression, Kind},
    evaluate::Evaluated,
    operators,
};

impl<'a> Evaluation<'a> {
    pub(crate) fn comprehension(
        &mut self,
        comprehension: &'a Comprehension,
        scope: &Scope<'a>,
    ) -> Evaluated<'a> {
        let range = self.eval(&comprehension.range, scope)?;
        if !matches!(range.kind(), Type::List | Type::Map) {
            return Err(
                operators::no_overload("iteration", &[&range]).at(comprehension.range.place)
            );
        }
        let result = match comprehension.kind {
            ComprehensionKind::All => self.quantify(comprehension, &range, false, scope),
            ComprehensionKind::Exists => self.quantify(comprehension, &range, true, scope),
            ComprehensionKind::ExistsOne => {
                let mut found = 0_usize;
                self.each(comprehension, &range, scope, |_, _, _| {
                    found += 1;
                    Ok(())
                })
                .map(|()| Value::Bool(found == 1))
            }
            _ => self.collect(comprehension, &range, scope),
        };
        self.locals.truncate(comprehension.local);
        result
    }

    /// `exists` is a long `||`, `all` a long `&&`: one element can decide.
    fn quantify(
        &mut self,
        comprehension: &'a Comprehension,
        range: &Value<'a>,
        decides: bool,
        scope: &Scope<'a>,
    ) -> Evaluated<'a> {
        let length = self.length(range)?;
        self.decide(0..length, decides, |evaluation, position| {
            evaluation.enter(comprehension, range, position)?;
            evaluation.holds(comprehension.condition.as_ref(), scope)
        })
        .map(Value::Bool)
    }

    /// The macros that make a list or a map.
    fn collect(
        &mut self,
        comprehension: &'a Comprehension,
        range: &Value<'a>,
        scope: &Scope<'a>,
    ) -> Evaluated<'a> {
        let mut values = Vec::new();
        let mut entries = Vec::new();
        self.each(comprehension, range, scope, |evaluation, key, value| {
            match comprehension.kind {
                ComprehensionKind::TransformMap => {
                    entries.push((operators::key(&key.unwrap_or(Value::Null))?, value));
                }
                ComprehensionKind::TransformMapEntry => {
                    for position in 0..evaluation.length(&value)? {
                        let key = evaluation.element(&value, position)?;
                        let entry = evaluation.entry(&value, &key)?;
                        let key: Key<'a> = operators::key(&key)?;
                        entries.extend(entry.map(|entry| (key, entry)));
                    }
                }
                _ => values.push(value),
            }
            Ok(())
        })?;
        match comprehension.kind {
            ComprehensionKind::TransformMap | ComprehensionKind::TransformMapEntry => {
                operators::new_map(entries)
            }
            ComprehensionKind::SortBy => self.sorted_by(range, &values),
            _ => Ok(Value::list(values)),
        }
    }

    /// Goes through all elements for which the condition holds, with the key or index of each and
    /// what the macro makes of it. The result needs every element: nothing is absorbed.
    fn each(
        &mut self,
        comprehension: &'a Comprehension,
        range: &Value<'a>,
        scope: &Scope<'a>,
        mut see: impl FnMut(&mut Self, Option<Value<'a>>, Value<'a>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let mut stopped: Option<Stop> = None;
        for position in 0..self.length(range)? {
            let made = self.enter(comprehension, range, position).and_then(|()| {
                if !self.holds(comprehension.condition.as_ref(), scope)? {
                    return Ok(());
                }
                let first = self.locals.get(comprehension.local).cloned().transpose()?;
                let value = match &comprehension.transform {
                    Some(transform) => self.eval(transform, scope)?,
                    None => first.clone().unwrap_or(Value::Null),
                };
                see(self, first, value)
            });
            match made {
                Ok(()) => {}
                Err(Stop::Exhausted) => return Err(Stop::Exhausted),
                Err(stop) => stopped = Some(stop.merge(stopped)),
            }
        }
        stopped.map_or(Ok(()), Err)
    }

    /// Gives the variables of a macro what stands at a position. An element that is unknown stops
    /// only what reads it.
    pub(crate) fn enter(
        &mut self,
        comprehension: &Comprehension,
        range: &Value<'a>,
        position: usize,
    ) -> Result<(), Stop> {
        let first = match self.element(range, position) {
            Err(Stop::Exhausted) => return Err(Stop::Exhausted),
            first => first,
        };
        self.locals.truncate(comprehension.local);
        if !comprehension.two {
            self.locals.push(first);
        } else if matches!(range, Value::List(_)) {
            self.locals.push(Ok(Value::Int(i64::try_from(position).unwrap_or(i64::MAX))));
            self.locals.push(first);
        } else {
            let value = match &first {
                Ok(key) => self.entry(range, key).map(|value| value.unwrap_or(Value::Null)),
                Err(stop) => Err(stop.clone()),
            };
            self.locals.push(first);
            self.locals.push(value);
        }
        Ok(())
    }

    fn holds(
        &mut self,
        condition: Option<&'a Expression>,
        scope: &Scope<'a>,
    ) -> Result<bool, Stop> {
        condition.map_or(Ok(true), |condition| self.test(condition, scope, "the condition"))
    }

    /// `cel.bind`, `optMap`, `optFlatMap`.
    pub(crate) fn bind(&mut self, bind: &'a Bind, scope: &Scope<'a>) -> Evaluated<'a> {
        let value = match (bind.kind, self.eval(&bind.value, scope)) {
            (_, Err(Stop::Exhausted)) => return Err(Stop::Exhausted),
            // A value that is not needed may fail.
            (BindKind::Value, value) => value,
            (_, Ok(Value::Optional(None))) => return Ok(Value::Optional(None)),
            (_, Ok(Value::Optional(Some(value)))) => Ok((*value).clone()),
            (_, Ok(other)) => return Err(operators::no_overload("optMap", &[&other])),
            (_, Err(stop)) => return Err(stop),
        };
        self.locals.truncate(bind.local);
        self.locals.push(value);
        let result = self.eval(&bind.body, scope);
        self.locals.truncate(bind.local);
        match bind.kind {
            BindKind::Value => result,
            BindKind::OptionalMap => result.map(|value| Value::optional(Some(value))),
            BindKind::OptionalFlatMap => match result? {
                value @ Value::Optional(_) => Ok(value),
                other => Err(operators::no_overload("optFlatMap", &[&other])),
            },
        }
    }

    /// `left.or(right)` and `left.orValue(right)`: the right is looked at where it is needed.
    pub(crate) fn either(
        &mut self,
        left: &'a Expression,
        right: &'a Expression,
        unwrap: bool,
        scope: &Scope<'a>,
    ) -> Evaluated<'a> {
        if unwrap && is_chain(left) {
            return match self.chained(left, scope)? {
                Some(value) => Ok(value),
                None => self.eval(right, scope),
            };
        }
        match (self.eval(left, scope)?, unwrap) {
            (Value::Optional(Some(value)), true) => Ok((*value).clone()),
            (value @ Value::Optional(Some(_)), false) => Ok(value),
            (Value::Optional(None), true) => self.eval(right, scope),
            (Value::Optional(None), false) => match self.eval(right, scope)? {
                value @ Value::Optional(_) => Ok(value),
                other => Err(operators::no_overload("or", &[&other])),
            },
            (other, _) => {
                Err(operators::no_overload(if unwrap { "orValue" } else { "or" }, &[&other]))
            }
        }
    }

    /// What a chain of `.?` leads to, without making an optional of each step.
    pub(crate) fn chained(
        &mut self,
        chain: &'a Expression,
        scope: &Scope<'a>,
    ) -> Result<Option<Value<'a>>, Stop> {
        self.step(1)?;
        let Kind::Select { operand, field, .. } = &chain.kind else {
            return self.eval(chain, scope).map(Some);
        };
        let found = if is_chain(operand) {
            match self.chained(operand, scope)? {
                Some(operand) => self.member(&operand, field),
                None => Ok(None),
            }
        } else {
            self.field_of(operand, field, scope)
        };
        found.map_err(|stop| stop.at(chain.place))
    }
}

/// Whether an expression is `operand.?field`, or fields of that: an optional, whatever it reads.
pub(crate) fn is_chain(expression: &Expression) -> bool {
    let Kind::Select { operand, optional, .. } = &expression.kind else { return false };
    *optional || is_chain(operand)
}
