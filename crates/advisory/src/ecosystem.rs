//! How packages are named where they are looked up.

use std::borrow::Cow;

/// The name under which a package of an ecosystem is stored and looked up. PyPI names are written
/// in many ways and are one after PEP 503; every other ecosystem compares names as they are.
pub(crate) fn package_key<'a>(ecosystem: &str, package: &'a str) -> Cow<'a, str> {
    match ecosystem.split(':').next() {
        Some("PyPI") => Cow::Owned(normalise_python(package)),
        _ => Cow::Borrowed(package),
    }
}

/// PEP 503, "Normalized Names": lower case, runs of `-`, `_` and `.` become one `-`.
fn normalise_python(name: &str) -> String {
    let mut normalised = String::with_capacity(name.len());
    for character in name.chars() {
        if !matches!(character, '-' | '_' | '.') {
            normalised.push(character.to_ascii_lowercase());
        } else if !normalised.ends_with('-') {
            normalised.push('-');
        }
    }
    normalised
}

/// The key of a package in the table of advisories. Neither part can hold the separator: the
/// readers of feeds refuse it.
pub(crate) fn table_key(ecosystem: &str, package: &str) -> Vec<u8> {
    let package = package_key(ecosystem, package);
    [ecosystem.as_bytes(), b"\0", package.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of PEP 503 and its reference expression `re.sub(r"[-_.]+", "-", name).lower()`.
    #[test]
    fn python_names_are_one() {
        for name in ["friendly-bard", "Friendly-Bard", "FRIENDLY-BARD", "friendly.bard"] {
            assert_eq!(package_key("PyPI", name), "friendly-bard");
        }
        assert_eq!(package_key("PyPI", "FrIeNdLy-._.-bArD"), "friendly-bard");
        assert_eq!(package_key("npm", "Friendly_Bard"), "Friendly_Bard");
    }
}
