//! Policies and the one pure function that judges.

mod bundle;
mod compile;
mod decision;
mod document;
mod exception;
pub mod facts;
mod files;
mod glob;
mod hash;
mod judge;
mod page;
mod policy;
mod provenance;
mod record;
mod stage;
mod verdict;
mod yaml;

#[cfg(test)]
mod tests;

pub use bundle::{Bundle, PolicyFile};
pub use decision::{Decision, Judged, decide};
pub use exception::{Exception, ExceptionStatus, ExceptionUse};
pub use facts::{Database, Facts, ImageFacts, Known, Unknown};
pub use files::read_files;
pub use judge::judge;
pub use page::{index, page};
pub use policy::{Policy, Reference};
pub use provenance::Provenance;
pub use stage::{OnUnknown, Stage};
pub use verdict::{Element, Excepted, Finding, Input, Observation, Outcome, Verdict};
