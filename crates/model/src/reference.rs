//! Image references as people type them, made whole.

use crate::{Digest, DigestError};
use std::{fmt, str::FromStr};

/// `registry/repository[:tag][@digest]`, normalised as Docker and containerd do: a missing
/// registry is `docker.io`, a missing namespace there is `library`, a missing tag is `latest`
/// (distribution reference grammar, `github.com/distribution/reference`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageReference {
    /// Host and optional port, lower case.
    pub registry: String,
    /// Path within the registry, without leading slash.
    pub repository: String,
    /// The tag, absent only when a digest is given.
    pub tag: Option<String>,
    /// The digest, when pinned.
    pub digest: Option<Digest>,
}

/// Why a string is not an image reference.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReferenceError {
    /// Longer than 512 bytes: nothing real is.
    #[error("image reference is longer than 512 bytes")]
    Length,
    /// Starts with a scheme, as other tools write it.
    #[error("{0:?} has a scheme: an image is named without one, as {1:?}")]
    Scheme(String, String),
    /// The repository path breaks the grammar.
    #[error(
        "{0:?} is not a repository name: lower-case letters, digits and single . _ - between them"
    )]
    Repository(String),
    /// The registry host breaks the grammar.
    #[error("{0:?} is not a registry host")]
    Registry(String),
    /// The tag breaks the grammar.
    #[error("{0:?} is not a tag")]
    Tag(String),
    /// The digest cannot be used.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

impl ImageReference {
    /// What to ask a registry for: the digest when pinned, otherwise the tag.
    pub fn identifier(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.clone(),
            (None, None) => "latest".to_owned(),
        }
    }
}

impl FromStr for ImageReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        if text.len() > 512 {
            return Err(ReferenceError::Length);
        }
        if let Some((_, rest)) = text.split_once("://") {
            return Err(ReferenceError::Scheme(text.to_owned(), rest.to_owned()));
        }
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest.parse()?)),
            None => (text, None),
        };
        // A colon after the last slash starts a tag; one before it is a port.
        let tag_at = name.rfind(':').filter(|at| !name.get(*at..).is_some_and(|t| t.contains('/')));
        let (name, tag) = match tag_at.and_then(|at| name.split_at_checked(at)) {
            Some((name, tag)) => (name, Some(tag.trim_start_matches(':').to_owned())),
            None => (name, None),
        };
        let (registry, repository) = match name.split_once('/') {
            Some((host, rest)) if looks_like_host(host) => (host.to_lowercase(), rest.to_owned()),
            _ => ("docker.io".to_owned(), name.to_owned()),
        };
        let registry = match &*registry {
            "index.docker.io" | "registry-1.docker.io" => "docker.io".to_owned(),
            _ => registry,
        };
        let repository = if registry == "docker.io" && !repository.contains('/') {
            format!("library/{repository}")
        } else {
            repository
        };
        if !repository.split('/').all(is_repository_component) {
            return Err(ReferenceError::Repository(repository));
        }
        if !is_host(&registry) {
            return Err(ReferenceError::Registry(registry));
        }
        if let Some(tag) = &tag
            && !is_tag(tag)
        {
            return Err(ReferenceError::Tag(tag.clone()));
        }
        let tag = tag.or_else(|| digest.is_none().then(|| "latest".to_owned()));
        Ok(Self { registry, repository, tag, digest })
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

fn looks_like_host(text: &str) -> bool {
    text == "localhost"
        || text.contains(['.', ':'])
        || text.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((v6, port)) => {
            return v6.parse::<std::net::Ipv6Addr>().is_ok() && is_port(port.strip_prefix(':'));
        }
        None => match text.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    is_port(port)
        && host.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
}

fn is_port(port: Option<&str>) -> bool {
    port.is_none_or(|port| port.parse::<u16>().is_ok())
}

fn is_repository_component(text: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = text.as_bytes();
    // Separators: one dot, one or two underscores, any number of dashes.
    let separators_fine = text
        .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        .all(|run| matches!(run, "" | "." | "_" | "__") || run.bytes().all(|byte| byte == b'-'));
    bytes.first().copied().is_some_and(alphanumeric)
        && bytes.last().copied().is_some_and(alphanumeric)
        && separators_fine
}

fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|byte| word(byte) || byte == b'.' || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let printed = text
            .parse::<ImageReference>()
            .map_or_else(|error| format!("error: {error}"), |r| r.to_string());
        assert!(printed.starts_with(expected), "{text}: {printed}");
    }

    #[test]
    fn grammar() {
        check("debian", "docker.io/library/debian:latest");
        check("grafana/grafana:11", "docker.io/grafana/grafana:11");
        check("index.docker.io/a", "docker.io/library/a:latest");
        check("localhost/a", "localhost/a:latest");
        check("localhost:5000/a/b:1", "localhost:5000/a/b:1");
        check("[::1]:5000/a", "[::1]:5000/a:latest");
        check("ghcr.io/a/b__c.d-e--f:V1.0_x", "ghcr.io/a/b__c.d-e--f:V1.0_x");
        let digest = format!("sha256:{}", "ab".repeat(32));
        check(&format!("a@{digest}"), &format!("docker.io/library/a@{digest}"));
        check(&format!("a:1@{digest}"), &format!("docker.io/library/a:1@{digest}"));
        check("docker://debian:12", "error: \"docker://debian:12\" has a scheme");
        for bad in ["", "A", "a b", "a..b", "a/", "/a", "a:", "a:b c", "a@sha256:1", "x:99999/a"] {
            check(bad, "error: ");
        }
    }
}
