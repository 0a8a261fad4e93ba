//! What Cofferdam talks about: pure values, shared by every layer.
//!
//! Nothing here reads, writes, serialises or asks the clock. Wire formats belong to the boundary
//! that speaks them (`report`, `sbom`, later `api`), which turns its own types into these.
//!
//! ```
//! use cofferdam_model::{Digest, ImageReference};
//!
//! let reference: ImageReference = "debian:12".parse()?;
//! assert_eq!(reference.to_string(), "docker.io/library/debian:12");
//! let digest: Digest = format!("sha256:{}", "0".repeat(64)).parse()?;
//! assert_eq!(digest.short(), "000000000000");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod advisory;
mod cluster;
mod coverage;
mod diagnostic;
mod digest;
mod distribution;
mod image;
mod location;
mod package;
mod platform;
mod problem;
mod reference;
mod secret;
mod severity;
mod vulnerability;

pub use advisory::{Advisory, Event, Range};
pub use cluster::{Change, ClusterIdentity, ClusterObject, ObjectKey, OwnerKey};
pub use coverage::{Coverage, CoverageStatus};
pub use diagnostic::{Diagnostic, Exit};
pub use digest::{Digest, DigestError};
pub use distribution::{Distribution, Lifecycle};
pub use image::{History, Image, ImageConfig, ImageSource, Layer};
pub use location::Location;
pub use package::{Evidence, Package, PackageKind, SourcePackage};
pub use platform::{Platform, PlatformError};
pub use problem::{Problem, ProblemKind};
pub use reference::{ImageReference, ReferenceError};
pub use secret::{Secret, SecretPlace};
pub use severity::Severity;
pub use vulnerability::{Exploitation, Fix, Vulnerability};
