//! Records of all feeds, waiting in memory to be sorted and written.

use crate::{
    feed::{
        eol::{Product, Release},
        osv::Record,
    },
    record::Affected,
    source::Source,
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// All that a build has seen. Advisories are kept encoded, one head and one row a package: under
/// a kilobyte for each advisory.
#[derive(Default)]
pub(crate) struct Collector {
    pub sources: Vec<Source>,
    pub known_exploited: BTreeSet<String>,
    /// Units of one in a thousand million.
    pub scores: Vec<(String, u32)>,
    /// By product and release.
    pub lifecycles: BTreeMap<(String, String), Release>,
    heads: Vec<StoredHead>,
    ids: HashMap<String, u32>,
    keys: HashMap<Vec<u8>, u32>,
    rows: Vec<Row>,
    bytes: Vec<u8>,
}

struct StoredHead {
    encoded: Box<[u8]>,
    id: Box<str>,
    modified: Option<Timestamp>,
    /// A newer copy of the same advisory came later.
    superseded: bool,
}

struct Row {
    key: u32,
    head: u32,
    start: usize,
    length: usize,
}

/// One package with all that is said of it, sorted by advisory.
pub(crate) struct PackageRows<'a> {
    /// Ecosystem, NUL, package.
    pub key: &'a [u8],
    /// Number of the advisory, its encoded head, what it says.
    pub advisories: Vec<(u32, &'a [u8], Affected)>,
}

impl Collector {
    /// Takes an advisory; false: there is another copy of it that is as new.
    pub(crate) fn advisory(&mut self, record: Record) -> bool {
        let Ok(number) = u32::try_from(self.heads.len()) else { return false };
        if let Some(&before) = self.ids.get(&record.head.id) {
            let known = usize::try_from(before).ok().and_then(|at| self.heads.get_mut(at));
            let Some(known) = known.filter(|known| known.modified < record.head.modified) else {
                return false;
            };
            known.superseded = true;
        }
        for ((ecosystem, package), affected) in record.affected {
            let next = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
            let key = [ecosystem.as_bytes(), b"\0", package.as_bytes()].concat();
            let key = *self.keys.entry(key).or_insert(next);
            let encoded = affected.encode();
            let (start, length) = (self.bytes.len(), encoded.len());
            self.bytes.extend(encoded);
            self.rows.push(Row { key, head: number, start, length });
        }
        self.ids.insert(record.head.id.clone(), number);
        self.heads.push(StoredHead {
            encoded: record.head.encode().into(),
            id: record.head.id.into(),
            modified: record.head.modified,
            superseded: false,
        });
        true
    }

    /// Takes a catalogue; gives how many entries it has.
    pub(crate) fn known_exploited(&mut self, cves: Vec<String>) -> u64 {
        let count = u64::try_from(cves.len()).unwrap_or(u64::MAX);
        self.known_exploited.extend(cves);
        count
    }

    /// Takes scores; of two for one CVE the later wins.
    pub(crate) fn scores(&mut self, mut scores: Vec<(String, u32)>) {
        self.scores.append(&mut scores);
    }

    /// Takes a product; of two copies of a release the later wins.
    pub(crate) fn product(&mut self, product: Product) {
        for release in product.releases {
            self.lifecycles.insert((product.name.clone(), release.name.clone()), release);
        }
    }

    /// When the advisory with this number was last changed.
    pub(crate) fn modified(&self, number: u32) -> Option<Timestamp> {
        self.head(number)?.modified
    }

    /// Advisories that are the newest copy of themselves.
    pub(crate) fn advisories(&self) -> u64 {
        let live = self.heads.iter().filter(|head| !head.superseded).count();
        u64::try_from(live).unwrap_or(u64::MAX)
    }

    /// Every package in the order of the table's keys.
    pub(crate) fn packages(&self) -> impl Iterator<Item = PackageRows<'_>> {
        let mut keys: Vec<(&[u8], u32)> =
            self.keys.iter().map(|(key, &number)| (key.as_slice(), number)).collect();
        keys.sort_unstable();
        let mut rows: Vec<&Row> = self.rows.iter().collect();
        rows.sort_unstable_by_key(|row| row.key);
        keys.into_iter().filter_map(move |(key, number)| {
            let from = rows.partition_point(|row| row.key < number);
            let to = rows.partition_point(|row| row.key <= number);
            let advisories = self.advisories_of(rows.get(from..to)?);
            (!advisories.is_empty()).then_some(PackageRows { key, advisories })
        })
    }

    fn advisories_of(&self, rows: &[&Row]) -> Vec<(u32, &[u8], Affected)> {
        let mut found: Vec<(&str, u32, &[u8], Affected)> = rows
            .iter()
            .filter_map(|row| {
                let head = self.head(row.head).filter(|head| !head.superseded)?;
                let affected = self.bytes.get(row.start..)?.get(..row.length)?;
                Some((&*head.id, row.head, &*head.encoded, Affected::decode(affected)?))
            })
            .collect();
        found.sort_unstable_by_key(|(id, ..)| *id);
        found.into_iter().map(|(_, number, head, affected)| (number, head, affected)).collect()
    }

    fn head(&self, number: u32) -> Option<&StoredHead> {
        self.heads.get(usize::try_from(number).ok()?)
    }
}
