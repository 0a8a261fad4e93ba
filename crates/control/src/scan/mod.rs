//! Looks into the images that run, each once.

pub mod report;
pub mod verdict;
