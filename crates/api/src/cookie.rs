//! The session's cookie.

use hyper::header::{COOKIE, HeaderMap};

/// Over TLS: a browser takes this prefix only with `Secure`, `Path=/` and without a domain
/// (RFC 6265bis, 4.1.3.2).
const SECURE: &str = "__Host-cofferdam";
/// Over plain HTTP on the loopback, where browsers refuse that prefix.
const PLAIN: &str = "cofferdam";

/// Its name.
const fn name(is_secure: bool) -> &'static str {
    if is_secure { SECURE } else { PLAIN }
}

/// The value that a request brings.
pub(crate) fn read(headers: &HeaderMap, is_secure: bool) -> Option<String> {
    let lines = headers.get_all(COOKIE).iter().filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(own, _)| *own == name(is_secure))
        .map(|(_, value)| value.to_owned())
}

/// The header that sets it; an empty value with no seconds forgets it.
pub(crate) fn set(value: &str, seconds: i64, is_secure: bool) -> String {
    let secure = if is_secure { "; Secure" } else { "" };
    let name = name(is_secure);
    format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

#[cfg(test)]
mod tests {
    use super::{read, set};
    use hyper::header::{COOKIE, HeaderMap, HeaderValue};

    #[test]
    fn one_cookie_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=b; cofferdam=x; c=d"));
        headers.append(COOKIE, HeaderValue::from_static("__Host-cofferdam=y"));
        assert_eq!(read(&headers, false).as_deref(), Some("x"));
        assert_eq!(read(&headers, true).as_deref(), Some("y"));
    }

    #[test]
    fn over_tls_it_is_bound_to_the_host() {
        let expected = "__Host-cofferdam=v; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure";
        assert_eq!(set("v", 60, true), expected);
        assert!(!set("v", 60, false).contains("Secure"));
    }
}
