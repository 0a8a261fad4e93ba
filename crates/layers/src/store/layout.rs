//! An OCI image layout: `index.json`, and blobs by digest
//! (OCI image specification 1.1, "Image Layout").

use super::{Container, unreadable};
use crate::oci::{self, Config, Document, INDEX_DEPTH, Manifest, OpenImage, Selection};
use cofferdam_bounds::Limits;
use cofferdam_model::{Diagnostic, Digest, Exit, ImageSource, Problem, ProblemKind};

/// The file that makes a container an OCI layout.
pub(super) const INDEX: &str = "index.json";

/// Where the blob of a digest is.
pub(super) fn blob_path(digest: &Digest) -> String {
    format!("blobs/sha256/{}", digest.hex())
}

/// Opens the one image that satisfies the wish.
pub(super) fn image(
    container: &Container,
    selection: &Selection,
    limits: &Limits,
) -> Result<OpenImage, Diagnostic> {
    let mut place = INDEX.to_owned();
    let mut digest = None;
    let mut name = None;
    let mut problems = Vec::new();
    for _ in 0..=INDEX_DEPTH {
        let bytes = container
            .read(&place, limits.manifest_bytes)
            .map_err(|error| unreadable(&place).because(error))?;
        if let Some(digest) = &digest {
            problems.extend(oci::verify(&bytes, digest, "manifest"));
        }
        let document =
            Document::parse(&bytes, limits).map_err(|error| unreadable(&place).because(error))?;
        match document {
            Document::Manifest(manifest) => {
                let mut open = open(container, &manifest, limits);
                open.image.digest = digest;
                open.image.name = name;
                open.problems.splice(0..0, problems);
                oci::check_platform(&open.image, selection)?;
                return Ok(open);
            }
            Document::Index(index) => {
                let chosen = oci::choose(&index, selection).map_err(|error| error.at(&place))?;
                name = name.or_else(|| oci::names(chosen).next().map(str::to_owned));
                digest = Some(chosen.digest);
                place = blob_path(&chosen.digest);
            }
        }
    }
    Err(Diagnostic::new(Exit::NotAssessed, "image indexes are nested too deeply").at(place))
}

fn open(container: &Container, manifest: &Manifest, limits: &Limits) -> OpenImage {
    let place = blob_path(&manifest.config.digest);
    let mut problems = Vec::new();
    let config = match container.read(&place, limits.manifest_bytes) {
        Ok(bytes) => {
            problems.extend(oci::verify(&bytes, &manifest.config.digest, "configuration"));
            Config::parse(&bytes, limits).unwrap_or_else(|error| {
                let detail = format!("the configuration {place} is unreadable: {error}");
                problems.push(Problem::whole(ProblemKind::Malformed, detail));
                Config::default()
            })
        }
        Err(error) => {
            problems.push(super::config_problem(&error, &place));
            Config::default()
        }
    };
    let mut open = oci::assemble(manifest, config, ImageSource::OciLayout, blob_path);
    open.problems.splice(0..0, problems);
    open
}
