//! The one path from target to verdict
