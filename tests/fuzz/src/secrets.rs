//! Fuzz targets of `secrets`.

use crate::Target;

pub(crate) const TARGETS: &[Target] = &[];
