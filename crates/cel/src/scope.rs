//! The variables that expressions can read.

use crate::{Shared, Stop, Value, ast::Variable, evaluate::Evaluated};
use std::{
    ops::Deref,
    sync::atomic::{AtomicU16, Ordering},
};

/// The variables that expressions can read.
#[derive(Clone, Debug, Default)]
pub struct Scope<'a> {
    bindings: Vec<(Name<Shared<'a, str>>, Binding<'a>)>,
    /// First segments of the dotted names, each once: `variables` of `variables.repository`.
    prefixes: Vec<Name<Box<str>>>,
    /// Whether a name is bound twice: the last one wins.
    shadowed: bool,
}

/// A name beside its first bytes and its length. These nearly always tell whether two names are
/// one; the text of a name lies elsewhere, and to look there takes longer than all the rest.
#[derive(Clone, Debug)]
pub(crate) struct Name<T> {
    text: T,
    head: [u8; HEAD_BYTES],
    length: usize,
}

const HEAD_BYTES: usize = 16;

/// Variables that there is room for at once: most rules read no more.
const VARIABLES_USUAL: usize = 8;

impl<T: Deref<Target = str>> Name<T> {
    pub(crate) fn new(text: T) -> Self {
        let (mut head, length) = ([0; HEAD_BYTES], text.len());
        let known = length.min(HEAD_BYTES);
        if let (Some(head), Some(text)) = (head.get_mut(..known), text.as_bytes().get(..known)) {
            head.copy_from_slice(text);
        }
        Self { text, head, length }
    }

    #[inline]
    pub(crate) fn is<U: Deref<Target = str>>(&self, other: &Name<U>) -> bool {
        self.head == other.head
            && self.length == other.length
            && (self.length <= HEAD_BYTES || *self.text == *other.text)
    }
}

impl<T: Deref<Target = str>> Deref for Name<T> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
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
    #[inline]
    pub fn truncate(&mut self, length: usize) {
        if length < self.bindings.len() {
            self.bindings.truncate(length);
            self.shadowed = self.shadowed && self.has_twins();
        }
    }

    fn has_twins(&self) -> bool {
        let mut bindings = self.bindings.iter();
        std::iter::from_fn(|| bindings.next().map(|(name, _)| (name, bindings.clone())))
            .any(|(name, mut rest)| rest.any(|(other, _)| other.is(name)))
    }

    fn bind(&mut self, name: Shared<'a, str>, binding: Binding<'a>) {
        let name = Name::new(name);
        // Names are short: a search with vectors would take longer to begin.
        if let Some(dot) = name.bytes().position(|byte| byte == b'.')
            && let Some(prefix) = name.get(..dot)
            && !self.prefixes.iter().any(|known| **known == *prefix)
        {
            self.prefixes.push(Name::new(prefix.into()));
        }
        self.shadowed = self.shadowed || self.bindings.iter().any(|(known, _)| known.is(&name));
        if self.bindings.capacity() == 0 {
            self.bindings.reserve(VARIABLES_USUAL);
        }
        self.bindings.push((name, binding));
    }

    /// Whether a dotted name begins with this segment.
    pub(crate) fn has_prefix(&self, segment: &Variable) -> bool {
        self.prefixes.iter().any(|prefix| prefix.is(&segment.name))
    }

    #[inline]
    pub(crate) fn get(&self, variable: &Variable) -> Option<&Binding<'a>> {
        let at = usize::from(variable.guess.0.load(Ordering::Relaxed));
        match self.bindings.get(at) {
            Some((known, binding)) if !self.shadowed && known.is(&variable.name) => Some(binding),
            _ => self.find(variable),
        }
    }

    fn find(&self, Variable { name, guess, .. }: &Variable) -> Option<&Binding<'a>> {
        let at = self.bindings.iter().rposition(|(known, _)| known.is(name))?;
        if let Ok(at) = u16::try_from(at) {
            guess.0.store(at, Ordering::Relaxed);
        }
        self.bindings.get(at).map(|(_, binding)| binding)
    }
}
