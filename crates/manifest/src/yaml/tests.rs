//! Tests of YAML.
