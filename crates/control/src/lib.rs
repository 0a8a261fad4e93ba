//! Controllers: what a cluster holds, judged as it changes, and the door to it.
//!
//! ```text
//! changes ─► inventory (owners, workloads, images) ─► audit (judge, rank) ─► store
//!                                            └─► scan (registry, node) ─┘
//! ```
//!
//! [`inventory`], [`audit`], [`drift`], [`rank`], [`shown`] and [`scan::verdict`] are pure and ask
//! no clock; [`controller`] is the thin shell of tasks around them, [`lead`] decides which replica
//! writes. [`admission`] answers the API server from the same objects.
//!
//! This crate knows no policy and renders nothing. It changes nothing in a cluster but its Lease
//! and the configuration of its own door.
//!
//! ```
//! use cofferdam_control::inventory::Inventory;
//! use cofferdam_model::{Change, ClusterObject, ObjectKey};
//!
//! let json = r#"{"spec": {"replicas": 0, "template": {"spec": {"containers": [
//!     {"name": "web", "image": "shop/web:1"}]}}}}"#;
//! let mut inventory = Inventory::default();
//! let now = "2026-06-01T00:00:00Z".parse()?;
//! let object = ClusterObject {
//!     key: ObjectKey::new("apps/v1", "Deployment", Some("shop"), "web"),
//!     uid: "1".to_owned(),
//!     resource_version: "1".to_owned(),
//!     owner: None,
//!     json: json.into(),
//!     applied: None,
//! };
//! inventory.apply(Change::Put(object), now);
//! inventory.apply(Change::Synced, now);
//!
//! // A workload that runs nothing at the moment is known all the same.
//! let key = inventory.workloads().pop_first().ok_or("nothing")?;
//! assert_eq!(key.title(), "Deployment shop/web");
//! assert_eq!(inventory.workload(&key).ok_or("gone")?.replicas, 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod admission;
pub mod audit;
pub mod controller;
pub mod drift;
pub mod events;
pub mod inventory;
pub mod lead;
mod pointer;
pub mod rank;
mod requests;
pub mod scan;
pub mod services;
pub mod shown;
mod tasks;

pub use controller::{Controller, Documents, Handle, Parts, Rules, Source, State, View};
pub use requests::Requests;
pub use tasks::Tasks;
