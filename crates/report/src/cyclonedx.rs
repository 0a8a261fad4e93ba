//! CycloneDX 1.6, written by `sbom`.

use cofferdam_assess::Assessment;
use cofferdam_sbom::{Bill, write as write_bill};
use std::io::{self, Write};

/// Writes the bill of materials with its vulnerabilities.
pub(crate) fn write(assessment: &Assessment, out: &mut dyn Write) -> io::Result<()> {
    let contents = &assessment.contents;
    let bill = Bill {
        target: &assessment.target,
        image: &contents.image,
        distribution: contents.distribution.as_ref(),
        packages: &contents.packages,
        vulnerabilities: assessment.matches.vulnerabilities.as_deref().unwrap_or_default(),
        incomplete: !contents.problems.is_empty(),
        timestamp: Some(assessment.now),
        program_version: env!("CARGO_PKG_VERSION"),
    };
    write_bill(&bill, out)
}
