//! Credentials found where they should not be.

use crate::Location;

/// One credential. The value itself is never kept: only a mask that its owner recognises.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Secret {
    /// Stable id of the kind: `aws-access-key`.
    pub kind: &'static str,
    /// The kind for people: "AWS access key".
    pub title: &'static str,
    /// Where it stands.
    pub place: SecretPlace,
    /// Line, 1 at the top, where there are lines.
    pub line: Option<u32>,
    /// First and last characters with the middle replaced, at most 24 characters.
    pub masked: String,
    /// Why it is believed: "checksum valid", "decodes as a private key", "entropy 4.2 bits".
    pub evidence: String,
}

/// Where a credential stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SecretPlace {
    /// In a file.
    File {
        /// Which.
        location: Location,
        /// The layer that deleted or replaced it: no longer visible, still retrievable by
        /// anybody who can pull the image.
        deleted_in: Option<usize>,
        /// The package that its maker published with this file in it. What everybody can fetch
        /// is nobody's secret: the test key of a library.
        published_by: Option<String>,
    },
    /// In an environment variable of the image configuration.
    Env(String),
    /// In a label of the image configuration.
    Label(String),
    /// In the command line of the image configuration: its entry point and arguments.
    Command,
    /// In a step of the image's history, by index.
    History(usize),
}
