//! Every limit of an image scan in one place, each with its reason.

use std::time::Duration;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// How much of anything one scan may use. [`Limits::default`] fits every image we have met; the
/// command line can raise or lower what its users need.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Uncompressed bytes of one layer. The largest layers in the wild (CUDA, models) are 20 GiB.
    pub layer_bytes: u64,
    /// Uncompressed bytes of all layers together.
    pub image_bytes: u64,
    /// Uncompressed bytes per compressed byte. Deflate cannot pass 1,032; runs of zeros in sparse
    /// files reach that honestly, so only zstd and nested archives are cut by it.
    pub inflate_ratio: u64,
    /// Entries in all layers together. Each costs 8 bytes of memory while a layer is merged.
    pub entries: u64,
    /// Bytes of one path. Linux allows 4,096.
    pub path_bytes: usize,
    /// Components of one path.
    pub path_depth: usize,
    /// Bytes of the PAX or GNU extension headers of one entry.
    pub extension_bytes: u64,
    /// Window that a zstd frame may ask for, as a power of two: 2^25 is 32 MiB; the `zstd` tool
    /// without `--ultra` stays at 8 MiB.
    pub zstd_window_log: u32,
    /// Bytes of a metadata file that is parsed from memory (METADATA, package.json, status.d).
    pub metadata_bytes: u64,
    /// Bytes of a database or archive that is read at random (rpm, jar, binary).
    pub random_bytes: u64,
    /// How much of such a file stays in memory; the rest goes to an unlinked temporary file.
    pub spool_memory_bytes: usize,
    /// Archives within archives within archives.
    pub archive_depth: u32,
    /// Members of one archive.
    pub archive_members: u64,
    /// Packages of one target.
    pub packages: usize,
    /// Secrets reported for one target; more are counted, not listed.
    pub secrets: usize,
    /// Problems listed for one target; more are counted, not listed.
    pub problems: usize,
    /// Bytes of an image manifest, index or configuration (registries refuse over 4 MiB).
    pub manifest_bytes: u64,
    /// Layers of an image. Docker's limit is 127.
    pub layers: usize,
    /// Manifests in an index.
    pub manifests: usize,
    /// Wall-clock time of the whole scan.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            layer_bytes: 64 * GIB,
            image_bytes: 128 * GIB,
            inflate_ratio: 1_100,
            entries: 2_500_000,
            path_bytes: 4 * 1_024,
            path_depth: 256,
            extension_bytes: MIB,
            zstd_window_log: 25,
            metadata_bytes: 16 * MIB,
            random_bytes: 4 * GIB,
            spool_memory_bytes: 4 << 20,
            archive_depth: 4,
            archive_members: 500_000,
            packages: 200_000,
            secrets: 1_000,
            problems: 1_000,
            manifest_bytes: 4 * MIB + 64 * KIB,
            layers: 1_000,
            manifests: 1_000,
            time: Duration::from_mins(30),
        }
    }
}

/// A limit that cannot be set so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not NAME=NUMBER with a name out of layer-bytes, image-bytes, entries, file-bytes, archive-depth, seconds"
)]
pub struct LimitError(String);

/// What [`crate::Exceeded`] calls the limits that a person may have to change, and their names.
const NAMED: &[(&str, &str)] = &[
    ("bytes of the layer", "layer-bytes"),
    ("bytes of the image", "image-bytes"),
    ("entries of the image", "entries"),
    ("bytes of a database or archive", "file-bytes"),
    ("archives within archives", "archive-depth"),
    ("seconds of the scan", "seconds"),
];

impl Limits {
    /// The name of the limit that a text says was met, if a person can change it.
    ///
    /// ```
    /// use cofferdam_bounds::{Exceeded, Limits};
    /// let met = Exceeded { what: "bytes of the layer", limit: 5_000 };
    /// assert_eq!(Limits::named_in(&met.to_string()), Some("layer-bytes"));
    /// ```
    pub fn named_in(text: &str) -> Option<&'static str> {
        let is_met = |what: &str| text.contains(&format!("{what} is over its limit"));
        NAMED.iter().find(|(what, _)| is_met(what)).map(|(_, name)| *name)
    }

    /// Sets the limit that `NAME=NUMBER` names; for the limits that a person may have to change.
    pub fn set(&mut self, text: &str) -> Result<(), LimitError> {
        let wrong = || LimitError(text.chars().take(64).collect());
        let (name, number) = text.split_once('=').ok_or_else(wrong)?;
        let number: u64 = number.replace('_', "").parse().map_err(|_| wrong())?;
        match name {
            "layer-bytes" => self.layer_bytes = number,
            "image-bytes" => self.image_bytes = number,
            "entries" => self.entries = number,
            "file-bytes" => self.random_bytes = number,
            "archive-depth" => self.archive_depth = number.try_into().map_err(|_| wrong())?,
            "seconds" => self.time = Duration::from_secs(number),
            _ => return Err(wrong()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_that_is_named_can_be_set() {
        for (what, name) in NAMED {
            let met = crate::Exceeded { what, limit: 1 };
            assert_eq!(Limits::named_in(&format!("layer 3: {met}")), Some(*name));
            Limits::default().set(&format!("{name}=1")).unwrap();
        }
        assert_eq!(Limits::named_in("bytes of a manifest is over its limit of 7"), None);
    }

    #[test]
    fn limits_by_name() {
        let mut limits = Limits::default();
        limits.set("entries=5_000_000").unwrap();
        assert_eq!(limits.entries, 5_000_000);
        for bad in ["", "entries", "entries=", "entries=-1", "depth=1", "archive-depth=99999999999"]
        {
            assert!(limits.set(bad).is_err(), "{bad}");
        }
    }
}
