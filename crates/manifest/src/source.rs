//! A file of manifests: its documents, and what is wrong with it.

#[cfg(test)]
mod tests;

use crate::{
    Duplicate, Lines, NodeId, Tree,
    fault::Fault,
    json::Json,
    object,
    split::{Part, forbidden, split},
    tree::{Builder, Leaf},
    yaml::{self, Allowance, Ending, Yaml},
};
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
    /// Fields of its objects that were not asked for: where one is missing, nobody knows what it is.
    pub unasked: &'static [&'static str],
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

/// Documents of a file that are kept. Each costs some two hundred bytes besides its text.
const DOCUMENTS_MAX: usize = 200_000;

/// Values that any file may hold; longer ones may hold another for every [`NODE_BYTES`] bytes. A
/// value costs 28 bytes of memory, and a manifest has one for every 25 bytes of its text.
const NODES_MIN: usize = 2_000_000;

/// See [`NODES_MIN`].
const NODE_BYTES: usize = 8;

/// Reads YAML or JSON, whichever the text is.
pub fn read(path: &str, text: Arc<str>, meter: &Meter) -> Source {
    let (documents, problems) = (Vec::new(), Vec::new());
    let mut source = Source { path: path.to_owned(), text, documents, problems, unasked: &[] };
    let size = u64::try_from(source.text.len()).unwrap_or(u64::MAX);
    let limit = TEXT_BYTES_MAX as u64;
    let fits = if size > limit {
        Err(Exceeded { what: "bytes of the file", limit })
    } else {
        meter.add_bytes(size)
    };
    match fits {
        Ok(()) => Reader::new(&mut source, meter).read(),
        Err(exceeded) => source.problems.push(Problem::at(
            ProblemKind::BudgetExceeded,
            path,
            exceeded.to_string(),
        )),
    }
    source
}

/// Reads the documents of a file one after another.
struct Reader<'s> {
    source: &'s mut Source,
    text: Arc<str>,
    meter: &'s Meter,
    builder: Builder,
    allowance: Allowance,
    /// Documents so far, those that were not kept too.
    index: usize,
    /// What could not be read, as much of it as is listed.
    faults: Vec<Fault>,
    /// How many more there were.
    faults_more: usize,
}

impl<'s> Reader<'s> {
    fn new(source: &'s mut Source, meter: &'s Meter) -> Self {
        let text = Arc::clone(&source.text);
        let nodes = NODES_MIN + text.len() / NODE_BYTES;
        let allowance = Allowance { nodes, aliased: yaml::ALIASED_MAX };
        let builder = Builder::new(Arc::clone(&text));
        let (index, faults, faults_more) = (0, Vec::new(), 0);
        Self { source, text, meter, builder, allowance, index, faults, faults_more }
    }

    fn read(mut self) {
        let text = Arc::clone(&self.text);
        let start = text.trim_ascii_start();
        let rest = if start.starts_with('{') { self.json(&text) } else { Some(0) };
        if let Some(at) = rest {
            self.yaml(&text, at);
        }
        self.source.documents.shrink_to_fit();
        self.report();
    }

    /// Reads JSON values, and gives the offset from where on the text is no JSON. That may be YAML
    /// in braces, or documents of YAML behind a first one of JSON.
    fn json(&mut self, text: &str) -> Option<usize> {
        let mut at = 0;
        loop {
            self.builder.clear();
            let mut json =
                Json::new(text.as_bytes(), at, &mut self.builder, &mut self.allowance.nodes);
            if !json.more() {
                return None;
            }
            let value = json.value(None, 0);
            let end = json.at();
            match value {
                Ok(root) => {
                    at = end;
                    if !self.keep(root) {
                        return None;
                    }
                }
                Err(fault) if self.index > 1 => {
                    self.fault(fault);
                    return None;
                }
                Err(_) => return Some(at),
            }
        }
    }

    /// Reads documents of YAML from an offset on.
    fn yaml(&mut self, text: &str, from: usize) {
        for part in split(text, from) {
            if !self.part(text, &part) {
                return;
            }
        }
    }

    /// Reads what stands between two markers, most often one document. Tells whether to go on.
    fn part(&mut self, text: &str, part: &Part) -> bool {
        let within = text.get(..part.end).unwrap_or_default();
        if let Some(at) = forbidden(within, part.start) {
            self.fault(Fault::malformed(at, "a control character"));
            self.index += 1;
            return true;
        }
        let (mut start, mut behind) = (part.start, part.marker);
        loop {
            self.builder.clear();
            let mut yaml = Yaml::new(within, start, &mut self.builder, &mut self.allowance);
            if let Some(line) = behind.take() {
                yaml = yaml.behind_marker(line);
            }
            match yaml.document() {
                Ok((None, Ending::Marker(next))) => start = next,
                Ok((root, ending)) => {
                    // Nothing before the first marker is no document; nothing behind one is.
                    self.index += usize::from(root.is_none() && part.marker.is_some());
                    let more = root.is_none_or(|root| self.keep(root));
                    match ending {
                        _ if !more => return false,
                        Ending::Text => return true,
                        Ending::Marker(next) => start = next,
                        Ending::Garbage(at) => {
                            let what = "nothing can stand here: the document ended before this";
                            self.fault(Fault::malformed(at, what));
                            return true;
                        }
                    }
                }
                Err(fault) => {
                    self.index += 1;
                    self.fault(template(fault, within, start));
                    return true;
                }
            }
        }
    }

    /// Keeps a document unless it is empty. Tells whether there may be more.
    fn keep(&mut self, root: u32) -> bool {
        let index = self.index;
        self.index += 1;
        let exceeded = if self.source.documents.len() >= DOCUMENTS_MAX {
            Err(Exceeded { what: "number of documents", limit: DOCUMENTS_MAX as u64 })
        } else {
            self.meter.check_time()
        };
        if let Err(exceeded) = exceeded {
            self.fault(Fault::over(self.builder.span(root).start as usize, exceeded));
            return false;
        }
        if self.builder.leaf_of(root) != Some(Leaf::Null) {
            let (mut tree, duplicates) = self.builder.finish(root);
            let objects = object::objects(&mut tree);
            self.source.documents.push(Document { index, tree, objects, duplicates });
        }
        true
    }

    fn fault(&mut self, fault: Fault) {
        if self.faults.len() < self.meter.limits().problems {
            self.faults.push(fault);
        } else {
            self.faults_more += 1;
        }
    }

    /// Turns faults into problems; only now, because few files need to know their lines.
    fn report(self) {
        if self.faults.is_empty() {
            return;
        }
        let lines = Lines::of(&self.text);
        let path = &self.source.path;
        let mut problems: Vec<Problem> =
            self.faults.iter().map(|fault| fault.problem(path, &lines)).collect();
        if self.faults_more > 0 {
            let what = format!("{} more documents that cannot be read", self.faults_more);
            problems.push(Problem::at(ProblemKind::BudgetExceeded, path.as_str(), what));
        }
        self.source.problems.append(&mut problems);
    }
}

/// Says what is likely the matter with text that is not rendered yet.
fn template(fault: Fault, text: &str, start: usize) -> Fault {
    if text.get(start..).is_some_and(|text| text.contains("{{")) {
        let what = format!("{} (it looks like a template that is not rendered)", fault.what);
        return Fault { what: what.into(), ..fault };
    }
    fault
}
