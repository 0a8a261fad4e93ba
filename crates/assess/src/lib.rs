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
//! This crate parses nothing itself, opens no file and asks no clock.

mod assess;
mod assessment;
mod collect;
mod contents;
mod merge;
mod progress;
mod room;

pub use assess::{Question, assess};
pub use assessment::{AdvisorySummary, Assessment, Contents, Matches, Size};
pub use contents::{contents, root_filesystem};
pub use progress::{Progress, Silence};
