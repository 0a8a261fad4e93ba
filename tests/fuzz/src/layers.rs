//! Fuzz targets of `layers`.

use crate::Target;

pub(crate) const TARGETS: &[Target] = &[];
