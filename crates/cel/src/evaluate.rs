//! The evaluator: a walk over the expression, with three-valued logic.

use crate::{
    EvaluationError, List, Lookup, Map, Program, ReadId, Shared, Step, Stop, Trace, Type, Value,
    ast::{Expression, Kind},
    error::ErrorKind,
    functions::{self, ARGUMENTS_MAX},
    limits::STEPS_DEFAULT,
    operators,
};

/// What a value was asked for gave: the value, or why there is none.
pub type Evaluated<'a> = Result<Value<'a>, Stop>;

/// The variables that expressions can read.
#[derive(Clone, Debug, Default)]
pub struct Scope<'a> {
    bindings: Vec<(Shared<'a, str>, Binding<'a>)>,
    dotted: bool,
}

/// What stands behind the name of a variable.
#[derive(Clone, Debug)]
enum Binding<'a> {
    Value(Value<'a>),
    Unknown,
    Stopped(Stop),
}

impl<'a> Scope<'a> {
    /// Gives a variable a value. The name may be dotted: `variables.repository`.
    pub fn set(&mut self, name: impl Into<Shared<'a, str>>, value: Value<'a>) {
        self.bind(name.into(), Binding::Value(value));
    }

    /// Declares that a variable is unknown.
    pub fn set_unknown(&mut self, name: impl Into<Shared<'a, str>>) {
        self.bind(name.into(), Binding::Unknown);
    }

    /// Gives a variable what an evaluation gave, be it a value or not.
    pub fn set_evaluated(&mut self, name: impl Into<Shared<'a, str>>, evaluated: Evaluated<'a>) {
        self.bind(name.into(), evaluated.map_or_else(Binding::Stopped, Binding::Value));
    }

    /// How many variables there are, to come back to with [`Scope::truncate`].
    pub fn len(&self) -> usize {
        self.bindings.len()
    }

    /// Whether there are no variables.
    pub fn is_empty(&self) -> bool {
        self.bindings.is_empty()
    }

    /// Forgets all variables but the first `length`.
    pub fn truncate(&mut self, length: usize) {
        self.bindings.truncate(length);
    }

    fn bind(&mut self, name: Shared<'a, str>, binding: Binding<'a>) {
        self.dotted |= name.contains('.');
        self.bindings.push((name, binding));
    }

    fn get(&self, name: &str) -> Option<&Binding<'a>> {
        // A handful: a search from the end is faster than a hash, and lets the last one win.
        self.bindings.iter().rev().find(|(key, _)| **key == *name).map(|(_, binding)| binding)
    }
}

/// Evaluates programs over one set of facts, within one budget, into one trace.
#[derive(Debug)]
pub struct Evaluation<'a> {
    steps: u64,
    trace: Trace<'a>,
    /// Values of the variables of comprehensions, by level.
    pub(crate) locals: Vec<Value<'a>>,
}

impl Default for Evaluation<'_> {
    fn default() -> Self {
        Self::new(STEPS_DEFAULT)
    }
}

impl<'a> Evaluation<'a> {
    /// An evaluation of at most `steps`: an operation is a step, so is an element of a list that
    /// is gone through, and so are [`crate::limits::BYTES_PER_STEP`] bytes of text.
    pub const fn new(steps: u64) -> Self {
        Self { steps, trace: Trace::new(), locals: Vec::new() }
    }

    /// Evaluates a program.
    pub fn evaluate(&mut self, program: &'a Program, scope: &Scope<'a>) -> Evaluated<'a> {
        self.locals.clear();
        self.eval(&program.root, scope)
    }

    /// Evaluates a program that must give a bool.
    pub fn condition(&mut self, program: &'a Program, scope: &Scope<'a>) -> Result<bool, Stop> {
        let value = self.evaluate(program, scope)?;
        operators::truth(&value, "the condition").map_err(|stop| stop.at(program.root.place))
    }

    /// What was read so far.
    pub const fn trace(&self) -> &Trace<'a> {
        &self.trace
    }

    /// What was read so far, to rewind it.
    pub const fn trace_mut(&mut self) -> &mut Trace<'a> {
        &mut self.trace
    }

    /// Fills the budget up again.
    pub const fn refill(&mut self, steps: u64) {
        self.steps = steps;
    }

    /// Uses up steps.
    pub(crate) fn step(&mut self, count: u64) -> Result<(), Stop> {
        self.steps = self.steps.checked_sub(count).ok_or(Stop::Exhausted)?;
        Ok(())
    }

    /// Uses up the steps that so much text costs.
    pub(crate) fn step_bytes(&mut self, bytes: usize) -> Result<(), Stop> {
        self.step(u64::try_from(bytes).unwrap_or(u64::MAX) / crate::limits::BYTES_PER_STEP)
    }

    pub(crate) fn eval(&mut self, expression: &'a Expression, scope: &Scope<'a>) -> Evaluated<'a> {
        self.step(1)?;
        match &expression.kind {
            Kind::Literal(value) => Ok(borrowed(value)),
            Kind::Local(level) => Ok(self.locals.get(*level).cloned().unwrap_or(Value::Null)),
            Kind::And(parts) => self.chain(parts, false, scope),
            Kind::Or(parts) => self.chain(parts, true, scope),
            Kind::Conditional { condition, then, otherwise } => {
                let value = self.eval(condition, scope)?;
                let branch = operators::truth(&value, "? :").map_err(|s| s.at(condition.place))?;
                self.eval(if branch { then } else { otherwise }, scope)
            }
            Kind::Comprehension(comprehension) => self.comprehension(comprehension, scope),
            Kind::Variable(name) => self.variable(name, scope),
            Kind::Select { operand, field, qualified } => {
                self.select(operand, field, qualified.as_deref(), scope)
            }
            Kind::Has { operand, field } => self.has(operand, field, scope),
            Kind::Call { name, function, arguments, pattern } => {
                let result = match (function, pattern) {
                    (_, Some(pattern)) => self.matches_literal(arguments, pattern, scope),
                    (Some(function), None) => self.call(function, arguments, scope),
                    (None, None) => Err(ErrorKind::NoSuchFunction(name.to_string()).into()),
                };
                return result.map_err(|stop| stop.at(expression.place));
            }
            Kind::Index { operand, index } => {
                let [operand, index] = self.pair(operand, index, scope)?;
                self.index(&operand, &index)
            }
            Kind::Binary { operator, left, right } => {
                let [left, right] = self.pair(left, right, scope)?;
                self.binary(*operator, &left, &right)
            }
            Kind::Not(operand) => {
                let value = self.eval(operand, scope)?;
                operators::truth(&value, "!").map(|value| Value::Bool(!value))
            }
            Kind::Negate(operand) => operators::negate(&self.eval(operand, scope)?),
            Kind::List(items) => self.list(items, scope),
            Kind::Map(entries) => self.map(entries, scope),
        }
        .map_err(|stop| stop.at(expression.place))
    }

    /// `&&` and `||`: the deciding value decides whatever the others are.
    fn chain(
        &mut self,
        parts: &'a [Expression],
        decides: bool,
        scope: &Scope<'a>,
    ) -> Evaluated<'a> {
        let mut stopped: Option<Stop> = None;
        for part in parts {
            let truth = self.eval(part, scope).and_then(|value| {
                operators::truth(&value, if decides { "||" } else { "&&" })
                    .map_err(|stop| stop.at(part.place))
            });
            match truth {
                Ok(value) if value == decides => return Ok(Value::Bool(decides)),
                Ok(_) => {}
                Err(Stop::Exhausted) => return Err(Stop::Exhausted),
                Err(stop) => stopped = Some(stop.merge(stopped)),
            }
        }
        stopped.map_or(Ok(Value::Bool(!decides)), Err)
    }

    /// Both operands, so that what is unknown in the second is known even if the first stops.
    fn pair(
        &mut self,
        left: &'a Expression,
        right: &'a Expression,
        scope: &Scope<'a>,
    ) -> Result<[Value<'a>; 2], Stop> {
        match (self.eval(left, scope), self.eval(right, scope)) {
            (Ok(left), Ok(right)) => Ok([left, right]),
            (Err(left), Err(right)) => Err(left.and(right)),
            (Err(stop), Ok(_)) | (Ok(_), Err(stop)) => Err(stop),
        }
    }

    fn variable(&mut self, name: &'a str, scope: &Scope<'a>) -> Evaluated<'a> {
        match self.bound(name, scope) {
            Some(evaluated) => evaluated,
            None => Type::ALL
                .into_iter()
                .find(|kind| kind.as_str() == name)
                .map(Value::Type)
                .ok_or_else(|| ErrorKind::NoSuchVariable(name.to_owned()).into()),
        }
    }

    fn bound(&mut self, name: &'a str, scope: &Scope<'a>) -> Option<Evaluated<'a>> {
        Some(match scope.get(name)? {
            Binding::Stopped(stop) => Err(stop.clone()),
            Binding::Unknown => self.found(None, variable_step(name), Lookup::Unknown),
            Binding::Value(value) => match value.handle() {
                // The top of a source, met for the first time: a path begins here.
                Some(handle) if handle.origin.is_none() => {
                    self.found(None, variable_step(name), Lookup::Value(value.clone()))
                }
                _ => Ok(value.clone()),
            },
        })
    }

    fn select(
        &mut self,
        operand: &'a Expression,
        field: &'a str,
        qualified: Option<&'a str>,
        scope: &Scope<'a>,
    ) -> Evaluated<'a> {
        if let Some(name) = qualified {
            let bound = if scope.dotted { self.bound(name, scope) } else { None };
            if let Some(evaluated) = bound {
                return evaluated;
            }
            if name.starts_with("google.protobuf.") && scope.get("google").is_none() {
                return self.variable(name, scope);
            }
        }
        let operand = self.eval(operand, scope)?;
        match self.member(&operand, field)? {
            Some(value) => Ok(value),
            None => Err(ErrorKind::NoSuchKey(field.to_owned()).into()),
        }
    }

    fn has(&mut self, operand: &'a Expression, field: &'a str, scope: &Scope<'a>) -> Evaluated<'a> {
        let operand = self.eval(operand, scope)?;
        Ok(Value::Bool(self.member(&operand, field)?.is_some()))
    }

    /// The member of a map; `None`: absent.
    pub(crate) fn member(
        &mut self,
        operand: &Value<'a>,
        field: &'a str,
    ) -> Result<Option<Value<'a>>, Stop> {
        match operand {
            Value::Map(Map::Source(handle)) => {
                let found = handle.source.member(handle.node, field);
                self.lookup(handle.origin, Step::Member(Shared::Borrowed(field)), found)
            }
            Value::Map(Map::Entries(_)) => self.entry(operand, &Value::from(field)),
            _ => Err(operators::no_overload(&format!(".{field}"), &[operand])),
        }
    }

    /// Records what a source answered.
    pub(crate) fn lookup(
        &mut self,
        origin: Option<ReadId>,
        step: Step<'a>,
        found: Lookup<'a>,
    ) -> Result<Option<Value<'a>>, Stop> {
        let (id, found) = self.trace.record(origin, step, found);
        match found {
            Lookup::Value(value) => Ok(Some(value)),
            Lookup::Absent => Ok(None),
            Lookup::Unknown => Err(Stop::Unknown(vec![id])),
        }
    }

    fn found(
        &mut self,
        origin: Option<ReadId>,
        step: Step<'a>,
        found: Lookup<'a>,
    ) -> Evaluated<'a> {
        self.lookup(origin, step, found).map(|value| value.unwrap_or(Value::Null))
    }

    fn call(
        &mut self,
        function: &'static functions::Function,
        arguments: &'a [Expression],
        scope: &Scope<'a>,
    ) -> Evaluated<'a> {
        let mut values = [const { Value::Null }; ARGUMENTS_MAX];
        let mut stopped: Option<Stop> = None;
        for (slot, argument) in values.iter_mut().zip(arguments) {
            match self.eval(argument, scope) {
                Ok(value) => *slot = value,
                Err(Stop::Exhausted) => return Err(Stop::Exhausted),
                Err(stop) => stopped = Some(stop.merge(stopped)),
            }
        }
        match stopped {
            Some(stop) => Err(stop),
            None => (function.call)(self, values.get(..arguments.len()).unwrap_or_default()),
        }
    }

    fn matches_literal(
        &mut self,
        arguments: &'a [Expression],
        pattern: &regex::Regex,
        scope: &Scope<'a>,
    ) -> Evaluated<'a> {
        let Some(text) = arguments.first() else { return Ok(Value::Null) };
        match self.eval(text, scope)? {
            Value::String(text) => {
                self.step_bytes(text.len())?;
                Ok(Value::Bool(pattern.is_match(&text)))
            }
            other => Err(operators::no_overload("matches", &[&other, &Value::from("")])),
        }
    }

    fn list(&mut self, items: &'a [Expression], scope: &Scope<'a>) -> Evaluated<'a> {
        let mut values = Vec::with_capacity(items.len());
        let mut stopped: Option<Stop> = None;
        for item in items {
            match self.eval(item, scope) {
                Ok(value) => values.push(value),
                Err(stop) => stopped = Some(stop.merge(stopped)),
            }
        }
        stopped.map_or_else(|| Ok(Value::list(values)), Err)
    }

    fn map(&mut self, entries: &'a [(Expression, Expression)], scope: &Scope<'a>) -> Evaluated<'a> {
        let mut pairs = Vec::with_capacity(entries.len());
        let mut stopped: Option<Stop> = None;
        for (key, value) in entries {
            match self.pair(key, value, scope) {
                Ok([key, value]) => pairs.push((operators::key(&key)?, value)),
                Err(stop) => stopped = Some(stop.merge(stopped)),
            }
        }
        if let Some(stop) = stopped {
            return Err(stop);
        }
        Map::from_entries(pairs)
            .map(Value::Map)
            .map_err(|key| ErrorKind::DuplicateKey(operators::display_key(&key)).into())
    }

    /// How many elements or entries; recorded where it is a fact.
    pub fn length(&mut self, value: &Value<'a>) -> Result<usize, Stop> {
        self.step(1)?;
        match value {
            Value::List(List::Values(values)) => Ok(values.len()),
            Value::Map(Map::Entries(entries)) => Ok(entries.len()),
            Value::List(List::Source(handle)) | Value::Map(Map::Source(handle)) => {
                let length = handle.source.length(handle.node);
                let found = Value::Int(i64::try_from(length).unwrap_or(i64::MAX));
                self.lookup(handle.origin, Step::Length, Lookup::Value(found))?;
                Ok(length)
            }
            _ => Err(operators::no_overload("size", &[value])),
        }
    }

    /// The element of a list, or the key of a map, at a position.
    pub fn element(&mut self, value: &Value<'a>, position: usize) -> Evaluated<'a> {
        self.step(1)?;
        let outside = || ErrorKind::Invalid(format!("there is no element {position}")).into();
        match value {
            Value::List(List::Values(values)) => values.get(position).cloned().ok_or_else(outside),
            Value::Map(Map::Entries(entries)) => {
                entries.get(position).map(|(key, _)| key.value()).ok_or_else(outside)
            }
            Value::List(List::Source(handle)) => {
                let found = handle.source.element(handle.node, position);
                self.lookup(handle.origin, Step::Element(position), found)?.ok_or_else(outside)
            }
            Value::Map(Map::Source(handle)) => {
                handle.source.key(handle.node, position).map(Value::from).ok_or_else(outside)
            }
            _ => Err(operators::no_overload("iteration", &[value])),
        }
    }

    pub(crate) fn compared(&mut self, comparison: crate::ClockComparison) {
        self.trace.compared(comparison);
    }
}

fn variable_step(name: &str) -> Step<'_> {
    Step::Variable(Shared::Borrowed(name))
}

/// A literal without counting references.
fn borrowed<'a>(value: &'a Value<'static>) -> Value<'a> {
    match value {
        Value::String(text) => Value::String(Shared::Borrowed(text)),
        Value::Bytes(bytes) => Value::Bytes(Shared::Borrowed(bytes)),
        other => other.clone(),
    }
}

impl From<EvaluationError> for Stop {
    fn from(error: EvaluationError) -> Self {
        Self::Error(Box::new(error))
    }
}
