//! Advisory feeds in, one compact file out, read in place.
//!
//! [`build`] reads OSV archives, CISA's catalogue of known exploited vulnerabilities, EPSS scores
//! and the product files of endoflife.date, and writes one sorted, compressed, checksummed file.
//! [`Database`] opens it in microseconds and reads a block a question, by offset: no mapping, no
//! server, no lock. What was not loaded is known to be absent ([`Database::coverage`]).
//!
//! This crate fetches nothing (that is `download`; [`PUBLISHED`] says from where) and judges
//! nothing: whether a version is in a range is for `vulnerability` to say.
//!
//! ```
//! use cofferdam_advisory::{Database, Feed, build};
//!
//! let folder = std::env::temp_dir().join(format!("cofferdam-advisory-{}", std::process::id()));
//! std::fs::create_dir_all(folder.join("feed"))?;
//! std::fs::write(
//!     folder.join("feed/record.json"),
//!     r#"{"id": "PYSEC-1", "modified": "2026-01-02T03:04:05Z", "affected": [{
//!         "package": {"ecosystem": "PyPI", "name": "Some_Package"},
//!         "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2"}]}]}]}"#,
//! )?;
//! let now = "2026-01-03T00:00:00Z".parse()?;
//! let path = folder.join("advisories.db");
//! let report = build(&[Feed::at(folder.join("feed"))], &path, now, &|_, _| ())?;
//! assert_eq!(report.advisories, 1);
//!
//! let database = Database::open(&path)?;
//! let advisories = database.affecting("PyPI", "some-package")?;
//! assert_eq!(advisories[0].id, "PYSEC-1");
//! assert_eq!(database.affecting("PyPI", "another")?, []);
//! # std::fs::remove_dir_all(folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod build;
mod collect;
mod coverage;
mod cvss;
mod database;
mod ecosystem;
mod encoding;
mod error;
mod feed;
#[doc(hidden)]
pub mod fuzzing;
mod layout;
mod lifecycle;
mod published;
mod record;
mod replace;
mod sort;
mod source;
mod spool;
mod table;

pub use build::{BuildReport, build, import};
pub use database::Database;
pub use error::Error;
pub use feed::{Feed, Ignored};
pub use published::{PUBLISHED, PUBLISHED_BYTES_MAX, PublishedFeed};
pub use source::{EcosystemCoverage, Source, SourceKind};
