//! What the name of an archive says: `artifact-version[-classifier].jar`, Maven's layout of file
//! names.

/// The parts of a file name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FileName<'a> {
    /// Everything before the version, or all of it.
    pub(crate) artifact: &'a str,
    /// The version without classifier, when there is one.
    pub(crate) version: Option<&'a str>,
    /// The name without its extension.
    pub(crate) stem: &'a str,
}

impl<'a> FileName<'a> {
    /// Takes the last component of a path apart.
    pub(crate) fn parse(path: &'a str) -> Self {
        let (_, name) = path.rsplit_once('/').unwrap_or(("", path));
        let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
        match version_start(stem) {
            Some(at) => {
                let (artifact, version) = stem.split_at_checked(at).unwrap_or((stem, ""));
                let version = version.trim_start_matches(['-', '_']);
                Self { artifact, version: Some(without_classifier(version)), stem }
            }
            None => Self { artifact: stem, version: None, stem },
        }
    }

    /// Whether this is a companion without code of its own: sources and documentation.
    pub(crate) fn is_companion(&self) -> bool {
        self.stem.ends_with("-sources") || self.stem.ends_with("-javadoc")
    }

    /// Whether an artifact of that version would be called so, with a classifier or without.
    pub(crate) fn is_of(&self, artifact: &str, version: &str) -> bool {
        let rest = self.stem.strip_prefix(artifact).and_then(|rest| rest.strip_prefix('-'));
        let rest = rest.and_then(|rest| rest.strip_prefix(version));
        self.artifact == artifact
            || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }
}

/// Where the separator before the version is: the first dash before a digit, unless that is part
/// of the artifact (`log4j-1.2-api-2.14.1`): then a word follows that is no qualifier of a
/// version, and after that word another version. Eclipse separates by an underscore.
fn version_start(stem: &str) -> Option<usize> {
    let mut start = None;
    let mut word_since = false;
    let mut at = 0_usize;
    for part in stem.split('-') {
        let is_version = at > 0 && part.starts_with(is_digit);
        if is_version && (start.is_none() || (word_since && part.contains('.'))) {
            start = at.checked_sub(1);
            word_since = false;
        } else if !part.starts_with(is_digit) && !is_qualifier(part) {
            word_since = true;
        }
        at = at.saturating_add(part.len()).saturating_add(1);
    }
    start.or_else(|| {
        let (name, version) = stem.rsplit_once('_')?;
        let is_bundle = name.contains('.') && version.starts_with(is_digit);
        is_bundle.then_some(name.len())
    })
}

/// Cuts a version before the first dash whose word does not belong to versions:
/// `2.0.40.Final-linux-x86_64`, `3.0-jar-with-dependencies`.
fn without_classifier(version: &str) -> &str {
    let mut length = 0;
    for (index, part) in version.split('-').enumerate() {
        if index > 0 && !part.starts_with(is_digit) && !is_qualifier(part) {
            break;
        }
        length = if index == 0 { part.len() } else { length + 1 + part.len() };
    }
    version.get(..length).unwrap_or(version)
}

/// Whether a word is used in versions: `rc1`, `b34`, `jre`, `SNAPSHOT`.
fn is_qualifier(word: &str) -> bool {
    let letters = word.trim_end_matches(|letter: char| is_digit(letter) || letter == '.');
    QUALIFIERS.iter().any(|qualifier| letters.eq_ignore_ascii_case(qualifier))
}

const QUALIFIERS: &[&str] = &[
    "a",
    "alpha",
    "android",
    "b",
    "beta",
    "build",
    "cr",
    "dev",
    "ea",
    "final",
    "ga",
    "incubating",
    "jre",
    "m",
    "milestone",
    "pre",
    "preview",
    "r",
    "rc",
    "redhat",
    "release",
    "sec",
    "snapshot",
    "sp",
    "v",
];

const fn is_digit(letter: char) -> bool {
    letter.is_ascii_digit()
}

#[cfg(test)]
mod tests;
