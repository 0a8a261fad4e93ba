//! What is known and what was known.
//!
//! A [`Store`] keeps workloads, images, findings, reviews and accounts in SQLite or PostgreSQL; the
//! code above does not know which. Lists come in pages ([`Page`], [`Listed`], [`Cursor`]), are filtered and sorted
//! by the database, and workloads and findings can be asked as of a time. Writes are batches, idempotent by identifier; a write that was
//! acknowledged is durable.
//!
//! It judges nothing, makes no identifiers but by [`rows::id`], and has no clock: whoever writes
//! says when.
//!
//! ```
//! use cofferdam_store::{FindingFilter, Page, Store};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("cofferdam.db");
//! let store = Store::open(&format!("sqlite:{}", path.display())).await?;
//! let open = store.findings(&FindingFilter::default(), &Page::default()).await?;
//! assert_eq!(open.total, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod access;
mod backup;
mod clusters;
mod door;
mod engine;
mod error;
mod findings;
mod history;
mod images;
mod list;
mod lock;
mod overview;
mod page;
mod past;
mod retention;
pub mod rows;
mod schema;
mod store;
mod tally;
#[cfg(test)]
mod tests;
mod value;
mod words;
mod workloads;
mod write;

pub use backup::Told;
pub use clusters::ObjectFilter;
pub use door::{EventFilter, ReviewFilter};
pub use error::{Result, StoreError};
pub use findings::{Changed, FindingFilter};
pub use history::Happened;
pub use images::{ImageFilter, VulnerabilityFilter};
pub use lock::Lock;
pub use overview::{Counts, ReviewTotals, WorkloadTotals};
pub use page::{
    Cursor, FindingSort, ImageSort, LARGEST_PAGE, LARGEST_TOTAL, Listed, ObjectSort, Page,
    PastSort, TimeSort, VulnerabilitySort, WorkloadSort,
};
pub use past::{PastFilter, PastWorkload};
pub use retention::{
    EVENTS_KEPT, HISTORY_KEPT, MOST_EVENTS, MOST_REVIEWS, MOST_TRAIL, REVIEWS_KEPT, Round,
};
pub use store::{Store, sqlite_path};
pub use value::Packed;
pub use words::{
    ContainerKind, Decision, Exposure, ImageState, Mode, OnFailure, Outcome, Role, SubjectKind,
    Updates,
};
pub use workloads::WorkloadFilter;
pub use write::by_halves;
