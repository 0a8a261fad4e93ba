//! rpm's database in its three formats, each read by our own bounded reader.
//!
//! A package is one header blob, whatever holds it. `gpg-pubkey` is left out: rpm files the keys
//! it trusts as if they were packages, and `rpm -qa` lists them, but there is no software in one.

mod berkeley;
mod header;
mod ndb;
mod sqlite;

use crate::{Candidate, Cataloger, FileFacts, Need, OwnedPaths, gather::Gather};
use cofferdam_bounds::{Limits, ReadAt, Spool};
use cofferdam_model::{Evidence, Location, Package, PackageKind, ProblemKind, SourcePackage};
use header::{Header, HeaderError};
use std::io;

pub(crate) const CATALOGER: Cataloger = Cataloger { name: "rpm", wants, read };

/// Where distributions keep it: always, since Fedora 36 and in SUSE, and in image-based Fedora.
const FOLDERS: &[&str] = &["var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"];
const DATABASES: &[&str] = &["Packages", "Packages.db", "rpmdb.sqlite"];
/// What SQLite leaves beside a database with changes that are not in it yet.
const JOURNALS: &[&str] = &["rpmdb.sqlite-wal", "rpmdb.sqlite-journal"];

/// Bytes of one header. A kernel's is 1 MiB, the largest in Fedora (texlive) about 10 MiB.
const BLOB_BYTES: usize = 32 << 20;

fn wants(candidate: &Candidate<'_>) -> Option<Need> {
    let (folder, name) = candidate.path.rsplit_once('/')?;
    if !FOLDERS.contains(&folder) {
        return None;
    }
    let is_open_journal = candidate.size_bytes > 0 && JOURNALS.contains(&name);
    (DATABASES.contains(&name) || is_open_journal).then_some(Need::Random)
}

fn read(candidate: &Candidate<'_>, content: &Spool, limits: &Limits) -> FileFacts {
    let mut gather = Gather::new(candidate.path, limits);
    if JOURNALS.contains(&candidate.name()) {
        // The changes may or may not have reached the database: only SQLite's shared memory file
        // tells, and that does not survive a reboot, let alone a layer.
        let detail = "rpm's database has a journal that is not empty: packages may have changed";
        gather.problem(ProblemKind::Ambiguous, detail);
    } else {
        database(candidate.head, content, &mut Blobs { gather: &mut gather });
    }
    gather.finish()
}

/// Reads a database, whichever format it has.
fn database(head: &[u8], source: &dyn ReadAt, blobs: &mut Blobs<'_, '_>) {
    let result = if sqlite::recognises(head) {
        sqlite::read(source, blobs)
    } else if ndb::recognises(head) {
        ndb::read(source, blobs)
    } else if berkeley::recognises(head) {
        berkeley::read(source, blobs)
    } else {
        Err(Trouble::Unsupported("none of Berkeley DB hash, ndb and SQLite"))
    };
    if let Err(trouble) = result {
        blobs.trouble(&trouble);
    }
}

/// What goes wrong in a database.
#[derive(Clone, Debug, thiserror::Error)]
enum Trouble {
    #[error("rpm's database is broken: {0}")]
    Malformed(&'static str),
    #[error("rpm's database is broken: the same pages are used more than once")]
    Circular,
    #[error("rpm's database cannot be read: {0}")]
    Unsupported(&'static str),
    #[error("a package's header of {0} bytes is over the limit of {BLOB_BYTES}")]
    BlobTooLarge(usize),
    #[error("rpm's database ends too early")]
    Truncated,
    #[error("rpm's database cannot be read: {0}")]
    Unreadable(String),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::UnexpectedEof => Self::Truncated,
            _ => Self::Unreadable(error.to_string()),
        }
    }
}

/// Receives the header blobs of a database.
struct Blobs<'g, 'a> {
    gather: &'g mut Gather<'a>,
}

impl Blobs<'_, '_> {
    /// Whether nothing more will be listed.
    const fn are_full(&self) -> bool {
        self.gather.is_full()
    }

    fn trouble(&mut self, trouble: &Trouble) {
        let kind = match trouble {
            Trouble::Malformed(_) | Trouble::Circular => ProblemKind::Malformed,
            Trouble::Unsupported(_) => ProblemKind::Unsupported,
            Trouble::BlobTooLarge(_) => ProblemKind::BudgetExceeded,
            Trouble::Truncated => ProblemKind::Truncated,
            Trouble::Unreadable(_) => ProblemKind::Unreadable,
        };
        self.gather.problem(kind, trouble.to_string());
    }

    fn add(&mut self, blob: &[u8]) {
        let (header, error) = Header::parse(blob);
        if let Some(error) = error {
            let kind = match error {
                HeaderError::Truncated => ProblemKind::Truncated,
                HeaderError::Entries(_) | HeaderError::Offset(_) => ProblemKind::Malformed,
            };
            self.gather.problem(kind, error.to_string());
        }
        if header.name == b"gpg-pubkey" {
            return;
        }
        if header.name.is_empty() || header.version.is_empty() || header.release.is_empty() {
            let name = String::from_utf8_lossy(header.name);
            let detail = format!("the package {name:?} has no name, version or release");
            return self.gather.problem(ProblemKind::Malformed, detail);
        }
        let package = self.package(&header);
        self.gather.owned(OwnedPaths {
            kind: PackageKind::Rpm,
            package: package.name.clone(),
            version: Some(package.version.clone()),
            architecture: package.architecture.clone(),
            paths: header.path_keys(self.gather.paths_left().saturating_add(1)),
            layer: None,
        });
        self.gather.package(package);
    }

    fn package(&mut self, header: &Header<'_>) -> Package {
        let name = self.gather.text(header.name, "the package name");
        let version = self.gather.text(&header.full_version(), "the package version");
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            (!text.is_empty()).then_some(text)
        };
        let source = text(header.source_rpm).and_then(|file| source_package(&file, &version));
        Package {
            kind: PackageKind::Rpm,
            architecture: text(header.architecture),
            source: source.filter(|source| source.name != name || source.version != version),
            location: Location::path(self.gather.path()),
            evidence: Evidence::Metadata,
            owner: None,
            license: text(header.license),
            name,
            version,
        }
    }
}

/// The source package in a file name such as `bash-5.1.8-6.el9.src.rpm`.
///
/// File names have no epoch. That of the binary is taken when the rest is the same, for `Epoch`
/// of a specification holds for the packages it makes unless they set their own version too.
fn source_package(file: &str, binary_version: &str) -> Option<SourcePackage> {
    let stem = file.strip_suffix(".src.rpm").or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let (rest, release) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    let version = format!("{version}-{release}");
    let without_epoch = binary_version.split_once(':').map_or(binary_version, |(_, rest)| rest);
    let version = if without_epoch == version { binary_version.to_owned() } else { version };
    Some(SourcePackage { name: name.to_owned(), version })
}

#[cfg(test)]
mod tests;
