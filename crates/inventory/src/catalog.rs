//! The table of everything that knows how to recognise packages.

use cofferdam_bounds::{Limits, Spool};
use cofferdam_model::{Distribution, Package, Problem};

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
    wants: fn(&Candidate<'_>) -> Option<Need>,
    /// Reads a file that it wants.
    read: fn(&Candidate<'_>, &Spool, &Limits) -> FileFacts,
}

/// What one file says. Locations hold the path without the layer: the walk knows that.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileFacts {
    /// Packages that this file proves.
    pub packages: Vec<Package>,
    /// Files that distribution packages own.
    pub owned: Vec<OwnedPaths>,
    /// What an os-release file says.
    pub distribution: Option<Distribution>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// The files that one distribution package installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnedPaths {
    /// Name of the package; for dpkg with `:architecture` where its list file has it.
    pub package: String,
    /// Hashes of the paths (`combine::path_key`), for a hundred thousand paths need not be kept.
    pub paths: Vec<u64>,
}

/// In order: the first that wants a file has it.
const CATALOGERS: &[Cataloger] = &[];

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
