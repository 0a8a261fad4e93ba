//! dpkg's database: what is installed, and which files it installed.
//!
//! - `var/lib/dpkg/status`: stanzas of fields (deb822(5)), one per package dpkg knows.
//! - `var/lib/dpkg/status.d/*`: the same where images are put together without dpkg
//!   (distroless), without a `Status` field, and with `*.md5sums` for the files.
//! - `var/lib/dpkg/info/*.list`: the files, one path a line.
//!
//! Present is every package of which files may lie on the disk: in the states of dpkg(1) all but
//! `not-installed` and `config-files`, so a half-installed one too.

use crate::{Candidate, Cataloger, FileFacts, Need, OwnedPaths};
use crate::{gather::Gather, lines::for_each_line, path_key};
use cofferdam_bounds::{Limits, Spool};
use cofferdam_model::{Evidence, Location, Package, PackageKind, ProblemKind, SourcePackage};

pub(crate) const CATALOGER: Cataloger = Cataloger { name: "dpkg", wants, read };

fn wants(candidate: &Candidate<'_>) -> Option<Need> {
    let path = candidate.path.strip_prefix("var/lib/dpkg/")?;
    let wanted = match path.split_once('/') {
        None => path == "status",
        Some(("status.d", name)) => !name.contains('/'),
        Some(("info", name)) => name.strip_suffix(".list").is_some(),
        Some(("updates", name)) => {
            candidate.size_bytes > 0 && name.bytes().all(|byte| byte.is_ascii_digit())
        }
        Some(_) => false,
    };
    wanted.then_some(Need::Random)
}

fn read(candidate: &Candidate<'_>, content: &Spool, limits: &Limits) -> FileFacts {
    let mut gather = Gather::new(candidate.path, limits);
    let name = candidate.name();
    let in_info = candidate.path.starts_with("var/lib/dpkg/info/");
    if let Some(package) = name.strip_suffix(".list").filter(|_| in_info) {
        read_paths(package, content, &mut gather, |line| Some(line));
    } else if let Some(package) = name.strip_suffix(".md5sums") {
        // As md5sum(1) writes: 32 hexadecimal digits, two spaces, the path.
        read_paths(package, content, &mut gather, |line| line.get(34..));
    } else if candidate.path.starts_with("var/lib/dpkg/updates/") {
        let detail = "dpkg was interrupted: its last changes are not in its status file yet";
        gather.problem(ProblemKind::Ambiguous, detail);
    } else {
        read_stanzas(content, &mut gather, name == "status");
    }
    gather.finish()
}

fn read_paths(
    package: &str,
    content: &Spool,
    gather: &mut Gather<'_>,
    path: fn(&[u8]) -> Option<&[u8]>,
) {
    let (name, architecture) = match package.split_once(':') {
        Some((name, architecture)) => (name, Some(architecture.to_owned())),
        None => (package, None),
    };
    let mut paths = Vec::new();
    for_each_line(content, gather, &mut |gather, line| {
        if paths.len() <= gather.paths_left() {
            paths.extend(path(line).map(|path| path_key(&String::from_utf8_lossy(path))));
        }
    });
    gather.owned(OwnedPaths {
        kind: PackageKind::Deb,
        package: name.to_owned(),
        version: None,
        architecture,
        paths,
        layer: None,
    });
}

fn read_stanzas(content: &Spool, gather: &mut Gather<'_>, needs_status: bool) {
    let mut stanza = Stanza::default();
    for_each_line(content, gather, &mut |gather, line| {
        if line.trim_ascii().is_empty() {
            std::mem::take(&mut stanza).finish(gather, needs_status);
        } else {
            stanza.line(line);
        }
    });
    stanza.finish(gather, needs_status);
}

/// The fields we want of one package, as written.
#[derive(Default)]
struct Stanza {
    has_lines: bool,
    package: Vec<u8>,
    status: Vec<u8>,
    version: Vec<u8>,
    architecture: Vec<u8>,
    source: Vec<u8>,
}

impl Stanza {
    /// Takes a line that is not blank. A line that goes on with the field before starts with
    /// white space; none of the fields we want has such lines.
    fn line(&mut self, line: &[u8]) {
        self.has_lines = true;
        if line.first().is_some_and(u8::is_ascii_whitespace) {
            return;
        }
        let Some(colon) = memchr::memchr(b':', line) else { return };
        let (name, value) = line.split_at_checked(colon).unwrap_or_default();
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        let fields: [(&[u8], &mut Vec<u8>); 5] = [
            (b"package", &mut self.package),
            (b"status", &mut self.status),
            (b"version", &mut self.version),
            (b"architecture", &mut self.architecture),
            (b"source", &mut self.source),
        ];
        for (field, slot) in fields {
            if name.eq_ignore_ascii_case(field) {
                value.clone_into(slot);
            }
        }
    }

    fn finish(self, gather: &mut Gather<'_>, needs_status: bool) {
        if !self.has_lines || gather.is_full() {
            return;
        }
        // Want, error flag, state.
        let state = self.status.split(u8::is_ascii_whitespace).rfind(|word| !word.is_empty());
        match state {
            Some(b"not-installed" | b"config-files") => return,
            None if needs_status => {
                let name = String::from_utf8_lossy(&self.package);
                let detail = format!("the package {name:?} has no status: dpkg does not count it");
                return gather.problem(ProblemKind::Malformed, detail);
            }
            _ => {}
        }
        if self.package.is_empty() || self.version.is_empty() {
            let name = String::from_utf8_lossy(&self.package);
            let detail = format!("the package {name:?} has no name or no version");
            return gather.problem(ProblemKind::Malformed, detail);
        }
        let name = gather.text(&self.package, "the package name");
        let version = gather.text(&self.version, "the package version");
        let architecture = gather.text(&self.architecture, "the architecture");
        let source = source_package(&gather.text(&self.source, "the source"), &version);
        gather.package(Package {
            kind: PackageKind::Deb,
            architecture: (!architecture.is_empty()).then_some(architecture),
            source: source.filter(|source| source.name != name || source.version != version),
            location: Location::path(gather.path()),
            evidence: Evidence::Metadata,
            owner: None,
            license: None,
            name,
            version,
        });
    }
}

/// `name`, or `name (version)` where the version is not that of the binary.
fn source_package(field: &str, version: &str) -> Option<SourcePackage> {
    let (name, version) = match field.split_once('(') {
        Some((name, rest)) => (name.trim(), rest.trim_end().trim_end_matches(')').trim()),
        None => (field, version),
    };
    (!name.is_empty()).then(|| SourcePackage { name: name.to_owned(), version: version.to_owned() })
}

#[cfg(test)]
mod tests;
