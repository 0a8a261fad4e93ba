//! Controllers: what a cluster holds, judged as it changes.
//!
//! ```text
//! changes ─► inventory (owners, workloads, images) ─► audit (judge, rank) ─► store
//!                                            └─► scan (registry, node) ─┘
//! ```
//!
//! The cores are pure and ask no clock; the tasks around them are thin.

pub mod admission;
pub mod audit;
pub mod controller;
pub mod drift;
pub mod events;
pub mod inventory;
pub mod lead;
mod pointer;
pub mod rank;
pub mod scan;

pub use controller::{Controller, Handle, Parts, Rules, Source, State, View};
