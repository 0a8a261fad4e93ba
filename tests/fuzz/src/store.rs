//! Fuzz targets of `store`.

use crate::Target;
use cofferdam_store::Cursor;

pub(crate) const TARGETS: &[Target] = &[("store_cursor", store_cursor)];

/// A cursor comes back from a browser: any text is one or is not, and one says the same again.
fn store_cursor(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(cursor) = Cursor::parse(text) {
        assert_eq!(Cursor::parse(&cursor.text()).as_ref(), Some(&cursor));
    }
}
