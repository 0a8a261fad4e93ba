//! Text, bytes and lists that are either borrowed from the facts or shared by count.

use std::{fmt, ops::Deref, sync::Arc};

/// Borrowed for `'a`, or owned and cheap to clone.
pub enum Shared<'a, T: ?Sized> {
    /// Stands in the facts or in the program.
    Borrowed(&'a T),
    /// Made by evaluation.
    Owned(Arc<T>),
}

impl<T: ?Sized> Clone for Shared<'_, T> {
    fn clone(&self) -> Self {
        match self {
            Self::Borrowed(value) => Self::Borrowed(value),
            Self::Owned(value) => Self::Owned(Arc::clone(value)),
        }
    }
}

impl<T: ?Sized> Deref for Shared<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        match self {
            Self::Borrowed(value) => value,
            Self::Owned(value) => value,
        }
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Shared<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<'a, T: ?Sized> From<&'a T> for Shared<'a, T> {
    fn from(value: &'a T) -> Self {
        Self::Borrowed(value)
    }
}

impl From<String> for Shared<'_, str> {
    fn from(text: String) -> Self {
        Self::Owned(text.into())
    }
}

impl From<Vec<u8>> for Shared<'_, [u8]> {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Owned(bytes.into())
    }
}
