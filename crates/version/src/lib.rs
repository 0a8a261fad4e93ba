//! Every ecosystem's own version order.
//!
//! Each scheme orders as the ecosystem's own tool does, and is tested against that tool
//! (`corpus/`). Versions come from attackers: comparing takes time linear in their length, and
//! numbers may have any number of digits. A version that breaks its scheme's grammar has no
//! order: [`Scheme::compare`] gives `None`, which means unknown and never "equal" or "older".
//!
//! This crate neither knows nor guesses which versions exist, and it does not read ranges such
//! as `^1.2`; advisories speak in events along the line of versions.
//!
//! ```
//! use cofferdam_version::Scheme;
//! use std::cmp::Ordering;
//!
//! let debian = Scheme::of_ecosystem("Debian:12").ok_or("not an ecosystem we order")?;
//! assert_eq!(debian.compare("1.0~rc1-1", "1.0-1"), Some(Ordering::Less));
//! assert_eq!(Scheme::Pep440.compare("1.0.post1", "1.0"), Some(Ordering::Greater));
//! assert_eq!(Scheme::Go.compare("go1.21rc2", "v1.21.0-rc.2"), Some(Ordering::Equal));
//! assert_eq!(Scheme::Semver.compare("1.0.0", "yesterday"), None);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod apk;
mod debian;
mod digits;
mod go;
mod maven;
mod npm;
mod pep440;
mod rpm;
mod semver;
#[cfg(test)]
mod tests;

use std::cmp::Ordering;

/// A way of ordering versions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// Debian and its family (Debian Policy 5.6.12, deb-version(7)).
    Debian,
    /// Alpine, Wolfi, Chainguard (apk-package(5)).
    Apk,
    /// Red Hat, SUSE and their families (rpm-version(7)).
    Rpm,
    /// Python (PEP 440; what breaks it by its release segment only).
    Pep440,
    /// Rust (Semantic Versioning 2.0.0).
    Semver,
    /// Go modules and the Go toolchain itself.
    Go,
    /// npm (node-semver in its loose mode).
    Npm,
    /// Maven (the "Version Order Specification" as `ComparableVersion` implements it).
    Maven,
}

impl Scheme {
    /// Every scheme.
    pub const ALL: [Self; 8] = [
        Self::Debian,
        Self::Apk,
        Self::Rpm,
        Self::Pep440,
        Self::Semver,
        Self::Go,
        Self::Npm,
        Self::Maven,
    ];

    /// The scheme of an ecosystem as OSV names it (OSV schema, "Defined ecosystems"), with or
    /// without a release: `Debian:12`, `PyPI`. `None`: we do not order that ecosystem.
    pub fn of_ecosystem(ecosystem: &str) -> Option<Self> {
        let family = ecosystem.split_once(':').map_or(ecosystem, |(family, _)| family);
        Some(match family {
            "Debian" | "Ubuntu" => Self::Debian,
            "Alpine"
            | "Wolfi"
            | "Chainguard"
            | "MinimOS"
            | "Alpaquita"
            | "BellSoft Hardened Containers" => Self::Apk,
            "Red Hat" | "Rocky Linux" | "AlmaLinux" | "openSUSE" | "SUSE" | "openEuler"
            | "Mageia" | "Azure Linux" | "Photon OS" => Self::Rpm,
            "PyPI" => Self::Pep440,
            "crates.io" => Self::Semver,
            "Go" => Self::Go,
            "npm" => Self::Npm,
            "Maven" => Self::Maven,
            _ => return None,
        })
    }

    /// The order of two versions; `None` when one of them breaks the grammar so far that the
    /// ecosystem gives it no place.
    ///
    /// Two versions may be equal without being the same text: `1.0` and `1.0.0` in Python, or
    /// SemVer's build metadata.
    pub fn compare(self, left: &str, right: &str) -> Option<Ordering> {
        match self {
            Self::Debian => debian::compare(left, right),
            Self::Apk => apk::compare(left, right),
            Self::Rpm => rpm::compare(left, right),
            Self::Pep440 => pep440::compare(left, right),
            Self::Semver => semver::compare(left, right),
            Self::Go => go::compare(left, right),
            Self::Npm => npm::compare(left, right),
            Self::Maven => maven::compare(left, right),
        }
    }
}
