//! JSON web tokens (RFC 7519) in compact serialisation (RFC 7515, section 7.1).

use crate::{
    checks::{base64_url, plain},
    kind::{Belief, Hit},
    randomness::entropy,
};
use serde_json::Value;

/// Any signed token whose parts decode. One that claims nothing that is registered (RFC 7519,
/// section 4.1) opens nothing: the manuals of libraries sign `{"some":"payload"}`. Nor does the
/// sample that jwt.io shows to everybody.
pub(crate) fn signed(hit: &Hit<'_>) -> Option<Belief> {
    let (algorithm, payload) = decode(hit.value)?;
    let claims = ["iss", "sub", "aud", "exp", "iat", "jti"];
    let sample = !claims.iter().any(|claim| payload.get(claim).is_some())
        || payload.get("sub").and_then(Value::as_str) == Some("1234567890");
    (!sample).then(|| Belief::because(format!("decodes, signed with {algorithm}")))
}

/// A token that the Kubernetes API server gave to a service account.
pub(crate) fn service_account(hit: &Hit<'_>) -> Option<Belief> {
    let (_, payload) = decode(hit.value)?;
    let account = payload.get("sub")?.as_str()?.strip_prefix("system:serviceaccount:")?;
    let account: Vec<_> = account.split(':').map(|part| plain(part.as_bytes())).collect();
    Some(Belief::because(format!("decodes, service account {}", account.join("/"))))
}

/// The algorithm and the payload of a token with a signature.
fn decode(token: &[u8]) -> Option<(String, Value)> {
    let mut parts = token.split(|byte| *byte == b'.');
    let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
    let header: Value = serde_json::from_slice(&base64_url(header)?).ok()?;
    let payload: Value = serde_json::from_slice(&base64_url(payload)?).ok()?;
    let algorithm = header.get("alg")?.as_str()?;
    let unsigned = algorithm.eq_ignore_ascii_case("none");
    if unsigned || !payload.is_object() || entropy(signature) < MIN_SIGNATURE_BITS {
        return None;
    }
    Some((plain(algorithm.as_bytes()), payload))
}

/// 43 random characters (HS256) have 4.0 bits each but once in a million.
const MIN_SIGNATURE_BITS: f64 = 4.0;
