//! An image as its manifest and configuration describe it.

use crate::{Digest, ImageReference, Platform, package::encode};

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

impl Image {
    /// The package URL of an image whose digest is known (purl specification, type `oci`).
    pub fn purl(&self) -> Option<String> {
        let digest = self.digest?;
        let reference: ImageReference = self.name.as_deref()?.parse().ok()?;
        let repository = format!("{}/{}", reference.registry, reference.repository);
        let name = repository.rsplit_once('/').map_or(&*repository, |(_, name)| name);
        let architecture = self.platform.as_ref().map(|platform| platform.architecture.clone());
        let qualifiers = [
            ("arch", architecture),
            ("repository_url", Some(repository.clone())),
            ("tag", reference.tag),
        ];
        let mut purl = "pkg:oci/".to_owned();
        encode(name, &mut purl);
        purl.push('@');
        encode(&digest.to_string(), &mut purl);
        let present = qualifiers.into_iter().filter_map(|(key, value)| Some((key, value?)));
        for (separator, (key, value)) in
            std::iter::once('?').chain(std::iter::repeat('&')).zip(present)
        {
            purl.push(separator);
            purl.push_str(key);
            purl.push('=');
            encode(&value, &mut purl);
        }
        Some(purl)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    /// After the example of the purl specification's page on `oci`.
    #[test]
    fn purl_of_an_image() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let mut image = Image { name: Some("debian:12".into()), ..Image::default() };
        assert_eq!(image.purl(), None);
        image.digest = digest.parse().ok();
        image.platform = Some(Platform::default());
        assert_eq!(
            image.purl().unwrap(),
            format!(
                "pkg:oci/debian@{digest}?arch=amd64\
                 &repository_url=docker.io%2Flibrary%2Fdebian&tag=12"
            )
        );
    }
}
