//! Feeds end to end.
