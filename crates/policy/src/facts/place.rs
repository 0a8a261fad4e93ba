//! Places in files.

use std::{fmt, sync::Arc};

/// A place in a file that a person can open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as it was named.
    pub file: Arc<str>,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// First byte in the file's text.
    pub start: u32,
    /// One after the last byte.
    pub end: u32,
    /// Nothing is written here: the API server would fill the value in. The place is that of the
    /// nearest thing around it that is written.
    pub is_default: bool,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, column, .. } = self;
        if self.is_default {
            write!(f, "{file}:{line} (default of the API server)")
        } else {
            write!(f, "{file}:{line}:{column}")
        }
    }
}
