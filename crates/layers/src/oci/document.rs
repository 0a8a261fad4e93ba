//! Indexes and manifests from bytes (OCI image specification 1.1 "Image Index", "Image Manifest";
//! Docker image manifest version 2, schema 2, which has the same shape).

use super::{DocumentError, json, lenient};
use cofferdam_bounds::Limits;
use cofferdam_model::{Digest, Platform};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Media types of an index: OCI's, then Docker's.
pub const INDEX_MEDIA_TYPES: [&str; 2] = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];
/// Media types of a manifest: OCI's, then Docker's.
pub const MANIFEST_MEDIA_TYPES: [&str; 2] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
];

/// A pointer to content by its digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// What it is, in lower case; empty when not said.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes, as claimed.
    pub size_bytes: u64,
    /// What it runs on, in an index.
    pub platform: Option<Platform>,
    /// Free-form notes.
    pub annotations: BTreeMap<String, String>,
}

/// What an address of an image leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// A choice of manifests and further indexes.
    Index(Vec<Descriptor>),
    /// One image.
    Manifest(Manifest),
}

/// One image: a configuration and layers from the bottom up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The configuration.
    pub config: Descriptor,
    /// The layers.
    pub layers: Vec<Descriptor>,
    /// Free-form notes.
    pub annotations: BTreeMap<String, String>,
}

impl Document {
    /// Reads an index or a manifest: which of the two its own `mediaType` says, or else the
    /// fields that it has. A document with the fields of both is refused, for different readers
    /// would take it for different images (OCI image specification, CVE-2021-41190).
    pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Self, DocumentError> {
        super::check_size(bytes, limits)?;
        let wire: WireDocument = serde_json::from_value(json::read(bytes, &NAMES)?)?;
        let says_index = wire.media_type.as_deref().map(|text| INDEX_MEDIA_TYPES.contains(&text));
        match (wire.manifests, wire.config, wire.layers) {
            (Some(manifests), None, None) if says_index != Some(false) => {
                super::check_count(manifests.len(), limits.manifests, "manifests of an index")?;
                Ok(Self::Index(
                    manifests.into_iter().map(Descriptor::try_from).collect::<Result<_, _>>()?,
                ))
            }
            (None, Some(config), layers) if says_index != Some(true) => {
                let layers = layers.unwrap_or_default();
                super::check_count(layers.len(), limits.layers, "layers of an image")?;
                Ok(Self::Manifest(Manifest {
                    config: config.try_into()?,
                    layers: layers
                        .into_iter()
                        .map(Descriptor::try_from)
                        .collect::<Result<_, _>>()?,
                    annotations: wire.annotations,
                }))
            }
            (None, None, _) if wire.schema_version == Some(1) => Err(DocumentError::Schema1),
            (None, None, _) => Err(DocumentError::Neither),
            _ => Err(DocumentError::Both),
        }
    }
}

/// Names of all fields below.
const NAMES: [&str; 12] = [
    "schemaVersion",
    "mediaType",
    "manifests",
    "config",
    "layers",
    "annotations",
    "digest",
    "size",
    "platform",
    "os",
    "architecture",
    "variant",
];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireDocument {
    schema_version: Option<u64>,
    media_type: Option<String>,
    manifests: Option<Vec<WireDescriptor>>,
    config: Option<WireDescriptor>,
    layers: Option<Vec<WireDescriptor>>,
    #[serde(default, deserialize_with = "lenient")]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireDescriptor {
    #[serde(default, deserialize_with = "lenient")]
    media_type: String,
    digest: String,
    #[serde(default, deserialize_with = "lenient")]
    size: u64,
    platform: Option<WirePlatform>,
    #[serde(default, deserialize_with = "lenient")]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
pub(super) struct WirePlatform {
    #[serde(default, deserialize_with = "lenient")]
    os: String,
    #[serde(default, deserialize_with = "lenient")]
    architecture: String,
    #[serde(default, deserialize_with = "lenient")]
    variant: String,
}

impl WirePlatform {
    /// The platform, when it says at least one thing.
    pub(super) fn platform(self) -> Option<Platform> {
        let Self { os, architecture, variant } = self;
        (!os.is_empty() || !architecture.is_empty()).then_some(Platform {
            os,
            architecture,
            variant,
        })
    }
}

impl TryFrom<WireDescriptor> for Descriptor {
    type Error = DocumentError;

    fn try_from(wire: WireDescriptor) -> Result<Self, DocumentError> {
        Ok(Self {
            media_type: wire.media_type.to_ascii_lowercase(),
            digest: wire.digest.parse()?,
            size_bytes: wire.size,
            platform: wire.platform.and_then(WirePlatform::platform),
            annotations: wire.annotations,
        })
    }
}
