//! Assessments and checks rendered: for people, for machines, for other tools.
//!
//! Each format is a pure function from an [`Assessment`] or a [`Check`] to bytes. What is stable
//! and documented are the JSON documents (`docs/schema/`), SARIF 2.1.0, JUnit XML and CycloneDX
//! 1.6; table, HTML and Markdown are for eyes only and may change.
//!
//! This crate judges nothing and hides nothing: what is excepted or unknown is in every format,
//! and a format that has a bound says what it leaves out.
//!
//! ```
//! use cofferdam_report::Format;
//!
//! assert_eq!("sarif".parse(), Ok(Format::Sarif));
//! assert!("pdf".parse::<Format>().is_err());
//! ```

mod check;
mod cyclonedx;
mod html;
mod json;
mod junit;
mod markdown;
mod sarif;
mod table;
mod text;
mod upgrade;
mod view;
mod wire;

pub use text::safe;

use cofferdam_assess::{Assessment, check::Check};
use std::{
    fmt,
    io::{self, Write},
    str::FromStr,
};
use view::View;

/// How an assessment or a check is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal, with ANSI styles that the writer may strip.
    Table,
    /// The JSON document.
    Json,
    /// SARIF 2.1.0.
    Sarif,
    /// CycloneDX 1.6 JSON: a bill of materials with its vulnerabilities. Not for checks.
    CycloneDx,
    /// JUnit XML: one test suite a file or policy.
    Junit,
    /// One page that holds all it needs.
    Html,
    /// For a comment on a pull request.
    Markdown,
}

/// A format that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormatError(String);

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] = [
        Self::Table,
        Self::Json,
        Self::Sarif,
        Self::CycloneDx,
        Self::Junit,
        Self::Html,
        Self::Markdown,
    ];

    /// The name on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Sarif => "sarif",
            Self::CycloneDx => "cyclonedx",
            Self::Junit => "junit",
            Self::Html => "html",
            Self::Markdown => "markdown",
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
        Format::Junit => junit::write(&View::of_assessment(assessment), out),
        Format::Html => html::write(&View::of_assessment(assessment), out),
        Format::Markdown => markdown::write(&View::of_assessment(assessment), out),
    }
}

/// Writes a check. `width` is that of the terminal, in columns; only the table minds. A check has
/// no bill of materials: that format is refused with [`io::ErrorKind::Unsupported`].
pub fn write_check(
    check: &Check,
    format: Format,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Table => check::table::write(check, &View::of_check(check), width, out),
        Format::Json => check::json::write(check, out),
        Format::Sarif => check::sarif::write(check, out),
        Format::CycloneDx => Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "a check of manifests has no bill of materials",
        )),
        Format::Junit => junit::write(&View::of_check(check), out),
        Format::Html => html::write(&View::of_check(check), out),
        Format::Markdown => markdown::write(&View::of_check(check), out),
    }
}

/// The JSON schema of an assessment's JSON document, as checked in.
pub fn json_schema() -> String {
    text_of(&schemars::schema_for!(wire::Document<'_>))
}

/// The JSON schema of a check's JSON document, as checked in.
pub fn check_schema() -> String {
    text_of(&schemars::schema_for!(check::wire::Document<'_>))
}

fn text_of(schema: &schemars::Schema) -> String {
    serde_json::to_string_pretty(schema).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests;
