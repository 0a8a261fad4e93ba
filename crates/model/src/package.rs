//! Software packages as installed.

use crate::{Distribution, Location};
use std::fmt::Write as _;

/// One installed package: one row per component that is really there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// What manages it.
    pub kind: PackageKind,
    /// Its name as its manager writes it. Maven: `group:artifact`, or the artifact alone when the
    /// group is not known. npm: with scope. Go: the module path; the standard library is `stdlib`.
    pub name: String,
    /// Its version as its manager writes it, epoch and revision included.
    pub version: String,
    /// Architecture, for distribution packages.
    pub architecture: Option<String>,
    /// The source package it was built from, where advisories are written against that
    /// (dpkg `Source`, apk `o:`, rpm `SOURCERPM`); absent when the same as name and version.
    pub source: Option<SourcePackage>,
    /// Where: the file that proves it (database, METADATA, package.json, jar, binary).
    pub location: Location,
    /// How we know.
    pub evidence: Evidence,
    /// The distribution package that owns this file, as `name@version`. Such a package is part
    /// of its owner, patched by the distribution and judged with it, and is reported once, there.
    pub owner: Option<String>,
    /// Licence as declared, when cheap to know.
    pub license: Option<String>,
}

/// What manages a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackageKind {
    /// Debian and its family.
    Deb,
    /// Alpine, Wolfi.
    Apk,
    /// Red Hat, SUSE and their families.
    Rpm,
    /// Python distribution packages (wheels, eggs).
    Python,
    /// npm.
    Npm,
    /// Go modules in a binary.
    Go,
    /// Rust crates in a binary.
    Cargo,
    /// Java archives.
    Maven,
}

impl PackageKind {
    /// Whether the operating system's package manager owns it.
    pub const fn is_distribution(self) -> bool {
        matches!(self, Self::Deb | Self::Apk | Self::Rpm)
    }

    /// The purl type (purl specification, "Known purl types"); also the name in policies.
    pub const fn purl_type(self) -> &'static str {
        match self {
            Self::Deb => "deb",
            Self::Apk => "apk",
            Self::Rpm => "rpm",
            Self::Python => "pypi",
            Self::Npm => "npm",
            Self::Go => "golang",
            Self::Cargo => "cargo",
            Self::Maven => "maven",
        }
    }
}

/// A source package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourcePackage {
    /// Its name.
    pub name: String,
    /// Its version; not always the binary's.
    pub version: String,
}

/// How a package was recognised, surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The package manager's own database or metadata.
    Metadata,
    /// Build information embedded in a binary.
    BuildInfo,
    /// A manifest inside an archive (`MANIFEST.MF`).
    Manifest,
    /// The file's name alone.
    FileName,
}

impl Package {
    /// The package URL, with the distribution as namespace and qualifier where it matters
    /// (purl specification, `PURL-TYPES`).
    pub fn purl(&self, distribution: Option<&Distribution>) -> String {
        let mut purl = format!("pkg:{}/", self.kind.purl_type());
        let (namespace, name) = self.purl_name(distribution);
        for part in namespace.split('/').filter(|part| !part.is_empty()) {
            encode(part, &mut purl);
            purl.push('/');
        }
        encode(&name, &mut purl);
        if !self.version.is_empty() {
            purl.push('@');
            encode(self.purl_version(), &mut purl);
        }
        let mut separator = '?';
        for (key, value) in self.purl_qualifiers(distribution) {
            let _ = write!(purl, "{separator}{key}=");
            encode(&value, &mut purl);
            separator = '&';
        }
        purl
    }

    fn purl_name(&self, distribution: Option<&Distribution>) -> (String, String) {
        let split = |separator| {
            self.name.rsplit_once(separator).map_or_else(
                || (String::new(), self.name.clone()),
                |(namespace, name)| (namespace.to_owned(), name.to_owned()),
            )
        };
        match self.kind {
            PackageKind::Deb | PackageKind::Apk | PackageKind::Rpm => (
                distribution.map(|distribution| distribution.id.to_lowercase()).unwrap_or_default(),
                self.name.clone(),
            ),
            PackageKind::Python => (String::new(), self.name.to_lowercase().replace('_', "-")),
            PackageKind::Npm | PackageKind::Go => split('/'),
            PackageKind::Maven => split(':'),
            PackageKind::Cargo => (String::new(), self.name.clone()),
        }
    }

    /// rpm keeps the epoch in a qualifier.
    fn purl_version(&self) -> &str {
        match (self.kind, self.version.split_once(':')) {
            (PackageKind::Rpm, Some((_, version))) => version,
            _ => &self.version,
        }
    }

    /// In alphabetical order of keys, as a canonical purl wants it.
    fn purl_qualifiers(&self, distribution: Option<&Distribution>) -> Vec<(&str, String)> {
        let mut qualifiers = Vec::new();
        if !self.kind.is_distribution() {
            return qualifiers;
        }
        if let Some(architecture) = &self.architecture {
            qualifiers.push(("arch", architecture.clone()));
        }
        if let Some(distribution) = distribution {
            qualifiers.push(("distro", format!("{}-{}", distribution.id, distribution.version)));
        }
        if let (PackageKind::Rpm, Some((epoch, _))) = (self.kind, self.version.split_once(':')) {
            qualifiers.push(("epoch", epoch.to_owned()));
        }
        qualifiers
    }
}

/// Percent-encodes all but the characters that the purl specification leaves alone.
pub(crate) fn encode(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: PackageKind, name: &str, version: &str, expected: &str) {
        let package = Package {
            kind,
            name: name.into(),
            version: version.into(),
            architecture: kind.is_distribution().then(|| "amd64".into()),
            source: None,
            location: Location::path("x"),
            evidence: Evidence::Metadata,
            owner: None,
            license: None,
        };
        let debian =
            Distribution { id: "debian".into(), version: "12".into(), ..Default::default() };
        assert_eq!(package.purl(Some(&debian)), expected);
    }

    /// Expected values follow the examples of the purl specification's type pages.
    #[test]
    fn purls() {
        check(
            PackageKind::Deb,
            "libstdc++6",
            "1:12.2.0-14+deb12u1",
            "pkg:deb/debian/libstdc%2B%2B6@1:12.2.0-14%2Bdeb12u1?arch=amd64&distro=debian-12",
        );
        check(
            PackageKind::Rpm,
            "bash",
            "1:5.1-2.el9",
            "pkg:rpm/debian/bash@5.1-2.el9?arch=amd64&distro=debian-12&epoch=1",
        );
        check(PackageKind::Python, "Flask_Login", "1.0", "pkg:pypi/flask-login@1.0");
        check(PackageKind::Npm, "@angular/core", "17.0.1", "pkg:npm/%40angular/core@17.0.1");
        check(
            PackageKind::Go,
            "github.com/a/b/v2",
            "v2.0.0+incompatible",
            "pkg:golang/github.com/a/b/v2@v2.0.0%2Bincompatible",
        );
        check(PackageKind::Cargo, "serde", "1.0.0", "pkg:cargo/serde@1.0.0");
        check(
            PackageKind::Maven,
            "org.apache.logging.log4j:log4j-core",
            "2.14.1",
            "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1",
        );
    }
}
