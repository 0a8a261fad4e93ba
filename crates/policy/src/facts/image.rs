//! The root `image`, read in place from what the scan found.

use super::{FactSource, Known};
use crate::Provenance;
use cofferdam_cel::{Lookup, Node, Source, Step};
use cofferdam_model::{
    Coverage, Distribution, Image, Lifecycle, Package, Problem, Secret, Vulnerability,
};

/// Everything that a scan found out about an image, borrowed.
#[derive(Clone, Debug)]
pub struct ImageFacts<'a> {
    /// The image: configuration, layers, names.
    pub image: &'a Image,
    /// The distribution, if there is one: an image without any is not a thing unknown.
    pub distribution: Option<&'a Distribution>,
    /// Where the distribution was read.
    pub distribution_location: Option<&'a cofferdam_model::Location>,
    /// How long the distribution is looked after. Not asked for without a distribution.
    pub lifecycle: Known<&'a Lifecycle>,
    /// What is installed.
    pub packages: &'a [Package],
    /// What is wrong with it: unknown when no advisory database is loaded.
    pub vulnerabilities: Known<&'a [Vulnerability]>,
    /// How well the advisories cover what is installed.
    pub coverage: &'a [Coverage],
    /// Credentials.
    pub secrets: &'a [Secret],
    /// What could not be read.
    pub problems: &'a [Problem],
    /// The database that matched the packages.
    pub advisories: Option<Database<'a>>,
    /// The catalogue of known exploited vulnerabilities (CISA KEV).
    pub exploited: Option<Database<'a>>,
    /// The exploit prediction scores (FIRST EPSS).
    pub epss: Option<Database<'a>>,
}

/// A set of data that facts were taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Database<'a> {
    /// Its name for people: "advisory database".
    pub name: &'a str,
    /// When its data were gathered, if it says.
    pub date: Option<jiff::Timestamp>,
}

/// [`ImageFacts`] as a source.
#[derive(Debug)]
pub(super) struct ImageSource<'a> {
    facts: ImageFacts<'a>,
}

impl<'a> ImageSource<'a> {
    pub(super) const fn new(facts: ImageFacts<'a>) -> Self {
        Self { facts }
    }
}

impl Source for ImageSource<'_> {
    fn member(&self, _node: Node, _key: &str) -> Lookup<'_> {
        Lookup::Unknown
    }

    fn element(&self, _node: Node, _index: usize) -> Lookup<'_> {
        Lookup::Unknown
    }

    fn length(&self, _node: Node) -> usize {
        self.facts.packages.len()
    }

    fn key(&self, _node: Node, _position: usize) -> Option<&str> {
        None
    }
}

impl FactSource for ImageSource<'_> {
    fn provenance(&self, _node: Node, _step: &Step<'_>) -> Provenance {
        Provenance::Derived
    }

    fn reason(&self, _node: Node, _step: &Step<'_>) -> String {
        String::new()
    }
}
