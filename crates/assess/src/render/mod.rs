//! Charts and kustomizations as manifests, by the tools that the user has; and what a change
//! touched, by Git.
//!
//! [`helm`] and [`kustomize`] start `helm`, `kustomize` or `kubectl` without a shell, with an empty
//! environment, bounded in time and output, and say of each line where its template has it, if
//! that can be known. [`changed`] asks `git` which lines of which files are other than in a
//! revision.
//!
//! Nothing is fetched: a chart that lacks its dependencies, and a kustomization that names a remote
//! base, are refused with what to do about it.

mod git;
mod helm;
mod kustomize;
mod process;
mod resources;
mod trace;

#[cfg(test)]
mod tests;

pub use git::changed;
pub use helm::{Helm, helm};
pub use kustomize::kustomize;

use cofferdam_model::{Diagnostic, Exit};
use std::{
    ffi::OsStr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

/// Where programs are looked for, and how long they may take.
#[derive(Clone, Debug)]
pub struct Tools {
    /// Folders with programs, in order.
    pub folders: Vec<PathBuf>,
    /// The user's home, which `git` reads its settings from; nobody else is told.
    pub home: Option<PathBuf>,
    /// How long one program may run.
    pub time: Duration,
    /// Bytes that one program may print.
    pub output_bytes: u64,
}

/// A chart of a hundred templates takes a second.
const TIME: Duration = Duration::from_mins(2);

/// The largest chart known renders to 3 MiB.
const OUTPUT_BYTES: u64 = 64 << 20;

impl Tools {
    /// The programs of a search path such as `$PATH`. Folders that are not absolute are left out:
    /// what is checked must not bring the program that checks it.
    pub fn new(search_path: &OsStr, home: Option<PathBuf>) -> Self {
        let folders = std::env::split_paths(search_path).filter(|folder| folder.is_absolute());
        Self { folders: folders.collect(), home, time: TIME, output_bytes: OUTPUT_BYTES }
    }

    /// The first program of a name.
    fn find(&self, name: &str) -> Option<PathBuf> {
        let paths = self.folders.iter().map(|folder| folder.join(name));
        paths.into_iter().find(|path| process::is_program(path))
    }
}

/// What a chart or a kustomization was rendered to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// One for each template, or the one of a kustomization.
    pub files: Vec<RenderedFile>,
}

/// Manifests that a template gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderedFile {
    /// What findings name: the template, or the `kustomization.yaml`.
    pub path: String,
    /// The manifests, YAML.
    pub text: Arc<str>,
    /// For each line of `text` where it is written.
    origins: Vec<Option<Origin>>,
}

/// Where a rendered line is written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin {
    /// The file.
    pub path: Arc<str>,
    /// The line, from 1.
    pub line: u32,
}

impl RenderedFile {
    /// Where line `line` of the text, from 1, is written; `None` where that cannot be known, and
    /// all that can be said is that it was rendered from [`Self::path`].
    pub fn origin(&self, line: u32) -> Option<&Origin> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        self.origins.get(index)?.as_ref()
    }
}

/// A file that is read besides: a template, a resource. The largest have a few hundred KiB.
const FILE_BYTES_MAX: u64 = 4 << 20;

/// The text of a file, if it is there and can be read.
fn text(path: &Path) -> Option<String> {
    cofferdam_bounds::file::read_text(path, FILE_BYTES_MAX).ok()
}

/// A path with nothing left to follow, for programs that are started elsewhere.
fn canonical(path: &Path) -> Result<PathBuf, Diagnostic> {
    path.canonicalize().map_err(|error| {
        Diagnostic::new(Exit::Usage, "cannot read this").at(path.display()).because(error)
    })
}

/// A path as the check shows it: without `./`.
fn shown(path: &Path) -> String {
    path.strip_prefix("./").unwrap_or(path).display().to_string()
}
