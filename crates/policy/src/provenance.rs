//! Where a fact comes from.

use std::fmt;

/// Where a fact comes from, so that a person can go and look.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provenance {
    /// The configuration of the image.
    Configuration,
    /// The manifest or the reference of the image.
    Manifest,
    /// A file of the target.
    File(cofferdam_model::Location),
    /// A line of a file that a person wrote.
    Place(crate::Place),
    /// A database of advisories, exploitation data or life cycles.
    Database {
        /// Its name for people: "advisory database".
        name: String,
        /// When its data were gathered, if it says.
        date: Option<jiff::Timestamp>,
    },
    /// The scan itself: what it could and could not read.
    Scan,
    /// Computed from other facts.
    Derived,
    /// Given by the caller: the time.
    Given,
}

impl fmt::Display for Provenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration => f.write_str("image configuration"),
            Self::Manifest => f.write_str("image manifest"),
            Self::File(location) => location.fmt(f),
            Self::Place(place) => place.fmt(f),
            Self::Database { name, date: Some(date) } => {
                write!(f, "{name} of {}", date.strftime("%Y-%m-%d"))
            }
            Self::Database { name, date: None } => f.write_str(name),
            Self::Scan => f.write_str("the scan"),
            Self::Derived => f.write_str("derived"),
            Self::Given => f.write_str("given"),
        }
    }
}
