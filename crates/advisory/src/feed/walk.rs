//! From paths to records: directories, archives and single files.

use super::{
    Feed, Taken, archive, eol,
    epss::{self, Scores},
    kev, osv,
};
use crate::{collect::Collector, source::SourceKind};
use cofferdam_bounds::{Exceeded, file, read_all, read_up_to};
use cofferdam_model::{Diagnostic, Digest, Exit, Problem, ProblemKind};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use std::{
    collections::BTreeMap,
    fs,
    io::{self, BufReader, Read, Seek as _},
    path::Path,
};

/// Directories within directories.
const DEPTH_MAX: u32 = 16;

/// Entries of one directory: an unpacked `all.zip` of npm is some 300,000.
const ENTRIES_MAX: usize = 4_000_000;

/// Problems and ignored files that are listed one by one; more are counted.
const LISTED_MAX: usize = 1_000;

/// Enough of a file to recognise it: a tar header.
const HEAD_BYTES: usize = 512;

/// Window of a zstd frame as a power of two: 128 MiB, what `zstd --ultra --long=27` asks for.
const ZSTD_WINDOW_LOG: u32 = 27;

/// A file that is no feed, or holds none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignored {
    /// Which.
    pub origin: String,
    /// Why, a fragment.
    pub reason: String,
}

/// A walk over feeds: what was taken is in the collector, the rest is told here.
pub(crate) struct Walk<'a> {
    pub collector: &'a mut Collector,
    pub problems: Vec<Problem>,
    pub problem_count: u64,
    pub ignored: Vec<Ignored>,
    /// Told after each source: where, and records taken from it.
    pub progress: &'a dyn Fn(&str, u64),
}

/// What was taken from one file, or from the loose files of one directory.
struct Unit {
    origin: String,
    digest: Sha256,
    tallies: BTreeMap<SourceKind, Tally>,
    others: u64,
}

#[derive(Default)]
struct Tally {
    records: u64,
    skipped: u64,
    problems: u64,
    newest: Option<Timestamp>,
    ecosystems: std::collections::BTreeSet<String>,
}

impl Unit {
    fn new(origin: impl Into<String>) -> Self {
        let (tallies, others) = (BTreeMap::new(), 0);
        Self { origin: origin.into(), digest: Sha256::new(), tallies, others }
    }

    fn tally(&mut self, kind: SourceKind) -> &mut Tally {
        self.tallies.entry(kind).or_default()
    }
}

/// Takes all that one feed holds.
pub(crate) fn gather(feed: &Feed, walk: &mut Walk<'_>) -> Result<(), Diagnostic> {
    let metadata = fs::metadata(&feed.path).map_err(|error| unreadable(&feed.origin, &error))?;
    if metadata.is_dir() {
        return walk.directory(&feed.path, &feed.origin, 0);
    }
    walk.file(&feed.path, &feed.origin, None)
}

impl Walk<'_> {
    fn directory(&mut self, path: &Path, origin: &str, depth: u32) -> Result<(), Diagnostic> {
        if depth > DEPTH_MAX {
            self.ignore(origin, "directories are nested too deep");
            return Ok(());
        }
        let fail = |error: io::Error| unreadable(origin, &error);
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(fail)? {
            names.push(entry.map_err(fail)?.file_name());
            if names.len() > ENTRIES_MAX {
                let exceeded = Exceeded { what: "entries of the directory", limit: 4_000_000 };
                return Err(fail(exceeded.into()));
            }
        }
        names.sort_unstable();
        let mut loose = Unit::new(origin);
        for name in names {
            let path = path.join(&name);
            let origin = format!("{}/{}", origin.trim_end_matches('/'), name.to_string_lossy());
            let kind = fs::metadata(&path).map_err(|error| unreadable(&origin, &error))?;
            if kind.is_dir() {
                self.directory(&path, &origin, depth + 1)?;
            } else if kind.is_file() {
                self.file(&path, &origin, Some(&mut loose))?;
            }
        }
        if !loose.tallies.is_empty() {
            self.close(loose);
        }
        Ok(())
    }

    /// Takes one file. Single records of a directory go to its unit, everything else is its own.
    fn file(
        &mut self,
        path: &Path,
        origin: &str,
        loose: Option<&mut Unit>,
    ) -> Result<(), Diagnostic> {
        let damaged = |error: io::Error| damaged(origin, &error);
        let mut file = file::open(path).map_err(|error| unreadable(origin, &error.error))?;
        let head = peek(&mut file).map_err(damaged)?;
        let mut unit = Unit::new(origin);
        if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
            unit.digest = hash(&mut file).map_err(damaged)?;
            let mut see = |name: &str, bytes: Result<_, _>| self.member(&mut unit, name, bytes);
            archive::zip(file, &mut see).map_err(damaged)?;
        } else if head.starts_with(b"\x1f\x8b") {
            unit.digest = hash(&mut file).map_err(damaged)?;
            let reader = flate2::bufread::MultiGzDecoder::new(BufReader::new(file));
            self.stream(&mut unit, reader).map_err(damaged)?;
        } else if head.starts_with(b"\x28\xb5\x2f\xfd") {
            unit.digest = hash(&mut file).map_err(damaged)?;
            let mut reader = zstd::Decoder::new(file).map_err(damaged)?;
            reader.window_log_max(ZSTD_WINDOW_LOG).map_err(damaged)?;
            self.stream(&mut unit, reader).map_err(damaged)?;
        } else if is_record(&head) && !kev::recognise(&head) {
            let bytes = read_all(file, osv::RECORD_BYTES_MAX, "bytes of the record");
            let bytes = match bytes {
                Ok(bytes) => Ok(bytes),
                Err(error) => Err(Exceeded::within(&error).ok_or_else(|| damaged(error))?),
            };
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let target = loose.unwrap_or(&mut unit);
            let others = target.others;
            self.member(target, &name, bytes.clone());
            if target.others > others {
                self.ignore(origin, NOT_A_FEED);
            } else if let Ok(bytes) = bytes {
                target.digest.update(name.as_bytes());
                target.digest.update([0]);
                target.digest.update(bytes);
            }
            if unit.tallies.is_empty() {
                return Ok(());
            }
        } else {
            unit.digest = hash(&mut file).map_err(damaged)?;
            self.stream(&mut unit, file).map_err(damaged)?;
        }
        self.close(unit);
        Ok(())
    }

    /// Takes what is inside a compressed file, or a plain one that is no single record.
    fn stream(&mut self, unit: &mut Unit, mut reader: impl Read) -> io::Result<()> {
        let mut head = vec![0; HEAD_BYTES];
        let length = read_up_to(&mut reader, &mut head)?;
        head.truncate(length);
        let reader = head.as_slice().chain(reader);
        if archive::is_tar(&head) {
            let mut see = |name: &str, bytes: Result<_, _>| self.member(unit, name, bytes);
            archive::tar(reader, &mut see)
        } else if epss::recognise(&head) {
            let scores = epss::parse(BufReader::new(reader.take(archive::ARCHIVE_BYTES_MAX)))?;
            self.scores(unit, scores);
            Ok(())
        } else if kev::recognise(&head) {
            let bytes = read_all(reader, kev::CATALOGUE_BYTES_MAX, "bytes of the catalogue")?;
            let catalogue = kev::parse(&bytes).map_err(io::Error::other)?;
            let tally = unit.tally(SourceKind::KnownExploited);
            tally.newest = catalogue.released;
            tally.problems = catalogue.problems;
            tally.records = self.collector.known_exploited(catalogue.cves);
            self.count_problems(unit, SourceKind::KnownExploited);
            Ok(())
        } else if is_record(&head) {
            let bytes = read_all(reader, osv::RECORD_BYTES_MAX, "bytes of the record")?;
            self.member(unit, "", Ok(bytes));
            Ok(())
        } else {
            unit.others += 1;
            Ok(())
        }
    }

    fn scores(&mut self, unit: &mut Unit, scores: Scores) {
        let tally = unit.tally(SourceKind::Epss);
        tally.newest = scores.date;
        tally.problems = scores.problems;
        tally.records = u64::try_from(scores.scores.len()).unwrap_or(u64::MAX);
        self.collector.scores(scores.scores);
        self.count_problems(unit, SourceKind::Epss);
    }

    /// Feeds that have no per-record place to name say how many lines were broken.
    fn count_problems(&mut self, unit: &Unit, kind: SourceKind) {
        let count = unit.tallies.get(&kind).map_or(0, |tally| tally.problems);
        if count > 0 {
            let detail = format!("{count} entries are broken and left out");
            self.problem_count += count;
            self.list(Problem::at(ProblemKind::Malformed, &unit.origin, detail));
        }
    }

    /// Takes one record of an archive or a directory.
    fn member(&mut self, unit: &mut Unit, name: &str, bytes: Result<Vec<u8>, Exceeded>) {
        let bytes = match bytes {
            Ok(bytes) => bytes,
            Err(exceeded) => {
                return self.problem(
                    unit,
                    SourceKind::Osv,
                    name,
                    ProblemKind::BudgetExceeded,
                    &exceeded.to_string(),
                );
            }
        };
        let result = if bytes.trim_ascii_start().starts_with(b"{") {
            self.osv(unit, &bytes).map_err(|error| (SourceKind::Osv, error))
        } else if bytes.starts_with(b"---") {
            self.product(unit, name, &bytes).map_err(|error| (SourceKind::EndOfLife, error))
        } else {
            unit.others += 1;
            Ok(())
        };
        if let Err((kind, detail)) = result {
            self.problem(unit, kind, name, ProblemKind::Malformed, &detail);
        }
    }

    fn osv(&mut self, unit: &mut Unit, bytes: &[u8]) -> Result<(), String> {
        match osv::parse(bytes)? {
            Taken::Record(record) => {
                let tally = unit.tally(SourceKind::Osv);
                tally.newest = tally.newest.max(record.head.modified);
                for (ecosystem, _) in record.affected.keys() {
                    let base = ecosystem.split(':').next().unwrap_or_default();
                    if !tally.ecosystems.contains(base) {
                        tally.ecosystems.insert(base.to_owned());
                    }
                }
                if self.collector.advisory(record) {
                    tally.records += 1;
                } else {
                    tally.skipped += 1;
                }
            }
            Taken::Skipped => unit.tally(SourceKind::Osv).skipped += 1,
            Taken::NotThis => unit.others += 1,
        }
        Ok(())
    }

    fn product(&mut self, unit: &mut Unit, name: &str, bytes: &[u8]) -> Result<(), String> {
        let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
        let stem = Path::new(name).file_stem().unwrap_or_default().to_string_lossy();
        match eol::parse(text, &stem)? {
            Taken::Record(product) => {
                let tally = unit.tally(SourceKind::EndOfLife);
                tally.newest = tally.newest.max(product.newest);
                tally.records += u64::try_from(product.releases.len()).unwrap_or(u64::MAX);
                self.collector.product(product);
            }
            Taken::Skipped | Taken::NotThis => unit.others += 1,
        }
        Ok(())
    }

    fn problem(
        &mut self,
        unit: &mut Unit,
        source: SourceKind,
        name: &str,
        kind: ProblemKind,
        detail: &str,
    ) {
        unit.tally(source).problems += 1;
        self.problem_count += 1;
        let place = format!("{}: {name}", unit.origin);
        self.list(Problem::at(kind, place.trim_end_matches(": "), detail));
    }

    fn list(&mut self, problem: Problem) {
        if self.problems.len() < LISTED_MAX {
            self.problems.push(problem);
        }
    }

    fn ignore(&mut self, origin: &str, reason: &str) {
        if self.ignored.len() < LISTED_MAX {
            self.ignored.push(Ignored { origin: origin.to_owned(), reason: reason.to_owned() });
        }
    }

    /// Turns a unit into a source for each kind of record that it had.
    fn close(&mut self, unit: Unit) {
        let taken = |tally: &Tally| tally.records + tally.skipped > 0;
        if !unit.tallies.values().any(taken) {
            return self.ignore(&unit.origin, NOT_A_FEED);
        }
        let digest = Digest::sha256(unit.digest.finalize().into());
        for (kind, tally) in unit.tallies {
            (self.progress)(&unit.origin, tally.records);
            self.collector.sources.push(crate::Source {
                kind,
                origin: unit.origin.clone(),
                ecosystems: tally.ecosystems.into_iter().collect(),
                newest: tally.newest,
                records: tally.records,
                skipped: tally.skipped,
                problems: tally.problems,
                digest,
            });
        }
    }
}

const NOT_A_FEED: &str =
    "holds no OSV record, exploited-vulnerability catalogue, EPSS score or product life cycle";

/// Whether a file that starts like this may be one record: JSON, or front matter.
fn is_record(head: &[u8]) -> bool {
    head.trim_ascii_start().starts_with(b"{") || head.starts_with(b"---")
}

fn peek(file: &mut fs::File) -> io::Result<Vec<u8>> {
    let mut head = vec![0; HEAD_BYTES];
    let length = read_up_to(&mut *file, &mut head)?;
    head.truncate(length);
    file.rewind()?;
    Ok(head)
}

fn hash(file: &mut fs::File) -> io::Result<Sha256> {
    let mut digest = Sha256::new();
    let mut chunk = vec![0; 64 << 10];
    loop {
        let length = read_up_to(&mut *file, &mut chunk)?;
        if length == 0 {
            break;
        }
        digest.update(chunk.get(..length).unwrap_or_default());
    }
    file.rewind()?;
    Ok(digest)
}

fn unreadable(origin: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::new(Exit::Usage, "cannot read the advisory feed")
        .at(origin)
        .because(error)
        .remedy("check the path and its permissions")
}

fn damaged(origin: &str, error: &io::Error) -> Diagnostic {
    Diagnostic::new(Exit::Usage, "the advisory feed is damaged")
        .at(origin)
        .because(error)
        .remedy("fetch it again; half a feed would make the other half look clean")
}
