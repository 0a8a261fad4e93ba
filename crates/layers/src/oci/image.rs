//! A manifest and a configuration made into an image, and where its layers are.

use super::{Config, Manifest, Selection};
use crate::Claims;
use cofferdam_model::{Diagnostic, Digest, Exit, Image, ImageSource, Layer, Problem, ProblemKind};
use sha2::{Digest as _, Sha256};
use std::io::{self, Read};

/// An image of which everything but the layers was read.
#[derive(Clone, Debug)]
pub struct OpenImage {
    /// What is known of it.
    pub image: Image,
    /// Its layers from the bottom up, one for each of `image.layers`.
    pub layers: Vec<LayerBlob>,
    /// What contradicts itself in it.
    pub problems: Vec<Problem>,
}

/// One layer that can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerBlob {
    /// Where it is: the path in its container, for example `blobs/sha256/…`; the digest in a
    /// registry.
    pub place: String,
    /// What is said of it, to be verified.
    pub claims: Claims,
}

/// Where the bytes of layers come from. Layers are opened and read on several threads.
pub trait Blobs: Sync {
    /// Opens a layer at its first byte. One that is not there is `NotFound`.
    fn open(&self, blob: &LayerBlob) -> io::Result<Box<dyn Read + Send + '_>>;
}

/// Makes an image of its documents. `place` says where the blob of a digest is.
pub fn assemble(
    manifest: &Manifest,
    config: Config,
    source: ImageSource,
    place: impl Fn(&Digest) -> String,
) -> OpenImage {
    let blobs = manifest.layers.iter().map(|layer| LayerBlob {
        place: place(&layer.digest),
        claims: Claims {
            digest: Some(layer.digest),
            diff_id: None,
            size_bytes: Some(layer.size_bytes),
            media_type: Some(layer.media_type.clone()).filter(|text| !text.is_empty()),
        },
    });
    let mut open = with_layers(config, blobs.collect(), source);
    open.image.id = Some(manifest.config.digest);
    open
}

/// Makes an image of a configuration and its layers, which get their diff ids from it.
pub(crate) fn with_layers(
    config: Config,
    mut layers: Vec<LayerBlob>,
    source: ImageSource,
) -> OpenImage {
    let mut problems = Vec::new();
    if config.diff_ids.len() != layers.len() {
        let (named, there) = (config.diff_ids.len(), layers.len());
        let detail = format!("the configuration names {named} layers but the manifest {there}");
        problems.push(Problem::whole(ProblemKind::Ambiguous, detail));
    }
    for (layer, diff_id) in layers.iter_mut().zip(&config.diff_ids) {
        layer.claims.diff_id = *diff_id;
    }
    let created_by = config.created_by(layers.len());
    let described = layers.iter().zip(created_by).map(|(layer, created_by)| Layer {
        digest: layer.claims.digest,
        diff_id: layer.claims.diff_id,
        size_bytes: layer.claims.size_bytes.unwrap_or_default(),
        created_by,
    });
    let image = Image {
        platform: config.platform,
        source,
        layers: described.collect(),
        config: config.image,
        ..Image::default()
    };
    OpenImage { image, layers, problems }
}

/// What a document is known by.
pub fn digest(bytes: &[u8]) -> Digest {
    Digest::sha256(Sha256::digest(bytes).into())
}

/// Compares a document with the digest that it was asked for by.
pub fn verify(bytes: &[u8], claimed: &Digest, what: &str) -> Option<Problem> {
    let found = digest(bytes);
    (found != *claimed).then(|| {
        let detail = format!("digest of the {what} is {found} but is claimed to be {claimed}");
        Problem::whole(ProblemKind::DigestMismatch, detail)
    })
}

/// Refuses an image that says it is for another platform than the one wanted: an index leaves
/// no choice where it names a single image.
pub fn check_platform(image: &Image, selection: &Selection) -> Result<(), Diagnostic> {
    match (&selection.platform, &image.platform) {
        (Some(wanted), Some(platform)) if !platform.satisfies(wanted) => Err(Diagnostic::new(
            Exit::Usage,
            format!("the image is for {platform} and not for {wanted}"),
        )
        .remedy("choose another --platform")),
        _ => Ok(()),
    }
}
