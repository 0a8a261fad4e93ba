//! Facts: named roots of trees whose every value says where it comes from.

mod image;
mod node;
mod provenance;

pub use image::{Database, ImageFacts};

use crate::Provenance;
use cofferdam_cel::{Node, Source, Step};

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

    /// The name of the target as a whole, if this source knows it: an image's.
    fn target_name(&self) -> Option<&str> {
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

/// Everything that is known about one target, by root: `image`, later `object`, `workload`.
#[derive(Default)]
pub struct Facts<'a> {
    roots: Vec<(&'static str, Box<dyn FactSource + 'a>)>,
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
        self.roots.push((name, Box::new(source)));
    }

    pub(crate) fn root(&self, name: &str) -> Option<&(dyn FactSource + 'a)> {
        self.roots().find(|(root, _)| *root == name).map(|(_, source)| source)
    }

    pub(crate) fn roots(&self) -> impl Iterator<Item = (&'static str, &(dyn FactSource + 'a))> {
        self.roots.iter().map(|(name, source)| (*name, &**source))
    }
}

/// The top of every source: the map that the root's name stands for.
pub const TOP: Node = Node(0);
