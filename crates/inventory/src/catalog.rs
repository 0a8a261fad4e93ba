//! The table of everything that knows how to recognise packages.

use cofferdam_bounds::{Limits, Spool};
use cofferdam_model::{Distribution, Location, Package, PackageKind, Problem};

/// A regular file that may hold package facts.
#[derive(Clone, Copy, Debug)]
pub struct Candidate<'a> {
    /// Path from the root without a leading slash.
    pub path: &'a str,
    /// Size in bytes.
    pub size_bytes: u64,
    /// Permission bits.
    pub mode: u32,
    /// The first bytes (`cofferdam_layers::HEAD_BYTES` or the whole file).
    pub head: &'a [u8],
}

impl Candidate<'_> {
    /// The last component of the path.
    pub fn name(&self) -> &str {
        self.path.rsplit_once('/').map_or(self.path, |(_, name)| name)
    }
}

/// How a cataloger wants to read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// In memory as a whole, at most `Limits::metadata_bytes`.
    Metadata,
    /// At random, at most `Limits::random_bytes`: databases, archives, binaries.
    Random,
}

/// One way of recognising packages.
#[derive(Clone, Copy, Debug)]
pub struct Cataloger {
    /// Its name in problems and traces: `dpkg`, `python`.
    pub name: &'static str,
    /// Whether it wants a file. Called for every regular file of an image, so the first thing it
    /// looks at must be cheap.
    pub(crate) wants: fn(&Candidate<'_>) -> Option<Need>,
    /// Reads a file that it wants.
    pub(crate) read: fn(&Candidate<'_>, &Spool, &Limits) -> FileFacts,
}

/// What one file says. Locations hold the path without the layer: the walk knows that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// Packages that this file proves.
    pub packages: Vec<Package>,
    /// Files that distribution packages own.
    pub owned: Vec<OwnedPaths>,
    /// What an os-release file, or one of its forerunners, says.
    pub distribution: Option<RankedDistribution>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// A distribution and how sure the file that names it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RankedDistribution {
    /// 0 is the surest (`/etc/os-release`).
    pub rank: usize,
    /// The distribution.
    pub distribution: Distribution,
    /// The file.
    pub location: Location,
}

/// The files that one distribution package installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedPaths {
    /// Its manager.
    pub kind: PackageKind,
    /// Its name.
    pub package: String,
    /// Its version, where the list of files comes with one (not from dpkg).
    pub version: Option<String>,
    /// Its architecture, where the list of files comes with one (dpkg's `libc6:amd64.list`).
    pub architecture: Option<String>,
    /// Hashes of the paths ([`crate::path_key`]), for a hundred thousand paths need not be kept.
    pub paths: Vec<u64>,
    /// Layer of the file that lists them.
    pub layer: Option<usize>,
}

/// In order: the first that wants a file has it.
const CATALOGERS: &[Cataloger] = &[
    crate::distribution::CATALOGER,
    crate::dpkg::CATALOGER,
    crate::apk::CATALOGER,
    crate::rpm::CATALOGER,
    crate::python::CATALOGER,
    crate::node::CATALOGER,
    crate::binary::CATALOGER,
    crate::java::CATALOGER,
];

/// Who wants this file, and how it is to be read.
pub fn interest(candidate: &Candidate<'_>) -> Option<(&'static Cataloger, Need)> {
    CATALOGERS.iter().find_map(|cataloger| Some((cataloger, (cataloger.wants)(candidate)?)))
}

impl Cataloger {
    /// Reads a file that this cataloger wants.
    pub fn read(&self, candidate: &Candidate<'_>, content: &Spool, limits: &Limits) -> FileFacts {
        (self.read)(candidate, content, limits)
    }
}
