//! Tokens: what a registry's challenge is answered with.

use crate::{Challenge, Credential};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

/// Answers of token services over this are not tokens.
pub(crate) const ANSWER_BYTES_MAX: u64 = 256 << 10;

/// All but the unreserved characters of RFC 3986.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A request to a token service.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum TokenRequest {
    /// `GET url`, with this `Authorization`.
    Get { url: String, authorization: Option<String> },
    /// `POST url` with this form (OAuth2, RFC 6749 section 6).
    Post { url: String, form: String },
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    token: String,
    #[serde(default)]
    access_token: String,
}

/// What to ask, and of whom, to be allowed to pull from a repository.
pub(crate) fn request(
    realm: &str,
    service: Option<&str>,
    scope: Option<&str>,
    repository: &str,
    credential: Option<&Credential>,
) -> TokenRequest {
    let pull = format!("repository:{repository}:pull");
    let scope = scope.filter(|scope| !scope.is_empty()).unwrap_or(&pull);
    let mut query = vec![("scope", scope)];
    query.extend(service.map(|service| ("service", service)));
    match credential {
        Some(Credential::IdentityToken(refresh)) => {
            query.extend([
                ("grant_type", "refresh_token"),
                ("client_id", "cofferdam"),
                ("refresh_token", refresh),
            ]);
            TokenRequest::Post { url: realm.to_owned(), form: encode(&query) }
        }
        other => {
            let separator = if realm.contains('?') { '&' } else { '?' };
            let url = format!("{realm}{separator}{}", encode(&query));
            let authorization = match other {
                Some(Credential::Password { user, password }) => Some(basic(user, password)),
                _ => None,
            };
            TokenRequest::Get { url, authorization }
        }
    }
}

/// The `Authorization` that a token service's answer stands for.
pub(crate) fn bearer(answer: &[u8]) -> Option<String> {
    let answer: Answer = serde_json::from_slice(answer).ok()?;
    let token = if answer.token.is_empty() { answer.access_token } else { answer.token };
    (!token.is_empty()).then(|| format!("Bearer {token}"))
}

/// The `Authorization` for a challenge that wants the password itself.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// What a challenge can be answered with at once, without a token service.
pub(crate) fn direct(challenge: &Challenge, credential: Option<&Credential>) -> Option<String> {
    match (challenge, credential) {
        (Challenge::Basic, Some(Credential::Password { user, password })) => {
            Some(basic(user, password))
        }
        _ => None,
    }
}

/// `application/x-www-form-urlencoded`.
fn encode(pairs: &[(&str, &str)]) -> String {
    let text = |text| utf8_percent_encode(text, RESERVED);
    let pairs: Vec<String> =
        pairs.iter().map(|(key, value)| format!("{}={}", text(key), text(value))).collect();
    pairs.join("&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_specification() {
        let request = request(
            "https://auth.docker.io/token",
            Some("registry.docker.io"),
            Some("repository:samalba/my-app:pull,push"),
            "samalba/my-app",
            None,
        );
        let url = "https://auth.docker.io/token?scope=repository%3Asamalba%2Fmy-app%3Apull%2Cpush\
                   &service=registry.docker.io";
        assert_eq!(request, TokenRequest::Get { url: url.into(), authorization: None });
    }

    #[test]
    fn credentials_and_answers() {
        let credential =
            Credential::Password { user: "Aladdin".into(), password: "open sesame".into() };
        // The example of RFC 7617, section 2.
        assert_eq!(
            direct(&Challenge::Basic, Some(&credential)).unwrap(),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
        );
        let refresh = Credential::IdentityToken("r&t".into());
        let TokenRequest::Post { form, .. } = request("https://x", None, None, "a", Some(&refresh))
        else {
            panic!("an identity token is exchanged by POST");
        };
        assert!(form.ends_with("refresh_token=r%26t"), "{form}");
        assert_eq!(bearer(br#"{"access_token": "x"}"#).unwrap(), "Bearer x");
        assert_eq!(bearer(br#"{"token": ""}"#), None);
        assert_eq!(bearer(b"<html>"), None);
    }
}
