//! Scenarios for the whole product: the real binary on real images.
//!
//! The scenarios are the test modules of this crate, one a theme; the library holds the images
//! that they share with benchmarks. It is not a place for tests of one crate, which stay with
//! that crate.
//!
//! ```no_run
//! let image = cofferdam_product::images::image("debian-bookworm")?;
//! assert!(!image.truth()?.packages.is_empty());
//! # Ok::<(), String>(())
//! ```

pub mod images;

// What scenarios are written with.
#[cfg(test)]
mod binary;
#[cfg(test)]
mod cluster;
#[cfg(test)]
mod crafted;
#[cfg(test)]
mod databases;
#[cfg(test)]
#[path = "../../../crates/store/src/tests/places.rs"]
#[expect(dead_code, reason = "the tests of the store use the rest of it")]
mod postgres;
#[cfg(test)]
mod server;
#[cfg(test)]
mod tools;

// The scenarios.
#[cfg(test)]
mod advisory;
#[cfg(test)]
mod backup;
#[cfg(test)]
mod check;
#[cfg(test)]
mod doctor;
#[cfg(test)]
mod exits;
#[cfg(test)]
mod goldens;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod logs;
#[cfg(test)]
mod outputs;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod registry;
#[cfg(test)]
mod truth;
#[cfg(test)]
mod up;
