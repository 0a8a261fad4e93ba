//! How many advisories there are for each ecosystem and release.

use crate::{
    collect::{Collector, PackageRows},
    source::EcosystemCoverage,
};
use jiff::Timestamp;

/// Counts distinct advisories while packages come by, sorted by ecosystem.
pub(crate) struct Counter<'a> {
    collector: &'a Collector,
    now: Timestamp,
    done: Vec<EcosystemCoverage>,
    ecosystem: String,
    numbers: Vec<u32>,
    packages: u64,
}

impl<'a> Counter<'a> {
    /// Counts nothing yet; what claims to be newer than `now` does not make a source fresh.
    pub(crate) fn new(collector: &'a Collector, now: Timestamp) -> Self {
        Self {
            collector,
            now,
            done: Vec::new(),
            ecosystem: String::new(),
            numbers: Vec::new(),
            packages: 0,
        }
    }

    /// Counts one package.
    pub(crate) fn see(&mut self, package: &PackageRows<'_>) {
        let ecosystem = package.key.split(|&byte| byte == 0).next().unwrap_or_default();
        if ecosystem != self.ecosystem.as_bytes() {
            self.close();
            self.ecosystem = String::from_utf8_lossy(ecosystem).into_owned();
        }
        self.numbers.extend(package.advisories.iter().map(|(number, ..)| *number));
        self.packages += 1;
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
        self.numbers.sort_unstable();
        self.numbers.dedup();
        let times = self.numbers.iter().filter_map(|number| self.collector.modified(*number));
        self.done.push(EcosystemCoverage {
            ecosystem: std::mem::take(&mut self.ecosystem),
            advisories: u64::try_from(self.numbers.len()).unwrap_or(u64::MAX),
            newest: times.filter(|&time| time <= self.now).max(),
        });
        self.numbers.clear();
    }
}
