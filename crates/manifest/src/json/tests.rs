//! Tests of JSON.
