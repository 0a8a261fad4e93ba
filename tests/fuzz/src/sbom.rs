//! Fuzz targets of `sbom`.

use crate::Target;

pub(crate) const TARGETS: &[Target] = &[];
