//! Fuzz targets of `policy`.

use crate::Target;

pub(crate) const TARGETS: &[Target] = &[];
