//! Policies and the one pure function that judges.

mod bundle;
mod decision;
mod exception;
pub mod facts;
mod judge;
mod page;
mod policy;
mod provenance;
mod stage;
mod verdict;

pub use bundle::{Bundle, PolicyFile, read_files};
pub use decision::{Decision, Judged, decide};
pub use exception::{Exception, ExceptionStatus, ExceptionUse};
pub use facts::{Database, Facts, ImageFacts, Known, Unknown};
pub use judge::judge;
pub use page::page;
pub use policy::Policy;
pub use provenance::Provenance;
pub use stage::{OnUnknown, Stage};
pub use verdict::{Element, Excepted, Finding, Input, Observation, Outcome, Verdict};
