//! Fuzz targets of `version`.

use crate::Target;

pub(crate) const TARGETS: &[Target] = &[];
