//! The objects that are judged together, and how they are found by kind, namespace and name.

use crate::{
    access::Access,
    kind::{KINDS, Kind, KindSet},
    network::Network,
    workload::Workload,
};
use cofferdam_manifest::{Document, Lines, Object, Source, View};
use cofferdam_policy::facts::{ObjectSource, Place};
use foldhash::{HashMap, HashMapExt as _, HashSet, HashSetExt as _};
use std::sync::{Arc, OnceLock};

/// Objects that are judged together; more are counted, not joined. The largest clusters that
/// Kubernetes supports hold 150,000 pods (Kubernetes, "Considerations for large clusters").
pub const OBJECTS_MAX: usize = 500_000;

/// Objects of one name that are told apart by their files.
const NAMESAKES_MAX: usize = 64;

/// Names one object of an [`ObjectSet`]; ids go up in the order of files and documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId(u32);

/// One object of a set.
#[derive(Clone, Debug)]
pub struct Entry<'t> {
    /// The object.
    pub object: Object<'t>,
    /// The file that it stands in.
    pub source: &'t Source,
    /// The document of that file.
    pub document: &'t Document,
    /// Index of the file in the order in which the files were given.
    pub(crate) file: usize,
}

/// An object with the file and the document that it stands in.
pub type Held<'t> = (Object<'t>, &'t Source, &'t Document);

/// What an object is found by.
type Name<'t> = (Kind, Option<&'t str>, &'t str);

/// A file of the set, as far as places in it were asked for: of most there are none.
#[derive(Default)]
struct File<'t> {
    read: OnceLock<(Arc<str>, Lines<'t>)>,
}

/// Objects that are judged together: those of a directory, a chart, a cluster.
///
/// Two objects belong to one namespace when both give the same, or when neither gives one: what
/// `kubectl apply` is told on its command line is the same for all files of a directory.
pub struct ObjectSet<'t> {
    entries: Vec<Entry<'t>>,
    by_kind: [Vec<ObjectId>; KINDS],
    by_name: HashMap<Name<'t>, ObjectId>,
    /// Further objects with the same name, as in a directory of examples.
    namesakes: HashMap<Name<'t>, Vec<ObjectId>>,
    workloads: Vec<Workload<'t>>,
    /// For each object that makes pods its index in `workloads`.
    workload_of: HashMap<ObjectId, usize>,
    dropped: usize,
    files: Vec<File<'t>>,
    /// Kinds and namespaces of which there is an object.
    spoken_of: HashSet<(Kind, Option<&'t str>)>,
    /// Kinds of which there may be more than the set holds, wherever it speaks of them.
    lacking: KindSet,
    access: OnceLock<Access<'t>>,
    network: OnceLock<Network<'t>>,
}

impl<'t> ObjectSet<'t> {
    /// The objects of all documents of these files, in order. Of two with one kind, namespace and
    /// name the one in the nearer file is meant by others; both are judged.
    pub fn of(sources: impl IntoIterator<Item = &'t Source>) -> Self {
        let sources = sources.into_iter();
        let mut set = Self::with_room(sources.size_hint().0);
        for (file, source) in sources.enumerate() {
            set.files.push(File::default());
            for document in &source.documents {
                for node in &document.objects {
                    if let Some(object) = Object::of(document.tree.view(*node)) {
                        set.add((object, source, document), file);
                    }
                }
            }
        }
        set.entries.shrink_to_fit();
        set.workloads.shrink_to_fit();
        set
    }

    /// The same of objects that are known already, each in a file of its own.
    pub fn of_known(objects: Vec<Held<'t>>) -> Self {
        let mut set = Self::with_room(objects.len());
        for (file, held) in objects.into_iter().enumerate() {
            set.files.push(File::default());
            set.add(held, file);
        }
        set
    }

    /// Of these kinds there may be more objects than the set holds, and nobody knows which: what
    /// rests on there being none is unknown.
    #[must_use]
    pub const fn lacking(mut self, kinds: KindSet) -> Self {
        self.lacking = kinds;
        self
    }

    fn with_room(least: usize) -> Self {
        Self {
            entries: Vec::with_capacity(least),
            by_kind: [const { Vec::new() }; KINDS],
            by_name: HashMap::with_capacity(least),
            namesakes: HashMap::new(),
            workloads: Vec::new(),
            workload_of: HashMap::new(),
            dropped: 0,
            files: Vec::with_capacity(least),
            spoken_of: HashSet::new(),
            lacking: KindSet::default(),
            access: OnceLock::new(),
            network: OnceLock::new(),
        }
    }

    fn add(&mut self, (object, source, document): Held<'t>, file: usize) {
        let id = match u32::try_from(self.entries.len()) {
            Ok(index) if self.entries.len() < OBJECTS_MAX => ObjectId(index),
            _ => {
                self.dropped += 1;
                return;
            }
        };
        let kind = Kind::of(&object);
        if let Some(workload) = Workload::of(id, &object) {
            self.workload_of.insert(id, self.workloads.len());
            self.workloads.push(workload);
        }
        if let Some(same) = self.by_kind.get_mut(kind.index()) {
            same.push(id);
        }
        if let Some(name) = object.name.filter(|_| kind != Kind::Other) {
            self.name((kind, kind.scope(object.namespace), name), id);
        }
        self.spoken_of.insert((kind, kind.scope(object.namespace)));
        self.entries.push(Entry { object, source, document, file });
    }

    fn name(&mut self, name: Name<'t>, id: ObjectId) {
        if *self.by_name.entry(name).or_insert(id) != id {
            let namesakes = self.namesakes.entry(name).or_default();
            if namesakes.len() < NAMESAKES_MAX {
                namesakes.push(id);
            }
        }
    }

    /// How many objects there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Objects over [`OBJECTS_MAX`], which are in no join and in no judgement of this set.
    pub const fn dropped(&self) -> usize {
        self.dropped
    }

    /// Every object with its id, in order.
    pub fn entries(&self) -> impl Iterator<Item = (ObjectId, &Entry<'t>)> {
        (0_u32..).map(ObjectId).zip(&self.entries)
    }

    /// One object.
    pub fn get(&self, id: ObjectId) -> Option<&Entry<'t>> {
        self.entries.get(usize::try_from(id.0).ok()?)
    }

    /// `Deployment shop/web`; without a namespace `Deployment web`.
    pub fn title(&self, id: ObjectId) -> String {
        self.get(id).map_or_else(String::new, |entry| title(&entry.object))
    }

    /// The object as the root `object` of facts.
    pub fn object(&self, id: ObjectId) -> Option<ObjectSource<'_>> {
        let entry = self.get(id)?;
        let file = self.files.get(entry.file)?;
        let source = entry.source;
        let read = || (Arc::from(&*source.path), Lines::of(&source.text));
        let (path, lines) = file.read.get_or_init(read);
        let object = ObjectSource::new(entry.object.view, Arc::clone(path), lines);
        Some(object.without(source.unasked))
    }

    /// Where a value of an object stands; without one, where the object has its name.
    pub fn place_of(&self, id: ObjectId, view: Option<View<'t>>) -> Option<Place> {
        let object = self.object(id)?;
        let own = self.get(id)?.object.view;
        let name = || own.at(&["metadata", "name"]).or_else(|| own.get("metadata"));
        Some(object.place_of(view.or_else(name).unwrap_or(own)))
    }

    /// The pods that objects of this set make.
    pub fn workloads(&self) -> &[Workload<'t>] {
        &self.workloads
    }

    /// The pods that this object makes.
    pub fn workload(&self, id: ObjectId) -> Option<&Workload<'t>> {
        self.workloads.get(self.workload_index(id)?)
    }

    pub(crate) fn workload_index(&self, id: ObjectId) -> Option<usize> {
        self.workload_of.get(&id).copied()
    }

    /// Who may do what, as far as the set says.
    pub fn access(&self) -> &Access<'t> {
        self.access.get_or_init(|| Access::of(self))
    }

    /// Which services reach which pods, and from where.
    pub fn network(&self) -> &Network<'t> {
        self.network.get_or_init(|| Network::of(self))
    }

    /// Whether there may be more objects of one of these kinds than the set holds, whatever it
    /// speaks of.
    pub(crate) fn lacks(&self, kinds: &[Kind]) -> bool {
        kinds.iter().any(|kind| self.lacking.has(*kind))
    }

    /// The same for a person.
    pub(crate) fn why_lacking(&self, kinds: &[Kind]) -> Option<String> {
        let kind = kinds.iter().find(|kind| self.lacking.has(**kind))?;
        Some(format!("the {} of the cluster could not be read", kind.plural()))
    }

    /// Whether there is an object of a kind in a namespace.
    pub(crate) fn has_in(&self, kind: Kind, namespace: Option<&str>) -> bool {
        self.spoken_of.contains(&(kind, kind.scope(namespace)))
    }

    pub(crate) fn of_kind(&self, kind: Kind) -> &[ObjectId] {
        self.by_kind.get(kind.index()).map_or(&[], Vec::as_slice)
    }

    /// The objects of a kind, with their ids.
    pub(crate) fn all(&self, kind: Kind) -> impl Iterator<Item = (ObjectId, &Object<'t>)> {
        self.of_kind(kind).iter().filter_map(|id| Some((*id, &self.get(*id)?.object)))
    }

    pub(crate) fn named(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Option<ObjectId> {
        self.by_name.get(&(kind, kind.scope(namespace), name)).copied()
    }

    /// The object with this name that an object means: of several the one whose file is nearest,
    /// for a directory of examples has one of the same name in each.
    pub(crate) fn meant(
        &self,
        kind: Kind,
        namespace: Option<&str>,
        name: &str,
        by: ObjectId,
    ) -> Option<ObjectId> {
        let first = self.named(kind, namespace, name)?;
        let Some(others) = self.namesakes.get(&(kind, kind.scope(namespace), name)) else {
            return Some(first);
        };
        let path = |id: ObjectId| self.get(id).map_or("", |entry| &entry.source.path);
        let own = path(by);
        let near = |id: ObjectId| {
            let other = path(id);
            let same = own.split('/').zip(other.split('/')).take_while(|(a, b)| a == b).count();
            (same, own == other)
        };
        let all = std::iter::once(first).chain(others.iter().copied());
        // Of equally near ones the first.
        all.reduce(|best, next| if near(next) > near(best) { next } else { best })
    }
}

impl std::fmt::Debug for ObjectSet<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} objects, {} of them make pods", self.len(), self.workloads.len())
    }
}

/// `Deployment shop/web`; without a namespace `Deployment web`.
pub fn title(object: &Object<'_>) -> String {
    let name = object.name.unwrap_or("without a name");
    match object.namespace {
        Some(namespace) => format!("{} {namespace}/{name}", object.kind),
        None => format!("{} {name}", object.kind),
    }
}
