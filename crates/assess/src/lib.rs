//! The one path from target to verdict, shared by the command line and everything that will
//! judge images later: scan worker, admission, replay.
//!
//! ```text
//! layers ─► collect (inventory, secrets) ─► merge ─► match (advisories) ─► judge (policies)
//! ```
//!
//! [`contents`] and [`root_filesystem`] read a target's own bytes, which stay true for as long as
//! its digest. [`assess`] adds what advisories and policies say today, and needs no bytes again.
//!
//! [`mod@check`] is the same path for manifests, and [`live`] for the objects of a cluster.
//!
//! This crate parses nothing itself, opens no file and asks no clock. Only [`render`] starts
//! programs: Helm, Kustomize and Git, as far as the user has them.
//!
//! ```
//! use cofferdam_assess::{Question, Silence, assess, root_filesystem};
//! use cofferdam_bounds::Meter;
//! use cofferdam_policy::{Bundle, Outcome, Stage};
//!
//! let root = std::env::temp_dir().join(format!("cofferdam-assess-{}", std::process::id()));
//! std::fs::create_dir_all(root.join("node_modules/left-pad"))?;
//! let package = r#"{"name": "left-pad", "version": "1.3.0"}"#;
//! std::fs::write(root.join("node_modules/left-pad/package.json"), package)?;
//!
//! let contents = root_filesystem(&root, &Meter::default(), &Silence);
//! assert_eq!(contents.packages[0].name, "left-pad");
//!
//! let bundle = Bundle::built_in().unwrap();
//! let now = "2026-06-01T00:00:00Z".parse()?;
//! let question = Question { advisories: None, bundle: &bundle, stage: Stage::Build, now };
//! let assessment = assess("app", contents, &question)?;
//! // Nobody loaded advisories, so nobody can say that the package is fine.
//! assert_eq!(assessment.decision.outcome, Outcome::Unknown);
//! # std::fs::remove_dir_all(root)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assess;
mod assessment;
pub mod check;
mod collect;
mod contents;
pub mod live;
mod merge;
mod progress;
pub mod render;
mod room;

#[cfg(test)]
mod tests;

pub use assess::{Question, assess};
pub use assessment::{AdvisorySummary, Assessment, Contents, Matches, Size};
pub use contents::{contents, root_filesystem};
pub use progress::{Progress, Silence};
