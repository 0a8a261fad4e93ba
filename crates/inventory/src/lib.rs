//! File entries to packages.
//!
//! A walk asks [`interest`] about each regular file with its path and first bytes. For a file
//! that some [`Cataloger`] wants, it spools the content and calls [`Cataloger::read`], which
//! gives [`FileFacts`]: pure, and never an error, for broken input is a
//! [`cofferdam_model::Problem`] beside whatever could be read. When all layers are merged,
//! [`combine`] makes one [`Inventory`] of the facts of the files that are still visible.
//!
//! This crate opens nothing and knows nothing of layers being compressed or hidden.

mod apk;
mod binary;
mod catalog;
mod combine;
mod distribution;
mod dpkg;
mod elf;
mod gather;
mod golang;
mod java;
mod language;
mod lines;
mod node;
mod path_key;
mod python;
mod rpm;
mod rust;
mod zip;

pub use catalog::{
    Candidate, Cataloger, FileFacts, Need, OwnedPaths, RankedDistribution, interest,
};
pub use combine::{Inventory, combine};
pub use path_key::path_key;
