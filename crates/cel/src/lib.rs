//! The Common Expression Language with unknowns
