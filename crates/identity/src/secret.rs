//! Random values, their hashes, and how they are compared.

use crate::IdentityError;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest as _, Sha256};
use std::fmt::{self, Write as _};
use subtle::ConstantTimeEq as _;

/// Bytes of a secret: 256 bits cannot be guessed, so a plain hash of them is safe to keep.
const BYTES: usize = 32;

/// 256 random bits. Never printed by accident.
pub(crate) struct Secret([u8; BYTES]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    /// A new one, from the operating system.
    pub(crate) fn new() -> Result<Self, IdentityError> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|error| IdentityError::Machine(error.to_string()))?;
        Ok(Self(bytes))
    }

    /// As text that fits a cookie, a header and a URL: 43 characters.
    pub(crate) fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }
}

/// A new random identifier: 32 hex digits.
pub(crate) fn identifier() -> Result<String, IdentityError> {
    let secret = Secret::new()?;
    Ok(hex(secret.0.get(..BYTES / 2).unwrap_or_default()))
}

/// SHA-256 of a purpose and a text: the same secret has another hash for another purpose.
pub(crate) fn hash(purpose: &str, text: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(purpose.as_bytes());
    hash.update([0]);
    hash.update(text.as_bytes());
    hex(&hash.finalize())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Whether two texts are the same, in a time that does not depend on where they differ.
pub fn is_equal(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}
