//! Fuzz targets of `advisory`.

use crate::Target;

pub(crate) const TARGETS: &[Target] = &[];
