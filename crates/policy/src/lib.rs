//! Policies, and the one pure function that judges: `verdict = judge(policy, facts, now)`.
//!
//! A [`Policy`] is compiled from a YAML document whose conditions are written in CEL
//! (`docs/policies.md`). [`Facts`] are trees of values, borrowed from what was observed, where
//! every value says where it comes from and every unknown says why. [`judge`] gives a [`Verdict`]:
//! pass, fail or unknown, with findings, the facts that each rests on, a digest over everything
//! that was read, and until when it holds. [`decide`] asks all policies of a [`Bundle`], applies
//! [`Exception`]s and says how the command ends at a [`Stage`].
//!
//! This crate finds nothing out and renders nothing. It asks no clock; its only I/O is
//! [`read_files`], which nothing else here calls.
//!
//! ```
//! use cofferdam_model::{Image, ImageSource};
//! use cofferdam_policy::{Facts, ImageFacts, Outcome, Policy, Unknown, judge};
//!
//! let policy = Policy::compile(
//!     "
//! apiVersion: cofferdam.dev/v1alpha1
//! kind: ClusterSecurityPolicy
//! metadata: {name: no-root}
//! spec:
//!   code: ACME-1
//!   title: Runs as root
//!   description: Why.
//!   severity: high
//!   stages: [build]
//!   validations:
//!     - expression: image.config.user != ''
//!       message: The image names no user.
//! ",
//!     "acme.yaml",
//! )
//! .unwrap();
//! let image = Image { source: ImageSource::OciLayout, ..Image::default() };
//! let facts = Facts::image(ImageFacts {
//!     image: &image,
//!     distribution: None,
//!     distribution_location: None,
//!     lifecycle: Err(Unknown::because("there is no distribution")),
//!     packages: &[],
//!     vulnerabilities: Err(Unknown::because("no advisory database is loaded")),
//!     coverage: &[],
//!     secrets: &[],
//!     problems: &[],
//!     advisories: None,
//!     exploited: None,
//!     epss: None,
//! });
//! let verdict = judge(&policy, &facts, "2026-11-21T00:00:00Z".parse().unwrap());
//! assert_eq!(verdict.outcome, Outcome::Fail);
//! assert_eq!(verdict.findings[0].message, "The image names no user.");
//! assert_eq!(verdict.findings[0].inputs[0].path, "image.config.user");
//! ```

pub mod admission;
mod bundle;
mod cluster;
mod compile;
mod constraints;
mod coverage;
pub mod crd;
mod decision;
mod document;
mod exception;
mod explain;
pub mod facts;
mod files;
mod glob;
mod hash;
mod index;
mod json;
mod judge;
pub mod lint;
mod memo;
mod page;
mod patch;
mod policy;
mod provenance;
mod record;
mod resource;
mod screen;
mod stage;
mod target;
mod types;
mod verdict;
mod yaml;

#[cfg(test)]
mod tests;

pub use bundle::{Bundle, PolicyFile};
pub use cluster::{ClusterDocument, ClusterDocuments};
pub use coverage::{Coverage, Gap, Step};
pub use decision::{Decision, Judged, decide};
pub use exception::{Exception, ExceptionStatus, ExceptionUse, LocalException, NamedRule};
pub use explain::{Explain, Remake, Tries};
pub use facts::{Database, Facts, ImageFacts, Known, ObjectSource, Place, Unknown};
pub use files::read_files;
pub use json::of_view as written;
pub use judge::{Detail, judge};
pub use page::{index, page};
pub use patch::{PatchError, PatchKind, PatchOperation};
pub use policy::{Policy, Reference};
pub use provenance::Provenance;
pub use screen::{Screened, screen, screen_with};
pub use stage::{OnUnknown, Stage};
pub use target::{Operation, Target};
pub use verdict::{Element, Excepted, Finding, Flip, Input, Observation, Outcome, Verdict};
