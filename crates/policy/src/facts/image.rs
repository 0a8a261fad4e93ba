//! The root `image`, read in place from what the scan found. `docs/policies.md` lists it.

use super::{Known, node::Kind};
use cofferdam_cel::{Handle, List, Lookup, Map, Node, Source, Value};
use cofferdam_model::{
    Coverage, CoverageStatus, Distribution, Fix, Image, ImageSource as Origin, Layer, Lifecycle,
    Location, Package, PackageKind, Problem, Secret, SecretPlace, Vulnerability,
};

/// Everything that a scan found out about an image, borrowed.
#[derive(Clone, Debug)]
pub struct ImageFacts<'a> {
    /// The image: configuration, layers, names.
    pub image: &'a Image,
    /// The distribution, if there is one: an image without any is not a thing unknown.
    pub distribution: Option<&'a Distribution>,
    /// Where the distribution was read.
    pub distribution_location: Option<&'a Location>,
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
    pub(super) facts: ImageFacts<'a>,
    /// The first reason why files of the image were not read, nobody knows which.
    pub(super) unread: Option<&'a Problem>,
    /// The first reason why packages of the image are not listed, nobody knows which.
    pub(super) unlisted: Option<&'a Problem>,
}

impl<'a> ImageSource<'a> {
    pub(super) fn new(facts: ImageFacts<'a>) -> Self {
        let first = |is: fn(&Problem) -> bool| facts.problems.iter().find(|problem| is(problem));
        let (unread, unlisted) = (first(Problem::hides_files), first(Problem::hides_packages));
        Self { facts, unread, unlisted }
    }

    pub(super) fn vulnerabilities(&self) -> &'a [Vulnerability] {
        self.facts.vulnerabilities.as_ref().map_or(&[], |found| found)
    }

    /// Why there may be more in a list than was found.
    pub(super) const fn rest(&self, kind: Kind) -> Option<&'a Problem> {
        match kind {
            Kind::Packages | Kind::Vulnerabilities | Kind::Coverages => self.unlisted,
            Kind::Secrets => self.unread,
            _ => None,
        }
    }

    /// Whether there are packages and none that any advisory could be about.
    pub(super) fn is_uncovered(&self) -> bool {
        let mut of_packages = self.facts.coverage.iter().filter(|one| one.packages > 0).peekable();
        of_packages.peek().is_some()
            && of_packages.all(|one| one.status == CoverageStatus::NoSource)
    }

    /// Elements of a list of what was found in files.
    fn found(&self, kind: Kind) -> Option<usize> {
        match kind {
            Kind::Packages => Some(self.facts.packages.len()),
            Kind::Vulnerabilities => Some(self.vulnerabilities().len()),
            Kind::Coverages => Some(self.facts.coverage.len()),
            Kind::Secrets => Some(self.facts.secrets.len()),
            _ => None,
        }
    }

    /// The keys of a map with fixed keys that are there.
    fn keys(&self, node: Node) -> impl Iterator<Item = &'static str> {
        let keys = Kind::of(node).0.keys().iter().copied();
        keys.filter(move |key| !matches!(self.member(node, key), Lookup::Absent))
    }

    fn map(&self, kind: Kind, index: usize) -> Lookup<'_> {
        Lookup::Value(Value::Map(Map::Source(Handle::new(self, kind.at(index)))))
    }

    fn list(&self, kind: Kind, index: usize) -> Lookup<'_> {
        Lookup::Value(Value::List(List::Source(Handle::new(self, kind.at(index)))))
    }

    fn top(&self, key: &str) -> Lookup<'_> {
        let image = self.facts.image;
        match key {
            "name" => Lookup::optional(image.name.as_deref()),
            "digest" => Lookup::optional(image.digest.map(|digest| digest.to_string())),
            "id" => Lookup::optional(image.id.map(|id| id.to_string())),
            "platform" => Lookup::optional(image.platform.as_ref().map(ToString::to_string)),
            "source" => Lookup::of(match image.source {
                Origin::DockerArchive => "docker-archive",
                Origin::OciLayout => "oci-layout",
                Origin::Registry => "registry",
                Origin::RootFilesystem => "root-filesystem",
            }),
            // A root file system has no configuration: that is known.
            "config" if image.source == Origin::RootFilesystem => Lookup::Absent,
            "config" => self.map(Kind::Config, 0),
            "distribution" if self.facts.distribution.is_some() => self.map(Kind::Distribution, 0),
            "distribution" if self.unread.is_some() => Lookup::Unknown,
            "layers" => self.list(Kind::Layers, 0),
            "packages" => self.list(Kind::Packages, 0),
            // Without advisories nothing was asked about: nothing is covered or uncovered either.
            "vulnerabilities" | "coverage" if self.facts.vulnerabilities.is_err() => {
                Lookup::Unknown
            }
            "vulnerabilities" if self.is_uncovered() => Lookup::Unknown,
            "vulnerabilities" => self.list(Kind::Vulnerabilities, 0),
            "coverage" => self.list(Kind::Coverages, 0),
            "secrets" => self.list(Kind::Secrets, 0),
            "problems" => self.list(Kind::Problems, 0),
            "database" if self.facts.advisories.is_none() => Lookup::Unknown,
            "database" => self.map(Kind::Database, 0),
            _ => Lookup::Absent,
        }
    }

    fn config(&self, key: &str) -> Lookup<'_> {
        let config = &self.facts.image.config;
        match key {
            "user" => Lookup::of(&*config.user),
            "env" => self.map(Kind::Env, 0),
            "labels" => self.map(Kind::Labels, 0),
            "entrypoint" => self.list(Kind::Entrypoint, 0),
            "command" => self.list(Kind::Command, 0),
            "exposedPorts" => self.list(Kind::ExposedPorts, 0),
            "volumes" => self.list(Kind::Volumes, 0),
            "workingDirectory" => Lookup::of(&*config.working_directory),
            "created" => Lookup::optional(config.created),
            _ => Lookup::Absent,
        }
    }

    fn distribution(&self, key: &str) -> Lookup<'_> {
        let Some(distribution) = self.facts.distribution else { return Lookup::Absent };
        match (key, &self.facts.lifecycle) {
            ("id", _) => Lookup::of(&*distribution.id),
            ("version", _) => Lookup::of(&*distribution.version),
            ("codename", _) => Lookup::of(&*distribution.codename),
            ("name", _) => Lookup::of(&*distribution.name),
            ("endOfLife" | "endOfExtendedSupport", Err(_)) => Lookup::Unknown,
            ("endOfLife", Ok(lifecycle)) => Lookup::optional(lifecycle.end_of_life),
            ("endOfExtendedSupport", Ok(lifecycle)) => {
                Lookup::optional(lifecycle.end_of_extended_support)
            }
            _ => Lookup::Absent,
        }
    }

    fn advisories(&self, key: &str) -> Lookup<'_> {
        match (key, &self.facts.advisories) {
            ("name", Some(database)) => Lookup::of(database.name),
            ("newest", Some(database)) => Lookup::known(database.date),
            _ => Lookup::Absent,
        }
    }

    fn vulnerability(&self, index: usize, key: &str) -> Lookup<'_> {
        let Some(found) = self.vulnerabilities().get(index) else { return Lookup::Absent };
        match key {
            "id" => Lookup::of(&*found.id),
            "aliases" => self.list(Kind::Aliases, index),
            "advisories" => self.list(Kind::Advisories, index),
            "package" if found.package < self.facts.packages.len() => {
                self.map(Kind::Package, found.package)
            }
            "summary" => Lookup::of(&*found.summary),
            "severity" => Lookup::known(found.severity.map(cofferdam_model::Severity::as_str)),
            "cvss" => Lookup::known(found.cvss_tenths.map(|tenths| f64::from(tenths) / 10.0)),
            "fixable" => Lookup::of(matches!(found.fix, Fix::Version(_))),
            "fixedVersion" => match &found.fix {
                Fix::Version(version) => Lookup::of(&**version),
                Fix::None => Lookup::Absent,
            },
            "knownExploited" => Lookup::known(found.exploitation.known_exploited),
            "epss" => Lookup::known(found.exploitation.epss),
            "malicious" => Lookup::of(found.malicious),
            _ => Lookup::Absent,
        }
    }

    fn package(&self, index: usize, key: &str) -> Lookup<'_> {
        let Some(package) = self.facts.packages.get(index) else { return Lookup::Absent };
        match key {
            "name" => Lookup::of(&*package.name),
            "version" => Lookup::of(&*package.version),
            "kind" => Lookup::of(package.kind.purl_type()),
            "label" => Lookup::of(label(package.kind)),
            "purl" => Lookup::of(package.purl(self.facts.distribution)),
            "architecture" => Lookup::optional(package.architecture.as_deref()),
            "path" => Lookup::of(&*package.location.path),
            "layer" => Lookup::optional(package.location.layer.map(integer)),
            "owner" => Lookup::optional(package.owner.as_deref()),
            "license" => Lookup::optional(package.license.as_deref()),
            _ => Lookup::Absent,
        }
    }

    fn element_of(&self, kind: Kind, owner: usize, index: usize) -> Lookup<'_> {
        let text = |texts: &'a [String]| Lookup::optional(texts.get(index).map(String::as_str));
        let vulnerability = self.vulnerabilities().get(owner);
        let config = &self.facts.image.config;
        match kind {
            Kind::Layers => self.map(Kind::Layer, index),
            Kind::Packages => self.map(Kind::Package, index),
            Kind::Vulnerabilities => self.map(Kind::Vulnerability, index),
            Kind::Coverages => self.map(Kind::Coverage, index),
            Kind::Secrets => self.map(Kind::Secret, index),
            Kind::Problems => self.map(Kind::Problem, index),
            Kind::Entrypoint => text(&config.entrypoint),
            Kind::Command => text(&config.command),
            Kind::ExposedPorts => text(&config.exposed_ports),
            Kind::Volumes => text(&config.volumes),
            Kind::Aliases => vulnerability.map_or(Lookup::Absent, |v| text(&v.aliases)),
            Kind::Advisories => vulnerability.map_or(Lookup::Absent, |v| text(&v.advisories)),
            _ => Lookup::Absent,
        }
    }
}

impl Source for ImageSource<'_> {
    fn member(&self, node: Node, key: &str) -> Lookup<'_> {
        let (kind, index) = Kind::of(node);
        let facts = &self.facts;
        match kind {
            Kind::Image => self.top(key),
            Kind::Config => self.config(key),
            Kind::Env => named(&facts.image.config.env, key),
            Kind::Labels => named(&facts.image.config.labels, key),
            Kind::Distribution => self.distribution(key),
            Kind::Database => self.advisories(key),
            Kind::Layer => facts.image.layers.get(index).map_or(Lookup::Absent, |l| layer(l, key)),
            Kind::Package => self.package(index, key),
            Kind::Vulnerability => self.vulnerability(index, key),
            Kind::Coverage => {
                facts.coverage.get(index).map_or(Lookup::Absent, |c| coverage(c, key))
            }
            Kind::Secret => facts.secrets.get(index).map_or(Lookup::Absent, |s| secret(s, key)),
            Kind::Problem => facts.problems.get(index).map_or(Lookup::Absent, |p| problem(p, key)),
            _ => Lookup::Absent,
        }
    }

    fn element(&self, node: Node, index: usize) -> Lookup<'_> {
        if index >= self.length(node) {
            return Lookup::Absent;
        }
        let (kind, owner) = Kind::of(node);
        // The rest: what was not read would have added.
        if self.found(kind) == Some(index) {
            return Lookup::Unknown;
        }
        self.element_of(kind, owner, index)
    }

    fn length(&self, node: Node) -> usize {
        let (kind, index) = Kind::of(node);
        let (facts, config) = (&self.facts, &self.facts.image.config);
        if let Some(found) = self.found(kind) {
            return found + usize::from(self.rest(kind).is_some());
        }
        let vulnerability = self.vulnerabilities().get(index);
        match kind {
            Kind::Layers => facts.image.layers.len(),
            Kind::Problems => facts.problems.len(),
            Kind::Env => config.env.len(),
            Kind::Labels => config.labels.len(),
            Kind::Entrypoint => config.entrypoint.len(),
            Kind::Command => config.command.len(),
            Kind::ExposedPorts => config.exposed_ports.len(),
            Kind::Volumes => config.volumes.len(),
            Kind::Aliases => vulnerability.map_or(0, |found| found.aliases.len()),
            Kind::Advisories => vulnerability.map_or(0, |found| found.advisories.len()),
            _ => self.keys(node).count(),
        }
    }

    fn has_rest(&self, node: Node) -> bool {
        self.rest(Kind::of(node).0).is_some()
    }

    fn key(&self, node: Node, position: usize) -> Option<&str> {
        let config = &self.facts.image.config;
        match Kind::of(node).0 {
            Kind::Env => config.env.get(position).map(|(name, _)| &**name),
            Kind::Labels => config.labels.get(position).map(|(name, _)| &**name),
            _ => self.keys(node).nth(position),
        }
    }
}

fn layer<'s>(layer: &'s Layer, key: &str) -> Lookup<'s> {
    match key {
        "digest" => Lookup::optional(layer.digest.map(|digest| digest.to_string())),
        "diffId" => Lookup::optional(layer.diff_id.map(|digest| digest.to_string())),
        "sizeBytes" => Lookup::of(i64::try_from(layer.size_bytes).unwrap_or(i64::MAX)),
        "createdBy" => Lookup::optional(layer.created_by.as_deref()),
        _ => Lookup::Absent,
    }
}

fn coverage<'s>(coverage: &'s Coverage, key: &str) -> Lookup<'s> {
    match (key, &coverage.status) {
        ("ecosystem", _) => Lookup::of(&*coverage.ecosystem),
        ("packages", _) => Lookup::of(integer(coverage.packages)),
        ("covered", status) => Lookup::of(*status != CoverageStatus::NoSource),
        ("advisories", CoverageStatus::Loaded { advisories, .. }) => {
            Lookup::of(i64::try_from(*advisories).unwrap_or(i64::MAX))
        }
        ("newest", CoverageStatus::Loaded { newest, .. }) => Lookup::optional(*newest),
        _ => Lookup::Absent,
    }
}

fn secret<'s>(secret: &'s Secret, key: &str) -> Lookup<'s> {
    match (key, &secret.place) {
        ("kind", _) => Lookup::of(secret.kind),
        ("title", _) => Lookup::of(secret.title),
        ("masked", _) => Lookup::of(&*secret.masked),
        ("evidence", _) => Lookup::of(&*secret.evidence),
        ("line", _) => Lookup::optional(secret.line.map(i64::from)),
        ("place", SecretPlace::File { .. }) => Lookup::of("file"),
        ("place", SecretPlace::Env(_)) => Lookup::of("env"),
        ("place", SecretPlace::Label(_)) => Lookup::of("label"),
        ("place", SecretPlace::Command) => Lookup::of("command"),
        ("place", SecretPlace::History(_)) => Lookup::of("history"),
        ("path", SecretPlace::File { location, .. }) => Lookup::of(&*location.path),
        ("layer", SecretPlace::File { location, .. }) => {
            Lookup::optional(location.layer.map(integer))
        }
        ("deletedIn", SecretPlace::File { deleted_in, .. }) => {
            Lookup::optional(deleted_in.map(integer))
        }
        ("publishedBy", SecretPlace::File { published_by, .. }) => {
            published_by.as_deref().map_or(Lookup::Absent, Lookup::of)
        }
        ("name", SecretPlace::Env(name) | SecretPlace::Label(name)) => Lookup::of(&**name),
        ("step", SecretPlace::History(step)) => Lookup::of(integer(*step)),
        _ => Lookup::Absent,
    }
}

fn problem<'s>(problem: &'s Problem, key: &str) -> Lookup<'s> {
    match (key, &problem.location) {
        ("kind", _) => Lookup::of(problem.kind.as_str()),
        ("code", _) => Lookup::of(problem.kind.code()),
        ("detail", _) => Lookup::of(&*problem.detail),
        ("path", Some(location)) => Lookup::of(&*location.path),
        ("layer", Some(location)) => Lookup::optional(location.layer.map(integer)),
        _ => Lookup::Absent,
    }
}

/// The last of a name wins, as in a process's environment.
fn named<'s>(pairs: &'s [(String, String)], key: &str) -> Lookup<'s> {
    Lookup::optional(pairs.iter().rev().find(|(name, _)| name == key).map(|(_, value)| &**value))
}

fn integer(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// What people call a package of this kind.
const fn label(kind: PackageKind) -> &'static str {
    match kind {
        PackageKind::Deb => "deb package",
        PackageKind::Apk => "apk package",
        PackageKind::Rpm => "rpm package",
        PackageKind::Python => "PyPI package",
        PackageKind::Npm => "npm package",
        PackageKind::Go => "Go module",
        PackageKind::Cargo => "Rust crate",
        PackageKind::Maven => "Maven artifact",
    }
}
