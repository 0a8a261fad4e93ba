//! Checks of manifests, in the formats that know objects, lines and patches.

pub(crate) mod json;
pub(crate) mod sarif;
pub(crate) mod table;
pub(crate) mod wire;
