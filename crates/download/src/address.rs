//! URLs: which may be asked, and how they are shown.

use cofferdam_model::{Diagnostic, Exit};
use reqwest::Url;
use std::net::IpAddr;

/// Parses a URL and refuses what is not HTTPS, or HTTP to a loopback address.
pub(crate) fn parse(text: &str) -> Result<Url, Diagnostic> {
    let url = Url::parse(text).map_err(|error| {
        Diagnostic::new(Exit::Usage, "not a URL").at(shown_text(text)).because(error)
    })?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(Diagnostic::new(Exit::Usage, "plain HTTP is for loopback addresses only")
            .at(shown(&url))
            .remedy("use https; add the server's certificate authority if it has its own")),
        _ => Err(Diagnostic::new(Exit::Usage, "only https can be fetched").at(shown(&url))),
    }
}

/// Whether a URL stays on this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(is_loopback_host)
}

/// Whether the URL that a text is stays on this machine: one that a server named must not, unless
/// the server is on this machine too.
pub fn stays_home(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| is_loopback(&url))
}

/// Whether a host name or address stays on this machine (RFC 6761 section 6.3 for `localhost`).
pub(crate) fn is_loopback_host(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    match address {
        Ok(address) => address.is_loopback(),
        Err(_) => host == "localhost" || host.ends_with(".localhost"),
    }
}

/// A URL for people: without user, password, query and fragment, any of which may be a secret.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // These fail for URLs that cannot have them, which then have none.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

/// The same for what does not parse.
fn shown_text(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    let text = text.rsplit_once('@').map_or(text, |(_, rest)| rest);
    text.chars().take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_or_loopback() {
        for good in
            ["https://a.example/x", "http://localhost:1/", "http://127.9.9.9/", "http://[::1]:5"]
        {
            assert!(parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://a.example/",
            "http://localhost.example/",
            "ftp://a/",
            "file:///etc/passwd",
            "",
            "x",
        ] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn secrets_are_not_shown() {
        let url = parse("https://user:secret@a.example/path?token=secret#secret").unwrap();
        assert_eq!(shown(&url), "https://a.example/path");
        let error = parse("https://user:secret@:x/path?token=secret").unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}
