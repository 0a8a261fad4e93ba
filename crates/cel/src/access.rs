//! Reading: variables, fields, indices, elements.

use crate::{
    Evaluation, Handle, Key, List, Lookup, Map, ReadId, Reads, Shared, Step, Stop, Value,
    ast::{Qualified, Variable},
    environment::Environment,
    error::ErrorKind,
    evaluate::Evaluated,
    number,
    operators::{display_key, no_overload},
    scope::Binding,
};

impl<'a> Evaluation<'a> {
    pub(crate) fn variable(
        &mut self,
        variable: &'a Variable,
        names: Environment<'_, 'a>,
    ) -> Evaluated<'a> {
        match self.bound(variable, names) {
            Some(evaluated) => evaluated,
            None => variable
                .kind
                .map(Value::Type)
                .ok_or_else(|| ErrorKind::NoSuchVariable(variable.name.to_string()).into()),
        }
    }

    /// What a dotted name stands for, where it is that of a variable or a type.
    pub(crate) fn qualified(
        &mut self,
        qualified: Option<&'a Qualified>,
        names: Environment<'_, 'a>,
    ) -> Option<Evaluated<'a>> {
        let qualified = qualified?;
        if names.scope.has_prefix(&qualified.root)
            && let Some(evaluated) = self.bound(&qualified.whole, names)
        {
            return Some(evaluated);
        }
        let kind = qualified.whole.kind?;
        names.scope.get(&qualified.root).is_none().then_some(Ok(Value::Type(kind)))
    }

    fn bound(
        &mut self,
        variable: &'a Variable,
        names: Environment<'_, 'a>,
    ) -> Option<Evaluated<'a>> {
        let name = &*variable.name;
        Some(match names.scope.get(variable)? {
            Binding::Stopped(stop) => Err(stop.clone()),
            Binding::Unknown => self.top(name, Lookup::Unknown),
            Binding::Value(value) if !self.recording => Ok(value.clone()),
            Binding::Value(value) => match value.handle() {
                // The top of a source, met for the first time: a path begins here.
                Some(handle) if handle.origin.is_none() => {
                    self.top(name, Lookup::Value(value.clone()))
                }
                _ => Ok(self.asking(name, value).unwrap_or_else(|| value.clone())),
            },
        })
    }

    /// A value that asks something, such as `authorizer`: a path begins here as well.
    fn asking(&mut self, name: &'a str, value: &Value<'a>) -> Option<Value<'a>> {
        let Value::Opaque(opaque) = value else { return None };
        let step = Step::Variable(Shared::Borrowed(name));
        let mark = self.trace.mark();
        let (id, _) = self.trace.record(None, step, Lookup::Value(value.clone()));
        let read = opaque.read_as(id);
        if read.is_none() {
            self.trace.rewind(mark);
        }
        read.map(|opaque| Value::Opaque(opaque.into()))
    }

    /// Records that a path begins at a variable, and gives the map that it is.
    #[cold]
    pub(crate) fn begin(&mut self, name: &'a str, at: Handle<'a>) -> Handle<'a> {
        let step = Step::Variable(Shared::Borrowed(name));
        let (id, _) = self.trace.record(None, step, Lookup::Value(Value::Map(Map::Source(at))));
        Handle { origin: Some(id), ..at }
    }

    fn top(&mut self, name: &'a str, found: Lookup<'a>) -> Evaluated<'a> {
        self.lookup(None, || Step::Variable(Shared::Borrowed(name)), found)
            .map(|value| value.unwrap_or(Value::Null))
    }

    /// What a map among the facts has under a field.
    #[inline]
    pub(crate) fn look(&mut self, handle: Handle<'a>, field: &'a str) -> Lookup<'a> {
        let found = handle.source.member(handle.node, field);
        if self.recording { self.recorded(handle, field, found) } else { found }
    }

    #[cold]
    fn recorded(&mut self, from: Handle<'a>, field: &'a str, found: Lookup<'a>) -> Lookup<'a> {
        self.trace.record(from.origin, Step::Member(Shared::Borrowed(field)), found).1
    }

    /// That what was looked at last is unknown.
    #[cold]
    pub(crate) fn unknown(&self) -> Stop {
        let last = self.trace.last().filter(|_| self.recording);
        Stop::Unknown(last.map_or(Reads::NONE, Reads::one))
    }

    /// The member of a map among the facts; `None`: absent.
    #[inline]
    pub(crate) fn read(
        &mut self,
        handle: Handle<'a>,
        field: &'a str,
    ) -> Result<Option<Value<'a>>, Stop> {
        match self.look(handle, field) {
            Lookup::Value(value) => Ok(Some(value)),
            Lookup::Absent => Ok(None),
            Lookup::Unknown => Err(self.unknown()),
        }
    }

    /// The member of a map, or of the map in an optional; `None`: absent.
    pub(crate) fn member(
        &mut self,
        operand: &Value<'a>,
        field: &'a str,
    ) -> Result<Option<Value<'a>>, Stop> {
        match operand {
            Value::Map(Map::Source(handle)) => self.read(*handle, field),
            Value::Map(Map::Entries(_)) => self.entry(operand, &Value::from(field)),
            Value::Optional(inner) => match inner {
                Some(inner) => self.member(inner, field),
                None => Ok(None),
            },
            other if other.is_plain() => Ok(None),
            _ => Err(no_overload(&format!(".{field}"), &[operand])),
        }
    }

    /// Records what a source answered.
    #[inline]
    pub(crate) fn lookup(
        &mut self,
        origin: Option<ReadId>,
        step: impl FnOnce() -> Step<'a>,
        found: Lookup<'a>,
    ) -> Result<Option<Value<'a>>, Stop> {
        if !self.recording {
            return match found {
                Lookup::Value(value) => Ok(Some(value)),
                Lookup::Absent => Ok(None),
                Lookup::Unknown => Err(Stop::Unknown(Reads::NONE)),
            };
        }
        let (id, found) = self.trace.record(origin, step(), found);
        match found {
            Lookup::Value(value) => Ok(Some(value)),
            Lookup::Absent => Ok(None),
            Lookup::Unknown => Err(Stop::Unknown(Reads::one(id))),
        }
    }

    /// `operand[index]` and `operand[?index]`.
    pub(crate) fn index(
        &mut self,
        operand: &Value<'a>,
        index: &Value<'a>,
        optional: bool,
    ) -> Evaluated<'a> {
        let found = match operand {
            Value::Optional(None) => return Ok(Value::Optional(None)),
            Value::Optional(Some(inner)) => {
                return self.at(inner, index).map(Value::optional);
            }
            _ => self.at(operand, index)?,
        };
        match found {
            _ if optional => Ok(Value::optional(found)),
            Some(value) => Ok(value),
            None => Err(outside(operand, index).into()),
        }
    }

    /// What stands at an index or under a key; `None`: nothing does.
    pub(crate) fn at(
        &mut self,
        operand: &Value<'a>,
        index: &Value<'a>,
    ) -> Result<Option<Value<'a>>, Stop> {
        match operand {
            Value::List(list) => {
                let length = length_of(list);
                let position =
                    number::whole(index).ok_or_else(|| no_overload("[ ]", &[operand, index]))?;
                let inside = usize::try_from(position).ok().filter(|position| *position < length);
                if let Some(position) = inside {
                    return self.element(operand, position).map(Some);
                }
                // That it is outside is a fact about the length.
                self.size(operand)?;
                Ok(None)
            }
            Value::Map(_) => self.entry(operand, index),
            other if other.is_plain() => Ok(None),
            _ => Err(no_overload("[ ]", &[operand, index])),
        }
    }

    /// The entry of a map under a key; `None`: absent.
    pub(crate) fn entry(
        &mut self,
        map: &Value<'a>,
        key: &Value<'a>,
    ) -> Result<Option<Value<'a>>, Stop> {
        // A double finds the integer that it equals.
        let key = match (key, number::whole(key)) {
            (Value::Double(_), Some(whole)) => i64::try_from(whole)
                .map(Key::Int)
                .or_else(|_| u64::try_from(whole).map(Key::Uint))
                .ok(),
            (Value::Double(_), None) => return Ok(None),
            _ => Key::of(key),
        };
        match (map, key) {
            (Value::Map(Map::Entries(entries)), Some(key)) => Ok(entries
                .binary_search_by(|(entry, _)| entry.order(&key))
                .ok()
                .and_then(|at| entries.get(at))
                .map(|(_, value)| value.clone())),
            (Value::Map(Map::Source(handle)), Some(Key::String(text))) => {
                let found = handle.source.member(handle.node, &text);
                self.lookup(handle.origin, || Step::Member(Shared::clone(&text)), found)
            }
            (Value::Map(Map::Source(_)), Some(_)) => Ok(None),
            (map, _) => Err(no_overload("[ ]", &[map])),
        }
    }

    /// How many elements or entries there are, where that is known.
    pub(crate) fn size(&mut self, value: &Value<'a>) -> Result<usize, Stop> {
        if has_rest(value) { Err(self.rest(value)) } else { self.length(value) }
    }

    /// That nobody knows how many elements there are.
    #[cold]
    pub(crate) fn rest(&mut self, list: &Value<'a>) -> Stop {
        let origin = list.handle().and_then(|handle| handle.origin);
        let found = self.lookup(origin, || Step::Length, Lookup::Unknown);
        found.err().unwrap_or(Stop::Unknown(Reads::NONE))
    }

    /// How many elements or entries to go through, a rest among them; recorded where it is a fact.
    pub fn length(&mut self, value: &Value<'a>) -> Result<usize, Stop> {
        self.step(1)?;
        match value {
            Value::List(List::Values(values)) => Ok(values.len()),
            Value::Map(Map::Entries(entries)) => Ok(entries.len()),
            Value::List(List::Source(handle)) | Value::Map(Map::Source(handle)) => {
                let length = handle.source.length(handle.node);
                let found = Value::Int(i64::try_from(length).unwrap_or(i64::MAX));
                self.lookup(handle.origin, || Step::Length, Lookup::Value(found))?;
                Ok(length)
            }
            _ => Err(no_overload("size", &[value])),
        }
    }

    /// Shows the element of a list, or the key of a map, at a position.
    #[inline]
    pub(crate) fn with_element<T>(
        &mut self,
        range: &Value<'a>,
        position: usize,
        see: impl FnOnce(&mut Self, Result<&Value<'a>, &Stop>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let (found, element, stop);
        let seen = match range {
            Value::List(List::Source(handle)) if !self.recording => {
                self.step(1)?;
                found = handle.source.element(handle.node, position);
                match &found {
                    Lookup::Value(value) => Ok(value),
                    Lookup::Unknown => {
                        stop = Stop::Unknown(Reads::NONE);
                        Err(&stop)
                    }
                    Lookup::Absent => {
                        stop = no_element(position);
                        Err(&stop)
                    }
                }
            }
            Value::List(List::Values(values)) if position < values.len() => {
                self.step(1)?;
                values.get(position).map_or(Ok(&Value::Null), Ok)
            }
            _ => {
                element = self.element(range, position);
                element.as_ref()
            }
        };
        see(self, seen)
    }

    /// The element of a list, or the key of a map, at a position.
    pub fn element(&mut self, value: &Value<'a>, position: usize) -> Evaluated<'a> {
        self.step(1)?;
        let outside = || no_element(position);
        match value {
            Value::List(List::Values(values)) => values.get(position).cloned().ok_or_else(outside),
            Value::Map(Map::Entries(entries)) => {
                entries.get(position).map(|(key, _)| key.value()).ok_or_else(outside)
            }
            Value::List(List::Source(handle)) => {
                let found = handle.source.element(handle.node, position);
                match self.lookup(handle.origin, || Step::Element(position), found)? {
                    Some(value) => Ok(value),
                    None => Err(outside()),
                }
            }
            Value::Map(Map::Source(handle)) => {
                handle.source.key(handle.node, position).map(Value::from).ok_or_else(outside)
            }
            _ => Err(no_overload("iteration", &[value])),
        }
    }
}

/// Whether the last element of a list is a rest.
pub(crate) fn has_rest(value: &Value<'_>) -> bool {
    matches!(value, Value::List(List::Source(handle)) if handle.source.has_rest(handle.node))
}

fn length_of(list: &List<'_>) -> usize {
    match list {
        List::Values(values) => values.len(),
        List::Source(handle) => handle.source.length(handle.node),
    }
}

/// The error that nothing stands at an index or under a key.
fn outside(operand: &Value<'_>, index: &Value<'_>) -> ErrorKind {
    match (operand, number::whole(index)) {
        (Value::List(list), Some(position)) => {
            ErrorKind::IndexOutOfRange { index: position.to_string(), length: length_of(list) }
        }
        _ => ErrorKind::NoSuchKey(Key::of(index).map_or_else(String::new, |key| display_key(&key))),
    }
}

fn no_element(position: usize) -> Stop {
    ErrorKind::Invalid(format!("there is no element {position}")).into()
}
