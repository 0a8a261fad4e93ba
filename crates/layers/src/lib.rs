//! Image layers to file entries.

mod entry;

pub use entry::{Content, Entry, EntryKind, HEAD_BYTES, Visitor};
