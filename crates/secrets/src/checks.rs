//! Checks of tokens: checksums, encodings, randomness, examples of manuals.

use crate::{
    kind::{Belief, Hit},
    randomness::{contains_any, entropy, is_password, is_placeholder, is_random},
};
use base64::{
    Engine as _, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};

/// Base64 with or without padding, and with stray bits at the end: people cut and paste.
const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Decodes base64 of the standard alphabet.
pub(crate) fn base64(text: &[u8]) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Decodes base64 of the URL alphabet.
pub(crate) fn base64_url(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE.decode(text).ok()
}

/// Says how random a value is, as evidence.
pub(crate) fn by_entropy(value: &[u8]) -> Belief {
    Belief::because(format!("entropy {:.1} bits per character", entropy(value)))
}

/// A token over letters and digits: 20 random ones have 3.2 bits but once in a million.
pub(crate) fn token(hit: &Hit<'_>) -> Option<Belief> {
    (is_random(hit.value, 3.2)).then(|| by_entropy(hit.value))
}

/// A token over hexadecimal digits: 32 random ones have 2.9 bits but once in a million.
pub(crate) fn hexadecimal(hit: &Hit<'_>) -> Option<Belief> {
    (is_random(hit.value, 2.9)).then(|| by_entropy(hit.value))
}

/// GitHub's and npm's tokens: the last 6 of 36 characters are the CRC-32 of the 30 before them in
/// base 62 ("Behind GitHub's new authentication token formats", 2021).
pub(crate) fn checksum(hit: &Hit<'_>) -> Option<Belief> {
    let body = hit.value.get(4..34)?;
    let mut rest = crc32fast::hash(body);
    let mut expected = [0; 6];
    for digit in expected.iter_mut().rev() {
        *digit = *BASE_62.get(usize::try_from(rest % 62).ok()?)?;
        rest /= 62;
    }
    (hit.value.get(34..) == Some(&expected[..])).then(|| Belief::because("checksum valid"))
}

const BASE_62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// An AWS key id: 16 characters of base 32. The manuals' end in EXAMPLE. Temporary ones (`ASIA`)
/// need a digit, for that is also a word in capitals. A presigned URL carries the id, not the key.
pub(crate) fn aws_key_id(hit: &Hit<'_>) -> Option<Belief> {
    let word = hit.value.starts_with(b"ASIA") && !hit.value.iter().any(u8::is_ascii_digit);
    let presigned =
        [&b"Credential="[..], b"AWSAccessKeyId="].iter().any(|name| hit.before.ends_with(name));
    if word || presigned || !is_random(hit.value, 2.5) {
        return None;
    }
    Some(Belief::because("key id alone"))
}

/// An AWS secret key: 40 characters of base 64; 40 hexadecimal digits are a commit.
pub(crate) fn aws_secret_key(hit: &Hit<'_>) -> Option<Belief> {
    let hexadecimal = hit.value.iter().all(u8::is_ascii_hexdigit);
    (!hexadecimal && is_random(hit.value, 3.8)).then(|| by_entropy(hit.value))
}

/// An Azure storage key: 64 bytes in base64, and not the one that every emulator has.
pub(crate) fn azure_storage_key(hit: &Hit<'_>) -> Option<Belief> {
    let bytes = base64(hit.value)?;
    if bytes.len() != 64 || hit.value.starts_with(b"Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50u") {
        return None;
    }
    Some(Belief::because("decodes to 64 bytes"))
}

/// A PyPI token: a macaroon (version 2, location `pypi.org` or `test.pypi.org`) of at least 85
/// characters that ends in a 32-byte signature.
pub(crate) fn pypi(hit: &Hit<'_>) -> Option<Belief> {
    let bytes = base64_url(hit.value.get(5..)?)?;
    let location_length = usize::from(*bytes.get(2)?);
    let location = bytes.get(3..location_length.checked_add(3)?)?;
    let located = bytes.starts_with(&[2, 1]) && location.ends_with(b"pypi.org");
    let signed = bytes.len() >= 63 && bytes.get(bytes.len() - 34..)?.starts_with(&[6, 32]);
    (located && signed).then(|| Belief::because("decodes as a macaroon of PyPI"))
}

/// A Slack token: numbers of team and user, then something random.
pub(crate) fn slack(hit: &Hit<'_>) -> Option<Belief> {
    let last = hit.value.rsplit(|byte| *byte == b'-').next()?;
    let numbered = hit
        .value
        .split(|byte| *byte == b'-')
        .any(|part| part.len() >= 9 && part.iter().all(u8::is_ascii_digit));
    let placeholder = contains_any(&hit.value.to_ascii_lowercase(), &["xxxx", "your"]);
    (numbered && last.len() >= 20 && is_random(last, 2.9) && !placeholder).then(|| by_entropy(last))
}

/// A Slack webhook: the last part of the path is the secret.
pub(crate) fn slack_webhook(hit: &Hit<'_>) -> Option<Belief> {
    let last = hit.value.rsplit(|byte| *byte == b'/').next()?;
    (is_random(last, 3.0)).then(|| by_entropy(last))
}

/// Base64 of `user:password`, as Docker's config and basic authentication have it.
pub(crate) fn basic(hit: &Hit<'_>) -> Option<Belief> {
    let pair = base64(hit.value)?;
    let colon = memchr::memchr(b':', &pair)?;
    let (user, password) = pair.split_at_checked(colon)?;
    let password = password.get(1..)?;
    let real = is_password(password) || is_random(password, 3.2);
    (user.iter().chain(password).all(u8::is_ascii_graphic) && password.len() >= 6 && real)
        .then(|| Belief::because(format!("decodes as the password of {}", plain(user))))
}

/// What stands after `_authToken=`, `_auth=` or `_password=` in an .npmrc.
pub(crate) fn npmrc(hit: &Hit<'_>) -> Option<Belief> {
    if hit.text.starts_with(b":_authToken") {
        let believed = hit.value.len() >= 16 && is_random(hit.value, 2.5);
        return (believed).then(|| by_entropy(hit.value));
    }
    if hit.text.starts_with(b":_auth") {
        return basic(hit);
    }
    let password = base64(hit.value)?;
    (is_password(&password)).then(|| Belief::because("decodes as a password"))
}

/// A password in a file that holds nothing else.
pub(crate) fn password(hit: &Hit<'_>) -> Option<Belief> {
    (is_password(hit.value) || (hit.value.len() >= 20 && is_random(hit.value, 3.0)))
        .then(|| Belief::because("a password where the format has one"))
}

/// A user's token in a kubeconfig.
pub(crate) fn kubeconfig_token(hit: &Hit<'_>) -> Option<Belief> {
    (hit.value.len() >= 16 && is_random(hit.value, 2.9))
        .then(|| Belief::because("a token where the format has one"))
}

/// `scheme://user:password@host`.
pub(crate) fn url(hit: &Hit<'_>) -> Option<Belief> {
    let colons = memchr::memmem::find(hit.text, b"://")?;
    let (scheme, rest) = hit.text.split_at_checked(colons)?;
    let rest = rest.get(3..)?;
    let at = memchr::memrchr(b'@', rest)?;
    let (credentials, host) = rest.split_at_checked(at)?;
    let host = host.get(1..)?.to_ascii_lowercase();
    let user = credentials.get(..memchr::memchr(b':', credentials)?)?;
    let name: &[u8] = host.split(|byte| *byte == b':').next()?;
    let documented = contains_any(name, &["example"])
        || [&b"host"[..], b"hostname", b"server", b"domain", b"proxy", b"domain.com"]
            .contains(&name);
    let believed = is_password(hit.value) && user != hit.value && !is_example(user);
    if documented || !believed {
        return None;
    }
    let evidence = format!("password of {} in a {} URL", plain(user), plain(scheme));
    Some(Belief::because(evidence))
}

/// Whether a user's name is a template or what manuals call a user.
fn is_example(user: &[u8]) -> bool {
    user.iter().any(|byte| b"{}[]()<>$%*\\|`\"',;".contains(byte))
        || matches!(user, b"user" | b"username" | b"name" | b"login")
        || user.len() >= 4 && is_placeholder(user)
}

/// A header that authenticates: basic is decoded, the rest must be random.
pub(crate) fn authorization(hit: &Hit<'_>) -> Option<Belief> {
    if contains_any(&hit.text.to_ascii_lowercase(), &["basic "]) {
        return basic(hit);
    }
    let digits = hit.value.iter().any(u8::is_ascii_digit);
    (hit.value.len() >= 16 && digits && is_random(hit.value, 3.0)).then(|| by_entropy(hit.value))
}

/// At most 32 harmless characters of something an attacker may have written.
pub(crate) fn plain(text: &[u8]) -> String {
    let plain: String = text
        .iter()
        .take(32)
        .map(|byte| char::from(*byte))
        .map(|c| if c.is_ascii_alphanumeric() || "._-+$@".contains(c) { c } else { '?' })
        .collect();
    if plain.is_empty() { "nobody".to_owned() } else { plain }
}
