//! The JSON document: stable, documented, with its schema checked in
//! (`docs/schema/assessment.schema.json`).
//!
//! Within one `schemaVersion` fields are only added. A missing optional field means "does not
//! apply"; a field that is `null` means "not known".

use cofferdam_policy as policy;
use schemars::JsonSchema;
use serde::Serialize;

/// The version of this document's shape.
pub(crate) const SCHEMA_VERSION: &str = "1";

/// Everything that is known of one target, and the verdicts on it.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document<'a> {
    /// Version of the document's shape.
    pub(crate) schema_version: &'a str,
    /// The program that wrote it.
    pub(crate) tool: Tool<'a>,
    /// What was scanned.
    pub(crate) target: Target<'a>,
    /// The decision over all policies.
    pub(crate) decision: Decision<'a>,
    /// One verdict for each policy, in order of code.
    pub(crate) verdicts: Vec<Verdict<'a>>,
    /// What became of each exception.
    pub(crate) exceptions: Vec<Exception<'a>>,
    /// Installed packages. Findings refer to them by index.
    pub(crate) packages: Vec<Package<'a>>,
    /// Known vulnerabilities; null when no advisory database was loaded.
    pub(crate) vulnerabilities: Option<Vec<Vulnerability<'a>>>,
    /// Credentials found, masked.
    pub(crate) secrets: Vec<Secret<'a>>,
    /// What could not be assessed.
    pub(crate) problems: Vec<Problem<'a>>,
    /// Which ecosystems the advisories speak about.
    pub(crate) coverage: Vec<Coverage<'a>>,
    /// The advisory database; null when none was loaded.
    pub(crate) advisories: Option<Advisories>,
}

/// The program that wrote the document.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Tool<'a> {
    /// Always `cofferdam`.
    pub(crate) name: &'a str,
    /// Its version.
    pub(crate) version: &'a str,
}

impl Tool<'static> {
    /// This program.
    pub(crate) const THIS: Self = Self { name: "cofferdam", version: env!("CARGO_PKG_VERSION") };
}

/// What was scanned.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Target<'a> {
    /// As it was named on the command line.
    pub(crate) name: &'a str,
    /// `docker-archive`, `oci-layout`, `registry` or `root-filesystem`.
    pub(crate) source: &'a str,
    /// The reference the image is known by.
    pub(crate) reference: Option<&'a str>,
    /// Digest of the manifest.
    pub(crate) digest: Option<String>,
    /// Digest of the configuration: the image id.
    pub(crate) id: Option<String>,
    /// `os/architecture[/variant]`.
    pub(crate) platform: Option<String>,
    /// The user the image runs as; empty means root.
    pub(crate) user: &'a str,
    /// When the image was made.
    pub(crate) created: Option<String>,
    /// Layers, from the bottom up.
    pub(crate) layers: Vec<Layer<'a>>,
    /// Uncompressed bytes read.
    pub(crate) size_bytes: u64,
    /// File system entries read.
    pub(crate) entries: u64,
    /// The distribution; null when none was recognised.
    pub(crate) distribution: Option<Distribution<'a>>,
}

/// A layer.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Layer<'a> {
    /// Digest of the blob as stored.
    pub(crate) digest: Option<String>,
    /// Digest of the uncompressed tar.
    pub(crate) diff_id: Option<String>,
    /// The instruction that made it.
    pub(crate) created_by: Option<&'a str>,
}

/// A distribution and how long it is looked after.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Distribution<'a> {
    /// `ID` of os-release.
    pub(crate) id: &'a str,
    /// `VERSION_ID` of os-release.
    pub(crate) version: &'a str,
    /// `PRETTY_NAME` of os-release.
    pub(crate) name: &'a str,
    /// When support by the project ends; null when not known.
    pub(crate) end_of_life: Option<String>,
    /// When the last free support ends (Debian LTS); null when not known.
    pub(crate) end_of_extended_support: Option<String>,
}

/// The decision over all policies.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Decision<'a> {
    /// `pass`, `fail` or `unknown`.
    pub(crate) outcome: &'a str,
    /// The exit code that goes with it.
    pub(crate) exit_code: u8,
    /// When it was judged (RFC 3339).
    pub(crate) judged_at: String,
    /// When a verdict may change by time alone; null: not until the facts change.
    pub(crate) valid_until: Option<String>,
}

/// What one policy says.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Verdict<'a> {
    /// Stable code of the policy.
    pub(crate) code: &'a str,
    /// Name of the policy.
    pub(crate) policy: &'a str,
    /// What it asks for, for people.
    pub(crate) title: &'a str,
    /// How bad a failure is.
    pub(crate) severity: &'a str,
    /// `pass`, `fail` or `unknown`.
    pub(crate) outcome: &'a str,
    /// What `unknown` is worth at this stage: `fail`, `warn` or `ignore`.
    pub(crate) on_unknown: &'a str,
    /// SHA-256 over the policy and the facts it read: two verdicts with one digest are the same.
    pub(crate) digest: String,
    /// When it may change by time alone.
    pub(crate) valid_until: Option<String>,
    /// What does not hold or cannot be said.
    pub(crate) findings: Vec<Finding<'a>>,
}

/// One thing that does not hold or cannot be said.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Finding<'a> {
    /// `fail` or `unknown`.
    pub(crate) outcome: &'a str,
    /// What it is about.
    pub(crate) subject: &'a str,
    /// What is wrong.
    pub(crate) message: &'a str,
    /// What to do about it.
    pub(crate) remediation: Option<&'a str>,
    /// Index into `vulnerabilities`, for a finding about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) vulnerability: Option<usize>,
    /// Index into `secrets`, for a finding about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) secret: Option<usize>,
    /// Index into `problems`, for a finding about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) problem: Option<usize>,
    /// The facts it rests on.
    pub(crate) inputs: Vec<Input<'a>>,
    /// The exception that covers it: it then does not count for the outcome.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exception: Option<Excepted<'a>>,
}

/// A fact that was read.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Input<'a> {
    /// Its path among the facts.
    pub(crate) path: &'a str,
    /// Its value as CEL would write it.
    pub(crate) value: String,
    /// Where it comes from.
    pub(crate) provenance: String,
}

impl<'a> From<&'a policy::Input> for Input<'a> {
    fn from(input: &'a policy::Input) -> Self {
        Self {
            path: &input.path,
            value: input.value.to_string(),
            provenance: input.provenance.to_string(),
        }
    }
}

/// Who accepted a finding.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Excepted<'a> {
    /// Name of the exception.
    pub(crate) name: &'a str,
    /// Who answers for it.
    pub(crate) owner: &'a str,
    /// Why.
    pub(crate) reason: &'a str,
    /// Until when.
    pub(crate) expires: String,
}

impl<'a> From<&'a policy::Excepted> for Excepted<'a> {
    fn from(excepted: &'a policy::Excepted) -> Self {
        Self {
            name: &excepted.name,
            owner: &excepted.owner,
            reason: &excepted.reason,
            expires: excepted.expires.to_string(),
        }
    }
}

/// What became of an exception.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Exception<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Who answers for it.
    pub(crate) owner: &'a str,
    /// `used`, `unused` or `expired`.
    pub(crate) status: &'a str,
    /// How many findings it covers, or would cover had it not expired.
    pub(crate) findings: usize,
}

impl<'a> From<&'a policy::ExceptionUse> for Exception<'a> {
    fn from(exception: &'a policy::ExceptionUse) -> Self {
        let (status, findings) = match exception.status {
            policy::ExceptionStatus::Used(count) => ("used", count),
            policy::ExceptionStatus::Unused => ("unused", 0),
            policy::ExceptionStatus::Expired(count) => ("expired", count),
        };
        Self { name: &exception.name, owner: &exception.owner, status, findings }
    }
}

/// An installed package.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Package<'a> {
    /// The purl type: `deb`, `pypi`, `npm`.
    #[serde(rename = "type")]
    pub(crate) kind: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// Its version.
    pub(crate) version: &'a str,
    /// Its package URL.
    pub(crate) purl: String,
    /// The source package, where it has another name or version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) source: Option<Source<'a>>,
    /// Where it was seen.
    pub(crate) location: Location<'a>,
    /// `metadata`, `build-info`, `manifest` or `file-name`: how it was recognised.
    pub(crate) evidence: &'a str,
    /// The distribution package that owns it and is judged for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) owner: Option<&'a str>,
    /// Licence as declared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) license: Option<&'a str>,
}

/// A source package.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Source<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its version.
    pub(crate) version: &'a str,
}

/// Where something was seen.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Location<'a> {
    /// Path without a leading slash; members of archives follow `!/`.
    pub(crate) path: &'a str,
    /// Index into `target.layers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) layer: Option<usize>,
}

/// A known vulnerability of a package.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Vulnerability<'a> {
    /// The CVE, or the advisory's own id.
    pub(crate) id: &'a str,
    /// Other names.
    pub(crate) aliases: &'a [String],
    /// Advisories that say so.
    pub(crate) advisories: &'a [String],
    /// Index into `packages`.
    pub(crate) package: usize,
    /// What it is.
    pub(crate) summary: &'a str,
    /// Severity; null: no source gives one.
    pub(crate) severity: Option<&'a str>,
    /// CVSS base score; null: no source gives one.
    pub(crate) cvss: Option<f64>,
    /// The smallest version without it; null: there is no fix.
    pub(crate) fixed_version: Option<&'a str>,
    /// Whether it is in CISA's catalogue; null: the catalogue was not loaded.
    pub(crate) known_exploited: Option<bool>,
    /// EPSS probability, 0 to 1; null: not known.
    pub(crate) epss: Option<f64>,
    /// Whether the package is malware.
    pub(crate) malicious: bool,
}

/// A credential.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Secret<'a> {
    /// Stable id of the kind.
    pub(crate) kind: &'a str,
    /// The kind, for people.
    pub(crate) title: &'a str,
    /// `file`, `env`, `label`, `command` or `history`.
    pub(crate) place: &'a str,
    /// Where, for a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<Location<'a>>,
    /// Name of the variable or label, or number of the step in the history.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    /// The layer that deleted it: no longer visible, still retrievable.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deleted_in: Option<usize>,
    /// The package that its maker published with this file in it: everybody can fetch it, and no
    /// policy counts it by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) published_by: Option<&'a str>,
    /// Line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) line: Option<u32>,
    /// The masked value.
    pub(crate) masked: &'a str,
    /// Why it is believed.
    pub(crate) evidence: &'a str,
}

/// Something that could not be assessed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Problem<'a> {
    /// Stable code, explained in docs/problems.md.
    pub(crate) code: &'a str,
    /// Its kind.
    pub(crate) kind: &'a str,
    /// Where; absent when it is the target as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) location: Option<Location<'a>>,
    /// What happened.
    pub(crate) detail: &'a str,
}

/// How well an ecosystem is covered.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Coverage<'a> {
    /// Ecosystem as OSV names it.
    pub(crate) ecosystem: &'a str,
    /// Packages of it in the target.
    pub(crate) packages: usize,
    /// `loaded` or `no-source`.
    pub(crate) status: &'a str,
    /// Advisories loaded for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) advisories: Option<u64>,
    /// Time of the newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) newest: Option<String>,
}

/// The advisory database that was asked.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Advisories {
    /// When it was built.
    pub(crate) built: String,
    /// Time of its newest entry.
    pub(crate) newest: Option<String>,
    /// How many advisories it holds.
    pub(crate) count: u64,
}
