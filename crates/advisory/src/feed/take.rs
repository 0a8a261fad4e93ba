//! Records into the collector, with an account of each feed.

use super::{
    Taken, eol,
    epss::Scores,
    kev::Catalogue,
    osv,
    walk::{Ignored, Walk},
};
use crate::{Source, SourceKind};
use cofferdam_bounds::Exceeded;
use cofferdam_model::{Digest, Problem, ProblemKind};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// Problems and ignored files that are listed one by one; more are counted.
const LISTED_MAX: usize = 1_000;

/// Why a file is ignored.
pub(super) const NOT_A_FEED: &str =
    "holds no OSV record, exploited-vulnerability catalogue, EPSS score or product life cycle";

/// What was taken from one file, or from the loose files of one directory.
pub(crate) struct Unit {
    origin: String,
    pub(super) digest: Sha256,
    pub(super) tallies: BTreeMap<SourceKind, Tally>,
    /// Files that are something else.
    pub(super) others: u64,
}

#[derive(Default)]
pub(super) struct Tally {
    records: u64,
    skipped: u64,
    problems: u64,
    newest: Option<Timestamp>,
    ecosystems: BTreeSet<String>,
}

impl Unit {
    pub(super) fn new(origin: impl Into<String>) -> Self {
        let (tallies, others) = (BTreeMap::new(), 0);
        Self { origin: origin.into(), digest: Sha256::new(), tallies, others }
    }

    fn tally(&mut self, kind: SourceKind) -> &mut Tally {
        self.tallies.entry(kind).or_default()
    }
}

impl Walk<'_> {
    /// Takes scores.
    pub(super) fn scores(&mut self, unit: &mut Unit, scores: Scores) {
        let newest = self.not_after_now(scores.date);
        let tally = unit.tally(SourceKind::Epss);
        tally.newest = newest;
        tally.problems = scores.problems;
        tally.records = u64::try_from(scores.list.len()).unwrap_or(u64::MAX);
        self.collector.scores(scores.list);
        self.count_problems(unit, SourceKind::Epss);
    }

    /// Takes a catalogue.
    pub(super) fn catalogue(&mut self, unit: &mut Unit, catalogue: Catalogue) {
        let newest = self.not_after_now(catalogue.released);
        let tally = unit.tally(SourceKind::KnownExploited);
        tally.newest = newest;
        tally.problems = catalogue.problems;
        tally.records = self.collector.known_exploited(catalogue.cves);
        self.count_problems(unit, SourceKind::KnownExploited);
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
    pub(super) fn member(&mut self, unit: &mut Unit, name: &str, bytes: Result<Vec<u8>, Exceeded>) {
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
                let modified = self.not_after_now(record.head.modified);
                let tally = unit.tally(SourceKind::Osv);
                tally.newest = tally.newest.max(modified);
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
                let newest = self.not_after_now(product.newest);
                let tally = unit.tally(SourceKind::EndOfLife);
                tally.newest = tally.newest.max(newest);
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

    pub(super) fn ignore(&mut self, origin: &str, reason: &str) {
        if self.ignored.len() < LISTED_MAX {
            self.ignored.push(Ignored { origin: origin.to_owned(), reason: reason.to_owned() });
        }
    }

    fn not_after_now(&self, time: Option<Timestamp>) -> Option<Timestamp> {
        time.filter(|&time| time <= self.now)
    }

    /// Turns a unit into a source for each kind of record that it had.
    pub(super) fn close(&mut self, unit: Unit) {
        let taken = |tally: &Tally| tally.records + tally.skipped > 0;
        if !unit.tallies.values().any(taken) {
            return self.ignore(&unit.origin, NOT_A_FEED);
        }
        let digest = Digest::sha256(unit.digest.finalize().into());
        for (kind, tally) in unit.tallies {
            (self.progress)(&unit.origin, tally.records);
            self.collector.sources.push(Source {
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
