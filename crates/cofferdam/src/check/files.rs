//! Which files are meant: those that were named, and in directories those that look like it.

use cofferdam_bounds::{Meter, file, read_all};
use cofferdam_manifest::{View, dockerfile};
use cofferdam_model::{Diagnostic, Exit, Problem, ProblemKind};
use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

/// Bytes of one file. A whole cluster of ten thousand objects takes 21 MiB.
const FILE_BYTES_MAX: u64 = 64 << 20;
/// Bytes of all files together: they are in memory while they are judged together.
const BYTES_MAX: u64 = 1 << 30;
/// Files and directories looked at.
const ENTRIES_MAX: usize = 500_000;
/// Directories within directories.
const DEPTH_MAX: usize = 64;

/// What there is to look at.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Files with their text, in order of their paths.
    pub(super) files: Vec<Readable>,
    /// Directories with a chart or a kustomization in them, in order.
    pub(super) rendered: Vec<Renderable>,
    /// What could not be read.
    pub(super) problems: Vec<Problem>,
}

/// A file and what it says.
#[derive(Debug)]
pub(super) struct Readable {
    pub(super) path: String,
    pub(super) text: Arc<str>,
    pub(super) is_dockerfile: bool,
    /// Whether it was named, and so has to be something.
    pub(super) is_named: bool,
}

/// A directory from which a tool of others makes manifests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Renderable {
    Chart(PathBuf),
    Kustomization(PathBuf),
}

/// Bytes of the file of a kustomization.
const KUSTOMIZATION_BYTES_MAX: u64 = 4 << 20;

/// Names that `kustomize` knows.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Looks at everything that was named. A name that leads nowhere is a mistake; what is in a
/// directory and cannot be read is a problem of the check.
pub(super) fn find(paths: &[PathBuf]) -> Result<Found, Diagnostic> {
    let mut search = Search::default();
    for path in paths {
        search.named(path)?;
    }
    let Search { mut found, .. } = search;
    found.files.sort_by(|a, b| a.path.cmp(&b.path));
    found.rendered.sort();
    found.rendered.dedup();
    leave_out_bases(&mut found.rendered);
    found.problems.sort();
    Ok(found)
}

/// A kustomization that another one of these builds on is judged as a part of that.
fn leave_out_bases(rendered: &mut Vec<Renderable>) {
    let bases: BTreeSet<PathBuf> = rendered
        .iter()
        .filter_map(|one| match one {
            Renderable::Kustomization(folder) => Some(bases(folder)),
            Renderable::Chart(_) => None,
        })
        .flatten()
        .collect();
    rendered.retain(|one| match one {
        Renderable::Kustomization(folder) => !bases.contains(&canonical(folder)),
        Renderable::Chart(_) => true,
    });
}

/// The folders that a kustomization names.
fn bases(folder: &Path) -> Vec<PathBuf> {
    let mut files = KUSTOMIZATIONS.iter().map(|name| folder.join(name));
    let text = files.find_map(|path| file::read_text(&path, KUSTOMIZATION_BYTES_MAX).ok());
    let source = cofferdam_manifest::read("", text.unwrap_or_default().into(), &Meter::default());
    let roots = source.documents.iter().map(|document| document.tree.root());
    let names = roots.flat_map(|root| {
        let lists = ["resources", "bases", "components"].map(|key| root.get(key));
        lists.into_iter().flatten().flat_map(View::elements).filter_map(View::as_str)
    });
    names.map(|name| canonical(&folder.join(name))).filter(|path| path.is_dir()).collect()
}

/// Standard input: manifests, or a Dockerfile.
const STANDARD_INPUT: &str = "-";

#[derive(Default)]
struct Search {
    found: Found,
    /// Canonical paths, so that nothing is judged twice.
    seen: BTreeSet<PathBuf>,
    bytes: u64,
    entries: usize,
    is_full: bool,
}

impl Search {
    fn named(&mut self, path: &Path) -> Result<(), Diagnostic> {
        if path.as_os_str() == STANDARD_INPUT {
            return self.standard_input();
        }
        let metadata = fs::metadata(path).map_err(|error| unreadable(path, &error))?;
        if metadata.is_dir() {
            return self.directory(path);
        }
        if self.seen.insert(canonical(path)) {
            self.read(path, true);
        }
        Ok(())
    }

    fn standard_input(&mut self) -> Result<(), Diagnostic> {
        let refuse = |error: &dyn std::fmt::Display| {
            Diagnostic::new(Exit::NotAssessed, "cannot read standard input").because(error)
        };
        let bytes = read_all(io::stdin().lock(), FILE_BYTES_MAX, "standard input");
        let bytes = bytes.map_err(|error| refuse(&error))?;
        let text = file::text(bytes).map_err(|error| refuse(&error))?;
        self.add(STANDARD_INPUT.to_owned(), text, true);
        Ok(())
    }

    fn directory(&mut self, top: &Path) -> Result<(), Diagnostic> {
        let root = canonical(top);
        let mut left = vec![(top.to_owned(), 0)];
        let mut links = Vec::new();
        while let Some((directory, depth)) = left.pop() {
            let entries = match listing(&directory) {
                Ok(entries) => entries,
                Err(error) if directory == top => return Err(unreadable(top, &error)),
                Err(error) => {
                    self.problem(ProblemKind::Unreadable, &directory, &error.to_string());
                    continue;
                }
            };
            if let Some(renderable) = renderable(&directory, &entries) {
                self.found.rendered.push(renderable);
                continue;
            }
            for (path, kind) in entries {
                self.entries += 1;
                if self.entries > ENTRIES_MAX {
                    self.full(top, &format!("more than {ENTRIES_MAX} files and directories"));
                    return Ok(());
                }
                if kind.is_symlink() {
                    links.push(path);
                } else if kind.is_dir() && depth < DEPTH_MAX {
                    left.push((path, depth + 1));
                } else if kind.is_dir() {
                    self.problem(ProblemKind::BudgetExceeded, &path, "too deep");
                } else if kind.is_file() && is_wanted(&path) && self.seen.insert(canonical(&path)) {
                    self.read(&path, false);
                }
            }
        }
        // A link to a file of the same directory that was not come by is one more name for it; a
        // link that leads out is not followed.
        links.sort();
        for link in links.iter().filter(|link| is_wanted(link)) {
            let target = canonical(link);
            if target.starts_with(&root) && target.is_file() && self.seen.insert(target) {
                self.read(link, false);
            }
        }
        Ok(())
    }

    fn read(&mut self, path: &Path, is_named: bool) {
        if self.is_full {
            return;
        }
        match file::read_text(path, FILE_BYTES_MAX) {
            Ok(text) => self.add(path.display().to_string(), text, is_named),
            Err(error) => {
                let kind = match error.error.kind() {
                    io::ErrorKind::QuotaExceeded => ProblemKind::BudgetExceeded,
                    io::ErrorKind::InvalidData => ProblemKind::Malformed,
                    _ => ProblemKind::Unreadable,
                };
                self.problem(kind, path, &error.error.to_string());
            }
        }
    }

    fn add(&mut self, path: String, text: String, is_named: bool) {
        self.bytes = self.bytes.saturating_add(u64::try_from(text.len()).unwrap_or(u64::MAX));
        if self.bytes > BYTES_MAX {
            let what = format!("all files together are over {} MiB", BYTES_MAX >> 20);
            self.full(Path::new(&path), &what);
            return;
        }
        let is_dockerfile = is_dockerfile(Path::new(&path), &text, is_named);
        // At once, for a text that grew as it was read has room that it does not need.
        let text = text.into();
        self.found.files.push(Readable { path, text, is_dockerfile, is_named });
    }

    fn full(&mut self, path: &Path, what: &str) {
        self.is_full = true;
        self.problem(ProblemKind::BudgetExceeded, path, &format!("{what}; the rest is left out"));
    }

    fn problem(&mut self, kind: ProblemKind, path: &Path, detail: &str) {
        let problem = Problem::at(kind, path.display().to_string(), detail);
        self.found.problems.push(problem);
    }
}

/// The entries of a directory, in order of their names, hidden ones left out.
fn listing(directory: &Path) -> io::Result<Vec<(PathBuf, fs::FileType)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            let path = entry.path();
            // Findings in `web.yaml` are not to be said of `./web.yaml`.
            let path = path.strip_prefix("./").map_or_else(|_| path.clone(), Path::to_owned);
            entries.push((path, entry.file_type()?));
        }
    }
    entries.sort_by(|(a, _), (b, _)| b.cmp(a));
    Ok(entries)
}

fn renderable(directory: &Path, entries: &[(PathBuf, fs::FileType)]) -> Option<Renderable> {
    let has = |name: &str| entries.iter().any(|(path, _)| path.file_name() == Some(name.as_ref()));
    if has("Chart.yaml") {
        Some(Renderable::Chart(directory.to_owned()))
    } else if KUSTOMIZATIONS.iter().any(|name| has(name)) {
        Some(Renderable::Kustomization(directory.to_owned()))
    } else {
        None
    }
}

fn is_wanted(path: &Path) -> bool {
    has_manifest_name(path) || has_dockerfile_name(path)
}

fn has_manifest_name(path: &Path) -> bool {
    path.extension().is_some_and(|end| ["yaml", "yml", "json"].iter().any(|one| end == *one))
}

fn has_dockerfile_name(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    !has_manifest_name(path) && name.is_some_and(dockerfile::is_dockerfile)
}

/// Whether this is a Dockerfile and no manifest: by its name, and where it was named one by one
/// also by how it begins.
pub(crate) fn is_dockerfile(path: &Path, text: &str, is_named: bool) -> bool {
    has_dockerfile_name(path)
        || (is_named && !has_manifest_name(path) && begins_like_dockerfile(text))
}

/// A Dockerfile begins with FROM, or with an ARG before it.
fn begins_like_dockerfile(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.find(|line| !line.starts_with('#')).unwrap_or_default();
    let word = first.split_whitespace().next().unwrap_or_default();
    word.len() < first.len() && ["FROM", "ARG"].iter().any(|one| word.eq_ignore_ascii_case(one))
}

fn canonical(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

fn unreadable(path: &Path, error: &io::Error) -> Diagnostic {
    let diagnostic = match error.kind() {
        io::ErrorKind::NotFound => {
            Diagnostic::new(Exit::Usage, "there is no such file or directory")
        }
        _ => Diagnostic::new(Exit::Usage, "cannot read this").because(error),
    };
    diagnostic.at(path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, manifest, dockerfile) in [
            ("web.yaml", true, false),
            ("a/web.yml", true, false),
            ("web.json", true, false),
            ("Dockerfile", false, true),
            ("Dockerfile.web", false, true),
            ("web.dockerfile", false, true),
            ("Containerfile", false, true),
            ("Dockerfile.yaml", true, false),
            ("Dockerfile.dockerignore", false, false),
            ("Dockerfiles", false, false),
            ("README.md", false, false),
        ] {
            assert_eq!(has_manifest_name(Path::new(name)), manifest, "{name}");
            assert_eq!(has_dockerfile_name(Path::new(name)), dockerfile, "{name}");
        }
    }

    #[test]
    fn beginnings() {
        assert!(begins_like_dockerfile("# syntax=docker/dockerfile:1\n\nfrom debian:12\n"));
        assert!(begins_like_dockerfile("ARG VERSION=12\nFROM debian:$VERSION\n"));
        assert!(!begins_like_dockerfile("from: here\n"));
        assert!(!begins_like_dockerfile("apiVersion: v1\n"));
        assert!(!begins_like_dockerfile(""));
    }
}
