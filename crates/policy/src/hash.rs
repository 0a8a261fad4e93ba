//! SHA-256 over sequences of texts that cannot be confused with one another.

use cofferdam_model::Digest;
use sha2::{Digest as _, Sha256};

/// Hashes texts, each after its length.
pub(crate) struct Hasher(Sha256);

impl Hasher {
    /// `domain` keeps hashes of different things apart.
    pub(crate) fn new(domain: &str) -> Self {
        let mut hasher = Self(Sha256::new());
        hasher.text(domain);
        hasher
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.0.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_le_bytes());
        self.0.update(text.as_bytes());
        self
    }

    pub(crate) fn digest(&mut self, digest: &Digest) -> &mut Self {
        self.0.update(digest.bytes());
        self
    }

    pub(crate) fn finish(self) -> Digest {
        Digest::sha256(self.0.finalize().into())
    }
}
