//! Image layers to file entries: one streaming pass a layer, in bounded memory.
//!
//! [`Target::open`] finds out what a path is and opens it; [`Store::image`] gives the image and
//! where its layers are; [`walk_layer`] reads one layer from its first byte to its last, shows
//! every entry to a [`Visitor`], and verifies digests; [`Overlay`] says what became of each entry
//! when all layers are merged. [`walk_directory`] does the same for a root file system on disk,
//! and [`oci`] has the documents of an image for whoever gets them elsewhere.
//!
//! Nothing is ever unpacked, and no file is interpreted: what is in them is for others to say.
//! A path is taken as it is written. One that leads through a link, of its own layer or of one
//! below, stays as it is and is reported: runtimes put the entry somewhere else.
//!
//! ```
//! use cofferdam_bounds::Meter;
//! use cofferdam_layers::{Claims, Content, Entry, Visitor, walk_layer};
//!
//! struct Names(Vec<String>);
//!
//! impl Visitor for Names {
//!     fn entry(&mut self, entry: &Entry<'_>, _: &mut dyn Content) -> std::io::Result<()> {
//!         self.0.push(entry.path.to_owned());
//!         Ok(())
//!     }
//! }
//!
//! let empty_tar = [0; 1024];
//! let mut names = Names(Vec::new());
//! let walk = walk_layer(&empty_tar[..], &Claims::default(), &Meter::default(), &mut names);
//! assert!(walk.problems.is_empty() && names.0.is_empty());
//! assert_eq!(walk.bytes, 1024);
//! ```

mod content;
mod directory;
mod entry;
mod inflate;
mod layer;
pub mod oci;
mod path;
mod problems;
mod store;
mod tap;
mod tar;
mod tree;

pub use directory::{DirectoryWalk, walk_directory};
pub use entry::{Content, Entry, EntryKind, HEAD_BYTES, Visitor};
pub use inflate::Compression;
pub use layer::{Claims, LayerWalk, walk_layer};
pub use oci::{Blobs, LayerBlob, OpenImage, Selection};
pub use store::{Store, Target};
pub use tree::{Fate, LayerTree, Overlay};
