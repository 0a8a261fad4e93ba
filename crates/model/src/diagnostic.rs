//! Expected errors: what happened, where, and what to do. Bugs are something else and never
//! dressed as these.

use std::fmt;

/// An error that a user can act on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How the process ends if nobody can go on from here.
    pub exit: Exit,
    /// What happened, a fragment without a full stop: "cannot read the image".
    pub what: String,
    /// Where: file, line, layer, offset, URL.
    pub place: Option<String>,
    /// The cause below it, as the layer that saw it says.
    pub cause: Option<String>,
    /// What to do about it.
    pub remedy: Option<String>,
}

/// How a run of the command line ends: the contract with every pipeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// All policies passed.
    Pass,
    /// A policy failed.
    PolicyFailed,
    /// The command line, a policy file or another input of the user's own is wrong.
    Usage,
    /// The target could not be assessed, in whole or in a part that the policy insists on.
    NotAssessed,
    /// The machine, the network or a service failed.
    Infrastructure,
}

impl Exit {
    /// The process exit code.
    pub const fn code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::PolicyFailed => 1,
            Self::Usage => 2,
            Self::NotAssessed => 3,
            Self::Infrastructure => 4,
        }
    }
}

impl Diagnostic {
    /// An error with nothing but what happened; the builder methods below add the rest.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), place: None, cause: None, remedy: None }
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: impl fmt::Display) -> Self {
        self.place = Some(place.to_string());
        self
    }

    /// Says what lies below.
    #[must_use]
    pub fn because(mut self, cause: impl fmt::Display) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = Some(remedy.into());
        self
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.what)?;
        if let Some(place) = &self.place {
            write!(f, ": {place}")?;
        }
        if let Some(cause) = &self.cause {
            write!(f, ": {cause}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostic {}
