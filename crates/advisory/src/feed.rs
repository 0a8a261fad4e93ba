//! Feeds as they are published, recognised by what is in them and never by their names.

mod archive;
pub(crate) mod eol;
pub(crate) mod epss;
pub(crate) mod kev;
pub(crate) mod osv;
mod take;
mod walk;

pub use walk::Ignored;
pub(crate) use walk::{Walk, gather};

use std::path::PathBuf;

/// One input of a build: a file, or a directory that is walked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// Where to read it.
    pub path: PathBuf,
    /// Where it came from, kept in the database: the URL, or the path as the user gave it.
    pub origin: String,
}

impl Feed {
    /// A feed that is where the user says.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        Self { origin: path.display().to_string(), path }
    }

    /// The origin as databases and messages show it: a URL without what may be a secret in it.
    pub(crate) fn shown_origin(&self) -> String {
        let Some((scheme, rest)) = self.origin.split_once("://") else {
            return self.origin.clone();
        };
        let rest = rest.split(['?', '#']).next().unwrap_or_default();
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let host = authority.rsplit('@').next().unwrap_or_default();
        format!("{scheme}://{host}/{path}")
    }
}

/// What became of a record.
#[derive(Debug)]
pub(crate) enum Taken<T> {
    /// Here it is.
    Record(T),
    /// It is one, and is left out on purpose.
    Skipped,
    /// It is something else.
    NotThis,
}

#[cfg(test)]
mod tests;
