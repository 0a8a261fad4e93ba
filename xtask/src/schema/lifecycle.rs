//! When API versions came, were deprecated and went, from the generated Go methods that say so
//! (`zz_generated.prerelease-lifecycle.go`).

use super::{list, text, word};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    path::{Path, PathBuf},
};

/// Group, version and kind.
type Key = (String, String, String);

/// Releases such as `1.22`, empty where there is none.
#[derive(Default)]
pub(super) struct Life {
    introduced: String,
    deprecated: String,
    removed: String,
    replacement: String,
}

pub(super) type Lives = BTreeMap<Key, Life>;

/// Adds what a module says; it overrides what an older one said.
pub(super) fn read(module: &Path, lives: &mut Lives) -> Result<(), String> {
    let folders = [module.to_owned(), module.join("pkg/apis")];
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        for group in list(folder)?.into_iter().filter(|path| path.is_dir()) {
            for version in list(&group)?.into_iter().filter(|path| path.is_dir()) {
                let file = version.join("zz_generated.prerelease-lifecycle.go");
                if file.is_file() {
                    read_file(&file, &group_name(&version)?, &name(&version), lives)?;
                }
            }
        }
    }
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// `const GroupName = "apps"` of register.go.
fn group_name(version: &Path) -> Result<String, String> {
    let paths: [PathBuf; 2] = [version.join("register.go"), version.join("../register.go")];
    for path in &paths {
        let source = text(path)?;
        let line = source.lines().find(|line| line.trim().starts_with("const GroupName"));
        if let Some(name) = line.and_then(|line| line.split('"').nth(1)) {
            return Ok(name.to_owned());
        }
    }
    Err(format!("{}: no GroupName", version.display()))
}

fn read_file(path: &PathBuf, group: &str, version: &str, lives: &mut Lives) -> Result<(), String> {
    let source = text(path)?;
    let mut fresh: BTreeMap<String, Life> = BTreeMap::new();
    let mut rest_of_file = source.lines();
    while let Some(line) = rest_of_file.next() {
        // func (in *Eviction) APILifecycleIntroduced() (major, minor int) {
        let Some(rest) = line.strip_prefix("func (in *") else { continue };
        let Some((kind, rest)) = rest.split_once(") APILifecycle") else { continue };
        let body = rest_of_file.next().unwrap_or_default().trim();
        let life = fresh.entry(kind.to_owned()).or_default();
        let release = || body.trim_start_matches("return ").replace(", ", ".");
        match rest.split('(').next() {
            Some("Introduced") => life.introduced = release(),
            Some("Deprecated") => life.deprecated = release(),
            Some("Removed") => life.removed = release(),
            Some("Replacement") => {
                let words: Vec<&str> = body.split('"').skip(1).step_by(2).collect();
                // One upstream tag names the list of a kind for the kind.
                let words = words.join("/");
                words.trim_end_matches("List").clone_into(&mut life.replacement);
            }
            _ => {}
        }
    }
    for (kind, life) in fresh.into_iter().filter(|(kind, _)| !kind.ends_with("List")) {
        lives.insert((group.to_owned(), version.to_owned(), kind), life);
    }
    Ok(())
}

/// Appends `life` lines. Where Kubernetes names no replacement but has the kind in `v1`, that is
/// it.
pub(super) fn write(lives: &Lives, out: &mut String) {
    for ((group, version, kind), life) in lives {
        let stable = (group.clone(), "v1".to_owned(), kind.clone());
        let replacement = match &*life.replacement {
            "" if !life.removed.is_empty() && lives.contains_key(&stable) => {
                format!("{group}/v1/{kind}")
            }
            named => named.to_owned(),
        };
        let _ = writeln!(
            out,
            "life {} {version} {kind} {} {} {} {}",
            word(group),
            word(&life.introduced),
            word(&life.deprecated),
            word(&life.removed),
            word(&replacement)
        );
    }
}
