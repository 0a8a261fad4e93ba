//! The names of one layer while it is read, and those among them that no two runtimes need put in
//! the same place.

use super::{DIRECTORY, KIND, LINK, LayerTree, OTHER, ROOT, below, hash};
use cofferdam_bounds::{Exceeded, Meter};
use std::{
    collections::HashSet,
    hash::{BuildHasherDefault, Hasher},
};

/// What an entry is, as far as paths that lead through it are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NameKind {
    Directory,
    /// A symbolic link, or a hard link, which may be another name for one.
    Link,
    Other,
}

/// In place of a kind: a directory that has entries below it but none of its own.
const IMPLIED: u64 = KIND;

/// How many implied directories are remembered by name, to be named in problems.
const EXAMPLES: usize = 16;

/// A [`LayerTree`] under construction.
#[derive(Default)]
pub(crate) struct Names {
    tree: LayerTree,
    found: HashSet<u64, BuildHasherDefault<Keyed>>,
    /// The directory of the entry before, with a level for each component.
    directory: String,
    levels: Vec<Level>,
}

struct Level {
    /// Where its path ends in that of the directory.
    end: usize,
    hash: u64,
    /// Where the path of an ancestor, or its own, ends that is no directory, and whether a link.
    through: Option<(usize, bool)>,
}

impl Names {
    /// Adds an entry of the layer, by normalised path. Gives what runtimes disagree about. Of
    /// the entries in a row that are in one directory, only the first is told to be below
    /// something that is none. Directories that are merely implied are entries to the budget.
    pub(crate) fn add(
        &mut self,
        path: &str,
        kind: NameKind,
        meter: &Meter,
    ) -> Result<Option<String>, Exceeded> {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut doubt = None;
        if directory != self.directory {
            self.enter(directory, meter)?;
            doubt = self.levels.last().and_then(|level| level.through).map(|(end, link)| {
                let through = directory.get(..end).unwrap_or_default();
                if link {
                    format!("is written through the link {through}")
                } else {
                    format!("is below {through}, which the layer has as no directory too")
                }
            });
        }
        let hash = below(self.levels.last().map_or(ROOT, |level| level.hash), name);
        let has = |kind: u64| self.found.contains(&(hash | kind));
        let clash = match kind {
            NameKind::Directory => has(LINK) || has(OTHER),
            NameKind::Link | NameKind::Other => has(DIRECTORY) || has(IMPLIED),
        };
        if clash {
            doubt = Some("stands in the layer as a directory and as something else".to_owned());
        }
        self.found.insert(
            hash | match kind {
                NameKind::Directory => DIRECTORY,
                NameKind::Link => LINK,
                NameKind::Other => OTHER,
            },
        );
        Ok(doubt)
    }

    /// Makes `directory` the one we are in, keeping the levels that it shares with the last.
    fn enter(&mut self, directory: &str, meter: &Meter) -> Result<(), Exceeded> {
        let shared = |level: &Level| {
            directory.get(..level.end) == self.directory.get(..level.end)
                && matches!(directory.as_bytes().get(level.end), None | Some(b'/'))
        };
        let keep = self.levels.partition_point(shared);
        self.levels.truncate(keep);
        directory.clone_into(&mut self.directory);
        let mut start = self.levels.last().map_or(0, |level| level.end.saturating_add(1));
        while let Some(rest) = directory.get(start..).filter(|rest| !rest.is_empty()) {
            let name = rest.split('/').next().unwrap_or(rest);
            let end = start.saturating_add(name.len());
            let above = self.levels.last();
            let hash = below(above.map_or(ROOT, |level| level.hash), name);
            let has = |kind: u64| self.found.contains(&(hash | kind));
            let own = (has(LINK) || has(OTHER)).then(|| (end, has(LINK)));
            let through = above.and_then(|level| level.through).or(own);
            self.levels.push(Level { end, hash, through });
            if !self.found.contains(&hash) && self.found.insert(hash | IMPLIED) {
                meter.add_entries(1)?;
                if self.tree.examples.len() < EXAMPLES {
                    let path = directory.get(..end).unwrap_or_default();
                    self.tree.examples.push((hash, path.to_owned()));
                }
            }
            start = end.saturating_add(1);
        }
        Ok(())
    }

    /// A path that the layer deletes from those below.
    pub(crate) fn add_whiteout(&mut self, path: &str) {
        self.tree.whiteouts.push(hash(path));
    }

    /// A directory whose content in the layers below is gone.
    pub(crate) fn add_opaque(&mut self, path: &str) {
        self.tree.opaque.push(hash(path));
    }

    /// Ends the collection.
    pub(crate) fn finish(self) -> LayerTree {
        let Self { mut tree, found, .. } = self;
        for name in &found {
            let path = name & !KIND;
            if name & KIND != IMPLIED {
                tree.entries.push(*name);
            } else if ![DIRECTORY, LINK, OTHER].iter().any(|kind| found.contains(&(path | kind))) {
                tree.implied.push(path);
            }
        }
        drop(found);
        for list in [&mut tree.entries, &mut tree.whiteouts, &mut tree.opaque, &mut tree.implied] {
            list.sort_unstable();
            list.dedup();
            list.shrink_to_fit();
        }
        tree
    }
}

/// Takes hashes that are keyed already for what they are.
#[derive(Default)]
pub(super) struct Keyed(u64);

impl Hasher for Keyed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        // The kind, which tells little, away from the bits that choose a place in the table.
        self.0 = hash.rotate_right(KIND.count_ones());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries as words: `d/` a directory, `l@` a link, all others files.
    fn check(entries: &[&str], expected: &[&str]) {
        let mut names = Names::default();
        let mut doubts = Vec::new();
        for entry in entries {
            let path = entry.trim_end_matches(['/', '@']);
            let kind = match entry.as_bytes().last() {
                Some(b'/') => NameKind::Directory,
                Some(b'@') => NameKind::Link,
                _ => NameKind::Other,
            };
            let doubt = names.add(path, kind, &Meter::default()).unwrap();
            doubts.extend(doubt.map(|doubt| format!("{path} {doubt}")));
        }
        assert_eq!(doubts, expected, "{entries:?}");
    }

    #[test]
    fn what_is_below_something_that_is_no_directory() {
        const BOTH: &str = "a stands in the layer as a directory and as something else";
        check(&["a/", "a/b/", "a/b/c", "a/b/d", "a/bc/d", "ab@", "abc/d", "a/ab/d"], &[]);
        check(&["a@", "a/b", "a/c", "d"], &["a/b is written through the link a"]);
        check(&["a@", "a/b/c/d"], &["a/b/c/d is written through the link a"]);
        check(&["x/a@", "x/b", "x/a/b"], &["x/a/b is written through the link x/a"]);
        check(
            &["x/a/b", "x/a@"],
            &["x/a stands in the layer as a directory and as something else"],
        );
        check(&["a/b/", "a/b/c", "a@", "a/b/d"], &[BOTH, "a/b/d is written through the link a"]);
        check(&["a", "a/b"], &["a/b is below a, which the layer has as no directory too"]);
        for entries in [["a/", "a"], ["a", "a/"], ["a@", "a/"], ["a/", "a@"], ["a/b", "a"]] {
            check(&entries, &[BOTH]);
        }
        check(&["a", "a@", "a"], &[]);
    }

    #[test]
    fn implied_directories_count_against_the_budget() {
        let limits = cofferdam_bounds::Limits { entries: 3, ..Default::default() };
        let meter = Meter::new(limits);
        let mut names = Names::default();
        assert!(names.add("a/b/c/d", NameKind::Other, &meter).is_ok());
        assert!(names.add("a/b/c/e", NameKind::Other, &meter).is_ok());
        assert!(names.add("a/b/f/e", NameKind::Other, &meter).is_err());
    }
}
