//! Audits and reviews say the same.
