//! Where the facts under `image` come from, why some are unknown, and what exceptions can name.

use super::{Database, FactSource, Identity, image::ImageSource, node::Kind};
use crate::Provenance;
use cofferdam_cel::{Node, Step};
use cofferdam_model::{ImageSource as Origin, Location, Problem, SecretPlace};

/// What end-of-life dates are taken from.
const LIFECYCLES: &str = "end-of-life data";

impl ImageSource<'_> {
    fn file(location: Option<&Location>) -> Provenance {
        location.cloned().map_or(Provenance::Scan, Provenance::File)
    }

    fn database(database: Option<Database<'_>>, otherwise: &str) -> Provenance {
        let (name, date) = database.map_or((otherwise, None), |known| (known.name, known.date));
        Provenance::Database { name: name.to_owned(), date }
    }
}

impl FactSource for ImageSource<'_> {
    fn provenance(&self, node: Node, step: &Step<'_>) -> Provenance {
        let (kind, index) = Kind::of(node);
        let facts = &self.facts;
        match (kind, member(step)) {
            (Kind::Image, "name" | "digest" | "platform") | (Kind::Layer | Kind::Layers, _) => {
                Provenance::Manifest
            }
            (Kind::Distribution, "endOfLife" | "endOfExtendedSupport") => {
                Self::database(None, LIFECYCLES)
            }
            (Kind::Distribution, _) => Self::file(facts.distribution_location),
            (Kind::Package, _) => {
                Self::file(facts.packages.get(index).map(|package| &package.location))
            }
            (Kind::Vulnerability, "knownExploited") => {
                Self::database(facts.exploited, "catalogue of known exploited vulnerabilities")
            }
            (Kind::Vulnerability, "epss") => {
                Self::database(facts.epss, "exploit prediction scores")
            }
            (Kind::Vulnerability, "package") => Provenance::Derived,
            (Kind::Image, "vulnerabilities" | "database")
            | (
                Kind::Database
                | Kind::Vulnerabilities
                | Kind::Vulnerability
                | Kind::Aliases
                | Kind::Advisories
                | Kind::Coverages
                | Kind::Coverage,
                _,
            ) => Self::database(facts.advisories, "advisory database"),
            (Kind::Secret, _) => match facts.secrets.get(index).map(|secret| &secret.place) {
                Some(SecretPlace::File { location, .. }) => Provenance::File(location.clone()),
                _ => Provenance::Configuration,
            },
            (
                Kind::Config
                | Kind::Env
                | Kind::Labels
                | Kind::Entrypoint
                | Kind::Command
                | Kind::ExposedPorts
                | Kind::Volumes,
                _,
            )
            | (Kind::Image, "id" | "config") => Provenance::Configuration,
            (Kind::Image | Kind::Packages | Kind::Secrets | Kind::Problems | Kind::Problem, _) => {
                Provenance::Scan
            }
        }
    }

    fn reason(&self, node: Node, step: &Step<'_>) -> String {
        let (kind, index) = Kind::of(node);
        let id = || {
            let vulnerability = self.vulnerabilities().get(index);
            vulnerability.map_or("this vulnerability", |found| &found.id)
        };
        match (kind, member(step)) {
            (Kind::Image, "distribution") => unread(self.unread),
            (Kind::Packages | Kind::Vulnerabilities | Kind::Coverages | Kind::Secrets, _) => {
                unread(self.rest(kind))
            }
            (Kind::Image, "vulnerabilities") if self.is_uncovered() => {
                "no advisories are loaded for any of the packages".to_owned()
            }
            (Kind::Image, "vulnerabilities" | "coverage") => {
                reason_of(self.facts.vulnerabilities.as_ref())
            }
            (Kind::Image, "database") => match &self.facts.vulnerabilities {
                Ok(_) => "no advisory database is loaded".to_owned(),
                Err(unknown) => unknown.reason.clone(),
            },
            (Kind::Database, _) => "the advisory database does not say how old it is".to_owned(),
            (Kind::Distribution, _) => reason_of(self.facts.lifecycle.as_ref()),
            (Kind::Vulnerability, "severity") => {
                format!("no source gives a severity for {}", id())
            }
            (Kind::Vulnerability, "cvss") => format!("no source gives a CVSS score for {}", id()),
            (Kind::Vulnerability, "knownExploited") if self.facts.exploited.is_some() => format!(
                "the catalogue of known exploited vulnerabilities (CISA KEV) goes by CVE, and {} \
                 has none",
                id()
            ),
            (Kind::Vulnerability, "knownExploited") => {
                "the catalogue of known exploited vulnerabilities (CISA KEV) is not loaded"
                    .to_owned()
            }
            (Kind::Vulnerability, "epss") if self.facts.epss.is_none() => {
                "exploit prediction scores (FIRST EPSS) are not loaded".to_owned()
            }
            (Kind::Vulnerability, "epss") => {
                format!("there is no exploit prediction score (FIRST EPSS) for {}", id())
            }
            _ => "it was not found out".to_owned(),
        }
    }

    fn identity(&self, node: Node) -> Identity<'_> {
        let (kind, index) = Kind::of(node);
        let mut identity = Identity::default();
        match kind {
            Kind::Vulnerability => {
                let Some(found) = self.vulnerabilities().get(index) else { return identity };
                identity = self.identity(Kind::Package.at(found.package));
                identity.vulnerability = [&found.id]
                    .into_iter()
                    .chain(&found.aliases)
                    .chain(&found.advisories)
                    .map(String::as_str)
                    .collect();
            }
            Kind::Package => {
                let Some(package) = self.facts.packages.get(index) else { return identity };
                identity.package = Some(&package.name);
                identity.path = Some(&package.location.path);
            }
            Kind::Secret => {
                if let Some(SecretPlace::File { location, .. }) =
                    self.facts.secrets.get(index).map(|secret| &secret.place)
                {
                    identity.path = Some(&location.path);
                }
            }
            Kind::Problem => {
                let location = self.facts.problems.get(index).and_then(|p| p.location.as_ref());
                identity.path = location.map(|location| &*location.path);
            }
            _ => {}
        }
        identity
    }

    fn purl(&self, node: Node) -> Option<String> {
        let index = match Kind::of(node) {
            (Kind::Package, index) => index,
            (Kind::Vulnerability, index) => self.vulnerabilities().get(index)?.package,
            _ => return None,
        };
        Some(self.facts.packages.get(index)?.purl(self.facts.distribution))
    }

    /// Its digests; and its reference where we asked a registry for it. The name in an archive is
    /// a claim of its author, who could claim another's exceptions with it.
    fn target_names(&self) -> Vec<String> {
        let image = self.facts.image;
        let name = image.name.clone().filter(|_| image.source == Origin::Registry);
        let digests = [image.digest, image.id].into_iter().flatten();
        digests.map(|digest| digest.to_string()).chain(name).collect()
    }
}

/// The key that a step reads; nothing for an element or a length.
fn member<'s>(step: &'s Step<'_>) -> &'s str {
    if let Step::Member(name) = step { name } else { "" }
}

fn unread(problem: Option<&Problem>) -> String {
    let Some(problem) = problem else { return "it was not found out".to_owned() };
    let path = problem.location.as_ref().map_or("", |location| &location.path);
    match path {
        "" => format!("not all files were read: {}", problem.detail),
        path => format!("not all of /{path} could be read: {}", problem.detail),
    }
}

fn reason_of<T>(known: Result<&T, &super::Unknown>) -> String {
    known.err().map_or_else(|| "it was not found out".to_owned(), |unknown| unknown.reason.clone())
}
