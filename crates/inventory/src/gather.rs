//! Facts of one file while it is being read, within the limits of a scan.

use crate::{FileFacts, OwnedPaths};
use cofferdam_bounds::Limits;
use cofferdam_model::{Package, Problem, ProblemKind};

/// Collects what one file says and stops at the limits, saying so.
pub(crate) struct Gather<'a> {
    path: &'a str,
    limits: &'a Limits,
    facts: FileFacts,
    /// Problems over the limit: counted, not listed.
    unlisted: usize,
    paths_left: usize,
    text_left: usize,
    full: bool,
}

/// Owned paths of one file: 16 MiB of keys. The largest real systems have a fifth of it.
const PATHS: usize = 2_000_000;

/// Names, versions and so on of all packages of one file. A real one has 150 bytes of them a
/// package, which makes 30 MiB at the limit of packages.
const TEXT_BYTES: usize = 32 << 20;

/// Characters of a problem's detail, for it may quote the file.
const DETAIL_CHARS: usize = 200;

impl<'a> Gather<'a> {
    /// Starts with nothing known of the file at `path`.
    pub(crate) fn new(path: &'a str, limits: &'a Limits) -> Self {
        let facts = FileFacts::default();
        Self {
            path,
            limits,
            facts,
            unlisted: 0,
            paths_left: PATHS,
            text_left: TEXT_BYTES,
            full: false,
        }
    }

    /// The file being read.
    pub(crate) const fn path(&self) -> &'a str {
        self.path
    }

    /// Whether a package had to be left out: nothing more will be listed.
    pub(crate) const fn is_full(&self) -> bool {
        self.full
    }

    /// Adds a package; one too many is a problem.
    pub(crate) fn package(&mut self, package: Package) {
        let text_left = self.text_left.checked_sub(text_bytes(&package));
        match text_left {
            _ if self.full => {}
            Some(left) if self.facts.packages.len() < self.limits.packages => {
                self.text_left = left;
                self.facts.packages.push(package);
            }
            _ => {
                self.full = true;
                let detail = format!(
                    "more than {} packages or {TEXT_BYTES} bytes of their names and versions",
                    self.limits.packages
                );
                self.problem(ProblemKind::BudgetExceeded, detail);
            }
        }
    }

    /// Adds the files of a package; those beyond the limit are nobody's.
    pub(crate) fn owned(&mut self, mut owned: OwnedPaths) {
        if owned.paths.len() > self.paths_left {
            owned.paths.truncate(self.paths_left);
            let detail = format!("more than {PATHS} paths are listed as owned");
            self.problem(ProblemKind::BudgetExceeded, detail);
        }
        self.paths_left -= owned.paths.len();
        if !owned.paths.is_empty() {
            self.facts.owned.push(owned);
        }
    }

    /// How many more owned paths are worth collecting.
    pub(crate) const fn paths_left(&self) -> usize {
        self.paths_left
    }

    /// Adds a problem of this file.
    pub(crate) fn problem(&mut self, kind: ProblemKind, detail: impl Into<String>) {
        if self.facts.problems.len() < self.limits.problems {
            let detail: String = detail.into().chars().take(DETAIL_CHARS).collect();
            self.facts.problems.push(Problem::at(kind, self.path, detail));
        } else {
            self.unlisted += 1;
        }
    }

    /// Bytes as text; those that are not UTF-8 are replaced, and a problem.
    pub(crate) fn text(&mut self, bytes: &[u8], what: &str) -> String {
        let text = String::from_utf8_lossy(bytes);
        if matches!(text, std::borrow::Cow::Owned(_)) {
            self.problem(ProblemKind::Malformed, format!("{what} {text:?} is not UTF-8"));
        }
        text.into_owned()
    }

    /// What the file says.
    pub(crate) fn finish(mut self) -> FileFacts {
        if self.unlisted > 0 {
            let detail = format!("{} more problems in this file are not listed", self.unlisted);
            self.facts.problems.push(Problem::at(ProblemKind::BudgetExceeded, self.path, detail));
        }
        self.facts
    }
}

fn text_bytes(package: &Package) -> usize {
    let source =
        package.source.as_ref().map_or(0, |source| source.name.len() + source.version.len());
    let optional = [&package.architecture, &package.license].into_iter().flatten();
    package.name.len() + package.version.len() + source + optional.map(String::len).sum::<usize>()
}
