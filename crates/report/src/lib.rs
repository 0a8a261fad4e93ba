//! Assessments rendered: for people, for machines, for other tools.
//!
//! Each format is a pure function from an [`Assessment`] to bytes. What is stable and documented
//! is the JSON document (`docs/schema/assessment.schema.json`), SARIF 2.1.0 and CycloneDX 1.6; the
//! table is for eyes only and may change.
//!
//! This crate judges nothing and hides nothing: what is excepted or unknown is in every format.
//!
//! ```
//! use cofferdam_report::Format;
//!
//! assert_eq!("sarif".parse(), Ok(Format::Sarif));
//! assert!("pdf".parse::<Format>().is_err());
//! ```

mod cyclonedx;
mod json;
mod sarif;
mod table;
mod text;
mod wire;

use cofferdam_assess::Assessment;
use std::{
    fmt,
    io::{self, Write},
    str::FromStr,
};

/// How an assessment is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal, with ANSI styles that the writer may strip.
    Table,
    /// The JSON document.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// CycloneDX 1.6 JSON: a bill of materials with its vulnerabilities.
    CycloneDx,
}

/// A format that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatError(String);

impl Format {
    /// Every format.
    pub const ALL: [Self; 4] = [Self::Table, Self::Json, Self::Sarif, Self::CycloneDx];

    /// The name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::CycloneDx => "cyclonedx",
        }
    }
}

impl FromStr for Format {
    type Err = FormatError;

    fn from_str(name: &str) -> Result<Self, FormatError> {
        let found = Self::ALL.into_iter().find(|format| format.as_str() == name);
        found.ok_or_else(|| FormatError(name.to_owned()))
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = Format::ALL.map(Format::as_str).join(", ");
        write!(f, "{:?} is not an output format; there are {names}", self.0)
    }
}

impl std::error::Error for FormatError {}

/// Writes an assessment. `width` is that of the terminal, in columns; only the table minds.
pub fn write(
    assessment: &Assessment,
    format: Format,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Table => table::write(assessment, width, out),
        Format::Json => json::write(assessment, out),
        Format::Sarif => sarif::write(assessment, out),
        Format::CycloneDx => cyclonedx::write(assessment, out),
    }
}

/// The JSON schema of the JSON document, as checked in.
pub fn json_schema() -> String {
    let schema = schemars::schema_for!(wire::Document<'_>);
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text + "\n"
}

#[cfg(test)]
mod tests;
