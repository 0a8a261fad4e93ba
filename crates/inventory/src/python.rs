//! Python distribution packages as installers leave them: `METADATA` in a `.dist-info` directory
//! (PyPA "Recording installed projects"), `PKG-INFO` in an `.egg-info` or `.egg` directory, or an
//! `.egg-info` file (setuptools, distutils).
//!
//! What counts as installed is what `pip list` and `importlib.metadata` would list: metadata that
//! stands directly in a directory of `sys.path`. Copies that a package carries inside itself
//! (`setuptools/_vendor`, `pip/_vendor`) are not on it. Directories that are neither
//! `site-packages` nor `dist-packages` count too (`pip install --target`, `PYTHONPATH`).

use crate::{
    catalog::{Candidate, Cataloger, FileFacts, Need},
    language::{bytes, is_identity, license, package, problem},
};
use cofferdam_bounds::{Limits, Spool};
use cofferdam_model::{Evidence, PackageKind, Problem, ProblemKind};

pub(crate) const CATALOGER: Cataloger = Cataloger { name: "python", wants, read };

fn wants(candidate: &Candidate<'_>) -> Option<Need> {
    let home = metadata_home(candidate.path)?;
    let (search_path, _) = home.rsplit_once('/').unwrap_or(("", home));
    let is_file = home == candidate.path;
    (is_search_path(search_path) && !(is_file && is_standard_library(search_path)))
        .then_some(Need::Metadata)
}

/// The `.dist-info`, `.egg-info` or `.egg` that a metadata file belongs to.
fn metadata_home(path: &str) -> Option<&str> {
    // Ordered so that nearly every file of an image costs three comparisons of its last bytes.
    if let Some(home) = path.strip_suffix("/METADATA") {
        return home.ends_with(".dist-info").then_some(home);
    }
    if let Some(home) = path.strip_suffix("/PKG-INFO") {
        let (home, expected) = match home.strip_suffix("/EGG-INFO") {
            Some(egg) => (egg, "egg"),
            None => (home, "egg-info"),
        };
        let (_, extension) = home.rsplit_once('.')?;
        return (extension == expected).then_some(home);
    }
    path.ends_with(".egg-info").then_some(path)
}

/// Whether a directory is plausibly on `sys.path`: below the last `site-packages` only that
/// directory itself is; elsewhere all are that nobody has set apart as a private copy.
fn is_search_path(directory: &str) -> bool {
    let mut components = directory.rsplit('/');
    let last = components.next().unwrap_or_default();
    let is_site = |component: &str| matches!(component, "site-packages" | "dist-packages");
    is_site(last)
        || !(is_private_copy(last)
            || components.any(|component| is_site(component) || is_private_copy(component)))
}

/// Python 2 leaves `.egg-info` files for itself and for what it once took in (`argparse`,
/// `wsgiref`): parts of the interpreter, which `pip list` leaves out.
fn is_standard_library(directory: &str) -> bool {
    let (_, last) = directory.rsplit_once('/').unwrap_or(("", directory));
    let version = last.strip_prefix("python").and_then(|version| version.chars().next());
    last == "lib-dynload" || version.is_some_and(|digit| digit.is_ascii_digit())
}

fn is_private_copy(component: &str) -> bool {
    matches!(component, "_vendor" | "_vendored")
}

fn read(candidate: &Candidate<'_>, content: &Spool, _: &Limits) -> FileFacts {
    match bytes(content) {
        Ok(bytes) => facts(candidate.path, &bytes),
        Err(error) => FileFacts::of_problem(problem(candidate.path, "cannot be read", &error)),
    }
}

fn facts(path: &str, bytes: &[u8]) -> FileFacts {
    let headers = Headers::parse(bytes);
    let mut facts = FileFacts::default();
    let (name, version, evidence) = if is_identity(&headers.name) && is_identity(&headers.version) {
        (&*headers.name, &*headers.version, Evidence::Metadata)
    } else {
        let detail = "Python metadata without a usable Name and Version";
        facts.problems.push(Problem::at(ProblemKind::Malformed, path, detail));
        match directory_identity(path) {
            Some((name, version)) => (name, version, Evidence::FileName),
            None => return facts,
        }
    };
    let mut package = package(PackageKind::Python, name, version, path, evidence);
    package.license = headers.license_expression.or(headers.license);
    facts.packages.push(package);
    facts
}

/// `name-version` of `name-version.dist-info`: escaped so that neither holds another dash.
fn directory_identity(path: &str) -> Option<(&str, &str)> {
    let home = metadata_home(path)?;
    let (_, directory) = home.rsplit_once('/').unwrap_or(("", home));
    let (stem, _) = directory.rsplit_once('.')?;
    let (name, rest) = stem.split_once('-')?;
    // Eggs add `-py3.11` and a platform.
    let version = rest.split_once('-').map_or(rest, |(version, _)| version);
    (is_identity(name) && is_identity(version)).then_some((name, version))
}

/// The fields we use of the core metadata specification.
#[derive(Debug, Default, PartialEq, Eq)]
struct Headers {
    name: String,
    version: String,
    license: Option<String>,
    license_expression: Option<String>,
}

impl Headers {
    /// Reads RFC 822 headers up to the empty line that starts the body. The first of repeated
    /// fields counts, as for Python's `email.message.Message`.
    fn parse<'a>(bytes: &'a [u8]) -> Self {
        let mut headers = Self::default();
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let without_return = |line: &'a [u8]| line.strip_suffix(b"\r").unwrap_or(line);
        let mut lines = bytes.split(|byte| *byte == b'\n').map(without_return).peekable();
        while let Some(line) = lines.next().filter(|line| !line.is_empty()) {
            let continuation = |line: &&[u8]| matches!(line.first(), Some(b' ' | b'\t'));
            let continued = lines.peek().is_some_and(continuation);
            if let Some(colon) = memchr::memchr(b':', line) {
                let (field, value) = line.split_at_checked(colon).unwrap_or_default();
                headers.set(field, value.get(1..).unwrap_or_default().trim_ascii(), continued);
            }
            while lines.next_if(continuation).is_some() {}
        }
        headers
    }

    fn set(&mut self, field: &[u8], value: &[u8], continued: bool) {
        let text = || String::from_utf8_lossy(value).into_owned();
        if field.eq_ignore_ascii_case(b"name") && self.name.is_empty() {
            self.name = text();
        } else if field.eq_ignore_ascii_case(b"version") && self.version.is_empty() {
            self.version = text();
        } else if field.eq_ignore_ascii_case(b"license-expression") {
            self.license_expression = self.license_expression.take().or_else(|| license(&text()));
        } else if field.eq_ignore_ascii_case(b"license") && !continued {
            // A continued one is the text of the licence.
            self.license = self.license.take().or_else(|| license(&text()));
        }
    }
}

#[cfg(test)]
mod tests;
