//! File entries to packages.
//!
//! A walk asks [`interest`] about each regular file with its path and first bytes. For a file
//! that some [`Cataloger`] wants, it spools the content and calls [`Cataloger::read`], which
//! gives [`FileFacts`]: pure, and never an error, for broken input is a
//! [`cofferdam_model::Problem`] beside whatever could be read. When all layers are merged,
//! [`combine`] makes one [`Inventory`] of the facts of the files that are still visible.
//!
//! This crate opens nothing and knows nothing of layers being compressed or hidden.
//!
//! ```
//! use cofferdam_bounds::{Limits, Spool};
//! use cofferdam_inventory::{Candidate, combine, interest};
//!
//! let content = b"Package: bash\nStatus: install ok installed\nVersion: 5.2.15-2\n";
//! let candidate =
//!     Candidate { path: "var/lib/dpkg/status", size_bytes: 61, mode: 0o644, head: content };
//! let (cataloger, _need) = interest(&candidate).expect("dpkg wants its own database");
//! let spool = Spool::new(&content[..], 4096, 1 << 20, "the status file")?;
//!
//! let inventory = combine([cataloger.read(&candidate, &spool, &Limits::default())], &[]);
//! assert_eq!(inventory.packages[0].name, "bash");
//! # Ok::<(), std::io::Error>(())
//! ```

mod apk;
mod binary;
mod catalog;
#[cfg(test)]
mod check;
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
mod published;
mod python;
mod rpm;
mod rust;
mod zip;

pub use catalog::{
    Candidate, Cataloger, FileFacts, Need, OwnedPaths, RankedDistribution, interest,
};
pub use combine::{Inventory, combine};
pub use path_key::path_key;
