//! Bounded HTTP fetches
