//! Where in the life of a container a policy is asked, and what unknown means there.

use std::{fmt, str::FromStr};

/// A stage of the life of a container at which a policy is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// On a developer's machine or in a pipeline.
    Build,
    /// When an object is about to enter a cluster.
    Admission,
    /// Again and again over what is there.
    Background,
    /// When a process or a connection appears.
    Runtime,
}

/// What a verdict of unknown is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OnUnknown {
    /// It is shown, and decides nothing.
    Ignore,
    /// It is shown as a warning.
    Warn,
    /// It blocks: what could not be assessed is not let through.
    Fail,
}

impl Stage {
    /// Every stage, in the order of life.
    pub const ALL: [Self; 4] = [Self::Build, Self::Admission, Self::Background, Self::Runtime];

    /// The name in policies.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Build => "build",
            Self::Admission => "admission",
            Self::Background => "background",
            Self::Runtime => "runtime",
        }
    }

    /// What unknown means here when the policy does not say: a pipeline fails closed, for a
    /// person is there to look; elsewhere it warns, for a cluster must keep running.
    pub const fn default_on_unknown(self) -> OnUnknown {
        match self {
            Self::Build => OnUnknown::Fail,
            Self::Admission | Self::Background | Self::Runtime => OnUnknown::Warn,
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Stage {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text).ok_or(())
    }
}

impl OnUnknown {
    /// The name in policies.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ignore => "ignore",
            Self::Warn => "warn",
            Self::Fail => "fail",
        }
    }
}
