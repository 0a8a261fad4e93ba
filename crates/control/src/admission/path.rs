//! The path at which the API server finds the door, and nobody else.
//!
//! A webhook sends no credential unless the API server is started with a file of them, which most
//! people cannot do. So the path is the credential: it is kept with the authority, and stands in
//! the webhook's configuration, which few may read.

use super::certificate::CertificateError;
use rustls::crypto::aws_lc_rs;
use std::fmt::{self, Write as _};
use subtle::ConstantTimeEq;

/// What it begins with.
const HEAD: &str = "/admission/";

/// Bytes that nobody guesses.
const RANDOM: usize = 32;

/// A path such as `/admission/0f1e…`.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretPath(String);

impl fmt::Debug for SecretPath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{HEAD}…")
    }
}

impl SecretPath {
    /// A new one.
    pub fn generate() -> Result<Self, CertificateError> {
        let mut bytes = [0; RANDOM];
        let random = aws_lc_rs::default_provider().secure_random;
        random.fill(&mut bytes).map_err(|_| CertificateError::Random)?;
        let mut path = HEAD.to_owned();
        for byte in bytes {
            let _ = write!(path, "{byte:02x}");
        }
        Ok(Self(path))
    }

    /// A text without any such path, as it may go to others: a webhook's configuration has one.
    pub fn hide(text: &str) -> String {
        let mut parts = text.split(HEAD);
        let mut hidden = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let word = part.find(|c: char| !is_hex(c)).unwrap_or(part.len());
            let is_path = word == 2 * RANDOM;
            hidden.push_str(HEAD);
            hidden.push_str(if is_path { part.get(word..).unwrap_or_default() } else { part });
        }
        hidden
    }

    /// One that was kept; `None` where it is none that was generated.
    pub(super) fn of(kept: &str) -> Option<Self> {
        let word = kept.strip_prefix(HEAD)?;
        (word.len() == 2 * RANDOM && word.chars().all(is_hex)).then(|| Self(kept.to_owned()))
    }

    /// The path, for the configuration of the webhook. It is a credential.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a request knows it. How long that takes says nothing about it.
    pub(super) fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

const fn is_hex(c: char) -> bool {
    matches!(c, '0'..='9' | 'a'..='f')
}

#[cfg(test)]
mod tests {
    use super::SecretPath;

    #[test]
    fn each_is_its_own_and_nobody_reads_it_in_a_log() {
        let [one, other] = [(); 2].map(|()| SecretPath::generate().unwrap());
        assert!(one != other && one.is(one.as_str()) && !one.is(other.as_str()));
        assert!(!one.is("/admission") && !one.is("/admission/"));
        assert_eq!(SecretPath::of(one.as_str()), Some(one.clone()));
        assert_eq!(format!("{one:?}"), "/admission/…");
        for wrong in ["", "/admission/", "/admission/00", &one.as_str()[1..]] {
            assert_eq!(SecretPath::of(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_goes_to_others_has_none() {
        let path = SecretPath::generate().unwrap();
        let path = path.as_str();
        let check = |text: &str, expected| assert_eq!(SecretPath::hide(text), expected);
        check("", "");
        check("see /admission/reviews", "see /admission/reviews");
        check(&format!(r#"{{"path":"{path}"}}"#), r#"{"path":"/admission/"}"#);
        check(&format!("{path} {path}?timeout=5s"), "/admission/ /admission/?timeout=5s");
        check(path, "/admission/");
    }
}
