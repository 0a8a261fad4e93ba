//! Fuzz targets of `registry`.

use crate::Target;

pub(crate) const TARGETS: &[Target] = &[];
