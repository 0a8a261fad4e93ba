//! Which image a container really runs.

use cofferdam_model::{Digest, ImageReference};
use cofferdam_store::rows::id;
use std::fmt;

/// An image that runs: never known by its name or its digest alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageKey {
    /// Registry and repository, without tag: `docker.io/library/nginx`.
    pub name: String,
    /// What the runtime resolved the reference to: the digest of an index, of a manifest, or of
    /// the configuration, where the image was loaded and not pulled.
    pub digest: Digest,
    /// Of the node that runs it: `linux/amd64`.
    pub platform: String,
}

impl ImageKey {
    /// The id under which the store keeps it.
    pub fn id(&self) -> String {
        id(&[&self.name, &self.digest.to_string(), &self.platform])
    }
}

/// `docker.io/library/nginx@sha256:… (linux/amd64)`
impl fmt::Display for ImageKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}@{} ({})", self.name, self.digest, self.platform)
    }
}

/// Registry and repository of a reference as a manifest writes it, and its tag. What is no
/// reference is its own name.
pub fn name_and_tag(reference: &str) -> (String, Option<String>) {
    match reference.parse::<ImageReference>() {
        Ok(parsed) => (format!("{}/{}", parsed.registry, parsed.repository), parsed.tag),
        Err(_) => (reference.to_owned(), None),
    }
}

/// The digest in `status.containerStatuses[].imageID`. Runtimes write `name@sha256:…`,
/// `docker-pullable://name@sha256:…`, `docker://sha256:…` or a bare `sha256:…`.
pub(super) fn digest_of(image_id: &str) -> Option<Digest> {
    let (_, rest) = image_id.split_once("://").unwrap_or(("", image_id));
    let digest = rest.rsplit_once('@').map_or(rest, |(_, digest)| digest);
    digest.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_runtimes_write() {
        let hash = "ab".repeat(32);
        let check = |image_id: &str, is_known: bool| {
            let found = digest_of(image_id).map(|digest| digest.hex());
            assert_eq!(found, is_known.then(|| hash.clone()), "{image_id}");
        };
        check(&format!("docker.io/library/nginx@sha256:{hash}"), true);
        check(&format!("docker-pullable://nginx@sha256:{hash}"), true);
        check(&format!("docker://sha256:{hash}"), true);
        check(&format!("sha256:{hash}"), true);
        check("", false);
        check("docker.io/library/nginx:1.27", false);
        check("nginx@sha512:00", false);
    }

    #[test]
    fn names_are_whole_and_without_tag() {
        let check = |reference, name: &str, tag: Option<&str>| {
            assert_eq!(name_and_tag(reference), (name.to_owned(), tag.map(str::to_owned)));
        };
        check("nginx", "docker.io/library/nginx", Some("latest"));
        check("quay.io/a/b:1.2", "quay.io/a/b", Some("1.2"));
        check("registry:5000/shop/web:1", "registry:5000/shop/web", Some("1"));
        check("NOT a reference", "NOT a reference", None);
    }
}
