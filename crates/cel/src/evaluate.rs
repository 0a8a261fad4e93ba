//! The evaluator: a walk over the expression, with three-valued logic.

use crate::{
    Program, Scope, Shared, Stop, Trace, Value,
    ast::{Expression, Kind, Operator, Pair},
    environment::Environment,
    error::ErrorKind,
    functions::{self, Body},
    limits::STEPS_DEFAULT,
    operators,
};
use regex::Regex;

/// What a value was asked for gave: the value, or why there is none.
pub type Evaluated<'a> = Result<Value<'a>, Stop>;

/// Evaluates programs over one set of facts, within one budget, into one trace.
#[derive(Debug)]
pub struct Evaluation<'a> {
    pub(crate) steps: u64,
    pub(crate) trace: Trace<'a>,
    /// Whether reads are recorded.
    pub(crate) recording: bool,
    /// Whether comparisons with the clock are.
    pub(crate) timing: bool,
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
        Self { steps, trace: Trace::new(), recording: true, timing: true }
    }

    /// The same without a record: the trace stays empty and an unknown result names no attributes,
    /// everything else is as with [`Evaluation::new`]. Reading facts allocates nothing.
    ///
    /// ```
    /// use cofferdam_cel::{Evaluation, Program, Reads, Scope, Stop};
    ///
    /// let program = Program::parse("object.spec.replicas > 1").unwrap();
    /// let mut scope = Scope::default();
    /// scope.set_unknown("object");
    /// let stop = Evaluation::unrecorded(1_000).condition(&program, &scope).unwrap_err();
    /// assert_eq!(stop, Stop::Unknown(Reads::default()));
    /// ```
    pub const fn unrecorded(steps: u64) -> Self {
        Self { steps, trace: Trace::new(), recording: false, timing: false }
    }

    /// Evaluates a program.
    pub fn evaluate(&mut self, program: &'a Program, scope: &Scope<'a>) -> Evaluated<'a> {
        self.eval(&program.root, Environment::new(scope))
    }

    /// Evaluates a program that must give a bool.
    pub fn condition(&mut self, program: &'a Program, scope: &Scope<'a>) -> Result<bool, Stop> {
        self.test(&program.root, Environment::new(scope), "the condition")
    }

    /// Evaluates a program of which nobody asks what it read: of a record only comparisons with
    /// the clock are kept.
    pub fn evaluate_quietly(&mut self, program: &'a Program, scope: &Scope<'a>) -> Evaluated<'a> {
        let recording = std::mem::replace(&mut self.recording, false);
        let evaluated = self.evaluate(program, scope);
        self.recording = recording;
        evaluated
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
    #[inline]
    pub(crate) fn step(&mut self, count: u64) -> Result<(), Stop> {
        let Some(left) = self.steps.checked_sub(count) else { return Err(Stop::Exhausted) };
        self.steps = left;
        Ok(())
    }

    /// Uses up the steps that so much text costs.
    pub(crate) fn step_bytes(&mut self, bytes: usize) -> Result<(), Stop> {
        self.step(u64::try_from(bytes).unwrap_or(u64::MAX) / crate::limits::BYTES_PER_STEP)
    }

    /// Uses up the steps that so much new text costs: its memory is dearer than reading it.
    pub(crate) fn step_made(&mut self, bytes: usize) -> Result<(), Stop> {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.step(bytes / crate::limits::BYTES_MADE_PER_STEP)
    }

    /// The bool that an expression gives: what conditions are made of, without making values of
    /// them. `user` is what needs it, for the error when it gives something else.
    pub(crate) fn test(
        &mut self,
        expression: &'a Expression,
        names: Environment<'_, 'a>,
        user: &str,
    ) -> Result<bool, Stop> {
        let mut result = match &expression.kind {
            Kind::And(parts) => self.step(1).and_then(|()| self.chain(parts, false, names)),
            Kind::Or(parts) => self.step(1).and_then(|()| self.chain(parts, true, names)),
            Kind::Not(operand) => {
                self.step(1)?;
                self.test(operand, names, "!").map(|value| !value)
            }
            Kind::Has { operand, field } => {
                self.step(1)?;
                self.has(operand, field, names)
            }
            Kind::Comprehension(comprehension) if comprehension.kind.is_test() => {
                self.step(1)?;
                self.quantify(comprehension, names)
            }
            Kind::Binary { operator, left, right } if operator.is_test() => {
                self.step(1)?;
                self.both(left, right, names, |evaluation, left, right| {
                    evaluation.compare(*operator, left, right)
                })
            }
            kind => match kind.asked_for_presence() {
                Some(chain) => {
                    self.step(1)?;
                    self.present(chain, names)
                }
                None => return self.truth(expression, names, user),
            },
        };
        if let Err(stop) = &mut result {
            stop.set_place(expression.place);
        }
        result
    }

    fn truth(
        &mut self,
        expression: &'a Expression,
        names: Environment<'_, 'a>,
        user: &str,
    ) -> Result<bool, Stop> {
        let refused =
            |other: &Value<'_>| operators::no_overload(user, &[other]).at(expression.place);
        if let Kind::Call { .. } = expression.kind {
            return match self.eval(expression, names)? {
                Value::Bool(value) => Ok(value),
                other => Err(refused(&other)),
            };
        }
        self.with(expression, names, |_, value| match value? {
            Value::Bool(value) => Ok(*value),
            other => Err(refused(other)),
        })
    }

    pub(crate) fn eval(
        &mut self,
        expression: &'a Expression,
        names: Environment<'_, 'a>,
    ) -> Evaluated<'a> {
        match &expression.kind {
            Kind::And(_) | Kind::Or(_) | Kind::Not(_) | Kind::Has { .. } => {
                return self.test(expression, names, "").map(Value::Bool);
            }
            Kind::Binary { operator, .. } if operator.is_test() => {
                return self.test(expression, names, "").map(Value::Bool);
            }
            Kind::Comprehension(comprehension) if comprehension.kind.is_test() => {
                return self.test(expression, names, "").map(Value::Bool);
            }
            kind if kind.asked_for_presence().is_some() => {
                return self.test(expression, names, "").map(Value::Bool);
            }
            _ => self.step(1)?,
        }
        let mut result = self.eval_other(expression, names);
        if let Err(stop) = &mut result {
            stop.set_place(expression.place);
        }
        result
    }

    /// What is not a test, after its step.
    fn eval_other(
        &mut self,
        expression: &'a Expression,
        names: Environment<'_, 'a>,
    ) -> Evaluated<'a> {
        match &expression.kind {
            Kind::Literal(value) => Ok(borrowed(value)),
            Kind::Local(level) => names.local(*level).cloned().map_err(Stop::clone),
            Kind::Variable(variable) => self.variable(variable, names),
            Kind::Select { operand, field, optional: true, .. } => {
                self.field_of(operand, field, names).map(Value::optional)
            }
            Kind::Select { operand, field, qualified, .. } => {
                match self.qualified(qualified.as_deref(), names) {
                    Some(found) => found,
                    None => self.select(operand, field, names),
                }
            }
            Kind::Index { operand, index, optional } => {
                self.both(operand, index, names, |evaluation, operand, index| {
                    evaluation.index(operand, index, *optional)
                })
            }
            Kind::Call { constant: Some(value), .. } => Ok((**value).clone()),
            Kind::Call { name, function, arguments, pattern, .. } => match function {
                Some(function) => self.call(function, arguments, pattern.as_deref(), names),
                None => Err(ErrorKind::NoSuchFunction(name.to_string()).into()),
            },
            Kind::Conditional { condition, then, otherwise } => {
                let branch = self.test(condition, names, "? :")?;
                self.eval(if branch { then } else { otherwise }, names)
            }
            Kind::Binary { operator, left, right } => {
                self.both(left, right, names, |evaluation, left, right| {
                    evaluation.arithmetic(*operator, left, right)
                })
            }
            Kind::Negate(operand) => {
                self.with(operand, names, |_, operand| operators::negate(operand?))
            }
            Kind::List { constant: Some(value), .. } | Kind::Map { constant: Some(value), .. } => {
                Ok(borrowed(value))
            }
            Kind::List { items, .. } => self.list(items, names),
            Kind::Map { entries, .. } => self.map(entries, names),
            Kind::Comprehension(comprehension) => self.comprehension(comprehension, names),
            Kind::Bind(bind) => self.bind(bind, names),
            Kind::Either { left, right, unwrap } => self.either(left, right, *unwrap, names),
            // Tests, which never come here.
            Kind::And(_) | Kind::Or(_) | Kind::Not(_) | Kind::Has { .. } => Ok(Value::Null),
        }
    }

    /// `&&` and `||`: the deciding value decides whatever the others are.
    fn chain(
        &mut self,
        parts: &'a [Expression],
        decides: bool,
        names: Environment<'_, 'a>,
    ) -> Result<bool, Stop> {
        let user = if decides { "||" } else { "&&" };
        self.decide(parts, decides, |evaluation, part| evaluation.test(part, names, user))
    }

    /// A long `||` (`decides` is true) or `&&` (false) over anything: one deciding answer is the
    /// answer, whatever stops the others.
    pub(crate) fn decide<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        decides: bool,
        mut test: impl FnMut(&mut Self, T) -> Result<bool, Stop>,
    ) -> Result<bool, Stop> {
        let mut stopped: Option<Stop> = None;
        for item in items {
            match test(self, item) {
                Ok(value) if value == decides => return Ok(decides),
                Ok(_) => {}
                Err(Stop::Exhausted) => return Err(Stop::Exhausted),
                Err(stop) => stopped = Some(stop.merge(stopped)),
            }
        }
        stopped.map_or(Ok(!decides), Err)
    }

    /// Both operands as values of their own.
    fn pair(
        &mut self,
        left: &'a Expression,
        right: &'a Expression,
        names: Environment<'_, 'a>,
    ) -> Result<[Value<'a>; 2], Stop> {
        match (self.operand(left, names), self.operand(right, names)) {
            (Ok(left), Ok(right)) => Ok([left, right]),
            (Err(left), Err(right)) => Err(left.and(right)),
            (Err(stop), Ok(_)) | (Ok(_), Err(stop)) => Err(stop),
        }
    }

    /// The value of an operand, which mostly is a literal or the variable of a macro.
    #[inline]
    fn operand(&mut self, expression: &'a Expression, names: Environment<'_, 'a>) -> Evaluated<'a> {
        match &expression.kind {
            Kind::Literal(value) => self.step(1).map(|()| borrowed(value)),
            Kind::Local(level) => {
                self.step(1)?;
                names.local(*level).cloned().map_err(Stop::clone)
            }
            _ => self.eval(expression, names),
        }
    }

    fn compare(
        &mut self,
        operator: Operator,
        left: &Value<'a>,
        right: &Value<'a>,
    ) -> Result<bool, Stop> {
        match operator {
            Operator::Equal => self.equal(left, right),
            Operator::NotEqual => self.equal(left, right).map(|equal| !equal),
            Operator::In => self.contained(left, right),
            _ => self.ordered(operator, left, right),
        }
    }

    fn call(
        &mut self,
        function: &'static functions::Function,
        arguments: &'a [Expression],
        pattern: Option<&'a Regex>,
        names: Environment<'_, 'a>,
    ) -> Evaluated<'a> {
        match arguments {
            [only] => self.with(only, names, |evaluation, value| {
                evaluation.apply(function, std::slice::from_ref(value?), pattern)
            }),
            [left, right] => {
                let values = self.pair(left, right, names)?;
                self.apply(function, &values, pattern)
            }
            _ => {
                let values = self.all(arguments, names)?;
                self.apply(function, &values, pattern)
            }
        }
    }

    fn apply(
        &mut self,
        function: &'static functions::Function,
        values: &[Value<'a>],
        pattern: Option<&'a Regex>,
    ) -> Evaluated<'a> {
        match function.body {
            Body::Plain(body) | Body::Presence(body) => body(self, values),
            Body::Pattern(body) => match pattern {
                Some(pattern) => body(self, values, pattern),
                None => functions::compile_and_call(self, function, values, body),
            },
        }
    }

    /// All of these, so that what is unknown in a later one is known even if an earlier one stops.
    fn all(
        &mut self,
        expressions: &'a [Expression],
        names: Environment<'_, 'a>,
    ) -> Result<Vec<Value<'a>>, Stop> {
        let mut values = Vec::with_capacity(expressions.len());
        let mut stopped: Option<Stop> = None;
        for expression in expressions {
            match self.eval(expression, names) {
                Ok(value) => values.push(value),
                Err(Stop::Exhausted) => return Err(Stop::Exhausted),
                Err(stop) => stopped = Some(stop.merge(stopped)),
            }
        }
        stopped.map_or(Ok(values), Err)
    }

    fn list(&mut self, items: &'a [Pair], names: Environment<'_, 'a>) -> Evaluated<'a> {
        let mut values = Vec::with_capacity(items.len());
        let mut stopped: Option<Stop> = None;
        for item in items {
            let found = if item.optional && item.value.is_chain() {
                self.chained(&item.value, names)
            } else {
                self.eval(&item.value, names).and_then(|value| item.present(value))
            };
            match found {
                Ok(value) => values.extend(value),
                Err(stop) => stopped = Some(stop.merge(stopped)),
            }
        }
        stopped.map_or_else(|| Ok(Value::list(values)), Err)
    }

    fn map(
        &mut self,
        entries: &'a [(Expression, Pair)],
        names: Environment<'_, 'a>,
    ) -> Evaluated<'a> {
        let mut pairs = Vec::with_capacity(entries.len());
        let mut stopped: Option<Stop> = None;
        for (key, entry) in entries {
            let pair = self.pair(key, &entry.value, names);
            match pair.and_then(|[key, value]| Ok((operators::key(&key)?, entry.present(value)?))) {
                Ok((key, value)) => pairs.extend(value.map(|value| (key, value))),
                Err(stop) => stopped = Some(stop.merge(stopped)),
            }
        }
        stopped.map_or_else(|| operators::new_map(pairs), Err)
    }
}

/// A literal without counting references.
fn borrowed<'a>(value: &'a Value<'static>) -> Value<'a> {
    match value {
        Value::String(text) => Value::String(Shared::Borrowed(text)),
        Value::Bytes(bytes) => Value::Bytes(Shared::Borrowed(bytes)),
        Value::List(crate::List::Values(values)) => {
            Value::List(crate::List::Values(Shared::Borrowed(values)))
        }
        Value::Map(crate::Map::Entries(entries)) => {
            Value::Map(crate::Map::Entries(Shared::Borrowed(entries)))
        }
        other => other.clone(),
    }
}
