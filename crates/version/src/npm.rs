//! npm's order: SemVer as node-semver reads it in its loose mode, for that is how npm reads what
//! was once published: `v1.2.3`, `=1.2.3`, `01.2.3`, `1.2.3beta`.
//!
//! Not followed is an accident of its regular expression, which reads `1.0.01.2` as `1.0.0-1.2`.

use crate::{
    digits,
    semver::{self, Precedence},
};
use std::{borrow::Cow, cmp::Ordering};

pub(crate) fn compare(left: &str, right: &str) -> Option<Ordering> {
    Some(parse(left)?.compare(&parse(right)?))
}

fn parse(text: &str) -> Option<Precedence<'_>> {
    let text = text.trim_ascii().as_bytes();
    let prefix = |byte: u8| byte == b'v' || byte == b'=' || byte.is_ascii_whitespace();
    let text = digits::split_while(text, prefix).1;
    let ([Some(major), Some(minor), Some(patch)], rest) = semver::split_numbers(text) else {
        return None;
    };
    let (prerelease, build) = semver::split_build(rest)?;
    // The hyphen before the prerelease may be missing; then again it may be all there is of it.
    let stripped = prerelease.strip_prefix(b"-").unwrap_or(prerelease);
    let prerelease = [stripped, prerelease]
        .into_iter()
        .find(|text| text.is_empty() == prerelease.is_empty() && semver::are_identifiers(text))?;
    semver::are_identifiers(build).then_some(Precedence {
        numbers: [major, minor, patch],
        prerelease: Cow::Borrowed(prerelease),
    })
}
