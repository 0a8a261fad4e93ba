//! A file of manifests: its documents, and what is wrong with it.

use crate::{Duplicate, Lines, NodeId, Tree, json::Json, object, tree::Builder};
use cofferdam_bounds::{Exceeded, Meter};
use cofferdam_model::{Problem, ProblemKind};
use std::sync::Arc;

/// What a file holds.
#[derive(Clone, Debug)]
pub struct Source {
    /// Its name, for people.
    pub path: String,
    /// Its text.
    pub text: Arc<str>,
    /// Those of its documents that could be read and are not empty.
    pub documents: Vec<Document>,
    /// What could not be read. The location is the file; the detail names line and column.
    pub problems: Vec<Problem>,
}

/// One document of a file.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its number in the file, from 0; empty and broken ones count.
    pub index: usize,
    /// What is in it.
    pub tree: Tree,
    /// The objects in it: one, or those of a `kind: List`; none if it is no object.
    pub objects: Vec<NodeId>,
    /// Entries that later ones with the same key replaced, the first hundred.
    pub duplicates: Vec<Duplicate>,
}

/// Bytes of a file. etcd takes objects of 1.5 MB; this is room for a whole cluster in one file.
const TEXT_BYTES_MAX: usize = 256 << 20;

/// Reads YAML or JSON, whichever the text is.
pub fn read(path: &str, text: Arc<str>, meter: &Meter) -> Source {
    let mut source = Source {
        path: path.to_owned(),
        text: Arc::clone(&text),
        documents: vec![],
        problems: vec![],
    };
    let size = u64::try_from(text.len()).unwrap_or(u64::MAX);
    let limit = TEXT_BYTES_MAX as u64;
    let fits = if size > limit {
        Err(Exceeded { what: "bytes of the file", limit })
    } else {
        meter.add_bytes(size)
    };
    if let Err(exceeded) = fits {
        let problem = Problem::at(ProblemKind::BudgetExceeded, path, exceeded.to_string());
        source.problems.push(problem);
        return source;
    }
    let mut builder = Builder::new(Arc::clone(&text));
    let mut json = Json::new(text.as_bytes(), 0, &mut builder, usize::MAX);
    let fault = json.value(None, 0);
    match fault {
        Ok(root) => {
            let (mut tree, duplicates) = builder.finish(root);
            let objects = object::objects(&mut tree);
            source.documents.push(Document { index: 0, tree, objects, duplicates });
        }
        Err(fault) => source.problems.push(fault.problem(path, &Lines::of(&text))),
    }
    source
}
