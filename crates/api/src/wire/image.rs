//! Images: layers, packages, vulnerabilities, secrets.

use super::{Counts, Severity, Time, row_and_whole, words};
use schemars::JsonSchema;
use serde::Serialize;

words! {
    /// How far the scan of an image is.
    ImageState = cofferdam_store::ImageState {
        Waiting = "waiting",
        Scanning = "scanning",
        Scanned = "scanned",
        Failed = "failed",
    }
}

row_and_whole! {
    /// An image in a list.
    row ImageRow {
        /// Stable id over name, digest and platform.
        id: String,
        /// `docker.io/library/nginx`
        name: String,
        /// The tag it is known by; null: none.
        tag: Option<String>,
        /// Digest of its manifest.
        digest: String,
        /// `linux/amd64`
        platform: String,
        /// How far its scan is.
        state: ImageState,
        /// Why it could not be scanned.
        why: Option<String>,
        /// When it was scanned; null: not yet.
        scanned_at: Option<Time>,
        /// Bytes, uncompressed.
        size: u64,
        /// Its distribution; null: none was recognised.
        distribution: Option<String>,
        /// Packages in it.
        packages: u64,
        /// Vulnerabilities by severity.
        counts: Counts,
        /// Secrets in it.
        secrets: u64,
        /// Vulnerabilities that are known to be exploited.
        exploited: u64,
        /// What the worst finding is worth, 0 to 100.
        score: u8,
        /// Workloads that run it.
        workloads: u64,
    }
    /// An image.
    whole Image = ImageRow + ImageMore {
        /// Workloads that run it.
        workload_list: Vec<WorkloadLink>,
        /// Layers, from the bottom up.
        layers: Vec<Layer>,
        /// What could not be assessed.
        problems: Vec<ScanProblem>,
    }
}

/// A workload that runs an image.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WorkloadLink {
    /// Its id.
    pub(crate) id: String,
    /// `Deployment shop/web`
    pub(crate) title: String,
}

/// A layer.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Layer {
    /// Digest of the blob; null: not known.
    pub(crate) digest: Option<String>,
    /// Bytes; null: not known.
    pub(crate) size: Option<u64>,
    /// The instruction that made it; null: not known.
    pub(crate) created_by: Option<String>,
}

/// Something that could not be assessed.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ScanProblem {
    /// Its kind.
    pub(crate) kind: String,
    /// What happened.
    pub(crate) detail: String,
}

/// An installed package.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Package {
    /// `deb`, `pypi`, `npm`
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its package URL.
    pub(crate) purl: String,
    /// Where it was seen.
    pub(crate) path: String,
    /// Digest of the layer; null: not known.
    pub(crate) layer: Option<String>,
    /// Licence as declared.
    pub(crate) license: Option<String>,
    /// Known vulnerabilities of it.
    pub(crate) vulnerabilities: u64,
}

/// A known vulnerability of a package.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Vulnerability {
    /// The CVE, or the advisory's own id.
    pub(crate) id: String,
    /// Other names.
    pub(crate) aliases: Vec<String>,
    /// What it is.
    pub(crate) title: String,
    /// The package.
    pub(crate) package: String,
    /// The installed version.
    pub(crate) version: String,
    /// The package's URL.
    pub(crate) purl: String,
    /// Where the package was seen.
    pub(crate) path: String,
    /// Digest of the layer; null: not known.
    pub(crate) layer: Option<String>,
    /// How bad it is; null: nobody says.
    pub(crate) severity: Option<Severity>,
    /// What it is worth, 0 to 100.
    pub(crate) score: u8,
    /// EPSS probability, 0 to 1; null: not known.
    pub(crate) epss: Option<f64>,
    /// Whether it is known to be exploited.
    pub(crate) exploited: bool,
    /// The smallest version without it; null: there is none.
    pub(crate) fixed: Option<String>,
    /// Whether there is a version without it.
    pub(crate) fixable: bool,
}

/// A credential in an image, masked.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Secret {
    /// Stable id of the kind.
    pub(crate) kind: String,
    /// The kind, for people.
    pub(crate) title: String,
    /// Where it is: a path, or the name of a variable.
    pub(crate) place: String,
    /// Line, from 1; null: none.
    pub(crate) line: Option<u32>,
    /// Digest of the layer; null: it is in none, or that is not known.
    pub(crate) layer: Option<String>,
    /// The masked value.
    pub(crate) masked: String,
    /// Whether a later layer deleted it: no longer visible, still there.
    pub(crate) deleted: bool,
}
