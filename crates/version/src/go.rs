//! Go: modules by `golang.org/x/mod/semver`, the toolchain by `go/version`.
//!
//! `v` is optional, as in the Go vulnerability database, and so are minor and patch. Toolchain
//! versions come as `go1.21rc2`, `1.21rc2` or, in the database, `1.21.0-rc.2`: all the same.
//! Pseudo-versions and `+incompatible` are plain SemVer. `(devel)` has no order.

use crate::semver::{self, Precedence};
use std::{borrow::Cow, cmp::Ordering};

pub(crate) fn compare(left: &str, right: &str) -> Option<Ordering> {
    Some(parse(left)?.compare(&parse(right)?))
}

fn parse(text: &str) -> Option<Precedence<'_>> {
    if let Some(release) = text.strip_prefix("go") {
        // A vendor's suffix says nothing of the order (`go/version`): `go1.21.3-custom`, or with
        // a space `go1.22.1 X:boringcrypto`.
        let end = release.find(['-', ' ', '+']).unwrap_or(release.len());
        return parse_release(release.get(..end)?.as_bytes());
    }
    let text = text.strip_prefix('v').unwrap_or(text).as_bytes();
    semver::parse(text).or_else(|| parse_release(text))
}

/// `1`, `1.21`, `1.21.3`, `1.21rc2`.
fn parse_release(text: &[u8]) -> Option<Precedence<'_>> {
    let ([Some(major), minor, patch], rest) = semver::split_numbers(text) else { return None };
    let numbers = [major, minor.unwrap_or(b"0"), patch.unwrap_or(b"0")];
    if numbers.iter().any(|number| number.starts_with(b"0") && number.len() > 1) {
        return None;
    }
    let prerelease = if rest.is_empty() {
        Vec::new()
    } else if patch.is_some() {
        return None;
    } else {
        let word =
            [&b"rc"[..], b"beta", b"alpha"].into_iter().find(|word| rest.starts_with(word))?;
        let number = rest.strip_prefix(word).filter(|number| crate::digits::is_number(number))?;
        [word, b".", number].concat()
    };
    Some(Precedence { numbers, prerelease: Cow::Owned(prerelease) })
}
