//! What every file must and must not have.

use super::{none, text, tracked};
use crate::command::root;
use std::path::{Path, PathBuf};

/// A file over this is more than one thing.
const LINES_MAX: usize = 600;

#[test]
fn source_files_open_with_a_module_doc() {
    let bare = |path: &PathBuf| {
        // Attributes of the crate may stand before it.
        let source = text(path);
        !source.lines().take(3).any(|line| line.starts_with("//!"))
    };
    let complaints: Vec<String> = tracked(".rs")
        .iter()
        .filter(|path| bare(path))
        .map(|path| format!("{}: no module doc", path.display()))
        .collect();
    none(&complaints);
}

#[test]
fn libraries_open_with_a_runnable_example() {
    let complaints: Vec<String> = tracked("src/lib.rs")
        .iter()
        .filter(|path| path.starts_with("crates"))
        .filter(|path| !text(path).lines().any(|line| line == "//! ```"))
        .map(|path| format!("{}: no example", path.display()))
        .collect();
    none(&complaints);
}

#[test]
fn source_files_are_one_thing() {
    let complaints: Vec<String> = tracked(".rs")
        .iter()
        .map(|path| (path, text(path).lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(path, lines)| format!("{}: {lines} lines, at most {LINES_MAX}", path.display()))
        .collect();
    none(&complaints);
}

#[test]
fn no_placeholders_no_ignored_tests_no_machine_paths() {
    // Spelled in halves, so that this file does not find itself.
    let banned = [
        (concat!("TO", "DO"), "do it or write an issue"),
        (concat!("FIX", "ME"), "do it or write an issue"),
        (concat!("XX", "X:"), "do it or write an issue"),
        (concat!("#[ig", "nore"), "a test that does not run is no test"),
        (concat!("/wo", "rk/main"), "a path of one machine"),
        (concat!("/wo", "rk/shared"), "a path of one machine"),
        (concat!("/root/", ".cargo"), "a path of one machine"),
        (concat!("/tmp/", "brief"), "a path of one machine"),
    ];
    let mut complaints = Vec::new();
    for suffix in [".rs", ".md", ".sh", ".py", ".toml", ".yaml", "Makefile"] {
        for path in tracked(suffix) {
            for (number, line) in text(&path).lines().enumerate() {
                for (word, reason) in banned.iter().filter(|(word, _)| line.contains(word)) {
                    let place = format!("{}:{}", path.display(), number + 1);
                    complaints.push(format!("{place}: {word}: {reason}"));
                }
            }
        }
    }
    none(&complaints);
}

#[test]
fn unsafe_is_nowhere_opted_into() {
    let allowed = Path::new("crates/kernel");
    let complaints: Vec<String> = tracked(".rs")
        .iter()
        .filter(|path| !path.starts_with(allowed))
        .filter(|path| {
            let source = text(path);
            let opted = |word| source.contains(&format!("{word}(unsafe{}", "_code"));
            opted("allow") || opted("expect")
        })
        .map(|path| format!("{}: unsafe outside crates/kernel", path.display()))
        .collect();
    none(&complaints);
}

#[test]
fn links_between_documents_lead_somewhere() {
    let mut complaints = Vec::new();
    for path in tracked(".md") {
        // Code is no link, whatever its brackets look like.
        let document = text(&path);
        let parts = document.split("```").step_by(2).collect::<Vec<_>>();
        let document = parts.join("");
        for link in document.split("](").skip(1).filter_map(|rest| rest.split_once(')')) {
            let target = link.0.split('#').next().unwrap_or_default();
            if target.is_empty() || target.contains("://") || target.contains(' ') {
                continue;
            }
            let folder = path.parent().unwrap_or(Path::new(""));
            if !root().join(folder).join(target).exists() {
                complaints.push(format!("{}: dead link {target}", path.display()));
            }
        }
    }
    none(&complaints);
}

#[test]
fn the_top_has_only_the_folders_of_the_design() {
    let known =
        ["bpf", "console", "crates", "deploy", "docs", "examples", "rules", "tests", "xtask"];
    let complaints: Vec<String> = tracked("")
        .iter()
        .filter(|path| path.components().count() > 1)
        .filter_map(|path| path.components().next()?.as_os_str().to_str().map(str::to_owned))
        .filter(|top| !top.starts_with('.') && !known.contains(&top.as_str()))
        .collect();
    none(&complaints);
}
