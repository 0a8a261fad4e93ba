//! The target, its distribution and its packages as components.

use crate::{
    Bill,
    document::{Component, Dependency, Evidence, Metadata, Occurrence, Property, Tools},
    licence::licenses,
};
use cofferdam_model as model;
use cofferdam_model::{Distribution, Image, ImageReference, ImageSource, Package, PackageKind};
use std::{
    borrow::Cow,
    collections::{HashMap, HashSet},
};

/// The reference of the target itself.
pub(crate) const ROOT: &str = "target";
const OPERATING_SYSTEM: &str = "operating-system";

/// What each package is called in the bill, in their order.
#[derive(Debug)]
pub(crate) struct References {
    purls: Vec<String>,
    references: Vec<String>,
}

impl References {
    /// The reference of the package with this index.
    pub(crate) fn get(&self, package: usize) -> Option<&str> {
        self.references.get(package).map(String::as_str)
    }
}

/// The purl where it names one package, with its place where it names several: the same npm
/// package often stands in many folders.
pub(crate) fn references(bill: &Bill<'_>) -> References {
    let purls: Vec<_> =
        bill.packages.iter().map(|package| package.purl(bill.distribution)).collect();
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for purl in &purls {
        *counts.entry(purl).or_default() += 1;
    }
    let mut taken: HashSet<String> = HashSet::new();
    let mut references = Vec::with_capacity(purls.len());
    for (package, purl) in bill.packages.iter().zip(&purls) {
        let mut reference = purl.clone();
        if counts.get(&**purl).is_some_and(|count| *count > 1) {
            reference = format!("{purl}#/{}", package.location.path);
        }
        let first = reference.clone();
        let mut copy = 1;
        while !taken.insert(reference.clone()) {
            copy += 1;
            reference = format!("{first}~{copy}");
        }
        references.push(reference);
    }
    References { purls, references }
}

pub(crate) fn metadata<'a>(bill: &Bill<'a>) -> Metadata<'a> {
    let program = Component {
        kind: "application",
        name: "cofferdam",
        version: Some(bill.program_version.into()),
        ..Component::default()
    };
    Metadata {
        timestamp: bill.timestamp.map(|timestamp| timestamp.to_string()),
        tools: Tools { components: [program] },
        component: target(bill),
    }
}

/// The image or the file system.
fn target<'a>(bill: &Bill<'a>) -> Component<'a> {
    let image = bill.image;
    let name = image.name.as_deref().unwrap_or(bill.target);
    let reference = name.parse::<ImageReference>().ok();
    let is_image = image.source != ImageSource::RootFilesystem;
    let version = reference.and_then(|reference| reference.tag);
    let digest = image.digest.or(image.id).map(|digest| digest.to_string());
    Component {
        kind: if is_image { "container" } else { "file" },
        bom_ref: Some(ROOT),
        name: if name.is_empty() { "unnamed" } else { name },
        version: version.filter(|_| image.name.is_some()).or(digest).map(Cow::Owned),
        purl: image.purl().map(Cow::Owned),
        properties: image_properties(image),
        ..Component::default()
    }
}

fn image_properties(image: &Image) -> Vec<Property<'_>> {
    let known = [
        ("cofferdam:image:digest", image.digest.map(|digest| digest.to_string())),
        ("cofferdam:image:id", image.id.map(|id| id.to_string())),
        ("cofferdam:image:platform", image.platform.as_ref().map(ToString::to_string)),
    ];
    let layers = image.layers.iter().filter_map(|layer| {
        Some(("cofferdam:image:layer:diffId", Some(layer.diff_id?.to_string())))
    });
    known
        .into_iter()
        .chain(layers)
        .filter_map(|(name, value)| Some(Property { name, value: value?.into() }))
        .collect()
}

pub(crate) fn components<'a>(bill: &Bill<'a>, references: &'a References) -> Vec<Component<'a>> {
    let system = bill.distribution.map(operating_system);
    let packages = bill.packages.iter().zip(&references.purls).zip(&references.references);
    let packages =
        packages.map(|((package, purl), reference)| library(package, purl, reference, bill.image));
    system.into_iter().chain(packages).collect()
}

fn operating_system(distribution: &Distribution) -> Component<'_> {
    let codename = Some(&*distribution.codename).filter(|codename| !codename.is_empty());
    Component {
        kind: "operating-system",
        bom_ref: Some(OPERATING_SYSTEM),
        name: &distribution.id,
        version: version(&distribution.version).map(Cow::Borrowed),
        description: Some(&*distribution.name).filter(|name| !name.is_empty()),
        properties: codename
            .map(|name| Property { name: "cofferdam:codename", value: name.into() })
            .into_iter()
            .collect(),
        ..Component::default()
    }
}

fn library<'a>(
    package: &'a Package,
    purl: &'a str,
    reference: &'a str,
    image: &'a Image,
) -> Component<'a> {
    let (group, name) = group_and_name(package);
    let location = format!("/{}", package.location.path);
    Component {
        kind: "library",
        bom_ref: Some(reference),
        group,
        name,
        version: version(&package.version).map(Cow::Borrowed),
        licenses: licenses(package.license.as_deref()),
        purl: Some(purl.into()),
        evidence: Some(Evidence { occurrences: [Occurrence { location }] }),
        properties: package_properties(package, image),
        ..Component::default()
    }
}

/// A version that the schema takes: 1 to 1,024 characters. The purl has any other too.
pub(crate) fn version(text: &str) -> Option<&str> {
    (1..=1_024).contains(&text.chars().count()).then_some(text)
}

/// Maven's group and npm's scope; a Go module is named by its whole path.
fn group_and_name(package: &Package) -> (Option<&str>, &str) {
    let separator = match package.kind {
        PackageKind::Maven => ':',
        PackageKind::Npm => '/',
        _ => return (None, &package.name),
    };
    match package.name.split_once(separator) {
        Some((group, name)) => (Some(group), name),
        None => (None, &package.name),
    }
}

fn package_properties<'a>(package: &'a Package, image: &'a Image) -> Vec<Property<'a>> {
    let layer = package.location.layer;
    let diff_id = layer.and_then(|layer| image.layers.get(layer)?.diff_id);
    let source = package.source.as_ref();
    let evidence = match package.evidence {
        model::Evidence::Metadata => "metadata",
        model::Evidence::BuildInfo => "build-info",
        model::Evidence::Manifest => "manifest",
        model::Evidence::FileName => "file-name",
    };
    let known = [
        ("cofferdam:evidence", Some(Cow::Borrowed(evidence))),
        ("cofferdam:layer:index", layer.map(|layer| layer.to_string().into())),
        ("cofferdam:layer:diffId", diff_id.map(|digest| digest.to_string().into())),
        ("cofferdam:sourcePackage", source.map(|source| (*source.name).into())),
        ("cofferdam:sourceVersion", source.map(|source| (*source.version).into())),
        ("cofferdam:owner", package.owner.as_deref().map(Cow::Borrowed)),
    ];
    known.into_iter().filter_map(|(name, value)| Some(Property { name, value: value? })).collect()
}

/// The target depends on everything in it; who needs whom among the packages is not known.
pub(crate) fn dependencies<'a>(bill: &Bill<'a>, references: &'a References) -> Vec<Dependency<'a>> {
    let system = bill.distribution.map(|_| OPERATING_SYSTEM);
    let packages = references.references.iter().map(String::as_str);
    vec![Dependency { reference: ROOT, depends_on: system.into_iter().chain(packages).collect() }]
}
