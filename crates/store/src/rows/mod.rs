//! What is stored, as plain structs: one type a table, one field a column.
//!
//! Times are UTC with milliseconds. An `id` is [`id`] over what names the thing, so that every
//! replica gives the same one. Lists that say `gone_at` keep what is gone for [`crate::HISTORY_KEPT`].

#[macro_use]
mod macros;
mod access;
mod cluster;
mod door;
mod dropped;
mod finding;
mod image;
mod workload;

pub use access::{Account, Session, Token, Trail};
pub use cluster::{Cluster, Object, Point};
pub use door::{Event, Review, RuleMode};
pub use dropped::Dropped;
pub use finding::Finding;
pub use image::{Image, Report, Vulnerability};
pub use workload::{Container, Manifest, Pod, Workload, WorkloadName};

use crate::{
    error::{Result, StoreError},
    value::{Cell, Value},
};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// A row of one table.
pub(crate) trait Row: Sized {
    /// What is read from: the table, quoted.
    const FROM: &'static str;
    /// What names a row. Where it has [`crate::list::BEGINNINGS`], one row of a name is open at a
    /// time.
    const KEY: &'static [&'static str];
    const COLUMNS: &'static [&'static str];

    /// The values of [`Row::COLUMNS`], in their order.
    fn values(&self) -> Vec<Value>;

    fn read(fields: &mut Fields) -> Result<Self>;
}

/// The values of one row, taken one after another.
pub(crate) struct Fields(std::vec::IntoIter<Value>);

impl Fields {
    pub(crate) fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    pub(crate) fn next<T: Cell>(&mut self) -> Result<T> {
        T::load(self.0.next().ok_or_else(|| StoreError::corrupt("a row is too short"))?)
    }
}

/// The identifier of what these words name: 128 bits of a SHA-256 over the words with their
/// lengths, in 32 hex digits. `["ab", "c"]` and `["a", "bc"]` differ.
///
/// ```
/// use cofferdam_store::rows::id;
/// assert_eq!(id(&["cluster", "Deployment", "shop", "web"]).len(), 32);
/// assert_ne!(id(&["ab", "c"]), id(&["a", "bc"]));
/// ```
pub fn id(words: &[&str]) -> String {
    let mut hash = Sha256::new();
    for word in words {
        hash.update(u64::try_from(word.len()).unwrap_or(u64::MAX).to_le_bytes());
        hash.update(word.as_bytes());
    }
    hash.finalize().iter().take(16).fold(String::with_capacity(32), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
