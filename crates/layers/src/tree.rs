//! Which entries each layer has, and what becomes of a path when all layers are merged.

use std::{
    hash::{BuildHasher as _, RandomState},
    sync::LazyLock,
};

/// Keys of the path hashes, drawn once a run: an attacker cannot make two paths collide.
static KEYS: LazyLock<RandomState> = LazyLock::new(RandomState::new);

/// The lowest bit of an entry's hash says whether it is something else than a directory.
const NOT_A_DIRECTORY: u64 = 1;

fn hash(path: &str) -> u64 {
    KEYS.hash_one(path) & !NOT_A_DIRECTORY
}

/// The names in one layer, 8 bytes each: sorted hashes of 63 bits, keyed by the run. With the
/// 2.5 million entries of the budget, two different paths meet with a chance of 1 in 3 million.
#[derive(Clone, Debug, Default)]
pub struct LayerTree {
    entries: Vec<u64>,
    whiteouts: Vec<u64>,
    opaque: Vec<u64>,
}

impl LayerTree {
    /// An entry of the layer, by normalised path.
    pub(crate) fn add(&mut self, path: &str, directory: bool) {
        let bit = if directory { 0 } else { NOT_A_DIRECTORY };
        self.entries.push(hash(path) | bit);
    }

    /// A path that the layer deletes from those below.
    pub(crate) fn add_whiteout(&mut self, path: &str) {
        self.whiteouts.push(hash(path));
    }

    /// A directory whose content in the layers below is gone.
    pub(crate) fn add_opaque(&mut self, path: &str) {
        self.opaque.push(hash(path));
    }

    /// Ends the collection: look-ups work from here on.
    pub(crate) fn sort(&mut self) {
        for list in [&mut self.entries, &mut self.whiteouts, &mut self.opaque] {
            list.sort_unstable();
            list.dedup();
            list.shrink_to_fit();
        }
    }

    /// How many different entries the layer has, whiteouts not counted.
    pub const fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the layer has no entries, whiteouts not counted.
    pub const fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    fn has(&self, hash: u64) -> bool {
        self.entries.binary_search(&hash).is_ok() || self.has_non_directory(hash)
    }

    fn has_non_directory(&self, hash: u64) -> bool {
        self.entries.binary_search(&(hash | NOT_A_DIRECTORY)).is_ok()
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
        let ancestors: Vec<u64> = std::iter::once("")
            .chain(memchr::memchr_iter(b'/', path.as_bytes()).filter_map(|at| path.get(..at)))
            .map(hash)
            .collect();
        let path = hash(path);
        for (index, above) in self.layers.iter().enumerate().skip(layer.saturating_add(1)) {
            match above.hides(path, &ancestors) {
                Some(Hidden::Deleted) => return Fate::DeletedIn(index),
                Some(Hidden::Replaced) => return Fate::ReplacedIn(index),
                None => {}
            }
        }
        Fate::Visible
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A layer from one word an entry: `d/` a directory, `-x` a whiteout, `d/*` opaque.
    fn layer(entries: &[&str]) -> LayerTree {
        let mut tree = LayerTree::default();
        for entry in entries {
            match (entry.strip_prefix('-'), entry.strip_suffix('*'), entry.strip_suffix('/')) {
                (Some(path), _, _) => tree.add_whiteout(path),
                (_, Some(path), _) => tree.add_opaque(path.trim_end_matches('/')),
                (_, _, Some(path)) => tree.add(path, true),
                _ => tree.add(entry, false),
            }
        }
        tree.sort();
        tree
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
}
