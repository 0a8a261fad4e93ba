//! The facts of all visible files, made into one inventory.

use crate::FileFacts;
use cofferdam_model::{Distribution, Package, Problem};

/// What is installed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// The distribution, when one was recognised.
    pub distribution: Option<Distribution>,
    /// Packages sorted by kind, name, version and location.
    pub packages: Vec<Package>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// Combines the facts of the files that are visible in the merged file system.
pub fn combine(files: impl IntoIterator<Item = FileFacts>) -> Inventory {
    let _ = files;
    Inventory::default()
}
