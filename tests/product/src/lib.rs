//! Scenarios for the whole product: the real binary on real images.
//!
//! This library holds what the scenarios share; the scenarios are in `tests/`. It is not a place
//! for tests of one crate, which stay with that crate.
//!
//! ```no_run
//! let image = cofferdam_product::images::image("debian-bookworm")?;
//! assert!(!image.truth()?.packages.is_empty());
//! # Ok::<(), String>(())
//! ```

pub mod images;
