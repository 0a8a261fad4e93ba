//! Fuzz targets of `inventory`.

use crate::Target;

pub(crate) const TARGETS: &[Target] = &[];
