//! The platform an image runs on: `os/architecture[/variant]`.

use std::{fmt, str::FromStr};

/// Operating system, architecture and variant, in Go's names (OCI image index, `platform`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// `linux`, `windows`.
    pub os: String,
    /// `amd64`, `arm64`.
    pub architecture: String,
    /// `v7`, `v8`; empty when there is none.
    pub variant: String,
}

/// A platform that is not `os/architecture[/variant]`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a platform, write os/architecture[/variant], for example linux/arm64")]
pub struct PlatformError(String);

impl Platform {
    /// Whether an image built for `self` satisfies a wish for `wanted`; arm64 without a variant
    /// and arm64/v8 are one platform (containerd's normalisation).
    pub fn satisfies(&self, wanted: &Self) -> bool {
        let variant = |platform: &Self| match (&*platform.architecture, &*platform.variant) {
            ("arm64", "") => "v8".to_owned(),
            ("arm", "") => "v7".to_owned(),
            (_, variant) => variant.to_owned(),
        };
        self.os == wanted.os
            && self.architecture == wanted.architecture
            && variant(self) == variant(wanted)
    }
}

impl Default for Platform {
    /// Linux on amd64: what a cluster most likely runs, whatever the developer's laptop is.
    fn default() -> Self {
        Self { os: "linux".into(), architecture: "amd64".into(), variant: String::new() }
    }
}

impl FromStr for Platform {
    type Err = PlatformError;

    fn from_str(text: &str) -> Result<Self, PlatformError> {
        let mut parts = text.split('/').map(str::to_owned);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(os), Some(architecture), variant, None)
                if !os.is_empty() && !architecture.is_empty() && variant.as_deref() != Some("") =>
            {
                Ok(Self { os, architecture, variant: variant.unwrap_or_default() })
            }
            _ => Err(PlatformError(text.chars().take(64).collect())),
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        if self.variant.is_empty() { Ok(()) } else { write!(f, "/{}", self.variant) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parse_print_and_match() {
        for text in ["linux/amd64", "linux/arm/v7"] {
            assert_eq!(text.parse::<Platform>().unwrap().to_string(), text);
        }
        for bad in ["", "linux", "linux/", "linux/arm/", "a/b/c/d"] {
            assert!(bad.parse::<Platform>().is_err(), "{bad}");
        }
        let arm64: Platform = "linux/arm64".parse().unwrap();
        assert!("linux/arm64/v8".parse::<Platform>().unwrap().satisfies(&arm64));
        assert!(!Platform::default().satisfies(&arm64));
    }
}
