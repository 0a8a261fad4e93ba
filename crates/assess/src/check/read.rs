//! Text to trees and Dockerfiles, in parallel, with what the API server would fill in.

use super::{FileKind, FromTemplate, Input, InputKind, Place};
use cofferdam_bounds::Meter;
use cofferdam_manifest::{
    Source,
    dockerfile::{self, Dockerfile},
};
use cofferdam_model::{Problem, ProblemKind};
use rayon::prelude::*;
use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
};

/// A file that was read.
#[derive(Debug)]
pub(crate) struct ReadFile {
    pub(super) path: Arc<str>,
    pub(super) text: Arc<str>,
    pub(super) rendered: Option<FromTemplate>,
    pub(super) contents: Contents,
    pub(super) problems: Vec<Problem>,
    is_broken: bool,
}

/// What was in a file.
#[derive(Debug)]
pub(super) enum Contents {
    Objects(Arc<Source>),
    Dockerfile(Box<Dockerfile>),
}

/// Where something is written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) place: Place,
    /// The file, if it is another than the one it was read as.
    pub(super) file: Option<Arc<str>>,
    /// Nobody knows: the place is one of the rendered text.
    pub(super) is_rendered: bool,
}

impl Written {
    /// The line of the file that was read, if it is one.
    pub(super) const fn line(&self) -> Option<u32> {
        if self.is_rendered || self.file.is_some() { None } else { Some(self.place.line) }
    }
}

/// Reads all files; the order is that of the inputs whatever finishes first.
pub(super) fn read(inputs: Vec<Input>, meter: &Meter) -> Vec<ReadFile> {
    inputs.into_par_iter().map(|input| contained(input, meter)).collect()
}

/// A mistake of ours in one file must not end the others.
fn contained(input: Input, meter: &Meter) -> ReadFile {
    let path = input.path.clone();
    catch_unwind(AssertUnwindSafe(|| read_one(input, meter))).unwrap_or_else(|_| {
        let detail = "the reader of manifests failed, please report this";
        let problem = Problem::at(ProblemKind::Bug, &*path, detail);
        let text: Arc<str> = "".into();
        let (documents, problems) = (Vec::new(), Vec::new());
        let source = Source {
            path: path.clone(),
            text: Arc::clone(&text),
            documents,
            problems,
            unasked: &[],
        };
        ReadFile {
            path: path.into(),
            text,
            rendered: None,
            contents: Contents::Objects(Arc::new(source)),
            problems: vec![problem],
            is_broken: true,
        }
    })
}

fn read_one(input: Input, meter: &Meter) -> ReadFile {
    let Input { path, text, kind, rendered } = input;
    let (contents, problems) = match kind {
        InputKind::Dockerfile => {
            let (file, problems) = dockerfile::read(&path, Arc::clone(&text), meter);
            (Contents::Dockerfile(Box::new(file)), problems)
        }
        InputKind::Manifest => {
            let mut source = cofferdam_manifest::read(&path, Arc::clone(&text), meter);
            let mut problems = std::mem::take(&mut source.problems);
            if rendered.is_some() {
                problems.iter_mut().for_each(of_rendered);
            }
            for document in &mut source.documents {
                for object in &document.objects {
                    cofferdam_manifest::default(&mut document.tree, *object);
                }
                document.tree = document.tree.compact();
            }
            (Contents::Objects(Arc::new(source)), problems)
        }
    };
    let is_broken = !problems.is_empty();
    ReadFile { path: path.into(), text, rendered, contents, problems, is_broken }
}

/// Lines that nobody has in a file are not to be looked for there.
fn of_rendered(problem: &mut Problem) {
    problem.detail.push_str(" (of what the template renders to)");
}

impl ReadFile {
    /// A file of objects that was read and defaulted before.
    pub(crate) fn of_source(source: Arc<Source>) -> Self {
        Self {
            path: Arc::from(&*source.path),
            text: Arc::clone(&source.text),
            rendered: None,
            contents: Contents::Objects(source),
            problems: Vec::new(),
            is_broken: false,
        }
    }

    /// Its objects' file, if it is no Dockerfile.
    pub(super) fn source(&self) -> Option<&Source> {
        match &self.contents {
            Contents::Objects(source) => Some(source),
            Contents::Dockerfile(_) => None,
        }
    }

    /// What it turned out to be.
    pub(super) fn file_kind(&self) -> FileKind {
        match (&self.contents, &self.rendered) {
            (Contents::Dockerfile(_), _) => FileKind::Dockerfile,
            (Contents::Objects(_), _) if self.objects() == 0 => {
                // Broken is not the same as something else.
                if self.is_broken { FileKind::Unreadable } else { FileKind::Other }
            }
            (Contents::Objects(_), Some(_)) => FileKind::Rendered,
            (Contents::Objects(_), None) => FileKind::Manifest,
        }
    }

    /// How many objects it has.
    pub(super) fn objects(&self) -> usize {
        let documents = self.source().into_iter().flat_map(|source| &source.documents);
        documents.map(|document| document.objects.len()).sum()
    }

    /// Where a place of its text is written, as far as that can be known.
    pub(super) fn written(&self, place: Place) -> Written {
        let Some(rendered) = &self.rendered else {
            return Written { place, file: None, is_rendered: false };
        };
        match rendered.file.origin(place.line) {
            Some(origin) => Written {
                place: Place::line(origin.line),
                file: (origin.path != self.path).then(|| Arc::clone(&origin.path)),
                is_rendered: false,
            },
            None => Written { place, file: None, is_rendered: true },
        }
    }
}
