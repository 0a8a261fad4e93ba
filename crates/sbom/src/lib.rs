//! A CycloneDX 1.6 bill of materials of one target.
//!
//! The document is a function of its input: no clock, no random numbers. Two runs over the same
//! image with the same advisories and the same time give the same bytes, and the serial number is
//! derived from them. It conforms to the official JSON schema
//! (`http://cyclonedx.org/schema/bom-1.6.schema.json`).
//!
//! What CycloneDX has no field for stands in properties, with names that stay as they are:
//!
//! - of the image: `cofferdam:image:digest`, `cofferdam:image:id`, `cofferdam:image:platform`, and
//!   `cofferdam:image:layer:diffId` once for each layer from the bottom up;
//! - of a package: `cofferdam:evidence`, `cofferdam:layer:index`, `cofferdam:layer:diffId`,
//!   `cofferdam:sourcePackage`, `cofferdam:sourceVersion`, and `cofferdam:owner`, the distribution
//!   package that it is a part of;
//! - of the distribution: `cofferdam:codename`;
//! - of a vulnerability: `cofferdam:knownExploited`, `cofferdam:epss`, `cofferdam:malicious`.
//!
//! This crate finds nothing and reads no bills of others; it writes down what it is given.
//!
//! ```
//! use cofferdam_model::Image;
//! use cofferdam_sbom::{Bill, write};
//!
//! let image = Image { name: Some("debian:12".into()), ..Image::default() };
//! let mut json = Vec::new();
//! write(&Bill::new("debian.tar", &image), &mut json)?;
//! assert!(str::from_utf8(&json)?.contains(r#""specVersion": "1.6""#));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod component;
mod document;
mod licence;
mod serial;
#[cfg(test)]
mod tests;
mod vulnerability;

use cofferdam_model::{Distribution, Image, Package, Vulnerability};
use document::{Composition, Document};
use std::io::{self, Write};

/// What goes into a bill.
#[derive(Clone, Copy, Debug)]
pub struct Bill<'a> {
    /// The target as its user named it; the name of an image that has none of its own.
    pub target: &'a str,
    /// The image, or the empty one of a root file system.
    pub image: &'a Image,
    /// The distribution.
    pub distribution: Option<&'a Distribution>,
    /// Packages, in the order in which they are to stand.
    pub packages: &'a [Package],
    /// Vulnerabilities of these packages; none for a plain inventory.
    pub vulnerabilities: &'a [Vulnerability],
    /// Whether a part of the target could not be read: the bill then says that it is incomplete.
    pub incomplete: bool,
    /// When it was made.
    pub timestamp: Option<jiff::Timestamp>,
    /// Version of the program that makes it.
    pub program_version: &'a str,
}

impl<'a> Bill<'a> {
    /// A bill of a target of which nothing is known yet.
    pub const fn new(target: &'a str, image: &'a Image) -> Self {
        Self {
            target,
            image,
            distribution: None,
            packages: &[],
            vulnerabilities: &[],
            incomplete: false,
            timestamp: None,
            program_version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// Writes a bill as indented JSON with a line end. Errors are those of `out`.
pub fn write(bill: &Bill<'_>, mut out: impl Write) -> io::Result<()> {
    let references = component::references(bill);
    let mut document = Document {
        schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
        bom_format: "CycloneDX",
        spec_version: "1.6",
        serial_number: None,
        version: 1,
        metadata: component::metadata(bill),
        components: component::components(bill, &references),
        dependencies: component::dependencies(bill, &references),
        compositions: bill
            .incomplete
            .then_some(Composition { aggregate: "incomplete", assemblies: [component::ROOT] })
            .into_iter()
            .collect(),
        vulnerabilities: vulnerability::vulnerabilities(bill, &references),
    };
    document.serial_number = Some(serial::number(&document)?);
    serde_json::to_writer_pretty(&mut out, &document)?;
    out.write_all(b"\n")
}
