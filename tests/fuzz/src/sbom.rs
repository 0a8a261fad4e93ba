//! Fuzz targets of `sbom`: none, for it writes and parses nothing.

use crate::Target;

pub(crate) const TARGETS: &[Target] = &[];
