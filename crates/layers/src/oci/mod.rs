//! The documents that describe an image, from bytes in memory: what a layout on disk and a
//! registry on the network have in common.
//!
//! Readers are lenient in what does not matter (unknown fields, `null` for empty) and strict in
//! what does: digests, whether a document is an index or a manifest, and keys that stand twice.

mod config;
mod document;
mod image;
pub(crate) mod json;
mod select;
#[cfg(test)]
mod tests;

pub use config::Config;
pub use document::{Descriptor, Document, INDEX_MEDIA_TYPES, MANIFEST_MEDIA_TYPES, Manifest};
pub(crate) use image::with_layers;
pub use image::{Blobs, LayerBlob, OpenImage, assemble, check_platform, digest, verify};
pub use select::{INDEX_DEPTH, Selection, choose};
pub(crate) use select::{names, refusal};

use cofferdam_bounds::{Exceeded, Limits};
use cofferdam_model::DigestError;
use serde::{Deserialize, Deserializer};

/// Why bytes are not the document they should be.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// Not JSON, or a field of another type than the specification says.
    #[error("not a valid document: {0}")]
    Json(#[from] serde_json::Error),
    /// Two keys of one object are the same but for their case: readers disagree which one counts.
    #[error("the key {0:?} stands twice in one object, or differs from another in case only")]
    Twice(String),
    /// A descriptor without a digest that can be verified.
    #[error(transparent)]
    Digest(#[from] DigestError),
    /// Larger than any real one.
    #[error(transparent)]
    Exceeded(#[from] Exceeded),
    /// Has the fields of an index and of a manifest, or calls itself the other one.
    #[error("the document is an index and a manifest at once")]
    Both,
    /// Has the fields of neither.
    #[error("the document is neither an image index nor an image manifest")]
    Neither,
    /// Docker image manifest version 2, schema 1, given up by Docker in 2019.
    #[error("the manifest has schema version 1, which no current runtime pulls")]
    Schema1,
}

fn check_size(bytes: &[u8], limits: &Limits) -> Result<(), Exceeded> {
    let limit = limits.manifest_bytes;
    if crate::tap::wide(bytes.len()) > limit {
        return Err(Exceeded { what: "bytes of a manifest", limit });
    }
    Ok(())
}

fn check_count(count: usize, limit: usize, what: &'static str) -> Result<(), Exceeded> {
    if count > limit {
        return Err(Exceeded { what, limit: crate::tap::wide(limit) });
    }
    Ok(())
}

/// Takes `null` for the empty value, as Go's writers mean it.
fn lenient<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
