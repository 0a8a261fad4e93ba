//! Looks into the images that run, each once.
//!
//! A [`worker`] takes an image from the bus, reads it from the node's own store or from its
//! registry with the pull secrets of its pods, and stores what it saw ([`report`]). Judging that
//! ([`verdict`]) needs no bytes again, and is done whenever rules or advisories change.

pub(crate) mod assessed;
pub mod fetch;
pub mod job;
pub mod node;
pub mod report;
pub mod verdict;
pub(crate) mod worker;

pub use assessed::Assessed;
pub use fetch::{Images, Real};
pub use node::ContentStore;
