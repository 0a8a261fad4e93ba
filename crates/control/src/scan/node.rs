//! Images in the content store of a node's containerd, read in place.
//!
//! containerd keeps every blob that it pulled under its digest:
//! `ROOT/io.containerd.content.v1.content/blobs/sha256/HEX`. What an image's layers became when
//! they were unpacked lies elsewhere and does not matter here. A store may have been told to
//! throw layers away once they are unpacked; then the image is not here.

use cofferdam_bounds::{Limits, file};
use cofferdam_layers::{
    Blobs, LayerBlob, OpenImage, Selection,
    oci::{self, Config, Document, INDEX_DEPTH, Manifest},
};
use cofferdam_model::{Diagnostic, Digest, Exit, ImageSource, Platform};
use std::{
    fs, io,
    io::Read,
    path::{Path, PathBuf},
};

/// Where containerd keeps blobs below its root.
const BLOBS: &str = "io.containerd.content.v1.content/blobs/sha256";

/// Blobs that are looked at for the manifest of a configuration. A busy node holds a few thousand.
const BLOBS_MAX: usize = 50_000;

/// A manifest of the longest image is a tenth of this.
const MANIFEST_BYTES_MAX: u64 = 256 << 10;

/// The content store of a containerd on this machine.
#[derive(Clone, Debug)]
pub struct ContentStore {
    blobs: PathBuf,
}

impl ContentStore {
    /// Where containerd keeps its state, as Debian, Docker, k3s and others set it up.
    pub const ROOTS: [&str; 4] = [
        "/var/lib/containerd",
        "/var/lib/rancher/k3s/agent/containerd",
        "/var/lib/docker/containerd/daemon",
        "/var/snap/microk8s/common/var/lib/containerd",
    ];

    /// The content store below the root of a containerd, if there is one that may be read.
    pub fn open(root: &Path) -> io::Result<Self> {
        let blobs = root.join(BLOBS);
        fs::read_dir(&blobs).map(|_| Self { blobs })
    }

    /// The content stores of this machine in the usual places.
    pub fn find() -> Vec<Self> {
        Self::ROOTS.iter().filter_map(|root| Self::open(Path::new(root)).ok()).collect()
    }

    /// The image of a digest: of an index, a manifest or a configuration. Nothing where it, or
    /// one of its layers, is not here.
    pub fn image(
        &self,
        digest: &Digest,
        platform: Option<&Platform>,
        limits: &Limits,
    ) -> Result<Option<OpenImage>, Diagnostic> {
        let mut next = *digest;
        for _ in 0..=INDEX_DEPTH {
            let Some(bytes) = self.read(&next, limits.manifest_bytes)? else { return Ok(None) };
            let wrong = |error: &dyn std::fmt::Display| unreadable(&next).because(error);
            match Document::parse(&bytes, limits) {
                Ok(Document::Manifest(manifest)) => {
                    let problems = oci::verify(&bytes, &next, "manifest");
                    let open = self.assemble(&manifest, next, limits)?;
                    return Ok(open.map(|mut open| {
                        open.problems.extend(problems);
                        open
                    }));
                }
                Ok(Document::Index(index)) => {
                    let selection = Selection { platform: platform.cloned(), reference: None };
                    next = oci::choose(&index, &selection)?.digest;
                }
                // What was loaded and not pulled is known by its configuration.
                Err(_) if Config::parse(&bytes, limits).is_ok() => {
                    let Some(manifest) = self.manifest_of(&next, limits) else { return Ok(None) };
                    next = manifest;
                }
                Err(error) => return Err(wrong(&error)),
            }
        }
        Err(unreadable(digest).because("image indexes are nested too deeply"))
    }

    fn assemble(
        &self,
        manifest: &Manifest,
        digest: Digest,
        limits: &Limits,
    ) -> Result<Option<OpenImage>, Diagnostic> {
        let layers = manifest.layers.iter();
        if !layers.into_iter().all(|layer| self.path(&layer.digest).exists()) {
            return Ok(None);
        }
        let id = manifest.config.digest;
        let Some(bytes) = self.read(&id, limits.manifest_bytes)? else { return Ok(None) };
        let config =
            Config::parse(&bytes, limits).map_err(|error| unreadable(&id).because(error))?;
        let mut open = oci::assemble(manifest, config, ImageSource::OciLayout, Digest::hex);
        open.image.digest = Some(digest);
        open.problems.extend(oci::verify(&bytes, &id, "configuration"));
        Ok(Some(open))
    }

    /// The manifest that names a configuration. containerd's database knows, but is its own; the
    /// few small blobs are read instead.
    fn manifest_of(&self, config: &Digest, limits: &Limits) -> Option<Digest> {
        let entries = fs::read_dir(&self.blobs).ok()?.take(BLOBS_MAX).filter_map(Result::ok);
        let small = entries.filter(|entry| {
            entry.metadata().is_ok_and(|metadata| metadata.len() <= MANIFEST_BYTES_MAX)
        });
        let mut digests = small.filter_map(|entry| {
            format!("sha256:{}", entry.file_name().to_str()?).parse::<Digest>().ok()
        });
        digests.find(|digest| {
            let bytes = self.read(digest, MANIFEST_BYTES_MAX).ok().flatten();
            let bytes = bytes.filter(|bytes| bytes.first() == Some(&b'{'));
            bytes.is_some_and(|bytes| {
                matches!(Document::parse(&bytes, limits),
                    Ok(Document::Manifest(manifest)) if manifest.config.digest == *config)
            })
        })
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.blobs.join(digest.hex())
    }

    fn read(&self, digest: &Digest, limit: u64) -> Result<Option<Vec<u8>>, Diagnostic> {
        let path = self.path(digest);
        if !path.exists() {
            return Ok(None);
        }
        let read =
            file::read(&path, limit).map_err(|error| unreadable(digest).because(error.error));
        read.map(Some)
    }
}

impl Blobs for ContentStore {
    fn open(&self, blob: &LayerBlob) -> io::Result<Box<dyn Read + Send + '_>> {
        // The place is the digest in hexadecimal digits, as `assemble` wrote it.
        Ok(Box::new(fs::File::open(self.blobs.join(&blob.place))?))
    }
}

fn unreadable(digest: &Digest) -> Diagnostic {
    Diagnostic::new(Exit::NotAssessed, "cannot read the image in the node's content store")
        .at(digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A content store with one image of an empty layer, and what it is known by.
    fn store() -> (tempfile::TempDir, ContentStore, [Digest; 3], Digest) {
        let root = tempfile::tempdir().unwrap();
        let blobs = root.path().join(BLOBS);
        fs::create_dir_all(&blobs).unwrap();
        let put = |bytes: &[u8]| {
            let digest = oci::digest(bytes);
            fs::write(blobs.join(digest.hex()), bytes).unwrap();
            (digest, json!({"digest": digest.to_string(), "size": bytes.len()}))
        };
        let tar = [0; 1024];
        let (layer, mut layer_json) = put(&tar);
        layer_json["mediaType"] = "application/vnd.oci.image.layer.v1.tar".into();
        let config = json!({"os": "linux", "architecture": "amd64",
            "rootfs": {"type": "layers", "diff_ids": [layer.to_string()]}});
        let (config, mut config_json) = put(config.to_string().as_bytes());
        config_json["mediaType"] = "application/vnd.oci.image.config.v1+json".into();
        let manifest = json!({"schemaVersion": 2, "config": config_json, "layers": [layer_json],
            "mediaType": "application/vnd.oci.image.manifest.v1+json"});
        let (manifest, mut manifest_json) = put(manifest.to_string().as_bytes());
        manifest_json["mediaType"] = "application/vnd.oci.image.manifest.v1+json".into();
        manifest_json["platform"] = json!({"os": "linux", "architecture": "amd64"});
        let mut other = manifest_json.clone();
        other["platform"]["architecture"] = "s390x".into();
        other["digest"] = format!("sha256:{}", "0".repeat(64)).into();
        let index = json!({"schemaVersion": 2, "manifests": [other, manifest_json],
            "mediaType": "application/vnd.oci.image.index.v1+json"});
        let (index, _) = put(index.to_string().as_bytes());
        let opened = ContentStore::open(root.path()).unwrap();
        (root, opened, [index, manifest, config], layer)
    }

    #[test]
    fn an_image_is_found_by_any_of_its_digests() {
        let (_root, store, digests, layer) = store();
        let platform = Platform::default();
        for digest in digests {
            let open = store.image(&digest, Some(&platform), &Limits::default()).unwrap().unwrap();
            assert!(open.problems.is_empty(), "{:?}", open.problems);
            assert_eq!(open.image.digest, Some(digests[1]));
            let mut bytes = Vec::new();
            io::copy(&mut store.open(&open.layers[0]).unwrap(), &mut bytes).unwrap();
            assert_eq!(oci::digest(&bytes), layer);
        }
    }

    #[test]
    fn what_is_not_here_is_not_half_here() {
        let (root, store, [index, manifest, _], layer) = store();
        let find = |digest: &Digest, platform: &str| {
            store.image(digest, platform.parse().ok().as_ref(), &Limits::default())
        };
        assert!(
            find(&format!("sha256:{}", "9".repeat(64)).parse().unwrap(), "linux/amd64")
                .unwrap()
                .is_none()
        );
        assert!(find(&index, "linux/s390x").unwrap().is_none());
        assert!(find(&index, "linux/arm64").is_err());
        fs::remove_file(root.path().join(BLOBS).join(layer.hex())).unwrap();
        assert!(find(&manifest, "linux/amd64").unwrap().is_none());
    }
}
