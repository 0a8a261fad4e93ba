//! Images and what is in them.

use crate::words::ImageState;
use cofferdam_model::Severity;
use jiff::Timestamp;

rows! {
    /// An image by name, digest and platform.
    Image in "image" by ["id"] {
        /// [`crate::rows::id`] over name, digest and platform.
        id: String,
        /// `docker.io/library/debian`.
        name: String,
        /// The tag, when one was used.
        tag: Option<String>,
        /// `sha256:…`; empty until it is known.
        digest: String,
        /// `linux/amd64`; empty until it is known.
        platform: String,
        /// How far the scan is.
        state: ImageState,
        /// Why it failed.
        why: Option<String>,
        /// When its contents were read.
        scanned_at: Option<Timestamp>,
        /// When it was last judged.
        judged_at: Option<Timestamp>,
        /// Bytes of its layers.
        size: u64,
        /// `Debian 12`.
        distribution: Option<String>,
        /// How many packages.
        packages: u32,
        /// Critical vulnerabilities.
        critical: u32,
        /// High ones.
        high: u32,
        /// Medium ones.
        medium: u32,
        /// Low ones.
        low: u32,
        /// Those that no source rates.
        unknown: u32,
        /// Secrets found.
        secrets: u32,
        /// Vulnerabilities known to be exploited.
        exploited: u32,
        /// 0 to 100: the score of the worst.
        score: u8,
    }

    /// What a scan saw: zstd JSON of layers, packages, secrets and problems. Opaque to the store.
    Report in "report" by ["image"] {
        /// The image's id.
        image: String,
        /// The document.
        bytes: Vec<u8>,
    }

    /// A vulnerability of a package in an image.
    Vulnerability in "vulnerability" by ["image", "id", "package", "version", "path"] {
        /// The image's id.
        image: String,
        /// `CVE-2024-1234`, or the source's own.
        id: String,
        /// Other names.
        aliases: Vec<String>,
        /// The package's name.
        package: String,
        /// Its version.
        version: String,
        /// Its package URL; empty when it has none.
        purl: String,
        /// Where in the image it is recorded.
        path: String,
        /// The layer's digest, when known.
        layer: Option<String>,
        /// How bad, when a source says so.
        severity: Option<Severity>,
        /// 0 to 100.
        score: u8,
        /// Probability of exploitation, 0.0 to 1.0.
        epss: Option<f64>,
        /// Known to be exploited.
        exploited: bool,
        /// The version that has the fix.
        fixed: Option<String>,
        /// Whether a fix can be had.
        fixable: bool,
        /// One line.
        title: String,
    }
}
