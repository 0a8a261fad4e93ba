//! Which entries each layer has, and what becomes of a path when all layers are merged.

mod names;

use cofferdam_model::{Location, Problem, ProblemKind};
pub(crate) use names::{NameKind, Names};
use std::{
    collections::HashSet,
    hash::{BuildHasher as _, BuildHasherDefault, RandomState},
    sync::LazyLock,
};

/// Keys of the path hashes, drawn once a run: an attacker cannot make two paths collide.
static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The bits of an entry's hash that say what it is: one of the three below.
const KIND: u64 = 3;
const DIRECTORY: u64 = 0;
const LINK: u64 = 1;
const OTHER: u64 = 2;

/// The hash of the root.
const ROOT: u64 = 0;

/// The hash of what is called `name` in the directory with the hash `above`: all directories
/// above a path are hashed on the way to it.
fn below(above: u64, name: &str) -> u64 {
    KEYS.hash_one((above, name)) & !KIND
}

/// The hashes of the root, of all directories above a path, and of itself.
fn hashes(path: &str) -> impl Iterator<Item = u64> {
    let names = path.split('/').filter(|name| !name.is_empty());
    let below = names.scan(ROOT, |above, name| {
        *above = below(*above, name);
        Some(*above)
    });
    std::iter::once(ROOT).chain(below)
}

fn hash(path: &str) -> u64 {
    hashes(path).last().unwrap_or(ROOT)
}

/// The names in one layer, 8 bytes each: sorted hashes of 62 bits, keyed by the run. With the
/// 2.5 million entries of the budget, two different paths meet with a chance of 1 in 1.5 million.
#[derive(Clone, Debug, Default)]
pub struct LayerTree {
    entries: Vec<u64>,
    whiteouts: Vec<u64>,
    opaque: Vec<u64>,
    /// Directories that have entries below them but none of their own.
    implied: Vec<u64>,
    /// The first of them by name.
    examples: Vec<(u64, String)>,
}

impl LayerTree {
    /// How many different entries the layer has, whiteouts not counted.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the layer has no entries, whiteouts not counted.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn has(&self, hash: u64) -> bool {
        self.entries.binary_search(&(hash | DIRECTORY)).is_ok() || self.has_non_directory(hash)
    }

    fn has_non_directory(&self, hash: u64) -> bool {
        [LINK, OTHER].iter().any(|kind| self.entries.binary_search(&(hash | kind)).is_ok())
    }

    /// What this layer does to an entry of a layer below. `ancestors` are the hashes of the
    /// directories above it, the root first.
    fn hides(&self, path: u64, ancestors: &[u64]) -> Option<Hidden> {
        let contains = |list: &[u64], hash: &u64| list.binary_search(hash).is_ok();
        if self.has(path) {
            return Some(Hidden::Replaced);
        }
        let deleted = contains(&self.whiteouts, &path)
            || ancestors.iter().any(|directory| {
                contains(&self.whiteouts, directory)
                    || contains(&self.opaque, directory)
                    || self.has_non_directory(*directory)
            });
        deleted.then_some(Hidden::Deleted)
    }
}

enum Hidden {
    Deleted,
    Replaced,
}

/// What became of an entry when the layers above it were applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is there in the merged file system.
    Visible,
    /// This layer deleted it: a whiteout of it or of a directory above it, an opaque directory
    /// above it, or something else put where such a directory was.
    DeletedIn(usize),
    /// This layer has an entry of the same path.
    ReplacedIn(usize),
}

/// All layers of an image, one upon the other (OCI image specification, "Applying Changesets").
///
/// Within one layer it decides nothing: where a path occurs twice the later entry wins, and a
/// visitor sees both in order, so that whoever keeps facts by path keeps the last.
#[derive(Clone, Debug, Default)]
pub struct Overlay {
    layers: Vec<LayerTree>,
}

impl Overlay {
    /// Merges layers, from the bottom up.
    pub const fn new(layers: Vec<LayerTree>) -> Self {
        Self { layers }
    }

    /// What became of the entry at `path`, normalised, in the layer with this index.
    pub fn fate(&self, layer: usize, path: &str) -> Fate {
        let mut ancestors: Vec<u64> = hashes(path).collect();
        let path = ancestors.pop().unwrap_or(ROOT);
        for (index, above) in self.layers.iter().enumerate().skip(layer.saturating_add(1)) {
            match above.hides(path, &ancestors) {
                Some(Hidden::Deleted) => return Fate::DeletedIn(index),
                Some(Hidden::Replaced) => return Fate::ReplacedIn(index),
                None => {}
            }
        }
        Fate::Visible
    }

    /// Says which layers have entries below a directory that they do not have themselves, while
    /// a layer below has a link there: runtimes follow it, or put a directory in its place. With
    /// their layer, and with their path where it is known. A link that went with a directory
    /// above it counts as still there.
    pub fn written_through(&self) -> Vec<Problem> {
        let mut links: HashSet<u64, BuildHasherDefault<names::Keyed>> = HashSet::default();
        let mut problems = Vec::new();
        for (index, layer) in self.layers.iter().enumerate() {
            let mut count = layer.implied.iter().filter(|path| links.contains(path)).count();
            let mut report = |path: &str, detail: String| {
                let mut location = Location::path(path);
                location.layer = Some(index);
                let kind = ProblemKind::Ambiguous;
                problems.push(Problem { kind, location: Some(location), detail });
            };
            for (hash, path) in &layer.examples {
                if links.contains(hash) && layer.implied.binary_search(hash).is_ok() {
                    report(path, "what is in it is written through a link in a layer below".into());
                    count = count.saturating_sub(1);
                }
            }
            if count > 0 {
                let what = "more directories is written through links in layers below";
                report("", format!("what is in {count} {what}"));
            }
            for path in &layer.whiteouts {
                links.remove(path);
            }
            for entry in &layer.entries {
                links.remove(&(entry & !KIND));
            }
            links.extend(
                layer
                    .entries
                    .iter()
                    .filter(|entry| **entry & KIND == LINK)
                    .map(|link| link & !KIND),
            );
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cofferdam_bounds::Meter;

    /// A layer from one word an entry: `d/` a directory, `l@` a link, `-x` a whiteout, `d/*`
    /// opaque.
    fn layer(entries: &[&str]) -> LayerTree {
        let mut names = Names::default();
        for entry in entries {
            let (path, kind) = match entry.as_bytes() {
                [b'-', ..] => {
                    names.add_whiteout(&entry[1..]);
                    continue;
                }
                [.., b'*'] => {
                    names.add_opaque(entry.trim_end_matches(['*', '/']));
                    continue;
                }
                [.., b'/'] => (entry.trim_end_matches('/'), NameKind::Directory),
                [.., b'@'] => (entry.trim_end_matches('@'), NameKind::Link),
                _ => (*entry, NameKind::Other),
            };
            names.add(path, kind, &Meter::default()).unwrap();
        }
        names.finish()
    }

    fn check(layers: &[&[&str]], path: &str, expected: Fate) {
        let overlay = Overlay::new(layers.iter().map(|entries| layer(entries)).collect());
        assert_eq!(overlay.fate(0, path), expected, "{path} in {layers:?}");
    }

    #[test]
    fn what_upper_layers_do() {
        check(&[&["a/", "a/b"]], "a/b", Fate::Visible);
        check(&[&["a/b"], &[], &["a/b"]], "a/b", Fate::ReplacedIn(2));
        check(&[&["a/b"], &["-a/b"], &["a/b"]], "a/b", Fate::DeletedIn(1));
        check(&[&["a/b"], &["-a/b", "a/b"]], "a/b", Fate::ReplacedIn(1));
        check(&[&["a/b/c"], &["-a"]], "a/b/c", Fate::DeletedIn(1));
        check(&[&["a/b/c"], &["a/*"]], "a/b/c", Fate::DeletedIn(1));
        check(&[&["a/b"], &["*"]], "a/b", Fate::DeletedIn(1));
        check(&[&["a"], &["a/*"]], "a", Fate::Visible);
        check(&[&["a/b"], &["a/"]], "a/b", Fate::Visible);
        check(&[&["a/b"], &["a"]], "a/b", Fate::DeletedIn(1));
        check(&[&["a/bc"], &["-a/b", "-b", "-a/bcd"]], "a/bc", Fate::Visible);
        check(&[&["a", "-a"]], "a", Fate::Visible);
    }
    fn check_links(layers: &[&[&str]], expected: &[(usize, &str)]) {
        let overlay = Overlay::new(layers.iter().map(|entries| layer(entries)).collect());
        let problems = overlay.written_through();
        let found = problems.iter().map(|problem| {
            let location = problem.location.as_ref().unwrap();
            (location.layer.unwrap(), location.file())
        });
        assert_eq!(found.collect::<Vec<_>>(), expected, "{layers:?}");
    }

    #[test]
    fn what_is_written_through_links_of_layers_below() {
        check_links(&[&["lib@"], &["lib/dpkg/status"]], &[(1, "lib")]);
        check_links(&[&["lib@"], &[], &["lib/dpkg/", "lib/dpkg/status"]], &[(2, "lib")]);
        check_links(&[&["a/b@"], &["a/", "a/b/c"], &["a/b/c"]], &[(1, "a/b"), (2, "a/b")]);
        check_links(&[&["lib@"], &["lib/", "lib/x"], &["lib/y"]], &[]);
        check_links(&[&["lib@"], &["lib/x", "lib/"]], &[]);
        check_links(&[&["lib@"], &["-lib"], &["lib/x"]], &[]);
        check_links(&[&["lib@"], &["lib"], &["lib/x"]], &[]);
        check_links(&[&["lib/x"], &["lib@"]], &[]);
        check_links(&[&["lib"], &["lib@"], &["lib/x"]], &[(2, "lib")]);
        check_links(&[&["lib@", "usr/", "usr/lib/"], &["usr/lib/x", "libx/y"]], &[]);
        // More than are remembered by name.
        let names: Vec<_> = (0..20).map(|n| (format!("l{n}@"), format!("l{n}/x"))).collect();
        let lower: Vec<_> = names.iter().map(|(link, _)| &**link).collect();
        let upper: Vec<_> = names.iter().map(|(_, file)| &**file).collect();
        let problems = Overlay::new(vec![layer(&lower), layer(&upper)]).written_through();
        assert_eq!(problems.len(), 17);
        assert!(problems[16].detail.starts_with("what is in 4 more directories"));
    }
}
