//! Licences as declared: an id where it is plainly one of the SPDX list, otherwise a name.

use crate::document::{License, LicenseChoice};

pub(crate) fn licenses(declared: Option<&str>) -> Vec<LicenseChoice<'_>> {
    let declared = declared.map(str::trim).filter(|text| !text.is_empty());
    let choice = |text| {
        let license = if KNOWN.contains(&text) { License::Id(text) } else { License::Name(text) };
        LicenseChoice { license }
    };
    declared.map(choice).into_iter().collect()
}

/// The ids that packages declare most (SPDX licence list). An expression or anything else goes
/// out as a name, which is never wrong.
const KNOWN: &[&str] = &[
    "0BSD",
    "AGPL-3.0-only",
    "AGPL-3.0-or-later",
    "Apache-2.0",
    "Artistic-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "EPL-2.0",
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "ISC",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
    "MIT",
    "MPL-2.0",
    "PSF-2.0",
    "Python-2.0",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];
