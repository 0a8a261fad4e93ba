//! What goes in.

use crate::render::RenderedFile;
use cofferdam_model::Severity;
use cofferdam_policy::{Bundle, Stage};
use cofferdam_posture::pod_security::Standard;
use jiff::Timestamp;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// A file to be checked.
#[derive(Clone, Debug)]
pub struct Input {
    /// Its path, as people know it.
    pub path: String,
    /// Its text.
    pub text: Arc<str>,
    /// What it is meant to be.
    pub kind: InputKind,
    /// Where it comes from, if no person wrote it.
    pub rendered: Option<FromTemplate>,
}

/// What a tool made of a chart or a kustomization.
#[derive(Clone, Debug)]
pub struct FromTemplate {
    /// The folder of the chart or kustomization, as [`Changes`] begin its files.
    pub folder: String,
    /// Where each line is written.
    pub file: RenderedFile,
}

impl Input {
    /// YAML or JSON that a person wrote.
    pub fn manifest(path: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        let (path, text) = (path.into(), text.into());
        Self { path, text, kind: InputKind::Manifest, rendered: None }
    }

    /// A Dockerfile.
    pub fn dockerfile(path: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self { kind: InputKind::Dockerfile, ..Self::manifest(path, text) }
    }

    /// What a chart or kustomization in `folder` was rendered to.
    pub fn rendered(folder: impl Into<String>, file: RenderedFile) -> Self {
        let (path, text) = (file.path.clone(), Arc::clone(&file.text));
        let rendered = Some(FromTemplate { folder: folder.into(), file });
        Self { path, text, kind: InputKind::Manifest, rendered }
    }
}

/// What a file is meant to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// YAML or JSON.
    Manifest,
    /// A Dockerfile.
    Dockerfile,
}

/// What is asked about files.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The policies and exceptions.
    pub bundle: &'a Bundle,
    /// The stage to judge as.
    pub stage: Stage,
    /// The time of judgement.
    pub now: Timestamp,
    /// A failure less severe than this decides nothing.
    pub fail_on: Severity,
    /// The version of Kubernetes, `1.N`.
    pub kubernetes_minor: Option<u32>,
    /// Judge pods by this standard too.
    pub pod_security: Option<Standard>,
    /// Judge only what changed.
    pub changes: Option<&'a Changes>,
    /// Keep the fixes as patches and edits.
    pub patches: bool,
    /// Keep the facts that were read, and what decided.
    pub explain: bool,
}

/// Which lines of which files changed; of the others nothing is judged, and all is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// By path, as [`Input::path`] has it.
    pub files: BTreeMap<String, ChangedLines>,
    /// Folders of which nobody says what changed in them, and so everything did: submodules and
    /// repositories that lie in another.
    pub folders: BTreeSet<String>,
}

/// Which lines of a file changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChangedLines {
    /// Every line: the file is new.
    All,
    /// These, from and to, both inclusive, from 1.
    Some(Vec<(u32, u32)>),
}

impl Changes {
    /// Whether any of these lines of this file changed.
    pub fn touch(&self, path: &str, first: u32, last: u32) -> bool {
        match self.files.get(path) {
            _ if self.is_in_changed_folder(path) => true,
            None => false,
            Some(ChangedLines::All) => true,
            Some(ChangedLines::Some(ranges)) => {
                ranges.iter().any(|(from, to)| *from <= last && first <= *to)
            }
        }
    }
}

impl Changes {
    fn is_in_changed_folder(&self, path: &str) -> bool {
        let mut folders = path.match_indices('/').filter_map(|(at, _)| path.get(..at));
        !self.folders.is_empty() && folders.any(|folder| self.folders.contains(folder))
    }

    /// Whether anything changed that a file was rendered from: its template, or what all templates
    /// of the folder share (values, helpers). `templates` are those of the folder.
    pub(super) fn touch_rendered(&self, of: &FromTemplate, templates: &BTreeSet<&str>) -> bool {
        let is_inside = |path: &str| {
            of.folder == "."
                || path.strip_prefix(&*of.folder).is_some_and(|rest| rest.starts_with('/'))
        };
        let is_in_folder =
            self.folders.contains(&of.folder) || self.is_in_changed_folder(&of.folder);
        let has_folder = self.folders.iter().any(|folder| is_inside(folder));
        let has_file = self.files.keys().any(|path| {
            let is_inside = is_inside(path);
            let is_shared = is_inside && !templates.contains(&**path);
            is_shared || *path == of.file.path
        });
        is_in_folder || has_folder || has_file
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn touched_lines() {
        let files = [
            ("new".to_owned(), ChangedLines::All),
            ("old".to_owned(), ChangedLines::Some(vec![(3, 4), (9, 9)])),
        ];
        let folders = ["a/sub".to_owned()].into();
        let changes = Changes { files: files.into_iter().collect(), folders };
        assert!(changes.touch("a/sub/x.yaml", 1, 1) && changes.touch("a/sub/b/x.yaml", 1, 1));
        assert!(!changes.touch("a/sub.yaml", 1, 1) && !changes.touch("a/subs/x.yaml", 1, 1));
        assert!(changes.touch("new", 1, 1));
        assert!(changes.touch("old", 1, 3) && changes.touch("old", 4, 8));
        assert!(!changes.touch("old", 5, 8) && !changes.touch("old", 10, 20));
        assert!(!changes.touch("other", 1, 100));
    }
}
