//! `docker save`: `manifest.json` names configurations and layers by their paths
//! (Docker image specification 1.2, "Combined Image JSON + Filesystem Changeset Format").

use super::{Container, unreadable};
use crate::{
    Claims,
    oci::{self, Config, Document, DocumentError, LayerBlob, OpenImage, Selection, json},
};
use cofferdam_bounds::Limits;
use cofferdam_model::{Diagnostic, Digest, Exit, ImageSource, Problem, ProblemKind};
use serde::Deserialize;

/// The file that makes a container one of Docker's.
pub(super) const MANIFEST: &str = "manifest.json";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    config: String,
    repo_tags: Option<Vec<String>>,
    layers: Option<Vec<String>>,
}

fn entries(bytes: &[u8]) -> Result<Vec<Entry>, DocumentError> {
    let value = json::read(bytes, &["Config", "RepoTags", "Layers"])?;
    Ok(serde_json::from_value(value)?)
}

/// Whether `manifest.json` is Docker's: a list, not somebody else's file of that name.
pub(super) fn is_docker(container: &Container, limits: &Limits) -> bool {
    container
        .read(MANIFEST, limits.manifest_bytes)
        // One that readers disagree about, or that is too large, is Docker's too, and is refused
        // when it is opened.
        .is_ok_and(|bytes| match entries(&bytes) {
            Ok(_) | Err(DocumentError::Twice(_) | DocumentError::Exceeded(_)) => true,
            Err(_) => false,
        })
}

/// Opens the one image that satisfies the wish.
pub(super) fn image(
    container: &Container,
    selection: &Selection,
    limits: &Limits,
) -> Result<OpenImage, Diagnostic> {
    let bytes = container
        .read(MANIFEST, limits.manifest_bytes)
        .map_err(|error| unreadable(MANIFEST).because(error))?;
    let entries = entries(&bytes).map_err(|error| unreadable(MANIFEST).because(error))?;
    if entries.len() > limits.manifests {
        return Err(unreadable(MANIFEST).because("it lists too many images"));
    }
    let mut fitting = Vec::new();
    let mut list = Vec::new();
    for entry in &entries {
        let open = open(container, entry, limits)?;
        let platform = open.image.platform.as_ref().map(ToString::to_string).unwrap_or_default();
        let name = open.image.name.clone().unwrap_or_else(|| entry.config.clone());
        list.push(format!("{name} {platform}"));
        let tags = entry.repo_tags.as_deref().unwrap_or_default();
        let id = open.image.id.map(|id| id.to_string()).unwrap_or_default();
        let named = selection.reference.is_none()
            || tags.iter().any(|tag| selection.names(tag))
            || selection.names(&id);
        if named && oci::check_platform(&open.image, selection).is_ok() {
            fitting.push(open);
        }
    }
    let several = !fitting.is_empty();
    match (fitting.pop(), fitting.is_empty()) {
        (Some(mut open), true) => {
            enrich(container, &mut open, limits);
            Ok(open)
        }
        _ => Err(oci::refusal(list.into_iter(), several, selection)),
    }
}

fn open(container: &Container, entry: &Entry, limits: &Limits) -> Result<OpenImage, Diagnostic> {
    let names = entry.layers.as_deref().unwrap_or_default();
    if names.len() > limits.layers {
        let cause = format!("it has more than {} layers", limits.layers);
        return Err(Diagnostic::new(Exit::NotAssessed, "the image is too large").because(cause));
    }
    let layers = names.iter().map(|name| LayerBlob {
        place: name.clone(),
        claims: Claims {
            digest: digest_in_path(name),
            size_bytes: container.open(name).ok().map(|(_, size)| size),
            ..Claims::default()
        },
    });
    let (config, id, problems) = config(container, &entry.config, limits);
    let mut open = oci::with_layers(config, layers.collect(), ImageSource::DockerArchive);
    open.image.id = id;
    open.image.name = entry.repo_tags.as_ref().and_then(|tags| tags.first().cloned());
    open.problems.splice(0..0, problems);
    Ok(open)
}

/// A configuration that cannot be read costs what it says, not the layers.
fn config(
    container: &Container,
    name: &str,
    limits: &Limits,
) -> (Config, Option<Digest>, Vec<Problem>) {
    let bytes = match container.read(name, limits.manifest_bytes) {
        Ok(bytes) => bytes,
        Err(error) => {
            let problem = super::config_problem(&error, name);
            return (Config::default(), None, vec![problem]);
        }
    };
    let mut problems = Vec::new();
    if let Some(claimed) = digest_in_path(name) {
        problems.extend(oci::verify(&bytes, &claimed, "configuration"));
    }
    let id = oci::digest(&bytes);
    let config = Config::parse(&bytes, limits).unwrap_or_else(|error| {
        let detail = format!("the configuration {name} is unreadable: {error}");
        problems.push(Problem::whole(ProblemKind::Malformed, detail));
        Config::default()
    });
    (config, Some(id), problems)
}

/// The digest that a path claims: `blobs/sha256/HEX`, or `HEX.json` for a configuration.
fn digest_in_path(path: &str) -> Option<Digest> {
    let hex = path.strip_prefix("blobs/sha256/").or_else(|| path.strip_suffix(".json"))?;
    format!("sha256:{hex}").parse().ok()
}

/// Since Docker 25 the archive is an OCI layout too. Where it is, that tells the digest of the
/// manifest, and it must be of the same image: other readers look only there.
fn enrich(container: &Container, open: &mut OpenImage, limits: &Limits) {
    let mut waiting = vec![(None, super::layout::INDEX.to_owned())];
    let mut budget = limits.manifests;
    let mut manifests = 0_usize;
    while let Some((digest, place)) = waiting.pop() {
        let Ok(bytes) = container.read(&place, limits.manifest_bytes) else { continue };
        match Document::parse(&bytes, limits) {
            Ok(Document::Index(descriptors)) => {
                let Some(left) = budget.checked_sub(descriptors.len()) else { return };
                budget = left;
                let digests = descriptors.into_iter().map(|descriptor| descriptor.digest);
                waiting.extend(
                    digests.map(|digest| (Some(digest), super::layout::blob_path(&digest))),
                );
            }
            Ok(Document::Manifest(manifest)) if Some(manifest.config.digest) == open.image.id => {
                open.image.digest = digest;
                let claims = open.layers.iter_mut().map(|layer| &mut layer.claims);
                for (claims, layer) in claims.zip(manifest.layers) {
                    // The same blob; only its media type is news.
                    if claims.digest == Some(layer.digest) {
                        claims.media_type = Some(layer.media_type).filter(|text| !text.is_empty());
                    }
                }
                return;
            }
            Ok(Document::Manifest(_)) | Err(DocumentError::Twice(_)) => manifests += 1,
            Err(_) => {}
        }
    }
    if manifests > 0 {
        let detail = "index.json does not name the image that manifest.json does";
        open.problems.push(Problem::whole(ProblemKind::Ambiguous, detail));
    }
}
