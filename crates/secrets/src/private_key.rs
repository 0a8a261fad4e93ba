//! Private keys in PEM (RFC 7468), in OpenSSH's and PGP's armour, and inside JSON.

use crate::{
    checks::base64,
    kind::{Belief, Hit},
    randomness::contains_any,
};
use cofferdam_bounds::Cursor;

/// A private key whose body decodes as one.
pub(crate) fn pem(hit: &Hit<'_>) -> Option<Belief> {
    let body = body(hit.after);
    let evidence = judge(hit.text, hit.after, &body)?;
    Some(Belief { evidence: evidence.to_owned(), value: Some(body) })
}

/// A key of a Google service account: the same PEM, as a JSON string of a known object.
pub(crate) fn google(hit: &Hit<'_>) -> Option<Belief> {
    let near = |text: &[u8]| contains_any(text, &["\"service_account\"", "gserviceaccount.com"]);
    let key = hit.before.get(hit.before.len().saturating_sub(32)..)?;
    if !contains_any(key, &["\"private_key\""]) || !(near(hit.before) || near(hit.after)) {
        return None;
    }
    let belief = pem(hit)?;
    Some(Belief { evidence: "service account JSON, decodes as a private key".into(), ..belief })
}

/// A client key of a kubeconfig: base64 around PEM.
pub(crate) fn kubeconfig(hit: &Hit<'_>) -> Option<Belief> {
    // The window may have cut it; the first 48 characters hold the PEM header.
    let start = base64(hit.value.get(..48)?)?;
    contains_any(&start, &["PRIVATE KEY-----"]).then(|| Belief::because("decodes as a private key"))
}

/// Reads base64 up to the end marker, over line ends, those escaped in JSON, the quotes of
/// source code, and the headers of RFC 1421.
fn body(after: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    let mut rest = Cursor::new(after);
    if let Some(at) = headers_end(after) {
        let _ = rest.skip(at);
    }
    while let Some(byte) = rest.u8() {
        match byte {
            b'\\' => {
                // `\n`, `\r`; a backslash at the end of a line of source code.
                let mut ahead = rest;
                if matches!(ahead.u8(), Some(b'n' | b'r')) {
                    rest = ahead;
                }
            }
            b' ' | b'\t' | b'\r' | b'\n' | b'"' | b'\'' | b',' => {}
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => body.push(byte),
            // Padding; on a line of its own it starts PGP's checksum.
            b'=' if body.len() % 4 != 0 => body.push(byte),
            _ => break,
        }
    }
    body
}

/// Where the lines like `Proc-Type: 4,ENCRYPTED` end, if there are any.
fn headers_end(after: &[u8]) -> Option<usize> {
    let start = after.get(..after.len().min(HEADERS_MAX))?;
    memchr::memchr(b':', start)?;
    [&b"\n\n"[..], b"\r\n\r\n", b"\\n\\n"]
        .iter()
        .find_map(|blank| Some(memchr::memmem::find(start, blank)? + blank.len()))
}

/// `Proc-Type`, `DEK-Info`, PGP's `Version` and `Comment`.
const HEADERS_MAX: usize = 256;

/// What kind of key the body holds, if any.
fn judge(marker: &[u8], after: &[u8], body: &[u8]) -> Option<&'static str> {
    // The whole groups of four: the window or the author may have cut the rest.
    let bytes = base64(body.get(..body.len() / 4 * 4)?)?;
    if bytes.len() < MIN_BYTES || DOCUMENTED.iter().any(|key| body.starts_with(key.as_bytes())) {
        return None;
    }
    let says = |word: &str| contains_any(marker, &[word]);
    if says("OPENSSH") {
        let mut cursor = Cursor::new(bytes.strip_prefix(b"openssh-key-v1\0")?);
        let length = usize::try_from(cursor.u32_be()?).ok()?;
        return Some(match cursor.bytes(length)? {
            b"none" => "decodes as a private key",
            _ => "decodes as a private key, encrypted with a passphrase",
        });
    }
    if says("PGP") {
        // A packet of tag 5, secret key (RFC 9580, section 4.2).
        let tag = *bytes.first()?;
        return matches!(tag, 0x94..=0x97 | 0xC5).then_some("decodes as a private key");
    }
    let headers = after.get(..after.len().min(HEADERS_MAX))?;
    if contains_any(headers, &["Proc-Type: 4,ENCRYPTED"]) {
        return Some("private key, encrypted with a passphrase");
    }
    let content = der_sequence(&bytes)?;
    if says("ENCRYPTED") {
        // EncryptedPrivateKeyInfo starts with an algorithm (RFC 5958, section 3).
        return content.starts_with(&[0x30]).then_some("private key, encrypted with a passphrase");
    }
    // PrivateKeyInfo, RSAPrivateKey, ECPrivateKey and DSA's all start with a version of 0 or 1.
    matches!(content, [2, 1, 0 | 1, ..]).then_some("decodes as a private key")
}

/// The content of a DER sequence, perhaps cut at its end.
fn der_sequence(bytes: &[u8]) -> Option<&[u8]> {
    let mut cursor = Cursor::new(bytes);
    let tag = cursor.u8()?;
    let length = match cursor.u8()? {
        short @ 0..=0x7F => usize::from(short),
        0x81 => usize::from(cursor.u8()?),
        0x82 => usize::from(cursor.u16_be()?),
        _ => return None,
    };
    (tag == 0x30 && length >= cursor.rest().len()).then_some(cursor.rest())
}

/// A whole Ed25519 key in PKCS #8 has 48 bytes.
const MIN_BYTES: usize = 45;

/// Keys of standards: RFC 8410, section 10.3.
const DOCUMENTED: &[&str] = &["MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp"];
