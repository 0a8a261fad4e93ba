//! Why a database cannot answer.

use cofferdam_bounds::file::FileError;
use cofferdam_model::{Diagnostic, Exit};
use std::{io, path::PathBuf};

/// A database that cannot be opened or read. It never gives an answer that may be wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The file is something else.
    #[error("{} is not an advisory database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The file was written by another version of Cofferdam.
    #[error("{} is an advisory database of format {found}, this program reads {expected}", path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// Ours.
        expected: u32,
    },
    /// The file does not hold what was written to it.
    #[error("{} is damaged at offset {offset}: {what}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where, in bytes.
        offset: u64,
        /// What is wrong there.
        what: &'static str,
    },
}

impl From<Error> for Diagnostic {
    fn from(error: Error) -> Self {
        let absent = matches!(&error, Error::File(file)
            if file.error.kind() == io::ErrorKind::NotFound);
        let (exit, remedy) = match &error {
            Error::File(_) if absent => {
                (Exit::Usage, "fetch one with `cofferdam advisory update`, or name one")
            }
            Error::File(_) => (Exit::Infrastructure, "check that the file can be read"),
            Error::NotADatabase { .. } => {
                (Exit::Usage, "make one of feeds with `cofferdam advisory build`")
            }
            Error::Version { .. } => (Exit::Usage, "run `cofferdam advisory update`"),
            Error::Damaged { .. } => {
                (Exit::Infrastructure, "run `cofferdam advisory update`, or import a good copy")
            }
        };
        Self::new(exit, "cannot use the advisory database").because(&error).remedy(remedy)
    }
}
