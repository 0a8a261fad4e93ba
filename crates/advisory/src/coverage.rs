//! How many advisories there are for each ecosystem and release.

use crate::{collect::PackageRows, source::EcosystemCoverage};
use jiff::Timestamp;

/// Numbers of advisories that are kept before those that came twice are left out.
const NUMBERS_KEPT: usize = 1 << 16;

/// Counts distinct advisories while packages come by, sorted by ecosystem.
pub(crate) struct Counter {
    now: Timestamp,
    done: Vec<EcosystemCoverage>,
    ecosystem: String,
    numbers: Vec<u32>,
    /// So many are different ones.
    distinct: usize,
    newest: Option<Timestamp>,
    packages: u64,
}

impl Counter {
    /// Counts nothing yet; what claims to be newer than `now` does not make a source fresh.
    pub(crate) const fn new(now: Timestamp) -> Self {
        Self {
            now,
            done: Vec::new(),
            ecosystem: String::new(),
            numbers: Vec::new(),
            distinct: 0,
            newest: None,
            packages: 0,
        }
    }

    /// Counts one package.
    pub(crate) fn see(&mut self, package: &PackageRows) {
        let ecosystem = package.key.split(|&byte| byte == 0).next().unwrap_or_default();
        if ecosystem != self.ecosystem.as_bytes() {
            self.close();
            self.ecosystem = String::from_utf8_lossy(ecosystem).into_owned();
        }
        self.numbers.extend(package.advisories.iter().map(|row| row.number));
        if self.numbers.len() > 2 * self.distinct.max(NUMBERS_KEPT) {
            self.leave_out_duplicates();
        }
        let times = package.advisories.iter().filter_map(|row| row.modified);
        self.newest = self.newest.max(times.filter(|&time| time <= self.now).max());
        self.packages += 1;
    }

    fn leave_out_duplicates(&mut self) {
        self.numbers.sort_unstable();
        self.numbers.dedup();
        self.distinct = self.numbers.len();
    }

    /// Packages, and what there is for each ecosystem, sorted.
    pub(crate) fn finish(mut self) -> (u64, Vec<EcosystemCoverage>) {
        self.close();
        self.done.sort_unstable();
        (self.packages, self.done)
    }

    fn close(&mut self) {
        if self.numbers.is_empty() {
            return;
        }
        self.leave_out_duplicates();
        self.done.push(EcosystemCoverage {
            ecosystem: std::mem::take(&mut self.ecosystem),
            advisories: u64::try_from(self.distinct).unwrap_or(u64::MAX),
            newest: self.newest.take(),
        });
        self.numbers.clear();
        self.distinct = 0;
    }
}
