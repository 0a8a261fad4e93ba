//! Tests of `golang`.
