//! Joins, rights, exposure and paths over small manifests.
