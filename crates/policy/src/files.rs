//! Reading policy files: the only I/O of this crate.

use crate::PolicyFile;
use cofferdam_bounds::file;
use cofferdam_model::{Diagnostic, Exit};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Bytes of one policy file. etcd takes no object above 1.5 MiB.
const FILE_BYTES_MAX: u64 = 2 << 20;

/// Policy files read at once.
const FILES_MAX: usize = 10_000;

/// Reads policy files: those named, and every `.yaml` and `.yml` in the directories named and
/// below them, in order of their paths.
pub fn read_files(paths: &[PathBuf]) -> Result<Vec<PolicyFile>, Diagnostic> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            walk(path, &mut files)?;
        } else {
            files.push(path.clone());
        }
    }
    files.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Result<PolicyFile, Diagnostic> {
    let text =
        file::read_text(path, FILE_BYTES_MAX).map_err(|error| unreadable(path, &error.error))?;
    Ok(PolicyFile { place: path.display().to_string(), text })
}

/// Directories in one list rather than by recursion; links are not followed, so this ends.
fn walk(top: &Path, files: &mut Vec<PathBuf>) -> Result<(), Diagnostic> {
    let mut found = Vec::new();
    let mut directories = vec![top.to_owned()];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(&directory).map_err(|error| unreadable(&directory, &error))? {
            let entry = entry.map_err(|error| unreadable(&directory, &error))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| unreadable(&path, &error))?;
            let is_yaml = path.extension().is_some_and(|end| end == "yaml" || end == "yml");
            if kind.is_dir() {
                directories.push(path);
            } else if is_yaml {
                found.push(path);
            }
            if found.len() + directories.len() > FILES_MAX {
                return Err(Diagnostic::new(Exit::Usage, "too many policy files")
                    .at(top.display())
                    .remedy(format!("name a directory with at most {FILES_MAX} files")));
            }
        }
    }
    if found.is_empty() {
        return Err(Diagnostic::new(Exit::Usage, "there is no policy in this directory")
            .at(top.display())
            .remedy("policies are files that end in .yaml or .yml"));
    }
    found.sort();
    files.extend(found);
    Ok(())
}

fn unreadable(path: &Path, error: &std::io::Error) -> Diagnostic {
    let diagnostic = if error.kind() == std::io::ErrorKind::NotFound {
        Diagnostic::new(Exit::Usage, "there is no such policy file or directory")
    } else {
        Diagnostic::new(Exit::Usage, "cannot read the policy file").because(error)
    };
    diagnostic.at(path.display())
}
