//! The part of CycloneDX 1.6 that is written here, in the order of its specification.

use serde::Serialize;
use std::borrow::Cow;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document<'a> {
    #[serde(rename = "$schema")]
    pub schema: &'static str,
    pub bom_format: &'static str,
    pub spec_version: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub serial_number: Option<String>,
    pub version: u32,
    pub metadata: Metadata<'a>,
    pub components: Vec<Component<'a>>,
    pub dependencies: Vec<Dependency<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub compositions: Vec<Composition>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub vulnerabilities: Vec<Vulnerability<'a>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Metadata<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    pub tools: Tools<'a>,
    pub component: Component<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Tools<'a> {
    pub components: [Component<'a>; 1],
}

#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Component<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    #[serde(rename = "bom-ref", skip_serializing_if = "Option::is_none")]
    pub bom_ref: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<&'a str>,
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub licenses: Vec<LicenseChoice<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub purl: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Evidence>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property<'a>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct LicenseChoice<'a> {
    pub license: License<'a>,
}

/// `id` for those of the SPDX list, `name` for everything else.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum License<'a> {
    Id(&'a str),
    Name(&'a str),
}

#[derive(Debug, Serialize)]
pub(crate) struct Evidence {
    pub occurrences: [Occurrence; 1],
}

#[derive(Debug, Serialize)]
pub(crate) struct Occurrence {
    pub location: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Property<'a> {
    pub name: &'static str,
    pub value: Cow<'a, str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Dependency<'a> {
    #[serde(rename = "ref")]
    pub reference: &'a str,
    pub depends_on: Vec<&'a str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Composition {
    pub aggregate: &'static str,
    pub assemblies: [&'static str; 1],
}

#[derive(Debug, Serialize)]
pub(crate) struct Vulnerability<'a> {
    pub id: &'a str,
    pub source: Source,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<Reference<'a>>,
    pub ratings: [Rating; 1],
    #[serde(skip_serializing_if = "str::is_empty")]
    pub description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recommendation: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub advisories: Vec<Advisory>,
    pub affects: Vec<Affected<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<Property<'a>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Source {
    pub name: &'static str,
    pub url: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Reference<'a> {
    pub id: &'a str,
    pub source: Source,
}

#[derive(Debug, Serialize)]
pub(crate) struct Rating {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
    pub severity: &'static str,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Advisory {
    pub url: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Affected<'a> {
    #[serde(rename = "ref")]
    pub reference: &'a str,
    pub versions: Vec<AffectedVersion<'a>>,
}

#[derive(Debug, Serialize)]
pub(crate) struct AffectedVersion<'a> {
    pub version: &'a str,
    pub status: &'static str,
}
