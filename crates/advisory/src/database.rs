//! A database, read in place.

use crate::{
    Error,
    ecosystem::table_key,
    encoding::Decoder,
    feed::{epss::PROBABILITY_UNIT, kev::cve_key},
    layout::{HEADER_BYTES, Header, HeaderError, INDEX_BYTES_MAX, Index, TableId, VERSION},
    lifecycle,
    record::decode_package,
    source::{EcosystemCoverage, Source, SourceKind},
    table::TableError,
};
use cofferdam_bounds::{
    ReadAt,
    file::{self, FileError},
};
use cofferdam_model::{Advisory, CoverageStatus, Distribution, Exploitation, Lifecycle};
use jiff::Timestamp;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// An open advisory database. Only its index is in memory; each question reads one block. Threads
/// may share it.
#[derive(Debug)]
pub struct Database<R = fs::File> {
    path: PathBuf,
    file: R,
    header: Header,
    index: Index,
}

impl Database {
    /// Opens the file at `path`. A file that is replaced later (`build` renames over it) stays
    /// readable here until this is dropped.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::over(file::open(path)?, path)
    }
}

impl<R: ReadAt> Database<R> {
    /// Opens a database over anything that can be read; `path` is its name in errors.
    pub fn over(file: R, path: &Path) -> Result<Self, Error> {
        let damaged = |offset, what| Error::Damaged { path: path.to_owned(), offset, what };
        let unreadable = |error: io::Error, offset, what| match error.kind() {
            io::ErrorKind::UnexpectedEof => damaged(offset, what),
            _ => FileError { path: path.to_owned(), error }.into(),
        };
        let mut header = [0; HEADER_BYTES];
        let length = file.read_at(&mut header, 0).map_err(|error| unreadable(error, 0, "end"))?;
        let header =
            Header::decode(header.get(..length).unwrap_or_default()).map_err(
                |error| match error {
                    HeaderError::NotADatabase => Error::NotADatabase { path: path.to_owned() },
                    HeaderError::Version(found) => {
                        Error::Version { path: path.to_owned(), found, expected: VERSION }
                    }
                    HeaderError::Damaged => damaged(0, "header"),
                },
            )?;
        let at = header.index_offset;
        let length = usize::try_from(header.index_length.min(INDEX_BYTES_MAX)).unwrap_or(0);
        let index = file.bytes_at(at, length).map_err(|error| unreadable(error, at, "end"))?;
        if crc32fast::hash(&index) != header.index_checksum {
            return Err(damaged(at, "checksum of the index"));
        }
        let index = Index::decode(&index).ok_or_else(|| damaged(at, "index"))?;
        Ok(Self { path: path.to_owned(), file, header, index })
    }

    /// Every advisory about a package, sorted by id, whether or not it affects the version at
    /// hand. `ecosystem` is OSV's name with its release (`Debian:12`); PyPI names may be written
    /// in any way that PEP 503 calls the same.
    pub fn affecting(&self, ecosystem: &str, package: &str) -> Result<Vec<Advisory>, Error> {
        let key = table_key(ecosystem, package);
        Ok(self.find(TableId::Advisories, &key, decode_package)?.unwrap_or_default())
    }

    /// What is known of use of a CVE in the wild. Both are `None` while no source of that kind is
    /// loaded; a CVE that EPSS has not scored has no score. The catalogue lists CVEs only, so any
    /// other id is known not to be in it.
    pub fn exploitation(&self, cve: &str) -> Result<Exploitation, Error> {
        let is_loaded = self.index.table(TableId::KnownExploited).entries() > 0;
        let Some(key) = cve_key(cve) else {
            let known_exploited = is_loaded.then_some(false);
            return Ok(Exploitation { known_exploited, ..Exploitation::default() });
        };
        let key = key.as_bytes();
        let known_exploited = if is_loaded {
            Some(self.find(TableId::KnownExploited, key, |_| Some(()))?.is_some())
        } else {
            None
        };
        let units = self.find(TableId::Epss, key, |value| {
            let units = u32::try_from(Decoder::new(value).integer()?).ok()?;
            (units <= PROBABILITY_UNIT).then_some(units)
        })?;
        let epss = units.map(|units| f64::from(units) / f64::from(PROBABILITY_UNIT));
        Ok(Exploitation { known_exploited, epss })
    }

    /// What is at hand for an ecosystem, by OSV's name with its release.
    pub fn coverage(&self, ecosystem: &str) -> CoverageStatus {
        let coverage = &self.index.coverage;
        coverage
            .binary_search_by(|known| known.ecosystem.as_str().cmp(ecosystem))
            .ok()
            .and_then(|at| coverage.get(at))
            .map_or(CoverageStatus::NoSource, |known| CoverageStatus::Loaded {
                advisories: known.advisories,
                newest: known.newest,
            })
    }

    /// How long a distribution's release is looked after; `None` when no source knows it.
    pub fn lifecycle(&self, distribution: &Distribution) -> Result<Option<Lifecycle>, Error> {
        let Some((product, release)) = lifecycle::product(distribution) else { return Ok(None) };
        let key = [product.as_bytes(), b"\0", release.as_bytes()].concat();
        let ends = self.find(TableId::Lifecycles, &key, lifecycle::decode)?;
        Ok(ends.map(|ends| ends.lifecycle(product, &release)))
    }

    /// What the database was built from.
    pub fn sources(&self) -> &[Source] {
        &self.index.sources
    }

    /// Whether a source of this kind is in it.
    pub fn has(&self, kind: SourceKind) -> bool {
        self.index.sources.iter().any(|source| source.kind == kind && source.records > 0)
    }

    /// Every ecosystem and release that has advisories, sorted.
    pub fn ecosystems(&self) -> &[EcosystemCoverage] {
        &self.index.coverage
    }

    /// When it was built.
    pub const fn built(&self) -> Timestamp {
        self.header.built
    }

    /// Reads all of it and checks everything that a look-up relies on.
    pub fn verify(&self) -> Result<(), Error> {
        let start = u64::try_from(HEADER_BYTES).unwrap_or(u64::MAX);
        let end = TableId::ALL.into_iter().try_fold(start, |start, id| {
            let checked = |key: &[u8], value: &[u8]| {
                match id {
                    TableId::Advisories => decode_package(value).map(|_| ()),
                    TableId::KnownExploited => value.is_empty().then_some(()),
                    TableId::Epss => Decoder::new(value).integer().map(|_| ()),
                    TableId::Lifecycles => lifecycle::decode(value).map(|_| ()),
                }
                .filter(|()| std::str::from_utf8(key).is_ok())
            };
            let table = self.index.table(id);
            table.verify(&self.file, start, checked).map_err(|error| self.error(error))
        })?;
        if end != self.header.index_offset {
            return Err(self.error(TableError::Damaged { offset: end, what: "gap" }));
        }
        let length = end.checked_add(self.header.index_length);
        if length != Some(self.file.size()) {
            return Err(self.error(TableError::Damaged { offset: end, what: "length" }));
        }
        Ok(())
    }

    fn find<T>(
        &self,
        table: TableId,
        key: &[u8],
        read: impl FnOnce(&[u8]) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        self.index.table(table).find(&self.file, key, read).map_err(|error| self.error(error))
    }

    fn error(&self, error: TableError) -> Error {
        let path = self.path.clone();
        match error {
            TableError::Io(error) => FileError { path, error }.into(),
            TableError::Damaged { offset, what } => Error::Damaged { path, offset, what },
        }
    }
}
