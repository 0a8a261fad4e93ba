//! Tests of `elf`.
