//! CycloneDX 1.6, written by `sbom`.

use cofferdam_assess::Assessment;
use cofferdam_model::CoverageStatus;
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
        incomplete: !contents.problems.is_empty() || is_unasked(assessment),
        timestamp: Some(assessment.now),
        program_version: env!("CARGO_PKG_VERSION"),
    };
    write_bill(&bill, out)
}

/// Whether there are packages that no advisory source was asked about.
fn is_unasked(assessment: &Assessment) -> bool {
    let matches = &assessment.matches;
    matches.vulnerabilities.is_err()
        || matches.coverage.iter().any(|one| one.status == CoverageStatus::NoSource)
}
