//! What names stand for at one place of an expression: the variables from outside, and those of
//! the macros around it.

use crate::{Scope, Stop, Value};

/// Variables from outside and those of macros, the innermost first.
#[derive(Clone, Copy)]
pub(crate) struct Environment<'s, 'a> {
    pub(crate) scope: &'s Scope<'a>,
    frame: Option<&'s Frame<'s, 'a>>,
}

/// The variable of a macro, on the stack of whoever evaluates the macro: nothing is copied.
pub(crate) struct Frame<'s, 'a> {
    level: usize,
    /// An element that is unknown stops only what reads it.
    value: Result<&'s Value<'a>, &'s Stop>,
    around: Option<&'s Self>,
}

impl<'s, 'a> Environment<'s, 'a> {
    /// Outside of all macros.
    pub(crate) const fn new(scope: &'s Scope<'a>) -> Self {
        Self { scope, frame: None }
    }

    /// A variable at a level of nesting, to be looked at with [`Self::inside`].
    pub(crate) const fn frame(
        self,
        level: usize,
        value: Result<&'s Value<'a>, &'s Stop>,
    ) -> Frame<'s, 'a> {
        Frame { level, value, around: self.frame }
    }

    /// The same place in the macro whose variable this is.
    pub(crate) const fn inside<'f>(self, frame: &'f Frame<'f, 'a>) -> Environment<'f, 'a>
    where
        's: 'f,
    {
        Environment { scope: self.scope, frame: Some(frame) }
    }

    /// The variable at a level of nesting; the parser sees to it that there is one.
    pub(crate) fn local(self, level: usize) -> Result<&'s Value<'a>, &'s Stop> {
        let mut frame = self.frame;
        while let Some(one) = frame {
            if one.level == level {
                return one.value;
            }
            frame = one.around;
        }
        Ok(&Value::Null)
    }
}
