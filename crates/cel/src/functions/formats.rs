//! Named formats: what Kubernetes accepts as names, labels and the like.
//!
//! ```
//! # use cofferdam_cel::{Evaluation, Program, Scope};
//! let source = "!format.dns1123Label().validate('web-1').hasValue()";
//! let program = Program::parse(source).unwrap();
//! assert_eq!(Evaluation::default().condition(&program, &Scope::default()), Ok(true));
//! ```

use super::{Function, global, member, refused, url::Url};
use crate::{Evaluation, Opaque, Value, evaluate::Evaluated, opaque::Inner};
use jiff::civil::Date;

/// What a text may be required to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Label { prefix: bool },
    Subdomain { prefix: bool },
    Label1035 { prefix: bool },
    QualifiedName,
    LabelValue,
    Uri,
    Uuid,
    Byte,
    Date,
    DateTime,
}

/// Every format with its name.
const FORMATS: [(&str, Format); 13] = [
    ("dns1123Label", Format::Label { prefix: false }),
    ("dns1123LabelPrefix", Format::Label { prefix: true }),
    ("dns1123Subdomain", Format::Subdomain { prefix: false }),
    ("dns1123SubdomainPrefix", Format::Subdomain { prefix: true }),
    ("dns1035Label", Format::Label1035 { prefix: false }),
    ("dns1035LabelPrefix", Format::Label1035 { prefix: true }),
    ("qualifiedName", Format::QualifiedName),
    ("labelValue", Format::LabelValue),
    ("uri", Format::Uri),
    ("uuid", Format::Uuid),
    ("byte", Format::Byte),
    ("date", Format::Date),
    ("datetime", Format::DateTime),
];

const LABEL_MAX: (usize, &str) = (63, "characters");
const SUBDOMAIN_MAX: (usize, &str) = (253, "characters");
const NAME_MAX: (usize, &str) = (63, "bytes");

const LABEL: &str = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters \
    or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', \
    regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const SUBDOMAIN: &str = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric \
    characters, '-' or '.', and must start and end with an alphanumeric character (e.g. \
    'example.com', regex used for validation is \
    '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_1035: &str = "a DNS-1035 label must consist of lower case alphanumeric characters or \
    '-', start with an alphabetic character, and end with an alphanumeric character (e.g. \
    'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const NAME: &str = "must consist of alphanumeric characters, '-', '_' or '.', and must start and \
    end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used \
    for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric \
    characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. \
    'MyValue',  or 'my_value',  or '12345', regex used for validation is \
    '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

impl Format {
    /// The name, as `format.named` knows it.
    pub(crate) fn name(self) -> &'static str {
        FORMATS.iter().find(|(_, format)| *format == self).map_or("", |(name, _)| name)
    }

    /// What is wrong with a text; nothing where it is of this format.
    fn validate(self, text: &str) -> Vec<String> {
        let one = |valid: bool, message: &str| {
            if valid { Vec::new() } else { vec![message.to_owned()] }
        };
        match self {
            Self::Label { prefix } => label(&masked(text, prefix)),
            Self::Subdomain { prefix } => subdomain(&masked(text, prefix)),
            Self::Label1035 { prefix } => {
                let text = masked(text, prefix);
                let valid = is_label(&text) && text.starts_with(|c: char| c.is_ascii_lowercase());
                limited(&text, LABEL_MAX, valid, LABEL_1035)
            }
            Self::QualifiedName => qualified_name(text),
            Self::LabelValue => {
                limited(text, NAME_MAX, text.is_empty() || is_name(text), LABEL_VALUE)
            }
            Self::Uri => match Url::check(text) {
                Ok(()) => Vec::new(),
                Err(refusal) => vec![format!("parse {text:?}: {refusal}")],
            },
            Self::Uuid => one(is_uuid(text), "does not match the UUID format"),
            Self::Byte => one(is_base64(text), "invalid base64"),
            Self::Date => one(is_date(text), "invalid date"),
            Self::DateTime => one(is_date_time(text), "invalid datetime"),
        }
    }
}

/// A prefix may end with a dash, for something follows it.
fn masked(text: &str, prefix: bool) -> String {
    let cut =
        if prefix && text.len() > 1 && text.ends_with('-') { text.len() - 2 } else { text.len() };
    match text.get(..cut) {
        Some(head) if cut < text.len() => format!("{head}a"),
        _ => text.to_owned(),
    }
}

/// What is wrong, in Kubernetes' words; it counts names of DNS in characters and others in bytes.
fn limited(text: &str, (max, unit): (usize, &str), valid: bool, message: &str) -> Vec<String> {
    let mut found = Vec::new();
    if text.len() > max {
        found.push(format!("must be no more than {max} {unit}"));
    }
    if !valid {
        found.push(message.to_owned());
    }
    found
}

/// Lower case letters, digits and, inside, dashes.
fn is_label(text: &str) -> bool {
    let end = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let bytes = text.as_bytes();
    end(bytes.first())
        && end(bytes.last())
        && bytes.iter().all(|byte| *byte == b'-' || end(Some(byte)))
}

/// Letters, digits and, inside, dashes, underscores and dots.
fn is_name(text: &str) -> bool {
    let end = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = text.as_bytes();
    let inside = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.".contains(byte);
    end(bytes.first()) && end(bytes.last()) && bytes.iter().all(inside)
}

fn is_subdomain(text: &str) -> bool {
    text.split('.').all(is_label)
}

fn label(text: &str) -> Vec<String> {
    let message = if is_subdomain(text) { "must not contain dots" } else { LABEL };
    limited(text, LABEL_MAX, is_label(text), message)
}

/// What is wrong with the name of a subdomain.
pub(super) fn subdomain(text: &str) -> Vec<String> {
    limited(text, SUBDOMAIN_MAX, is_subdomain(text), SUBDOMAIN)
}

/// Whether a namespace may have this name.
pub(super) fn is_namespace(text: &str) -> bool {
    label(text).is_empty()
}

fn qualified_name(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (prefix, name) = text.split_once('/').map_or((None, text), |(a, b)| (Some(a), b));
    if name.contains('/') {
        return vec![format!(
            "a valid label key {NAME} with an optional DNS subdomain prefix and '/' (e.g. \
             'example.com/MyName')"
        )];
    }
    match prefix {
        Some("") => found.push("prefix part must be non-empty".to_owned()),
        Some(prefix) => {
            found.extend(subdomain(prefix).into_iter().map(|wrong| format!("prefix part {wrong}")));
        }
        None => {}
    }
    if name.is_empty() {
        found.push("name part must be non-empty".to_owned());
    }
    let wrong = limited(name, NAME_MAX, is_name(name), NAME);
    found.extend(wrong.into_iter().map(|wrong| format!("name part {wrong}")));
    found
}

/// Five groups of hexadecimal digits, the dashes between them optional.
fn is_uuid(text: &str) -> bool {
    let mut rest = text.as_bytes();
    for (position, digits) in [8, 4, 4, 4, 12].into_iter().enumerate() {
        if position > 0 {
            rest = rest.strip_prefix(b"-").unwrap_or(rest);
        }
        match rest.split_at_checked(digits) {
            Some((group, tail)) if group.iter().all(u8::is_ascii_hexdigit) => rest = tail,
            _ => return false,
        }
    }
    rest.is_empty()
}

/// Base64 with padding, at least one group of it.
fn is_base64(text: &str) -> bool {
    let body = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    !body.is_empty() && text.len().is_multiple_of(4) && body.bytes().all(plain)
}

fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |from: usize, to: usize| {
        bytes.get(from..to).is_some_and(|part| part.iter().all(u8::is_ascii_digit))
    };
    bytes.len() == 10
        && digits(0, 4)
        && bytes.get(4) == Some(&b'-')
        && digits(5, 7)
        && bytes.get(7) == Some(&b'-')
        && digits(8, 10)
        && text.parse::<Date>().is_ok()
}

/// RFC 3339, without leap seconds.
fn is_date_time(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut parts = lower.split('t');
    let (Some(date), Some(time)) = (parts.next(), parts.next()) else { return false };
    is_date(date) && is_time(time)
}

fn is_time(text: &str) -> bool {
    let two = |text: &str, max: &str| {
        text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit()) && text <= max
    };
    let (Some(clock), Some(rest)) = (text.get(..8), text.get(8..)) else { return false };
    let mut parts = clock.split(':');
    let clock = two(parts.next().unwrap_or_default(), "23")
        && two(parts.next().unwrap_or_default(), "59")
        && two(parts.next().unwrap_or_default(), "59")
        && parts.next().is_none();
    let is_zone = |zone: &str| {
        zone == "z"
            || zone
                .strip_prefix(['+', '-'])
                .and_then(|zone| zone.split_once(':'))
                .is_some_and(|(hours, minutes)| two(hours, "99") && two(minutes, "99"))
    };
    // Whatever one character stands before the fraction.
    let mut after = rest.chars();
    let fraction = after.next().is_some() && {
        let tail = after.as_str();
        let zone = tail.trim_start_matches(|c: char| c.is_ascii_digit());
        zone.len() < tail.len() && is_zone(zone)
    };
    clock && (is_zone(rest) || fraction)
}

macro_rules! named {
    ($name:literal, $format:expr) => {
        global(concat!("format.", $name), 0..=0, concat!("format.", $name, "()"), |_, _| {
            Ok(Opaque::value(Inner::Format($format)))
        })
    };
}

pub(super) const FUNCTIONS: &[Function] = &[
    named!("dns1123Label", Format::Label { prefix: false }),
    named!("dns1123LabelPrefix", Format::Label { prefix: true }),
    named!("dns1123Subdomain", Format::Subdomain { prefix: false }),
    named!("dns1123SubdomainPrefix", Format::Subdomain { prefix: true }),
    named!("dns1035Label", Format::Label1035 { prefix: false }),
    named!("dns1035LabelPrefix", Format::Label1035 { prefix: true }),
    named!("qualifiedName", Format::QualifiedName),
    named!("labelValue", Format::LabelValue),
    named!("uri", Format::Uri),
    named!("uuid", Format::Uuid),
    named!("byte", Format::Byte),
    named!("date", Format::Date),
    named!("datetime", Format::DateTime),
    global("format.named", 1..=1, "format.named(name)", |_, arguments| match arguments {
        [Value::String(wanted)] => {
            let found = FORMATS.iter().find(|(name, _)| *name == &**wanted);
            Ok(Value::optional(found.map(|(_, format)| Opaque::value(Inner::Format(*format)))))
        }
        other => Err(refused("format.named", other)),
    }),
    member("validate", 2..=2, "format.validate(text)", validate),
];

fn validate<'a>(evaluation: &mut Evaluation<'a>, arguments: &[Value<'a>]) -> Evaluated<'a> {
    let [Value::Opaque(opaque), Value::String(text)] = arguments else {
        return Err(refused("validate", arguments));
    };
    let Inner::Format(format) = opaque.0 else { return Err(refused("validate", arguments)) };
    evaluation.step_bytes(text.len())?;
    let wrong = format.validate(text);
    if wrong.is_empty() {
        return Ok(Value::Optional(None));
    }
    Ok(Value::optional(Some(Value::list(wrong.into_iter().map(Value::from).collect::<Vec<_>>()))))
}
