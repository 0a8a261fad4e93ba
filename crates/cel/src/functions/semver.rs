//! Semantic versions (Kubernetes' semver library; Semantic Versioning 2.0.0).
//!
//! ```
//! # use cofferdam_cel::{Evaluation, Program, Scope};
//! let source = "semver('1.2.3').isLessThan(semver('1.10.0')) && semver('v1.2', true).minor() == 2";
//! let program = Program::parse(source).unwrap();
//! assert_eq!(Evaluation::default().condition(&program, &Scope::default()), Ok(true));
//! ```

use super::{Function, global, member, quantity, refused};
use crate::{
    Evaluation, Opaque, Stop, Value,
    error::{ErrorKind, quoted},
    evaluate::Evaluated,
    opaque::Inner,
};
use std::{cmp::Ordering, fmt};

/// A semantic version. Its build metadata is not compared.
#[derive(Clone, Debug)]
pub(crate) struct Semver {
    numbers: [u64; 3],
    prerelease: Vec<Identifier>,
    build: Box<str>,
}

/// A part of a pre-release: numbers come before words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Identifier {
    Number(u64),
    Word(Box<str>),
}

fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let plain = text.len() == 1 || !text.starts_with('0');
    if digits && plain { text.parse().ok() } else { None }
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl Semver {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '.');
        let (major, minor, rest) = (parts.next()?, parts.next()?, parts.next()?);
        let (rest, build) = rest.split_once('+').map_or((rest, None), |(a, b)| (a, Some(b)));
        let (patch, prerelease) = rest.split_once('-').map_or((rest, None), |(a, b)| (a, Some(b)));
        if !build.is_none_or(|build| build.split('.').all(is_identifier)) {
            return None;
        }
        let identifier = |text: &str| {
            if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
                return number(text).map(Identifier::Number);
            }
            is_identifier(text).then(|| Identifier::Word(text.into()))
        };
        let prerelease = prerelease.map_or(Some(Vec::new()), |prerelease| {
            prerelease.split('.').map(identifier).collect()
        })?;
        let numbers = [number(major)?, number(minor)?, number(patch)?];
        Some(Self { numbers, prerelease, build: build.unwrap_or_default().into() })
    }

    /// The same for what people write: `v1.2`, `01.1.0`.
    fn normalize(text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let mut parts: Vec<String> = text
            .splitn(3, '.')
            .map(|part| {
                let trimmed = part.trim_start_matches('0');
                match part.len() {
                    0 | 1 => part.to_owned(),
                    _ if trimmed.starts_with(|first: char| first.is_ascii_digit()) => {
                        trimmed.to_owned()
                    }
                    _ => format!("0{trimmed}"),
                }
            })
            .collect();
        if parts.len() < 3 && parts.last().is_some_and(|last| last.contains(['+', '-'])) {
            return None;
        }
        parts.resize(3, "0".to_owned());
        Self::parse(&parts.join("."))
    }

    fn compare(&self, other: &Self) -> Ordering {
        let release = |version: &Self| version.prerelease.is_empty();
        self.numbers.cmp(&other.numbers).then_with(|| match (release(self), release(other)) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            (false, false) => self.prerelease.cmp(&other.prerelease),
        })
    }
}

impl PartialEq for Semver {
    fn eq(&self, other: &Self) -> bool {
        self.compare(other).is_eq()
    }
}

impl fmt::Display for Semver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(f, "{major}.{minor}.{patch}")?;
        for (position, identifier) in self.prerelease.iter().enumerate() {
            f.write_str(if position == 0 { "-" } else { "." })?;
            match identifier {
                Identifier::Number(number) => write!(f, "{number}")?,
                Identifier::Word(word) => f.write_str(word)?,
            }
        }
        if self.build.is_empty() { Ok(()) } else { write!(f, "+{}", self.build) }
    }
}

pub(super) const FUNCTIONS: &[Function] = &[
    global("semver", 1..=2, "semver(text, normalize)", |evaluation, arguments| {
        parsed(evaluation, arguments, "semver")?
            .map(|version| Opaque::value(Inner::Semver(version)))
            .ok_or_else(|| {
                let text = arguments.first().and_then(Value::as_str).unwrap_or_default();
                ErrorKind::Invalid(format!("{} is not a semantic version", quoted(text))).into()
            })
    }),
    global("isSemver", 1..=2, "isSemver(text, normalize)", |evaluation, arguments| {
        parsed(evaluation, arguments, "isSemver").map(|found| Value::Bool(found.is_some()))
    }),
    member("major", 1..=1, "version.major()", |_, a| part(a, "major", 0)),
    member("minor", 1..=1, "version.minor()", |_, a| part(a, "minor", 1)),
    member("patch", 1..=1, "version.patch()", |_, a| part(a, "patch", 2)),
    member("compareTo", 2..=2, "quantity.compareTo(other), version.compareTo(other)", |_, a| {
        order(a, "compareTo").map(|order| Value::Int(i64::from(order as i8)))
    }),
    member("isGreaterThan", 2..=2, "quantity.isGreaterThan(other), …", |_, a| {
        order(a, "isGreaterThan").map(|order| Value::Bool(order.is_gt()))
    }),
    member("isLessThan", 2..=2, "quantity.isLessThan(other), …", |_, a| {
        order(a, "isLessThan").map(|order| Value::Bool(order.is_lt()))
    }),
];

fn parsed<'a>(
    evaluation: &mut Evaluation<'a>,
    arguments: &[Value<'a>],
    name: &str,
) -> Result<Option<Semver>, Stop> {
    let (text, normalize) = match arguments {
        [Value::String(text)] => (text, false),
        [Value::String(text), Value::Bool(normalize)] => (text, *normalize),
        other => return Err(refused(name, other)),
    };
    evaluation.step_bytes(text.len())?;
    Ok(if normalize { Semver::normalize(text) } else { Semver::parse(text) })
}

fn of<'v>(value: &'v Value<'_>) -> Option<&'v Semver> {
    match value {
        Value::Opaque(opaque) => match &opaque.0 {
            Inner::Semver(version) => Some(version),
            _ => None,
        },
        _ => None,
    }
}

fn part<'a>(arguments: &[Value<'a>], name: &str, index: usize) -> Evaluated<'a> {
    let version = arguments.first().and_then(of).ok_or_else(|| refused(name, arguments))?;
    let number = version.numbers.get(index).copied().unwrap_or_default();
    // As Kubernetes does: a number beyond 63 bits comes out negative.
    Ok(Value::Int(number.cast_signed()))
}

/// How two quantities or two versions are ordered.
fn order(arguments: &[Value<'_>], name: &str) -> Result<Ordering, Stop> {
    let [left, right] = arguments else { return Err(refused(name, arguments)) };
    quantity::order(left, right)
        .or_else(|| Some(of(left)?.compare(of(right)?)))
        .ok_or_else(|| refused(name, arguments))
}
