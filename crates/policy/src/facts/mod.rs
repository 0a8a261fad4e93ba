//! Facts: named roots of trees whose every value says where it comes from.

mod image;
mod node;
mod object;
mod place;
mod provenance;
mod roots;

pub use image::{Database, ImageFacts};
pub use object::ObjectSource;
pub use place::Place;
pub use roots::{ROOTS, Role, Root, RootSet};

use crate::Provenance;
use cofferdam_cel::{Authorizer, Handle, Node, Source, Step};
use cofferdam_manifest::View;

/// Why something is not known, for people: one line, no trailing full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The reason: "no advisory database is loaded".
    pub reason: String,
}

/// Something that may not be known, and then with the reason.
pub type Known<T> = Result<T, Unknown>;

impl Unknown {
    /// Not known for this reason.
    pub fn because(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// A source of facts: values for the engine, and for each where it comes from.
pub trait FactSource: Source {
    /// Where the entry of `node` at `step` comes from.
    fn provenance(&self, node: Node, step: &Step<'_>) -> Provenance;

    /// Why the entry of `node` at `step` is unknown; asked only where a lookup said so.
    fn reason(&self, node: Node, step: &Step<'_>) -> String;

    /// What an exception can name about `node`, if it is an element that findings are about.
    fn identity(&self, node: Node) -> Identity<'_> {
        let _ = node;
        Identity::default()
    }

    /// The package URL of `node`, or of the package that it is about.
    fn purl(&self, node: Node) -> Option<String> {
        let _ = node;
        None
    }

    /// What exceptions may call the target as a whole, if this source knows it: an image.
    fn target_names(&self) -> Vec<String> {
        Vec::new()
    }

    /// Where `node` itself stands in a file, if it does.
    fn place(&self, node: Node) -> Option<Place> {
        let _ = node;
        None
    }

    /// `node` as its file has it, if it is a part of one.
    fn view(&self, node: Node) -> Option<View<'_>> {
        let _ = node;
        None
    }

    /// The path of `node` in its object as a JSON pointer, if it is a part of one.
    fn pointer(&self, node: Node) -> Option<String> {
        let _ = node;
        None
    }
}

/// What exceptions can name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity<'a> {
    /// Every id of the vulnerability.
    pub vulnerability: Vec<&'a str>,
    /// Name of the package.
    pub package: Option<&'a str>,
    /// Path in the image, without leading slash.
    pub path: Option<&'a str>,
}

/// Everything that is known about one target, by root ([`ROOTS`]).
#[derive(Default)]
pub struct Facts<'a> {
    roots: Vec<(&'static str, Held<'a>)>,
    nulls: Vec<&'static str>,
    present: RootSet,
    authorizer: Option<&'a dyn Authorizer>,
}

enum Held<'a> {
    Owned(Box<dyn FactSource + 'a>),
    Lent(&'a (dyn FactSource + 'a)),
}

impl<'a> Facts<'a> {
    /// The facts of an image: the root `image`.
    pub fn image(facts: ImageFacts<'a>) -> Self {
        let mut all = Self::default();
        all.insert("image", image::ImageSource::new(facts));
        all
    }

    /// Adds a root. Its top is [`TOP`].
    pub fn insert(&mut self, name: &'static str, source: impl FactSource + 'a) {
        self.present.insert(name);
        self.roots.push((name, Held::Owned(Box::new(source))));
    }

    /// Adds a root that somebody else holds. Another root may hand out maps and lists of it: what
    /// they say comes from is found out by their source.
    pub fn lend(&mut self, name: &'static str, source: &'a (dyn FactSource + 'a)) {
        self.present.insert(name);
        self.roots.push((name, Held::Lent(source)));
    }

    /// Adds a root that is null: `object` of a request to delete, `namespaceObject` of what is in
    /// no namespace.
    pub fn insert_null(&mut self, name: &'static str) {
        self.present.insert(name);
        self.nulls.push(name);
    }

    /// Says who answers what expressions ask `authorizer`: a snapshot, never a server.
    pub fn authorize(&mut self, authorizer: &'a dyn Authorizer) {
        self.present.insert("authorizer");
        self.authorizer = Some(authorizer);
    }

    /// Lets the same answer as in other facts.
    pub(crate) fn authorize_as<'o: 'a>(&mut self, others: &Facts<'o>) {
        if let Some(authorizer) = others.authorizer {
            self.authorize(authorizer);
        }
    }

    pub(crate) fn authorizer(&self) -> Option<&'a dyn Authorizer> {
        self.authorizer
    }

    pub(crate) fn nulls(&self) -> &[&'static str] {
        &self.nulls
    }

    /// Which roots there are.
    pub const fn present(&self) -> RootSet {
        self.present
    }

    pub(crate) fn root(&self, name: &str) -> Option<&(dyn FactSource + 'a)> {
        self.roots().find(|(root, _)| *root == name).map(|(_, source)| source)
    }

    pub(crate) fn roots(&self) -> impl Iterator<Item = (&'static str, &(dyn FactSource + 'a))> {
        self.roots.iter().map(|(name, held)| (*name, held.source()))
    }

    /// The source of a map or list that was reached through the root `name`.
    pub(crate) fn owner(&self, handle: &Handle<'_>, name: &str) -> Option<&(dyn FactSource + 'a)> {
        let is_it = |source: &(dyn FactSource + 'a)| {
            std::ptr::addr_eq(std::ptr::from_ref(source), std::ptr::from_ref(handle.source))
        };
        self.root(name)
            .filter(|source| is_it(*source))
            .or_else(|| self.roots().map(|(_, source)| source).find(|source| is_it(*source)))
            .or_else(|| self.root(name))
    }
}

impl<'a> Held<'a> {
    fn source(&self) -> &(dyn FactSource + 'a) {
        match self {
            Self::Owned(source) => &**source,
            Self::Lent(source) => *source,
        }
    }
}

/// The top of every source: the map that the root's name stands for.
pub const TOP: Node = Node(0);
