//! Paths of fields, followed to where they lead; and values shown where they are.
//!
//! A rule asks mostly for fields of facts, and hardly ever keeps one. So what an expression gives
//! is shown to who asked rather than handed over: to move a value about costs more than to look
//! at it.

use crate::{
    Evaluation, Handle, Lookup, Map, Stop, Value,
    ast::{Expression, Kind, Qualified},
    environment::Environment,
    error::ErrorKind,
    evaluate::Evaluated,
    scope::Binding,
};

/// Fields of a path that is followed at once; longer ones are followed one by one.
const FIELDS_MAX: usize = 8;

/// Why a path does not lead to a map among the facts.
enum Off {
    /// One of its fields is absent, or it is unknown.
    Stopped(Stop),
    /// What is absent may be: there is a `.?` before it.
    Nothing,
    /// It leads to something else; it is as if nothing had happened yet.
    Elsewhere,
}

impl<'a> Evaluation<'a> {
    /// Shows what an expression gives. Literals, variables of macros and fields of facts are shown
    /// where they are.
    #[inline]
    pub(crate) fn with<T>(
        &mut self,
        expression: &'a Expression,
        names: Environment<'_, 'a>,
        see: impl FnOnce(&mut Self, Result<&Value<'a>, Stop>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let (found, value);
        let seen = match &expression.kind {
            Kind::Literal(literal)
            | Kind::List { constant: Some(literal), .. }
            | Kind::Map { constant: Some(literal), .. } => self.step(1).map(|()| literal),
            Kind::Local(level) => {
                self.step(1).and_then(|()| names.local(*level).map_err(Stop::clone))
            }
            Kind::Select { operand, field, qualified, optional: false }
                if !is_a_name(qualified.as_deref(), names) =>
            {
                let steps = self.steps;
                let walked = match self.step(1) {
                    Ok(()) => self.walk(operand, false, names),
                    Err(stop) => Err(Off::Stopped(stop)),
                };
                match walked {
                    Ok(at) => {
                        found = self.look(at, field);
                        match &found {
                            Lookup::Value(value) => Ok(value),
                            Lookup::Absent => Err(absent(field).at(expression.place)),
                            Lookup::Unknown => Err(self.unknown()),
                        }
                    }
                    Err(Off::Stopped(stop)) => Err(stop),
                    Err(Off::Nothing | Off::Elsewhere) => {
                        self.steps = steps;
                        value = self.eval(expression, names);
                        value.as_ref().map_err(Stop::clone)
                    }
                }
            }
            Kind::Either { left, right, unwrap: true } if left.is_chain() => {
                match (self.step(1).and_then(|()| self.chained(left, names)), right.constant()) {
                    (Ok(None), Some(literal)) => self.step(1).map(|()| literal),
                    (Ok(None), None) => {
                        value = self.eval(right, names);
                        value.as_ref().map_err(Stop::clone)
                    }
                    (Ok(Some(chained)), _) => {
                        value = Ok(chained);
                        value.as_ref().map_err(Stop::clone)
                    }
                    (Err(stop), _) => Err(stop),
                }
            }
            _ => {
                value = self.eval(expression, names);
                value.as_ref().map_err(Stop::clone)
            }
        };
        see(self, seen)
    }

    /// Shows both operands. What is unknown in the second is known even if the first stops.
    pub(crate) fn both<T>(
        &mut self,
        left: &'a Expression,
        right: &'a Expression,
        names: Environment<'_, 'a>,
        see: impl FnOnce(&mut Self, &Value<'a>, &Value<'a>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        self.with(left, names, |evaluation, left| {
            evaluation.with(right, names, |evaluation, right| match (left, right) {
                (Ok(left), Ok(right)) => see(evaluation, left, right),
                (Err(left), Err(right)) => Err(left.and(right)),
                (Err(stop), Ok(_)) | (Ok(_), Err(stop)) => Err(stop),
            })
        })
    }

    /// The map among the facts that a path leads to: the usual case, in which no value is made on
    /// the way, not even where it goes `through` optional ones. Reads are recorded as if the path
    /// were followed field by field.
    #[inline]
    fn walk(
        &mut self,
        path: &'a Expression,
        through: bool,
        names: Environment<'_, 'a>,
    ) -> Result<Handle<'a>, Off> {
        match &path.kind {
            Kind::Select { .. } => self.walk_fields(path, through, names),
            _ => self.walk_top(path, false, names),
        }
    }

    fn walk_fields(
        &mut self,
        path: &'a Expression,
        through: bool,
        names: Environment<'_, 'a>,
    ) -> Result<Handle<'a>, Off> {
        let mut fields = [path; FIELDS_MAX];
        let (mut count, mut top) = (0, path);
        while let Kind::Select { operand, optional, .. } = &top.kind
            && (through || !optional)
        {
            *fields.get_mut(count).ok_or(Off::Elsewhere)? = top;
            (count, top) = (count + 1, operand);
        }
        let (steps, mark) = (self.steps, self.trace.mark());
        let mut at = self.walk_top(top, true, names)?;
        let mut may_be_absent = false;
        for part in fields.iter().take(count).rev() {
            let Kind::Select { field, optional, .. } = &part.kind else { continue };
            may_be_absent |= optional;
            self.step(1).map_err(Off::Stopped)?;
            match self.look(at, field) {
                Lookup::Value(Value::Map(Map::Source(next))) => at = next,
                Lookup::Value(_) => {
                    self.steps = steps;
                    self.trace.rewind(mark);
                    return Err(Off::Elsewhere);
                }
                Lookup::Absent if may_be_absent => return Err(Off::Nothing),
                Lookup::Absent => return Err(Off::Stopped(absent(field).at(part.place))),
                Lookup::Unknown => return Err(Off::Stopped(self.unknown())),
            }
        }
        Ok(at)
    }

    fn walk_top(
        &mut self,
        top: &'a Expression,
        goes_on: bool,
        names: Environment<'_, 'a>,
    ) -> Result<Handle<'a>, Off> {
        let at = Self::top_of(top, goes_on, names).ok_or(Off::Elsewhere)?;
        self.step(1).map_err(Off::Stopped)?;
        Ok(match &top.kind {
            Kind::Variable(variable) if self.recording && at.origin.is_none() => {
                self.begin(&variable.name, at)
            }
            _ => at,
        })
    }

    /// The map among the facts that a path begins with.
    fn top_of(
        top: &'a Expression,
        goes_on: bool,
        names: Environment<'_, 'a>,
    ) -> Option<Handle<'a>> {
        let value = match &top.kind {
            Kind::Local(level) => names.local(*level).ok(),
            // The path could be the dotted name of a variable.
            Kind::Variable(variable) if goes_on && names.scope.has_prefix(variable) => None,
            Kind::Variable(variable) => match names.scope.get(variable)? {
                Binding::Value(value) => Some(value),
                Binding::Unknown | Binding::Stopped(_) => None,
            },
            _ => None,
        };
        match value? {
            Value::Map(Map::Source(handle)) => Some(*handle),
            _ => None,
        }
    }

    /// `operand.field`.
    pub(crate) fn select(
        &mut self,
        operand: &'a Expression,
        field: &'a str,
        names: Environment<'_, 'a>,
    ) -> Evaluated<'a> {
        match self.walk(operand, false, names) {
            Ok(at) => self.read(at, field)?.ok_or_else(|| absent(field)),
            Err(Off::Stopped(stop)) => Err(stop),
            Err(Off::Nothing | Off::Elsewhere) => {
                let operand = self.eval_plainly(operand, names)?;
                self.field(&operand, field)
            }
        }
    }

    /// Whether `operand` has the field.
    pub(crate) fn has(
        &mut self,
        operand: &'a Expression,
        field: &'a str,
        names: Environment<'_, 'a>,
    ) -> Result<bool, Stop> {
        match self.walk(operand, true, names) {
            Ok(at) => match self.look(at, field) {
                Lookup::Value(_) => Ok(true),
                Lookup::Absent => Ok(false),
                Lookup::Unknown => Err(self.unknown()),
            },
            Err(Off::Nothing) => Ok(false),
            Err(Off::Stopped(stop)) => Err(stop),
            Err(Off::Elsewhere) => {
                let operand = self.eval_plainly(operand, names)?;
                self.member(&operand, field).map(|found| found.is_some())
            }
        }
    }

    /// Whether a chain of `.?` leads to a value.
    pub(crate) fn present(
        &mut self,
        chain: &'a Expression,
        names: Environment<'_, 'a>,
    ) -> Result<bool, Stop> {
        let Kind::Select { operand, field, .. } = &chain.kind else {
            return self.chained(chain, names).map(|found| found.is_some());
        };
        self.step(1)?;
        self.has(operand, field, names).map_err(|stop| stop.at(chain.place))
    }

    /// The member that `operand.?field` names; `None`: absent.
    pub(crate) fn field_of(
        &mut self,
        operand: &'a Expression,
        field: &'a str,
        names: Environment<'_, 'a>,
    ) -> Result<Option<Value<'a>>, Stop> {
        match self.walk(operand, true, names) {
            Ok(at) => self.read(at, field),
            Err(Off::Nothing) => Ok(None),
            Err(Off::Stopped(stop)) => Err(stop),
            Err(Off::Elsewhere) => {
                let operand = self.eval_plainly(operand, names)?;
                self.member(&operand, field)
            }
        }
    }

    /// What a chain of `.?` leads to, without making an optional of each step.
    pub(crate) fn chained(
        &mut self,
        chain: &'a Expression,
        names: Environment<'_, 'a>,
    ) -> Result<Option<Value<'a>>, Stop> {
        self.step(1)?;
        match &chain.kind {
            Kind::Select { operand, field, .. } => self.field_of(operand, field, names),
            Kind::Index { operand, index, .. } => self.chained_entry(operand, index, names),
            _ => return self.eval(chain, names).map(Some),
        }
        .map_err(|stop| stop.at(chain.place))
    }

    /// What stands at an index of what a chain leads to.
    fn chained_entry(
        &mut self,
        chain: &'a Expression,
        index: &'a Expression,
        names: Environment<'_, 'a>,
    ) -> Result<Option<Value<'a>>, Stop> {
        let found = self.chained(chain, names);
        self.with(index, names, |evaluation, index| match (found, index) {
            (Ok(Some(found)), Ok(index)) => evaluation.at(&found, index),
            (Ok(None), Ok(_)) => Ok(None),
            (Err(chain), Err(index)) => Err(chain.and(index)),
            (Err(stop), Ok(_)) | (Ok(_), Err(stop)) => Err(stop),
        })
    }

    /// Evaluates an operand of which [`Evaluation::walk`] has just said that it leads elsewhere,
    /// without asking that again for each part of it.
    fn eval_plainly(&mut self, path: &'a Expression, names: Environment<'_, 'a>) -> Evaluated<'a> {
        let Kind::Select { operand, field, qualified, optional: false } = &path.kind else {
            return self.eval(path, names);
        };
        self.step(1)?;
        match self.qualified(qualified.as_deref(), names) {
            Some(found) => found,
            None => {
                self.eval_plainly(operand, names).and_then(|operand| self.field(&operand, field))
            }
        }
        .map_err(|stop| stop.at(path.place))
    }

    /// The field of a value; of an optional, an optional.
    fn field(&mut self, operand: &Value<'a>, field: &'a str) -> Evaluated<'a> {
        let found = self.member(operand, field)?;
        match operand {
            Value::Optional(_) => Ok(Value::optional(found)),
            _ => found.ok_or_else(|| absent(field)),
        }
    }
}

/// Whether a dotted name could be that of a variable or a type, rather than a path.
fn is_a_name(qualified: Option<&Qualified>, names: Environment<'_, '_>) -> bool {
    qualified.is_some_and(|qualified| {
        qualified.whole.kind.is_some() || names.scope.has_prefix(&qualified.root)
    })
}

/// The error that there is no such field.
fn absent(field: &str) -> Stop {
    ErrorKind::NoSuchKey(field.to_owned()).into()
}
