//! The variables that expressions can read.

use crate::{Shared, Stop, Value, evaluate::Evaluated};
use std::sync::atomic::{AtomicU16, Ordering};

/// The variables that expressions can read.
#[derive(Clone, Debug, Default)]
pub struct Scope<'a> {
    bindings: Vec<(Shared<'a, str>, Binding<'a>)>,
    /// First segments of the dotted names, each once: `variables` of `variables.repository`.
    prefixes: Vec<Shared<'a, str>>,
    /// Whether a name is bound twice: the last one wins.
    shadowed: bool,
}

/// What stands behind the name of a variable.
#[derive(Clone, Debug)]
pub(crate) enum Binding<'a> {
    Value(Value<'a>),
    Unknown,
    Stopped(Stop),
}

/// The place of a variable in its [`Scope`], to change its value without naming it again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot(usize);

/// Where a variable of a program was found the last time. Scopes of one kind bind their variables
/// in one order, so this is nearly always where it is found the next time.
#[derive(Debug, Default)]
pub(crate) struct Guess(AtomicU16);

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

    /// Declares a variable, unknown until [`Scope::assign`] gives it a value: for one that changes
    /// often, such as the element of a list. The slot holds until the scope is cut shorter.
    pub fn declare(&mut self, name: impl Into<Shared<'a, str>>) -> Slot {
        self.bind(name.into(), Binding::Unknown);
        Slot(self.bindings.len() - 1)
    }

    /// Gives a declared variable what an evaluation gave, be it a value or not.
    pub fn assign(&mut self, slot: Slot, evaluated: Evaluated<'a>) {
        if let Some((_, binding)) = self.bindings.get_mut(slot.0) {
            *binding = evaluated.map_or_else(Binding::Stopped, Binding::Value);
        }
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
        // Names are short: a search with vectors would take longer to begin.
        if let Some(dot) = name.bytes().position(|byte| byte == b'.')
            && let Some(prefix) = name.get(..dot)
            && !self.has_prefix(prefix)
        {
            self.prefixes.push(prefix.to_owned().into());
        }
        self.shadowed = self.shadowed || self.bindings.iter().any(|(known, _)| **known == *name);
        self.bindings.push((name, binding));
    }

    /// Whether a dotted name begins with this segment.
    pub(crate) fn has_prefix(&self, segment: &str) -> bool {
        let same = |prefix: &str| {
            prefix.as_bytes().first() == segment.as_bytes().first() && *prefix == *segment
        };
        self.prefixes.iter().any(|prefix| same(prefix))
    }

    pub(crate) fn get(&self, name: &str, guess: &Guess) -> Option<&Binding<'a>> {
        if !self.shadowed {
            let at = usize::from(guess.0.load(Ordering::Relaxed));
            if let Some((known, binding)) = self.bindings.get(at)
                && **known == *name
            {
                return Some(binding);
            }
        }
        let at = self.bindings.iter().rposition(|(known, _)| **known == *name)?;
        if let Ok(at) = u16::try_from(at) {
            guess.0.store(at, Ordering::Relaxed);
        }
        self.bindings.get(at).map(|(_, binding)| binding)
    }
}
