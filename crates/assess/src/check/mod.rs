//! Manifests judged together: files in, findings at their lines out, worst first.
//!
//! ```text
//! files ─► read ─► default ─► join ─► facts of each object ─► judge ─► except ─► rank
//! ```
//!
//! Nothing here opens a file or asks the clock; [`Check`] is what reports are written from.

mod attack;
mod discreet;
mod edit;
mod input;
mod object;
mod path;
mod rank;
mod read;
mod result;
mod rules;
mod run;
mod settle;

pub use discreet::discreet;
pub use input::{ChangedLines, Changes, FromTemplate, Input, InputKind, Question};
pub use path::{AttackPath, PathStep};
pub use rank::{Exposure, LeadsTo, Rank};
pub(crate) use read::ReadFile;
pub use result::{
    Check, Edit, Explanation, File, FileKind, Found, Mending, PatchStep, Place, Rule, Subject,
    Tally,
};
pub use run::check;
pub(crate) use run::{Beside, Whole, judged, whole};

#[cfg(test)]
mod tests;
