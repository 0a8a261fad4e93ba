//! The Kubernetes API: what is in a cluster, and what becomes of it.
//!
//! [`Connection`] talks to one API server: which cluster it is, what we may do there, one object
//! at a time. [`watch`] tells of every object of the [`KINDS`] and of every change, through watches
//! that expire, connections that break and API servers that are away. [`Recording`] is the same
//! out of a file.
//!
//! This crate keeps no objects and judges nothing: whoever listens does. What it hands on is
//! trimmed: the value of a Secret or a ConfigMap is never asked for, but for
//! [`Connection::secret`].
//!
//! ```
//! use cofferdam_bounds::Meter;
//! use cofferdam_cluster::{Access, Connection, KINDS, Recording, watch};
//! use cofferdam_model::Change;
//!
//! /// Until every kind was listed once.
//! async fn count() -> Result<usize, cofferdam_model::Diagnostic> {
//!     let connection = Connection::open(&Access::Find).await?;
//!     let mut changes = watch(&connection, KINDS);
//!     let mut objects = 0;
//!     while let Some(change) = changes.recv().await {
//!         match change {
//!             Change::Put(_) => objects += 1,
//!             Change::Synced => break,
//!             _ => {}
//!         }
//!     }
//!     Ok(objects)
//! }
//!
//! // The same without a cluster.
//! let line = r#"{"apiVersion":"v1","kind":"Node","metadata":{"name":"one"}}"#;
//! let (recording, problems) = Recording::read_lines(line.as_bytes(), &Meter::default());
//! assert!(problems.is_empty());
//! assert_eq!(recording.objects()[0].key.to_string(), "Node one");
//! ```

mod access;
mod connection;
mod error;
mod http;
mod kind;
mod known;
mod lines;
mod recording;
mod trim;
mod watch;

pub use access::{Access, ContextInfo, contexts};
pub use connection::{Connection, SecretData};
pub use error::ClusterError;
pub use kind::{Detail, KINDS, Kind};
pub use lines::{Lines, write_lines};
pub use recording::Recording;
pub use watch::watch;
