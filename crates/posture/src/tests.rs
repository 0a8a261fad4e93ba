//! Joins, rights, exposure and paths over small manifests, and every rule against its fixtures.

mod rules;
