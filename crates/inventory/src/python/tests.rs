//! Tests of `python`.
