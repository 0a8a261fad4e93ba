//! What a change touched, from `git diff`.

use super::{
    Tools, canonical,
    helm::{complaint, failed},
    process::run,
};
use crate::check::{ChangedLines, Changes};
use cofferdam_model::{Diagnostic, Exit};
use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    os::unix::ffi::OsStringExt as _,
    path::{Path, PathBuf},
    process::Command,
};

/// Which lines of the files among `targets`, files and folders, are other than in `revision`, by
/// paths that begin as the targets do. New, renamed and untracked files are changed as a whole; of
/// removed lines the ones around them count.
pub fn changed(targets: &[PathBuf], revision: &str, tools: &Tools) -> Result<Changes, Diagnostic> {
    if revision.is_empty() || revision.starts_with('-') || revision.contains(char::is_control) {
        return Err(Diagnostic::new(Exit::Usage, "this is not a revision of Git")
            .at(format!("--since {revision:?}"))
            .remedy("name a branch, a tag or a commit, for example --since origin/main"));
    }
    let program = tools.find("git").ok_or_else(|| {
        cannot(revision).because("git is not installed").remedy("install git, or leave --since out")
    })?;
    let mut changes = Changes::default();
    for target in targets {
        let place = canonical(target)?;
        let folder = if place.is_dir() { &*place } else { place.parent().unwrap_or(&place) };
        let git = |arguments: &[&OsStr]| git(&program, folder, arguments, revision, tools);
        let top = git(&[OsStr::new("rev-parse"), OsStr::new("--show-toplevel")])?;
        let top = PathBuf::from(OsString::from_vec(trimmed(top)));
        let diff = git(&[
            OsStr::new("diff"),
            OsStr::new("--unified=0"),
            OsStr::new("--no-color"),
            OsStr::new("--no-ext-diff"),
            OsStr::new("--no-textconv"),
            // Whatever a repository says of its submodules: one that moved did change.
            OsStr::new("--ignore-submodules=none"),
            OsStr::new("--submodule=short"),
            // A file under a new name is a new file.
            OsStr::new("--no-renames"),
            OsStr::new("--src-prefix=a/"),
            OsStr::new("--dst-prefix=b/"),
            OsStr::new(revision),
            OsStr::new("--"),
            place.as_os_str(),
        ])?;
        let untracked = git(&[
            OsStr::new("ls-files"),
            OsStr::new("--others"),
            OsStr::new("--exclude-standard"),
            OsStr::new("--full-name"),
            OsStr::new("-z"),
            OsStr::new("--"),
            place.as_os_str(),
        ])?;
        let mut found = parse(&diff);
        let names = untracked.split(|byte| *byte == 0).filter(|name| !name.is_empty());
        found.extend(names.map(|name| (name.to_vec(), ChangedLines::All)));
        for (name, lines) in found {
            let path = top.join(OsString::from_vec(name));
            let Some(shown) = named(target, &place, &path) else { continue };
            // Git names a folder where another repository begins, and looks no further.
            if path.is_dir() {
                changes.folders.insert(shown);
            } else {
                changes.files.insert(shown, lines);
            }
        }
    }
    Ok(changes)
}

fn cannot(revision: &str) -> Diagnostic {
    Diagnostic::new(Exit::Usage, "cannot say what changed").at(format!("--since {revision}"))
}

fn trimmed(mut line: Vec<u8>) -> Vec<u8> {
    while line.last() == Some(&b'\n') {
        line.pop();
    }
    line
}

/// A changed path as the check names it; nothing if it is not of the target.
fn named(target: &Path, place: &Path, path: &Path) -> Option<String> {
    let rest = path.strip_prefix(place).ok()?;
    if rest.as_os_str().is_empty() {
        return Some(target.display().to_string());
    }
    Some(super::shown(&target.join(rest)))
}

/// Runs `git` so that nothing in the repository starts a program, and nothing asks.
fn git(
    program: &Path,
    folder: &Path,
    arguments: &[&OsStr],
    revision: &str,
    tools: &Tools,
) -> Result<Vec<u8>, Diagnostic> {
    let mut command = Command::new(program);
    command.env_clear().env("LC_ALL", "C").env("GIT_OPTIONAL_LOCKS", "0");
    command.env("GIT_TERMINAL_PROMPT", "0").env("GIT_PAGER", "");
    if let Some(home) = &tools.home {
        command.env("HOME", home);
    }
    command.arg("--literal-pathspecs").arg("--no-pager").arg("-C").arg(folder);
    for setting in ["core.fsmonitor=false", "core.hooksPath=/nowhere", "core.quotePath=true"] {
        command.arg("-c").arg(setting);
    }
    command.args(arguments);
    let output = run(command, tools).map_err(|failure| failed(cannot(revision), &failure))?;
    if output.succeeded {
        return Ok(output.stdout);
    }
    let complaint = complaint(&output.stderr);
    let complaint = complaint.strip_prefix("fatal: ").unwrap_or(&complaint);
    Err(cannot(revision)
        .because(complaint)
        .remedy("name a revision that this repository has; a shallow clone may lack it"))
}

/// The changed lines of each file, from the output of `git diff --unified=0`. Names are bytes,
/// from the top of the repository. Files that are gone have no lines.
pub(super) fn parse(diff: &[u8]) -> BTreeMap<Vec<u8>, ChangedLines> {
    let mut files = BTreeMap::new();
    let mut current: Option<Vec<u8>> = None;
    let mut is_new = false;
    // Lines of the hunk that are still to come: they may look like headers.
    let mut content = 0_u64;
    for line in diff.split(|byte| *byte == b'\n') {
        if content > 0 && matches!(line.first(), Some(b'+' | b'-' | b' ')) {
            content -= 1;
        } else if line.starts_with(b"diff --git ") {
            (current, is_new, content) = (None, false, 0);
        } else if line.starts_with(b"new file mode ") {
            is_new = true;
        } else if let Some(name) = line.strip_prefix(b"+++ ") {
            current = name_of(name);
            if let Some(name) = current.clone().filter(|_| is_new) {
                files.insert(name, ChangedLines::All);
            }
        } else if let Some(name) = binary(line) {
            files.insert(name, ChangedLines::All);
        } else if let Some((first, last, lines)) = hunk(line) {
            content = lines;
            let Some(name) = &current else { continue };
            let known = files.entry(name.clone()).or_insert(ChangedLines::Some(Vec::new()));
            if let ChangedLines::Some(ranges) = known {
                ranges.push((first, last));
            }
        }
    }
    files
}

/// `Binary files a/x and b/x differ`: manifests are text, and so nothing more is said of it.
fn binary(line: &[u8]) -> Option<Vec<u8>> {
    let rest = line.strip_prefix(b"Binary files ")?.strip_suffix(b" differ")?;
    let at = rest.windows(5).rposition(|part| part == b" and ")?;
    name_of(rest.get(at + 5..)?)
}

/// A name behind `b/`, perhaps in quotes; nothing for `/dev/null`. Git ends names that have blanks
/// with a tab.
fn name_of(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.strip_suffix(b"\t").unwrap_or(text);
    let name = match text.strip_prefix(b"\"") {
        Some(quoted) => unquoted(quoted.strip_suffix(b"\"")?)?,
        None => text.to_vec(),
    };
    name.strip_prefix(b"b/").map(<[u8]>::to_vec)
}

/// What Git writes in quotes, as in C: `\t`, `\"`, `\303\274`.
fn unquoted(text: &[u8]) -> Option<Vec<u8>> {
    let mut name = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        if *first != b'\\' {
            name.push(*first);
            continue;
        }
        let (escaped, after) = rest.split_first()?;
        rest = after;
        name.push(match escaped {
            b'a' => 7,
            b'b' => 8,
            b't' => b'\t',
            b'n' => b'\n',
            b'v' => 11,
            b'f' => 12,
            b'r' => b'\r',
            b'"' | b'\\' => *escaped,
            b'0'..=b'3' => {
                let (digits, after) = rest.split_at_checked(2)?;
                rest = after;
                let octal = [*escaped, *digits.first()?, *digits.last()?];
                u8::from_str_radix(str::from_utf8(&octal).ok()?, 8).ok()?
            }
            _ => return None,
        });
    }
    Some(name)
}

/// `@@ -12,3 +14,2 @@ …`: the lines touched, and how many lines of content follow. Where lines are
/// only removed, the one before and the one after are touched.
fn hunk(line: &[u8]) -> Option<(u32, u32, u64)> {
    let line =
        str::from_utf8(line.strip_prefix(b"@@ -")?.split(|byte| *byte == b'@').next()?).ok()?;
    let (old, new) = line.trim_end().split_once(" +")?;
    let range = |text: &str| -> Option<(u32, u32)> {
        match text.split_once(',') {
            Some((start, count)) => Some((start.parse().ok()?, count.parse().ok()?)),
            None => Some((text.parse().ok()?, 1)),
        }
    };
    let ((_, removed), (start, added)) = (range(old)?, range(new)?);
    let (first, last) = match added {
        0 => (start.max(1), start.saturating_add(1)),
        count => (start, start.saturating_add(count - 1)),
    };
    Some((first, last, u64::from(removed) + u64::from(added)))
}
