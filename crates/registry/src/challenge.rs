//! `WWW-Authenticate`: how a registry says which token it wants (RFC 9110 section 11.6.1;
//! distribution specification, "Token Authentication").

/// What a registry asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// User name and password with each request (RFC 7617).
    Basic,
    /// A token from `realm` (RFC 6750).
    Bearer {
        /// URL of the token service.
        realm: String,
        /// `service` parameter to hand on.
        service: Option<String>,
        /// `scope` parameter to hand on.
        scope: Option<String>,
    },
}

/// Longer headers than this are not read: real ones have a few hundred bytes.
const HEADER_BYTES_MAX: usize = 8 << 10;

impl Challenge {
    /// The first challenge of a header that we can answer; a Bearer one is preferred.
    pub fn parse(header: &str) -> Option<Self> {
        let header = header.get(..HEADER_BYTES_MAX.min(header.len()))?;
        let mut found = None;
        for (scheme, parameters) in challenges(header) {
            let get = |name: &str| {
                let same = |(key, _): &&(String, String)| key.eq_ignore_ascii_case(name);
                parameters.iter().find(same).map(|(_, value)| value.clone())
            };
            if scheme.eq_ignore_ascii_case("bearer")
                && let Some(realm) = get("realm")
            {
                return Some(Self::Bearer { realm, service: get("service"), scope: get("scope") });
            }
            if scheme.eq_ignore_ascii_case("basic") {
                found = Some(Self::Basic);
            }
        }
        found
    }
}

/// A scheme with its parameters.
type Parsed = (String, Vec<(String, String)>);

/// `Scheme key="value", key=value, Scheme2 …`: a word without `=` after a comma starts a scheme.
fn challenges(header: &str) -> Vec<Parsed> {
    let mut out: Vec<Parsed> = Vec::new();
    let mut rest = header.trim_start();
    while !rest.is_empty() {
        let end = rest.find(|c: char| c == '=' || c == ',' || c.is_whitespace());
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        let after = after.trim_start();
        if let Some(value) = after.strip_prefix('=') {
            let (value, after) = parameter_value(value.trim_start());
            if let Some((_, parameters)) = out.last_mut() {
                parameters.push((word.to_owned(), value));
            }
            rest = after;
        } else {
            if !word.is_empty() {
                out.push((word.to_owned(), Vec::new()));
            }
            rest = after;
        }
        rest = rest.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
    }
    out
}

/// A token or a quoted string (RFC 9110 section 5.6.4), and what follows it.
fn parameter_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ']).unwrap_or(text.len());
        let (value, rest) = text.split_at(end);
        return (value.to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '"' => return (value, quoted.get(at + 1..).unwrap_or_default()),
            '\\' => value.extend(characters.next().map(|(_, escaped)| escaped)),
            other => value.push(other),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Challenge {
        Challenge::Bearer {
            realm: realm.into(),
            service: service.map(Into::into),
            scope: scope.map(Into::into),
        }
    }

    #[test]
    fn as_registries_send_them() {
        let header = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:samalba/my-app:pull,push""#;
        let expected = bearer(
            "https://auth.docker.io/token",
            Some("registry.docker.io"),
            Some("repository:samalba/my-app:pull,push"),
        );
        assert_eq!(Challenge::parse(header), Some(expected));
        assert_eq!(Challenge::parse(r#"Basic realm="Registry Realm""#), Some(Challenge::Basic));
        assert_eq!(
            Challenge::parse(r#"Basic realm="a", Bearer realm="https://b\"c""#),
            Some(bearer("https://b\"c", None, None))
        );
        assert_eq!(Challenge::parse("bearer realm=x"), Some(bearer("x", None, None)));
        for bad in ["", ",,,", "Digest realm=\"x\"", "Bearer", "=\"", "Bearer realm"] {
            assert_eq!(Challenge::parse(bad), None, "{bad}");
        }
    }
}
