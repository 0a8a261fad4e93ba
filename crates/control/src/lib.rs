//! Controllers: what a cluster holds, judged as it changes.
//!
//! ```text
//! changes ─► inventory (owners, workloads, images) ─► audit (judge, rank) ─► store
//!                                            └─► scan (registry, node) ─┘
//! ```
//!
//! The cores are pure and ask no clock; the tasks around them are thin.

pub mod inventory;
