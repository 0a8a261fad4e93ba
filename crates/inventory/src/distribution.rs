//! Which distribution and release this is: os-release(5) and, for images older than it, the
//! files that distributions had before.

use crate::{Candidate, Cataloger, FileFacts, Need, RankedDistribution};
use cofferdam_bounds::{Limits, ReadAt, Spool};
use cofferdam_model::{Distribution, Location, Problem, ProblemKind};

pub(crate) const CATALOGER: Cataloger = Cataloger { name: "distribution", wants, read };

/// Bytes of such a file. Real ones have less than 1 KiB.
const FILE_BYTES: u64 = 64 << 10;

/// What a file's text says.
type Parse = fn(&str) -> Option<Distribution>;

/// The surest first: `/etc/os-release` goes before `/usr/lib/os-release` (os-release(5)), the
/// names of derived distributions before those of what they are derived from.
const FILES: &[(&str, Parse)] = &[
    ("etc/os-release", os_release),
    ("usr/lib/os-release", os_release),
    ("etc/lsb-release", lsb_release),
    ("etc/alpine-release", alpine_release),
    ("etc/oracle-release", release_line),
    ("etc/centos-release", release_line),
    ("etc/rocky-release", release_line),
    ("etc/almalinux-release", release_line),
    ("etc/fedora-release", release_line),
    ("etc/system-release", release_line),
    ("etc/redhat-release", release_line),
    ("etc/debian_version", debian_version),
];

fn rank(path: &str) -> Option<usize> {
    FILES.iter().position(|(file, _)| *file == path)
}

fn wants(candidate: &Candidate<'_>) -> Option<Need> {
    rank(candidate.path).map(|_| Need::Metadata)
}

fn read(candidate: &Candidate<'_>, content: &Spool, _limits: &Limits) -> FileFacts {
    let problem = |kind, detail: &str| FileFacts {
        problems: vec![Problem::at(kind, candidate.path, detail)],
        ..FileFacts::default()
    };
    if content.size() > FILE_BYTES {
        return problem(ProblemKind::BudgetExceeded, "a release file of more than 64 KiB");
    }
    let bytes = match content.bytes_at(0, usize::try_from(content.size()).unwrap_or_default()) {
        Ok(bytes) => bytes,
        Err(error) => return problem(ProblemKind::Unreadable, &error.to_string()),
    };
    let Some(rank) = rank(candidate.path) else { return FileFacts::default() };
    let parse = FILES.get(rank).map(|(_, parse)| parse);
    match parse.and_then(|parse| parse(&String::from_utf8_lossy(&bytes))) {
        Some(distribution) => FileFacts {
            distribution: Some(RankedDistribution {
                rank,
                distribution,
                location: Location::path(candidate.path),
            }),
            ..FileFacts::default()
        },
        // Another file may know; where none does, there is nothing to say that is not said.
        None if candidate.path.ends_with("os-release") => {
            problem(ProblemKind::Malformed, "an os-release file without ID")
        }
        None => FileFacts::default(),
    }
}

fn os_release(text: &str) -> Option<Distribution> {
    let mut distribution = Distribution::default();
    for (name, value) in assignments(text) {
        match name {
            "ID" => distribution.id = value,
            "VERSION_ID" => distribution.version = value,
            "VERSION_CODENAME" => distribution.codename = value,
            "PRETTY_NAME" => distribution.name = value,
            "ID_LIKE" => {
                distribution.like = value.split_ascii_whitespace().map(str::to_owned).collect();
            }
            _ => {}
        }
    }
    (!distribution.id.is_empty()).then_some(distribution)
}

/// Ubuntu's, from before it had an os-release.
fn lsb_release(text: &str) -> Option<Distribution> {
    let mut distribution = Distribution::default();
    for (name, value) in assignments(text) {
        match name {
            "DISTRIB_ID" => distribution.id = value.to_lowercase(),
            "DISTRIB_RELEASE" => distribution.version = value,
            "DISTRIB_CODENAME" => distribution.codename = value,
            "DISTRIB_DESCRIPTION" => distribution.name = value,
            _ => {}
        }
    }
    (!distribution.id.is_empty()).then_some(distribution)
}

/// `3.20.1`.
fn alpine_release(text: &str) -> Option<Distribution> {
    let version = text.trim();
    (!version.is_empty()).then(|| Distribution {
        id: "alpine".into(),
        version: version.into(),
        name: format!("Alpine Linux {version}"),
        ..Distribution::default()
    })
}

/// `6.0.10`, or `trixie/sid` before a release. The release is the first number, as in the
/// `VERSION_ID` that came later.
fn debian_version(text: &str) -> Option<Distribution> {
    let version = text.trim();
    let (version, codename) = if version.starts_with(|first: char| first.is_ascii_digit()) {
        (version.split('.').next().unwrap_or_default(), "")
    } else {
        ("", version.split('/').next().unwrap_or_default())
    };
    (!version.is_empty() || !codename.is_empty()).then(|| Distribution {
        id: "debian".into(),
        version: version.into(),
        codename: codename.into(),
        name: format!("Debian GNU/Linux {version}{codename}"),
        like: Vec::new(),
    })
}

/// `CentOS release 6.10 (Final)`, `Red Hat Enterprise Linux Server release 7.9 (Maipo)`.
fn release_line(text: &str) -> Option<Distribution> {
    const IDS: &[(&str, &str)] = &[
        ("AlmaLinux", "almalinux"),
        ("Amazon Linux", "amzn"),
        ("CentOS", "centos"),
        ("Fedora", "fedora"),
        ("Oracle Linux", "ol"),
        ("Red Hat Enterprise Linux", "rhel"),
        ("Rocky Linux", "rocky"),
        ("Scientific Linux", "scientific"),
    ];
    let line = text.lines().next()?.trim();
    let (product, rest) = line.split_once(" release ")?;
    let (_, id) = IDS.iter().find(|(name, _)| product.starts_with(name))?;
    let (version, codename) = rest.split_once(' ').unwrap_or((rest, ""));
    Some(Distribution {
        id: (*id).into(),
        version: version.into(),
        codename: codename.trim_matches(['(', ')']).into(),
        name: line.into(),
        like: Vec::new(),
    })
}

/// The `NAME=value` lines of a file that a shell could source. Of two for one name, a shell
/// would keep the last, and so does whoever goes through these in order.
fn assignments(text: &str) -> impl Iterator<Item = (&str, String)> {
    text.lines().map(str::trim).filter(|line| !line.starts_with('#')).filter_map(|line| {
        let (name, value) = line.split_once('=')?;
        Some((name, unquote(value)))
    })
}

/// A shell word: quotes of both kinds and backslashes, without expansion (os-release(5)).
fn unquote(value: &str) -> String {
    let mut out = String::new();
    let mut quote = None;
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, _) if character.is_whitespace() => break,
            (None, '\\') => out.extend(characters.next()),
            // Between double quotes a backslash stands for itself but before these.
            (Some('"'), '\\') if characters.peek().is_some_and(|next| "\"$`\\".contains(*next)) => {
                out.extend(characters.next());
            }
            _ => out.push(character),
        }
    }
    out
}

#[cfg(test)]
mod tests;
