//! Macros: what goes through lists and maps, and what names a value (cel-spec, "Macros"; cel-go,
//! "Two variable comprehensions", "Bindings", "Optionals").

use crate::{
    Evaluation, Key, Stop, Type, Value,
    access::has_rest,
    ast::{Bind, BindKind, Comprehension, ComprehensionKind, Expression},
    environment::Environment,
    evaluate::Evaluated,
    operators,
};

impl<'a> Evaluation<'a> {
    /// The macros that make a list or a map.
    pub(crate) fn comprehension(
        &mut self,
        comprehension: &'a Comprehension,
        names: Environment<'_, 'a>,
    ) -> Evaluated<'a> {
        self.with(&comprehension.range, names, |evaluation, range| {
            evaluation.collect(comprehension, gone_through(comprehension, range?)?, names)
        })
    }

    /// The macros that test: `exists` is a long `||`, `all` a long `&&`, and one element can decide.
    pub(crate) fn quantify(
        &mut self,
        comprehension: &'a Comprehension,
        names: Environment<'_, 'a>,
    ) -> Result<bool, Stop> {
        self.with(&comprehension.range, names, |evaluation, range| {
            let range = gone_through(comprehension, range?)?;
            if comprehension.kind == ComprehensionKind::ExistsOne {
                let mut found = 0_usize;
                let length = evaluation.length(range)?;
                evaluation.each(comprehension, (range, length), names, |_, _, _| {
                    found += 1;
                    Ok(())
                })?;
                return Ok(found == 1);
            }
            let length = evaluation.length(range)?;
            let rest = rest_of(range, length);
            let decides = comprehension.kind == ComprehensionKind::Exists;
            evaluation.decide(0..length, decides, |evaluation, position| {
                let found =
                    evaluation.inside(comprehension, range, position, names, |inner, names| {
                        inner.holds(comprehension.condition.as_ref(), names)
                    })?;
                // There may be nothing in a rest that could decide.
                if found == decides && rest == Some(position) {
                    return Err(evaluation.rest(range));
                }
                Ok(found)
            })
        })
    }

    fn collect(
        &mut self,
        comprehension: &'a Comprehension,
        range: &Value<'a>,
        names: Environment<'_, 'a>,
    ) -> Evaluated<'a> {
        let length = self.length(range)?;
        // Of what is filtered mostly little is left.
        let is_map = comprehension.kind == ComprehensionKind::Map;
        let mut values = Vec::with_capacity(if is_map { length } else { 0 });
        let mut entries = Vec::new();
        self.each(comprehension, (range, length), names, |evaluation, key, value| {
            match comprehension.kind {
                ComprehensionKind::TransformMap => {
                    entries.push((operators::key(key)?, value));
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
        (range, length): (&Value<'a>, usize),
        names: Environment<'_, 'a>,
        mut see: impl FnMut(&mut Self, &Value<'a>, Value<'a>) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let mut stopped: Option<Stop> = None;
        let rest = rest_of(range, length);
        for position in 0..length {
            let made = self.inside(comprehension, range, position, names, |evaluation, names| {
                if !evaluation.holds(comprehension.condition.as_ref(), names)? {
                    return Ok(());
                }
                // Nobody knows how often a rest is among what is made.
                if rest == Some(position) {
                    return Err(evaluation.rest(range));
                }
                let first = names.local(comprehension.local).map_err(Stop::clone)?;
                let value = match &comprehension.transform {
                    Some(transform) => evaluation.eval(transform, names)?,
                    None => first.clone(),
                };
                see(evaluation, first, value)
            });
            match made {
                Ok(()) => {}
                Err(Stop::Exhausted) => return Err(Stop::Exhausted),
                Err(stop) => stopped = Some(stop.merge(stopped)),
            }
        }
        stopped.map_or(Ok(()), Err)
    }

    /// Evaluates something in a macro whose variables are what stands at a position. An element
    /// that is unknown stops only what reads it.
    pub(crate) fn inside<T>(
        &mut self,
        comprehension: &Comprehension,
        range: &Value<'a>,
        position: usize,
        names: Environment<'_, 'a>,
        body: impl FnOnce(&mut Self, Environment<'_, 'a>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let level = comprehension.local;
        self.with_element(range, position, |evaluation, first| {
            if matches!(first, Err(Stop::Exhausted)) {
                return Err(Stop::Exhausted);
            }
            if !comprehension.two {
                return body(evaluation, names.inside(&names.frame(level, first)));
            }
            let index = Value::Int(i64::try_from(position).unwrap_or(i64::MAX));
            let entry;
            let (first, second) = match (range, first) {
                (Value::List(_), element) => (Ok(&index), element),
                (_, Ok(key)) => {
                    entry = evaluation.entry(range, key).map(|value| value.unwrap_or(Value::Null));
                    (Ok(key), entry.as_ref())
                }
                (_, Err(stop)) => (Err(stop), Err(stop)),
            };
            let outer = names.frame(level, first);
            let names = names.inside(&outer);
            body(evaluation, names.inside(&names.frame(level + 1, second)))
        })
    }

    fn holds(
        &mut self,
        condition: Option<&'a Expression>,
        names: Environment<'_, 'a>,
    ) -> Result<bool, Stop> {
        condition.map_or(Ok(true), |condition| self.test(condition, names, "the condition"))
    }

    /// `cel.bind`, `optMap`, `optFlatMap`.
    pub(crate) fn bind(&mut self, bind: &'a Bind, names: Environment<'_, 'a>) -> Evaluated<'a> {
        let value = match (bind.kind, self.eval(&bind.value, names)) {
            (_, Err(Stop::Exhausted)) => return Err(Stop::Exhausted),
            // A value that is not needed may fail.
            (BindKind::Value, value) => value,
            (_, Ok(Value::Optional(None))) => return Ok(Value::Optional(None)),
            (_, Ok(Value::Optional(Some(value)))) => Ok((*value).clone()),
            (_, Ok(other)) => return Err(operators::no_overload("optMap", &[&other])),
            (_, Err(stop)) => return Err(stop),
        };
        let frame = names.frame(bind.local, value.as_ref());
        let result = self.eval(&bind.body, names.inside(&frame));
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
        names: Environment<'_, 'a>,
    ) -> Evaluated<'a> {
        if unwrap && left.is_chain() {
            return match self.chained(left, names)? {
                Some(value) => Ok(value),
                None => self.eval(right, names),
            };
        }
        match (self.eval(left, names)?, unwrap) {
            (Value::Optional(Some(value)), true) => Ok((*value).clone()),
            (value @ Value::Optional(Some(_)), false) => Ok(value),
            (Value::Optional(None), true) => self.eval(right, names),
            (Value::Optional(None), false) => match self.eval(right, names)? {
                value @ Value::Optional(_) => Ok(value),
                other => Err(operators::no_overload("or", &[&other])),
            },
            (other, _) => {
                Err(operators::no_overload(if unwrap { "orValue" } else { "or" }, &[&other]))
            }
        }
    }
}

/// Where the rest of a list of this length stands, if it has one.
fn rest_of(range: &Value<'_>, length: usize) -> Option<usize> {
    length.checked_sub(1).filter(|_| has_rest(range))
}

/// What a macro goes through, if it can.
fn gone_through<'v, 'a>(
    comprehension: &Comprehension,
    range: &'v Value<'a>,
) -> Result<&'v Value<'a>, Stop> {
    match range.kind() {
        Type::List | Type::Map => Ok(range),
        _ => Err(operators::no_overload("iteration", &[range]).at(comprehension.range.place)),
    }
}
