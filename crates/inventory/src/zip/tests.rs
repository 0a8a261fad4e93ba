//! Tests of `zip`.
