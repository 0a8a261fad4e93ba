//! What was forgotten.

use jiff::Timestamp;

rows! {
    /// How many rows of a table were dropped since the store was made.
    Dropped in "dropped" by ["what"] {
        /// The table.
        what: String,
        /// How many rows.
        how_many: u64,
        /// When the last ones were.
        at: Timestamp,
    }
}
