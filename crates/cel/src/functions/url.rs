//! URLs as Kubernetes' library reads them: with Go's `net/url`.
//!
//! ```
//! # use cofferdam_cel::{Evaluation, Program, Scope};
//! let source = "url('https://[::1]:80/a b?q=1').getPort() == '80' && isURL('/path') && !isURL('path')";
//! let program = Program::parse(source).unwrap();
//! assert_eq!(Evaluation::default().condition(&program, &Scope::default()), Ok(true));
//! ```

use super::{Function, global, member, refused};
use crate::{
    Evaluation, Key, Opaque, Stop, Value,
    error::{ErrorKind, quoted},
    evaluate::Evaluated,
    opaque::Inner,
    operators,
};
use std::{
    fmt::{self, Write as _},
    net::IpAddr,
};

/// An absolute URL, or an absolute path with its query.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Url {
    text: Box<str>,
    scheme: String,
    /// With its port.
    host: String,
    /// As it is escaped.
    path: String,
    query: String,
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Why a text is no URL.
pub(crate) type Refusal = String;

/// Which part of a URL a text is; each leaves other characters as they are.
#[derive(Clone, Copy, PartialEq)]
enum Part {
    Host,
    Zone,
    User,
    Path,
    Query,
    Fragment,
}

impl Part {
    /// Whether a character is written as itself.
    fn is_plain(self, byte: u8) -> bool {
        match byte {
            b'-' | b'_' | b'.' | b'~' => true,
            b'!' | b'\'' | b'(' | b')' | b'*' => {
                matches!(self, Self::Host | Self::Zone) || self == Self::Fragment && byte != b'\''
            }
            b'[' | b']' | b'<' | b'>' | b'"' => matches!(self, Self::Host | Self::Zone),
            b'$' | b'&' | b'+' | b',' | b';' | b'=' | b':' => self != Self::Query,
            b'/' | b'@' => matches!(self, Self::Path | Self::Fragment),
            b'?' => self == Self::Fragment,
            other => other.is_ascii_alphanumeric(),
        }
    }
}

/// The octets that a text with percent signs stands for.
fn unescape(text: &str, part: Part) -> Result<Vec<u8>, Refusal> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        if first == b'%' {
            let code = tail
                .get(..2)
                .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
                .and_then(|digits| std::str::from_utf8(digits).ok())
                .and_then(|digits| u8::from_str_radix(digits, 16).ok());
            let shown = String::from_utf8_lossy(rest.get(..rest.len().min(3)).unwrap_or_default());
            let refused = || format!("invalid URL escape {shown:?}");
            let code = code.ok_or_else(refused)?;
            let allowed = match part {
                Part::Host => code >= 0x80 || code == b'%',
                Part::Zone => code == b'%' || code == b' ' || Part::Host.is_plain(code),
                _ => true,
            };
            if !allowed {
                return Err(refused());
            }
            out.push(code);
            rest = tail.get(2..).unwrap_or_default();
            continue;
        }
        if matches!(part, Part::Host | Part::Zone) && first < 0x80 && !part.is_plain(first) {
            return Err(format!(
                "invalid character {:?} in host name",
                char::from(first).to_string()
            ));
        }
        out.push(if first == b'+' && part == Part::Query { b' ' } else { first });
        rest = tail;
    }
    Ok(out)
}

fn escape(octets: &[u8], part: Part) -> String {
    let mut out = String::with_capacity(octets.len());
    for byte in octets {
        if part.is_plain(*byte) {
            out.push(char::from(*byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The scheme in lower case, and what follows it.
fn scheme(text: &str) -> Result<(String, &str), Refusal> {
    for (at, char) in text.char_indices() {
        match char {
            'a'..='z' | 'A'..='Z' => {}
            '0'..='9' | '+' | '-' | '.' if at > 0 => {}
            ':' if at == 0 => return Err("missing protocol scheme".to_owned()),
            ':' => {
                let (scheme, rest) = text.split_at(at);
                return Ok((scheme.to_ascii_lowercase(), rest.get(1..).unwrap_or_default()));
            }
            _ => break,
        }
    }
    Ok((String::new(), text))
}

fn is_port(text: &str) -> bool {
    let digits = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit());
    text.is_empty() || text.strip_prefix(':').is_some_and(digits)
}

fn host(scheme: &str, text: &str) -> Result<String, Refusal> {
    let refused_port = |port: &str| Err(format!("invalid port {port:?} after host"));
    match (text.rfind('['), text.find(':')) {
        (Some(0), _) => {
            let end = text.rfind(']').ok_or("missing ']' in host")?;
            let port = text.get(end + 1..).unwrap_or_default();
            if !is_port(port) {
                return refused_port(port);
            }
            return literal_host(text.get(1..end).unwrap_or_default())
                .map(|host| format!("[{host}]{port}"));
        }
        (Some(_), _) => return Err("invalid IP-literal".to_owned()),
        (None, Some(first)) => {
            // Only the schemes of the web are strict about more than one colon.
            let strict = matches!(scheme, "http" | "https");
            let at = if strict { first } else { text.rfind(':').unwrap_or(first) };
            let port = text.get(at..).unwrap_or_default();
            if !is_port(port) {
                return refused_port(port);
            }
        }
        (None, None) => {}
    }
    unescape(text, Part::Host).map(|host| String::from_utf8_lossy(&host).into_owned())
}

/// An IPv6 address between brackets, perhaps with a zone.
fn literal_host(text: &str) -> Result<String, Refusal> {
    let mut octets;
    if let Some(zone) = text.find("%25") {
        let (address, zone) = text.split_at(zone);
        octets = unescape(address, Part::Host)?;
        octets.extend(unescape(zone, Part::Zone)?);
    } else {
        octets = unescape(text, Part::Host)?;
    }
    let host = String::from_utf8_lossy(&octets).into_owned();
    let (address, zone) = host.split_once('%').map_or((&*host, None), |(a, z)| (a, Some(z)));
    match address.parse() {
        Ok(IpAddr::V6(_)) if zone != Some("") => Ok(host),
        Ok(IpAddr::V4(_)) if zone.is_none() => Err("invalid IP-literal".to_owned()),
        _ => Err(format!("invalid host: ParseAddr({host:?}): unable to parse IP")),
    }
}

fn check_user(user: &str) -> Result<(), Refusal> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    if !user.bytes().all(plain) {
        return Err("net/url: invalid userinfo".to_owned());
    }
    unescape(user, Part::User).map(drop)
}

impl Url {
    /// Reads an absolute URL or an absolute path; a fragment is not part of what is asked for.
    pub(crate) fn parse(text: &str) -> Result<Self, Refusal> {
        // First as the target of a request, where `#` is nothing special, then as what it is.
        Self::check(text)?;
        let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
        unescape(fragment, Part::Fragment)?;
        Self::parse_part(text, before, false)
    }

    /// Whether a text is an absolute URL or an absolute path, and why not.
    pub(crate) fn check(text: &str) -> Result<(), Refusal> {
        Self::parse_part(text, text, true).map(drop)
    }

    /// `target`: as the target of a request, where `//` begins a path unless a scheme is before it.
    fn parse_part(text: &str, part: &str, target: bool) -> Result<Self, Refusal> {
        if part.bytes().any(|byte| byte < b' ' || byte == 0x7f) {
            return Err("net/url: invalid control character in URL".to_owned());
        }
        if part.is_empty() {
            return Err("empty url".to_owned());
        }
        let mut url = Self {
            text: text.into(),
            scheme: String::new(),
            host: String::new(),
            path: "*".to_owned(),
            query: String::new(),
        };
        if part == "*" {
            return Ok(url);
        }
        let (scheme, rest) = scheme(part)?;
        let (mut rest, query) = rest.split_once('?').unwrap_or((rest, ""));
        query.clone_into(&mut url.query);
        url.path.clear();
        if !rest.starts_with('/') {
            // Without a root it is opaque: `mailto:somebody`.
            url.scheme = scheme;
            let refused = || "invalid URI for request".to_owned();
            return if url.scheme.is_empty() { Err(refused()) } else { Ok(url) };
        }
        if (!scheme.is_empty() || !target && !rest.starts_with("///"))
            && let Some(authority) = rest.strip_prefix("//")
        {
            let end = authority.find('/').unwrap_or(authority.len());
            let (authority, path) = authority.split_at(end);
            rest = path;
            let (user, server) = authority.rsplit_once('@').unwrap_or(("", authority));
            url.host = host(&scheme, server)?;
            check_user(user)?;
        }
        url.scheme = scheme;
        let octets = unescape(rest, Part::Path)?;
        let stays = |byte: u8| Part::Path.is_plain(byte) || b"!'()*[]%".contains(&byte);
        url.path = if rest.bytes().all(stays) { rest.into() } else { escape(&octets, Part::Path) };
        Ok(url)
    }

    /// The host without its port and brackets, and the port.
    fn host_and_port(&self) -> (&str, &str) {
        let (host, port) = match self.host.rfind(':').map(|at| self.host.split_at(at)) {
            Some((host, port)) if is_port(port) => (host, port.get(1..).unwrap_or_default()),
            _ => (&*self.host, ""),
        };
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        (bare.unwrap_or(host), port)
    }
}

pub(super) const FUNCTIONS: &[Function] = &[
    global("url", 1..=1, "url(text)", url),
    global("isURL", 1..=1, "isURL(text)", |evaluation, arguments| match arguments {
        [Value::String(text)] => {
            evaluation.step_bytes(text.len())?;
            Ok(Value::Bool(Url::check(text).is_ok()))
        }
        other => Err(refused("isURL", other)),
    }),
    member("getScheme", 1..=1, "url.getScheme()", |_, a| {
        part(a, "getScheme", |url| url.scheme.clone())
    }),
    member("getHost", 1..=1, "url.getHost()", |_, a| part(a, "getHost", |url| url.host.clone())),
    member("getHostname", 1..=1, "url.getHostname()", |_, a| {
        part(a, "getHostname", |url| url.host_and_port().0.to_owned())
    }),
    member("getPort", 1..=1, "url.getPort()", |_, a| {
        part(a, "getPort", |url| url.host_and_port().1.to_owned())
    }),
    member("getEscapedPath", 1..=1, "url.getEscapedPath()", |_, a| {
        part(a, "getEscapedPath", |url| url.path.clone())
    }),
    member("getQuery", 1..=1, "url.getQuery()", query),
];

fn url<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let [Value::String(text)] = arguments else { return Err(refused("url", arguments)) };
    evaluation.step_bytes(text.len())?;
    let parsed = Url::parse(text).map_err(|refusal| {
        ErrorKind::Invalid(format!("{} is not a URL: {refusal}", quoted(text)))
    })?;
    Ok(Opaque::value(Inner::Url(parsed)))
}

fn of<'v>(arguments: &'v [Value<'_>], name: &str) -> Result<&'v Url, Stop> {
    match arguments.first() {
        Some(Value::Opaque(opaque)) if let Inner::Url(url) = &opaque.0 => Ok(url),
        _ => Err(refused(name, arguments)),
    }
}

fn part<'a>(arguments: &[Value<'a>], name: &str, part: fn(&Url) -> String) -> Evaluated<'a> {
    of(arguments, name).map(|url| Value::from(part(url)))
}

/// The values of each parameter, in order.
fn query<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let url = of(arguments, "getQuery")?;
    evaluation.step_bytes(url.query.len())?;
    let mut parameters: Vec<(String, Vec<Value<'a>>)> = Vec::new();
    for pair in url.query.split('&').filter(|pair| !pair.is_empty() && !pair.contains(';')) {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        let decoded = |text| {
            unescape(text, Part::Query).map(|octets| String::from_utf8_lossy(&octets).into_owned())
        };
        let (Ok(key), Ok(value)) = (decoded(key), decoded(value)) else { continue };
        evaluation.step(1)?;
        match parameters.binary_search_by(|(known, _)| known.cmp(&key)) {
            Ok(at) => {
                if let Some((_, values)) = parameters.get_mut(at) {
                    values.push(Value::from(value));
                }
            }
            Err(at) => parameters.insert(at, (key, vec![Value::from(value)])),
        }
    }
    let entries = parameters
        .into_iter()
        .map(|(key, values)| (Key::String(key.into()), Value::list(values)))
        .collect();
    operators::new_map(entries)
}
