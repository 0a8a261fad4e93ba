//! Facts of an image, written by hand: the format of `rules/*/*/{fires,quiet,unknown}.yaml`.

use crate::{Database, ImageFacts, Known, Unknown};
use cofferdam_model::{
    Coverage, CoverageStatus, Distribution, Evidence, Exploitation, Fix, Image, ImageConfig,
    ImageSource, Lifecycle, Location, Package, PackageKind, Problem, ProblemKind, Secret,
    SecretPlace, Vulnerability,
};
use jiff::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The facts, owned.
pub(super) struct Fixture {
    pub(super) now: Timestamp,
    pub(super) expect: Expect,
    image: Image,
    distribution: Option<Distribution>,
    location: Location,
    lifecycle: Known<Lifecycle>,
    packages: Vec<Package>,
    vulnerabilities: Known<Vec<Vulnerability>>,
    coverage: Vec<Coverage>,
    secrets: Vec<Secret>,
    problems: Vec<Problem>,
    epss: bool,
    exploited: bool,
    newest: Option<Timestamp>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Document {
    now: Option<String>,
    image: Option<ImageDocument>,
    distribution: Option<DistributionDocument>,
    lifecycle: Option<LifecycleDocument>,
    #[serde(default)]
    packages: Vec<PackageDocument>,
    #[serde(default)]
    vulnerabilities: Vec<VulnerabilityDocument>,
    vulnerabilities_unknown: Option<String>,
    #[serde(default)]
    exploited_not_loaded: bool,
    #[serde(default)]
    epss_not_loaded: bool,
    advisories_newest: Option<String>,
    #[serde(default)]
    advisories_undated: bool,
    #[serde(default)]
    coverage: Vec<CoverageDocument>,
    #[serde(default)]
    secrets: Vec<SecretDocument>,
    #[serde(default)]
    problems: Vec<ProblemDocument>,
    #[serde(default)]
    expect: Expect,
}

/// What the verdict must be.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Expect {
    #[serde(default)]
    pub(super) outcome: String,
    #[serde(default)]
    pub(super) findings: Vec<ExpectedFinding>,
    pub(super) valid_until: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectedFinding {
    pub(super) outcome: String,
    pub(super) subject: String,
    pub(super) message: String,
    pub(super) remediation: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ImageDocument {
    name: Option<String>,
    #[serde(default)]
    root_filesystem: bool,
    #[serde(default)]
    registry: bool,
    #[serde(default)]
    user: String,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DistributionDocument {
    id: String,
    version: String,
    name: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct LifecycleDocument {
    end_of_life: Option<String>,
    end_of_extended_support: Option<String>,
    unknown: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PackageDocument {
    kind: String,
    name: String,
    version: String,
    path: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct VulnerabilityDocument {
    id: String,
    #[serde(default)]
    aliases: Vec<String>,
    #[serde(default)]
    package: usize,
    severity: Option<String>,
    fixed: Option<String>,
    known_exploited: Option<bool>,
    epss: Option<f64>,
    #[serde(default)]
    malicious: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CoverageDocument {
    ecosystem: String,
    packages: usize,
    advisories: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SecretDocument {
    kind: Option<String>,
    title: String,
    masked: String,
    #[serde(default)]
    command: bool,
    path: Option<String>,
    deleted_in: Option<usize>,
    published_by: Option<String>,
    env: Option<String>,
    label: Option<String>,
    history: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProblemDocument {
    kind: String,
    path: Option<String>,
    detail: String,
}

impl Fixture {
    pub(super) fn read(text: &str) -> Self {
        let document: Document =
            serde_saphyr::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let vulnerabilities: Vec<_> = document.vulnerabilities.iter().map(vulnerability).collect();
        Self {
            now: document.now.as_deref().unwrap_or(super::NOW).parse().unwrap(),
            expect: document.expect,
            image: document.image.map(image).unwrap_or_default(),
            distribution: document.distribution.map(|distribution| Distribution {
                id: distribution.id,
                version: distribution.version,
                name: distribution.name,
                ..Default::default()
            }),
            location: Location { path: "etc/os-release".into(), layer: Some(0) },
            lifecycle: lifecycle(document.lifecycle),
            packages: document.packages.iter().map(package).collect(),
            vulnerabilities: match document.vulnerabilities_unknown {
                Some(reason) => Err(Unknown { reason }),
                None => Ok(vulnerabilities),
            },
            coverage: document.coverage.into_iter().map(coverage).collect(),
            secrets: document.secrets.into_iter().map(secret).collect(),
            problems: document.problems.into_iter().map(problem).collect(),
            epss: !document.epss_not_loaded,
            exploited: !document.exploited_not_loaded,
            newest: match document.advisories_newest {
                Some(newest) => Some(newest.parse().unwrap()),
                None if document.advisories_undated => None,
                None => Some(super::now()),
            },
        }
    }

    pub(super) fn reverse_labels(&mut self) {
        self.image.config.labels.reverse();
    }

    pub(super) fn facts(&self) -> ImageFacts<'_> {
        let database = |name| Database { name, date: Some(super::now()) };
        ImageFacts {
            image: &self.image,
            distribution: self.distribution.as_ref(),
            distribution_location: Some(&self.location),
            lifecycle: self.lifecycle.as_ref().map_err(Clone::clone),
            packages: &self.packages,
            vulnerabilities: match &self.vulnerabilities {
                Ok(vulnerabilities) => Ok(vulnerabilities),
                Err(unknown) => Err(unknown.clone()),
            },
            coverage: &self.coverage,
            secrets: &self.secrets,
            problems: &self.problems,
            advisories: Some(Database { name: "advisory database", date: self.newest }),
            exploited: self.exploited.then(|| database("CISA KEV")),
            epss: self.epss.then(|| database("FIRST EPSS")),
        }
    }
}

fn image(document: ImageDocument) -> Image {
    Image {
        name: document.name,
        source: if document.root_filesystem {
            ImageSource::RootFilesystem
        } else if document.registry {
            ImageSource::Registry
        } else {
            ImageSource::OciLayout
        },
        id: format!("sha256:{}", "7".repeat(64)).parse().ok(),
        config: ImageConfig {
            user: document.user,
            labels: document.labels.into_iter().collect(),
            ..Default::default()
        },
        ..Default::default()
    }
}

fn lifecycle(document: Option<LifecycleDocument>) -> Known<Lifecycle> {
    let document = document.ok_or_else(|| Unknown::because("there is no distribution"))?;
    let time = |text: Option<String>| text.map(|text| text.parse().unwrap());
    match document.unknown {
        Some(reason) => Err(Unknown { reason }),
        None => Ok(Lifecycle {
            product: "test".into(),
            release: "1".into(),
            end_of_life: time(document.end_of_life),
            end_of_extended_support: time(document.end_of_extended_support),
        }),
    }
}

fn package(document: &PackageDocument) -> Package {
    let kinds = [
        PackageKind::Deb,
        PackageKind::Apk,
        PackageKind::Rpm,
        PackageKind::Python,
        PackageKind::Npm,
        PackageKind::Go,
        PackageKind::Cargo,
        PackageKind::Maven,
    ];
    Package {
        kind: kinds.into_iter().find(|kind| kind.purl_type() == document.kind).unwrap(),
        name: document.name.clone(),
        version: document.version.clone(),
        architecture: None,
        source: None,
        location: Location { path: document.path.clone(), layer: Some(1) },
        evidence: Evidence::Metadata,
        owner: None,
        license: None,
    }
}

fn vulnerability(document: &VulnerabilityDocument) -> Vulnerability {
    Vulnerability {
        id: document.id.clone(),
        aliases: document.aliases.clone(),
        advisories: vec![document.id.clone()],
        package: document.package,
        summary: "A summary".into(),
        severity: document.severity.as_ref().map(|severity| severity.parse().unwrap()),
        cvss_tenths: None,
        fix: document.fixed.clone().map_or(Fix::None, Fix::Version),
        exploitation: Exploitation {
            known_exploited: document.known_exploited,
            epss: document.epss,
        },
        malicious: document.malicious,
    }
}

fn coverage(document: CoverageDocument) -> Coverage {
    Coverage {
        ecosystem: document.ecosystem,
        packages: document.packages,
        status: document.advisories.map_or(CoverageStatus::NoSource, |advisories| {
            CoverageStatus::Loaded { advisories, newest: None }
        }),
    }
}

fn secret(document: SecretDocument) -> Secret {
    let location = |path| Location { path, layer: Some(1) };
    let SecretDocument { path, env, label, history, deleted_in, published_by, .. } = document;
    let place = match (path, env, label, history) {
        (Some(path), ..) => {
            SecretPlace::File { location: location(path), deleted_in, published_by }
        }
        (_, Some(name), ..) => SecretPlace::Env(name),
        (_, _, Some(name), _) => SecretPlace::Label(name),
        _ if document.command => SecretPlace::Command,
        (_, _, _, step) => SecretPlace::History(step.unwrap()),
    };
    Secret {
        // The real ones are constants of the program, too.
        kind: document.kind.unwrap_or_else(|| "test-key".into()).leak(),
        title: document.title.leak(),
        place,
        line: None,
        masked: document.masked,
        evidence: "checksum valid".into(),
    }
}

fn problem(document: ProblemDocument) -> Problem {
    let kind = ProblemKind::ALL.into_iter().find(|kind| kind.as_str() == document.kind).unwrap();
    let location = document.path.map(|path| Location { path, layer: Some(1) });
    Problem { kind, location, detail: document.detail }
}
