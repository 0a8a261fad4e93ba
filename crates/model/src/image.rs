//! An image as its manifest and configuration describe it.

use crate::{Digest, Platform};

/// What was scanned: key an image by name, digest and platform together, never by one alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    /// The reference it is known by, when known.
    pub name: Option<String>,
    /// Digest of its manifest: what a registry knows it by. A docker-archive has none.
    pub digest: Option<Digest>,
    /// Digest of its configuration: what Docker shows as the image id.
    pub id: Option<Digest>,
    /// What it runs on.
    pub platform: Option<Platform>,
    /// How the bytes came to us.
    pub source: ImageSource,
    /// The configuration.
    pub config: ImageConfig,
    /// Layers from the bottom up.
    pub layers: Vec<Layer>,
}

/// How the bytes of an image came to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImageSource {
    /// `docker save`, a tar or a directory with `manifest.json`.
    DockerArchive,
    /// An OCI image layout, a tar or a directory with `oci-layout`.
    OciLayout,
    /// Pulled from a registry.
    Registry,
    /// No image: a root file system directory.
    #[default]
    RootFilesystem,
}

/// The run-time configuration (OCI image configuration, `config` and `history`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageConfig {
    /// `config.User`: empty means root.
    pub user: String,
    /// `config.Env` in order; a name may be repeated.
    pub env: Vec<(String, String)>,
    /// `config.Labels`.
    pub labels: Vec<(String, String)>,
    /// `config.Entrypoint`.
    pub entrypoint: Vec<String>,
    /// `config.Cmd`.
    pub command: Vec<String>,
    /// `config.ExposedPorts`: `80/tcp`.
    pub exposed_ports: Vec<String>,
    /// `config.Volumes`.
    pub volumes: Vec<String>,
    /// `config.WorkingDir`.
    pub working_directory: String,
    /// `created`, when it was a valid time.
    pub created: Option<jiff::Timestamp>,
    /// `history`, oldest first.
    pub history: Vec<History>,
}

/// One step that made the image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// The instruction, as the builder wrote it.
    pub created_by: String,
    /// Whether it made no layer.
    pub empty_layer: bool,
}

/// One layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// Digest of the blob as stored, perhaps compressed. A docker-archive names none.
    pub digest: Option<Digest>,
    /// Digest of the uncompressed tar, as the configuration claims it.
    pub diff_id: Option<Digest>,
    /// Size of the blob as stored, in bytes, as claimed.
    pub size_bytes: u64,
    /// The instruction that made it, when history tells.
    pub created_by: Option<String>,
}
