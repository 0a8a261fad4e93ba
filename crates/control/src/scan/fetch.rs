//! From a row to what is in the image: from the node if it is here, otherwise from its registry.

use super::{job::Job, node::ContentStore};
use cofferdam_assess::{Contents, Silence, contents};
use cofferdam_bounds::{Limits, Meter};
use cofferdam_cluster::Connection;
use cofferdam_layers::{Blobs, OpenImage};
use cofferdam_model::{Diagnostic, Digest, Exit, ImageReference, Platform};
use cofferdam_registry::{Credential, Registry, find_given};
use cofferdam_store::rows;
use std::{path::Path, sync::Arc};

/// Where images come from.
#[derive(Clone)]
pub enum Images {
    /// From the content stores of this machine and from registries.
    Real(Arc<Real>),
    /// What was seen when a recording was made, by the id of the image.
    Recorded(Arc<std::collections::HashMap<String, Vec<u8>>>),
}

/// Where real images come from.
pub struct Real {
    /// Content stores on this machine.
    pub stores: Vec<ContentStore>,
    /// Access to registries.
    pub registry: Registry,
    /// Where pull secrets are, if there is a cluster.
    pub connection: Option<Connection>,
}

impl Images {
    /// What is in an image. Takes as long as it takes; the caller has the clock.
    pub async fn fetch(&self, image: &rows::Image, job: &Job) -> Result<Contents, Diagnostic> {
        match self {
            Self::Recorded(reports) => {
                let missing = || Diagnostic::new(Exit::NotAssessed, "the image was not recorded");
                let report = reports.get(&image.id).ok_or_else(missing)?;
                super::report::decode(report).map_err(|error| missing().because(error))
            }
            Self::Real(real) => real.fetch(image, job).await,
        }
    }
}

impl Real {
    async fn fetch(&self, image: &rows::Image, job: &Job) -> Result<Contents, Diagnostic> {
        let digest: Digest = image.digest.parse().map_err(|error| {
            Diagnostic::new(Exit::NotAssessed, "the image's digest cannot be used").because(error)
        })?;
        let platform: Option<Platform> = image.platform.parse().ok();
        let limits = Limits::default();
        for store in &self.stores {
            // A store that cannot be read is no reason not to ask the registry.
            if let Ok(Some(mut open)) = store.image(&digest, platform.as_ref(), &limits) {
                open.image.name = Some(super::verdict::title(image));
                return read(open, store.clone()).await;
            }
        }
        self.pull(image, digest, platform.as_ref(), job).await
    }

    async fn pull(
        &self,
        image: &rows::Image,
        digest: Digest,
        platform: Option<&Platform>,
        job: &Job,
    ) -> Result<Contents, Diagnostic> {
        let reference = format!("{}@{digest}", image.name).parse().map_err(|error| {
            Diagnostic::new(Exit::NotAssessed, "the image has no name that a registry knows")
                .at(&image.name)
                .because(error)
        })?;
        let credential = self.credential(&reference, job).await?;
        let limits = Limits::default();
        let pulled = self.registry.open_as(&reference, platform, &limits, credential.clone()).await;
        let refused = match pulled {
            Ok((open, blobs)) => return read(open, blobs).await,
            Err(refused) => refused,
        };
        // What was loaded onto a node is known by the digest of its configuration, which no
        // registry is asked for by.
        let Some(tag) = &image.tag else { return Err(refused) };
        let by_tag = ImageReference { tag: Some(tag.clone()), digest: None, ..reference };
        match self.registry.open_as(&by_tag, platform, &limits, credential).await {
            Ok((open, blobs)) if open.image.id == Some(digest) => read(open, blobs).await,
            _ => Err(refused),
        }
    }

    /// What the pull secrets of the pods say about the registry; otherwise what this machine says.
    async fn credential(
        &self,
        reference: &ImageReference,
        job: &Job,
    ) -> Result<Option<Credential>, Diagnostic> {
        let Some(connection) = &self.connection else { return Ok(None) };
        let (registry, repository) = (&reference.registry, &reference.repository);
        let mut refused = None;
        for name in &job.pull_secrets {
            let place = format!("Secret {}/{name}", job.namespace);
            let data = match connection.secret(&job.namespace, name).await {
                Ok(Some(data)) => data,
                Ok(None) => continue,
                Err(error) => {
                    refused = Some(
                        Diagnostic::new(Exit::Infrastructure, "cannot read a pull secret")
                            .at(place)
                            .because(error)
                            .remedy("let Cofferdam get this Secret, or put the image where it needs none"),
                    );
                    continue;
                }
            };
            let config = data.get(".dockerconfigjson").map(<[u8]>::to_vec);
            let config = config.or_else(|| Some(whole(data.get(".dockercfg")?)));
            let Some(config) = config else { continue };
            if let Some(found) = find_given(&config, Path::new(&place), registry, repository)? {
                return Ok(Some(found));
            }
        }
        refused.map_or(Ok(None), Err)
    }
}

/// The older form of a pull secret is what stands under `auths` in the newer.
fn whole(old: &[u8]) -> Vec<u8> {
    [br#"{"auths":"#, old, b"}"].concat()
}

async fn read(open: OpenImage, blobs: impl Blobs + Send + 'static) -> Result<Contents, Diagnostic> {
    let work = move || contents(open, &blobs, &Meter::default(), &Silence);
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        Diagnostic::new(Exit::NotAssessed, "reading the image failed, please report this")
            .because(error)
    })
}
