//! Tests of `java`.
