//! Records of all feeds, waiting to be sorted and written.

use crate::{
    encoding::Decoder,
    feed::{
        eol::{Product, Release},
        osv::Record,
    },
    sort::{Sorted, Sorter},
    source::Source,
    spool::Spool,
};
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    io,
    path::Path,
};

/// All that a build has seen. What grows with the feeds waits on disk: of an advisory less than a
/// hundred bytes stay in memory.
pub(crate) struct Collector {
    pub sources: Vec<Source>,
    pub known_exploited: BTreeSet<String>,
    /// By CVE, in units of one in a thousand million.
    pub scores: Sorter,
    /// By product and release.
    pub lifecycles: BTreeMap<(String, String), Release>,
    pub heads: Heads,
    numbers: HashMap<Id, u32>,
    /// By package: the number of an advisory, and what it says.
    pub rows: Sorter,
}

/// The id of an advisory, in less memory: half of its SHA-256.
type Id = [u8; 16];

/// What advisories say whatever the package.
pub(crate) struct Heads {
    encoded: Spool,
    known: Vec<Known>,
}

struct Known {
    start: u64,
    modified: Option<Timestamp>,
    /// A newer copy of the same advisory came later.
    superseded: bool,
}

/// One package with all that is said of it, sorted by advisory.
pub(crate) struct PackageRows {
    /// Ecosystem, NUL, package.
    pub key: Vec<u8>,
    pub advisories: Vec<PackageRow>,
}

/// What one advisory says of a package.
pub(crate) struct PackageRow {
    /// The number of the advisory.
    pub number: u32,
    pub modified: Option<Timestamp>,
    /// As [`crate::record::Head::encode`] gives it.
    pub head: Vec<u8>,
    /// As [`crate::record::Affected::encode`] gives it.
    pub affected: Vec<u8>,
}

impl Collector {
    /// What does not fit in memory waits in this folder.
    pub(crate) fn new(folder: &Path) -> Self {
        Self {
            sources: Vec::new(),
            known_exploited: BTreeSet::new(),
            scores: Sorter::new(folder),
            lifecycles: BTreeMap::new(),
            heads: Heads { encoded: Spool::new(folder), known: Vec::new() },
            numbers: HashMap::new(),
            rows: Sorter::new(folder),
        }
    }

    /// Takes an advisory; false: there is another copy of it that is as new.
    pub(crate) fn advisory(&mut self, record: Record) -> bool {
        let Ok(number) = u32::try_from(self.heads.known.len()) else { return false };
        let id = id(&record.head.id);
        if let Some(&before) = self.numbers.get(&id) {
            let known = self.heads.known.get_mut(place(before));
            let Some(known) = known.filter(|known| known.modified < record.head.modified) else {
                return false;
            };
            known.superseded = true;
        }
        for ((ecosystem, package), affected) in record.affected {
            let key = [ecosystem.as_bytes(), b"\0", package.as_bytes()].concat();
            self.rows.push(&key, &[number.to_le_bytes().as_slice(), &affected.encode()].concat());
        }
        self.numbers.insert(id, number);
        let start = self.heads.encoded.length();
        self.heads.encoded.append(&record.head.encode());
        let modified = record.head.modified;
        self.heads.known.push(Known { start, modified, superseded: false });
        true
    }

    /// Takes a catalogue; gives how many entries it has.
    pub(crate) fn known_exploited(&mut self, cves: Vec<String>) -> u64 {
        let count = u64::try_from(cves.len()).unwrap_or(u64::MAX);
        self.known_exploited.extend(cves);
        count
    }

    /// Takes scores; of two for one CVE the later wins.
    pub(crate) fn scores(&mut self, scores: Vec<(String, u32)>) {
        for (cve, units) in scores {
            self.scores.push(cve.as_bytes(), &units.to_le_bytes());
        }
    }

    /// Takes a product; of two copies of a release the later wins.
    pub(crate) fn product(&mut self, product: Product) {
        for release in product.releases {
            self.lifecycles.insert((product.name.clone(), release.name.clone()), release);
        }
    }
}

impl Heads {
    /// Advisories that are the newest copy of themselves.
    pub(crate) fn count(&self) -> u64 {
        let live = self.known.iter().filter(|head| !head.superseded).count();
        u64::try_from(live).unwrap_or(u64::MAX)
    }

    /// From here on they are only read.
    pub(crate) fn close(&mut self) -> io::Result<()> {
        self.encoded.close()
    }

    /// All rows of the next package that has one which no newer copy superseded, in the order of
    /// the table's keys.
    pub(crate) fn next_package(&mut self, rows: &mut Sorted) -> io::Result<Option<PackageRows>> {
        let mut package = PackageRows { key: Vec::new(), advisories: Vec::new() };
        while let Some((key, value)) = rows.next()? {
            package.key = key;
            package.advisories.extend(self.row(&value)?);
            let is_last = rows.peek() != Some(package.key.as_slice());
            if is_last && !package.advisories.is_empty() {
                package.advisories.sort_by(|one, other| one.id().cmp(&other.id()));
                return Ok(Some(package));
            }
        }
        Ok(None)
    }

    fn row(&mut self, value: &[u8]) -> io::Result<Option<PackageRow>> {
        let Some((number, affected)) = value.split_first_chunk() else { return Ok(None) };
        let number = u32::from_le_bytes(*number);
        let Some(known) = self.known.get(place(number)).filter(|known| !known.superseded) else {
            return Ok(None);
        };
        let next = self.known.get(place(number) + 1);
        let end = next.map_or(self.encoded.length(), |next| next.start);
        let length = usize::try_from(end - known.start).map_err(io::Error::other)?;
        let head = self.encoded.read(known.start, length)?;
        Ok(Some(PackageRow { number, modified: known.modified, head, affected: affected.to_vec() }))
    }
}

impl PackageRow {
    /// The id of the advisory, with which its head begins.
    fn id(&self) -> Option<&str> {
        Decoder::new(&self.head).text()
    }
}

fn id(text: &str) -> Id {
    let digest: [u8; 32] = Sha256::digest(text).into();
    digest.first_chunk().copied().unwrap_or_default()
}

/// A number as a place in memory.
fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
