//! From a reference to an open image.

use crate::{Credential, Credentials, RemoteBlobs, http::Repository};
use cofferdam_bounds::Limits;
use cofferdam_download::Client;
use cofferdam_layers::{
    OpenImage, Selection,
    oci::{
        Config, Descriptor, Document, INDEX_DEPTH, INDEX_MEDIA_TYPES, MANIFEST_MEDIA_TYPES,
        Manifest, assemble, check_platform, choose, verify,
    },
};
use cofferdam_model::{Diagnostic, Digest, Exit, ImageReference, ImageSource, Platform, Problem};
use std::sync::Arc;

/// Access to registries.
#[derive(Debug)]
pub struct Registry {
    client: Client,
    credentials: Credentials,
}

impl Registry {
    /// Access by this client, with these credentials.
    pub const fn new(client: Client, credentials: Credentials) -> Self {
        Self { client, credentials }
    }

    /// Fetches what describes an image. `platform` chooses out of a multi-platform image;
    /// without it linux/amd64 is taken, or the only one there is.
    ///
    /// Must be called within a tokio runtime, which later carries the downloads of the layers.
    pub async fn open(
        &self,
        reference: &ImageReference,
        platform: Option<&Platform>,
        limits: &Limits,
    ) -> Result<(OpenImage, RemoteBlobs), Diagnostic> {
        let credential = self.credentials.find(&reference.registry, &reference.repository)?;
        self.open_as(reference, platform, limits, credential).await
    }

    /// [`Self::open`] with this credential, or with none.
    pub async fn open_as(
        &self,
        reference: &ImageReference,
        platform: Option<&Platform>,
        limits: &Limits,
        credential: Option<Credential>,
    ) -> Result<(OpenImage, RemoteBlobs), Diagnostic> {
        let scheme = self.client.scheme(&reference.registry).await;
        let repository = Repository::new(self.client.clone(), reference, scheme, credential);
        let fetch = Fetch { repository: Arc::new(repository), limits };
        let mut problems = Vec::new();
        let (manifest, digest) = fetch.manifest(reference, platform, &mut problems).await?;
        let config = fetch.config(&manifest.config, &mut problems).await?;
        let mut open = assemble(&manifest, config, ImageSource::Registry, ToString::to_string);
        open.image.name = Some(reference.to_string());
        open.image.digest = Some(digest);
        check_platform(&open.image, &select(platform.cloned()))?;
        open.problems.extend(problems);
        Ok((open, RemoteBlobs::new(fetch.repository)))
    }
}

struct Fetch<'a> {
    repository: Arc<Repository>,
    limits: &'a Limits,
}

impl Fetch<'_> {
    /// Follows indexes to the manifest of one image.
    async fn manifest(
        &self,
        reference: &ImageReference,
        platform: Option<&Platform>,
        problems: &mut Vec<Problem>,
    ) -> Result<(Manifest, Digest), Diagnostic> {
        let mut identifier = reference.identifier();
        let mut claimed = reference.digest;
        for _ in 0..=INDEX_DEPTH {
            let place = format!("manifests/{identifier}");
            let accept = [INDEX_MEDIA_TYPES, MANIFEST_MEDIA_TYPES].concat().join(", ");
            let response = self.repository.get(&place, &[("accept", accept)]).await?;
            let bytes = response.bytes(self.limits.manifest_bytes).await?;
            // A tag promises no digest; what came is then what it is known by.
            let digest = cofferdam_layers::oci::digest(&bytes);
            if let Some(claimed) = claimed {
                problems.extend(verify(&bytes, &claimed, "manifest"));
            }
            match Document::parse(&bytes, self.limits).map_err(|error| broken(reference, error))? {
                Document::Manifest(manifest) => return Ok((manifest, digest)),
                Document::Index(index) => {
                    let next = pick(&index, platform)?;
                    claimed = Some(next.digest);
                    identifier = next.digest.to_string();
                }
            }
        }
        Err(broken(reference, "image indexes are nested too deeply"))
    }

    async fn config(
        &self,
        descriptor: &Descriptor,
        problems: &mut Vec<Problem>,
    ) -> Result<Config, Diagnostic> {
        let place = format!("blobs/{}", descriptor.digest);
        let response = self.repository.get(&place, &[]).await?;
        let bytes = response.bytes(self.limits.manifest_bytes).await?;
        problems.extend(verify(&bytes, &descriptor.digest, "configuration"));
        Config::parse(&bytes, self.limits).map_err(|error| {
            Diagnostic::new(Exit::NotAssessed, "the image's configuration cannot be read")
                .at(descriptor.digest)
                .because(error)
        })
    }
}

fn select(platform: Option<Platform>) -> Selection {
    Selection { platform, reference: None }
}

/// The platform asked for; else the default one if it is there; else the only one.
fn pick<'a>(
    index: &'a [Descriptor],
    platform: Option<&Platform>,
) -> Result<&'a Descriptor, Diagnostic> {
    match platform {
        Some(platform) => choose(index, &select(Some(platform.clone()))),
        None => choose(index, &select(Some(Platform::default())))
            .or_else(|_| choose(index, &select(None))),
    }
}

fn broken(reference: &ImageReference, cause: impl std::fmt::Display) -> Diagnostic {
    Diagnostic::new(Exit::NotAssessed, "the image's manifest cannot be read")
        .at(reference)
        .because(cause)
}
