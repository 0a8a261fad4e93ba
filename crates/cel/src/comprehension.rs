//! `all`, `exists`, `exists_one`, `filter` and `map` (cel-spec, "Macros").

use crate::{
    Evaluation, Scope, Stop, Type, Value,
    ast::{Comprehension, ComprehensionKind, Expression},
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
        self.locals.truncate(comprehension.local);
        let result = match comprehension.kind {
            ComprehensionKind::All => self.quantify(comprehension, &range, false, scope),
            ComprehensionKind::Exists => self.quantify(comprehension, &range, true, scope),
            ComprehensionKind::ExistsOne | ComprehensionKind::Filter | ComprehensionKind::Map => {
                self.collect(comprehension, &range, scope)
            }
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
        let mut stopped: Option<Stop> = None;
        for position in 0..self.length(range)? {
            let truth = self
                .bind(comprehension, range, position)
                .and_then(|()| self.holds(comprehension.condition.as_ref(), scope));
            match truth {
                Ok(value) if value == decides => return Ok(Value::Bool(decides)),
                Ok(_) => {}
                Err(Stop::Exhausted) => return Err(Stop::Exhausted),
                Err(stop) => stopped = Some(stop.merge(stopped)),
            }
        }
        stopped.map_or(Ok(Value::Bool(!decides)), Err)
    }

    /// The macros whose result needs every element: nothing is absorbed.
    fn collect(
        &mut self,
        comprehension: &'a Comprehension,
        range: &Value<'a>,
        scope: &Scope<'a>,
    ) -> Evaluated<'a> {
        let mut kept = Vec::new();
        let mut stopped: Option<Stop> = None;
        for position in 0..self.length(range)? {
            match self.one(comprehension, range, position, scope) {
                Ok(value) => kept.extend(value),
                Err(Stop::Exhausted) => return Err(Stop::Exhausted),
                Err(stop) => stopped = Some(stop.merge(stopped)),
            }
        }
        match stopped {
            Some(stop) => Err(stop),
            None if comprehension.kind == ComprehensionKind::ExistsOne => {
                Ok(Value::Bool(kept.len() == 1))
            }
            None => Ok(Value::list(kept)),
        }
    }

    /// What one element adds to the result, if it adds anything.
    fn one(
        &mut self,
        comprehension: &'a Comprehension,
        range: &Value<'a>,
        position: usize,
        scope: &Scope<'a>,
    ) -> Result<Option<Value<'a>>, Stop> {
        self.bind(comprehension, range, position)?;
        if !self.holds(comprehension.condition.as_ref(), scope)? {
            return Ok(None);
        }
        match &comprehension.transform {
            Some(transform) => self.eval(transform, scope).map(Some),
            None => Ok(self.locals.get(comprehension.local).cloned()),
        }
    }

    fn bind(
        &mut self,
        comprehension: &Comprehension,
        range: &Value<'a>,
        position: usize,
    ) -> Result<(), Stop> {
        let element = self.element(range, position)?;
        self.locals.truncate(comprehension.local);
        self.locals.push(element);
        Ok(())
    }

    fn holds(
        &mut self,
        condition: Option<&'a Expression>,
        scope: &Scope<'a>,
    ) -> Result<bool, Stop> {
        let Some(condition) = condition else { return Ok(true) };
        let value = self.eval(condition, scope)?;
        operators::truth(&value, "the condition").map_err(|stop| stop.at(condition.place))
    }
}
