//! Just enough of SQLite to read every row of rpm's table of packages (`rpmdb.sqlite`).
//!
//! Pages are numbered from 1, big-endian. Page 1 starts with 100 bytes about the file and is also
//! the root of the table of tables. A table is a B-tree whose leaf pages hold rows; a row too
//! large for its page goes on in a chain of overflow pages. (Layout: "Database File Format" on
//! sqlite.org.) Each page belongs to one place in one tree, so that every page is read once and
//! there is nothing to cache; what comes by twice is a cycle.

use super::{BLOB_BYTES, Blobs, Trouble};
use cofferdam_bounds::{Cursor, ReadAt};

const MAGIC: &[u8] = b"SQLite format 3\0";
const FILE_HEADER: usize = 100;
const LEAF: u8 = 0x0d;
const INTERIOR: u8 = 0x05;
/// rpm's `CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)`.
const TABLE: &[u8] = b"Packages";

/// Whether the first bytes are an SQLite database.
pub(crate) fn recognises(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// Gives every package's header to `blobs`.
pub(crate) fn read(source: &dyn ReadAt, blobs: &mut Blobs<'_, '_>) -> Result<(), Trouble> {
    let mut database = Database::open(source)?;
    let mut root = None;
    database.rows(1, &mut |row| {
        match row {
            Ok(row) => root = packages_root(row),
            Err(trouble) => blobs.trouble(&trouble),
        }
        root.is_none()
    })?;
    let root = root.ok_or(Trouble::Malformed("there is no table of packages"))?;
    database.rows(root, &mut |row| {
        match row.and_then(|row| package_blob(row).ok_or(Trouble::Malformed(NO_BLOB))) {
            Ok(blob) => blobs.add(blob),
            Err(trouble) => blobs.trouble(&trouble),
        }
        !blobs.are_full()
    })
}

const NO_BLOB: &str = "a row of the table of packages holds no blob";

/// The root page, if this row of the table of tables (type, name, table, root page, SQL) is the
/// one that describes the packages.
fn packages_root(row: &[u8]) -> Option<u32> {
    let mut columns = Columns::new(row)?;
    let (kind, name, _table) = (columns.next()?, columns.next()?, columns.next()?);
    let root = columns.next()?;
    let is_ours = kind.bytes == b"table" && name.bytes == TABLE;
    let root = root.bytes.iter().try_fold(0_u32, |number, byte| {
        number.checked_mul(256).map(|number| number | u32::from(*byte))
    });
    if is_ours { root } else { None }
}

fn package_blob(row: &[u8]) -> Option<&[u8]> {
    let mut columns = Columns::new(row)?;
    columns.next()?;
    let column = columns.next()?;
    (column.kind >= 12 && column.kind % 2 == 0).then_some(column.bytes)
}

/// The columns of a row ("Record Format").
struct Columns<'a> {
    kinds: Cursor<'a>,
    values: Cursor<'a>,
}

struct Column<'a> {
    /// Serial type: below 12 a number, then even for blobs and odd for texts.
    kind: u64,
    bytes: &'a [u8],
}

impl<'a> Columns<'a> {
    fn new(row: &'a [u8]) -> Option<Self> {
        let mut cursor = Cursor::new(row);
        let header = usize::try_from(varint(&mut cursor)?).ok()?;
        let (header, values) = row.split_at_checked(header)?;
        let kinds = header.get(row.len() - cursor.rest().len()..)?;
        Some(Self { kinds: Cursor::new(kinds), values: Cursor::new(values) })
    }

    fn next(&mut self) -> Option<Column<'a>> {
        let kind = varint(&mut self.kinds)?;
        let length = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            10 | 11 => return None,
            _ => (kind - 12) / 2,
        };
        let bytes = self.values.bytes(usize::try_from(length).ok()?)?;
        Some(Column { kind, bytes })
    }
}

/// One to nine bytes, seven bits each and eight in the ninth, most significant first.
fn varint(cursor: &mut Cursor<'_>) -> Option<u64> {
    let mut value = 0_u64;
    for _ in 0..8 {
        let byte = cursor.u8()?;
        value = value << 7 | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some(value);
        }
    }
    Some(value << 8 | u64::from(cursor.u8()?))
}

/// Is shown each row, or what is wrong with it; false ends the reading.
type Show<'s> = dyn FnMut(Result<&[u8], Trouble>) -> bool + 's;

struct Database<'a> {
    source: &'a dyn ReadAt,
    page_bytes: usize,
    /// Bytes of a page in use; some extensions reserve a few at its end.
    usable: usize,
    /// Pages that may still be visited.
    visits_left: u64,
}

impl<'a> Database<'a> {
    fn open(source: &'a dyn ReadAt) -> Result<Self, Trouble> {
        let header = source.bytes_at(0, FILE_HEADER)?;
        let mut cursor = Cursor::new(&header);
        let magic = cursor.bytes(MAGIC.len());
        let (Some(MAGIC), Some(size), Some(_write), Some(read), Some(reserved)) =
            (magic, cursor.u16_be(), cursor.u8(), cursor.u8(), cursor.u8())
        else {
            return Err(Trouble::Malformed("no magic number"));
        };
        // 1: rollback journal, 2: write-ahead log.
        if read > 2 {
            return Err(Trouble::Unsupported("a version of SQLite's format above 2"));
        }
        let page_bytes = if size == 1 { 65_536 } else { usize::from(size) };
        let usable = page_bytes.saturating_sub(usize::from(reserved));
        if !page_bytes.is_power_of_two() || page_bytes < 512 || usable < 480 {
            return Err(Trouble::Malformed("the page size is not a power of two from 512"));
        }
        let pages = source.size().div_ceil(u64::try_from(page_bytes).unwrap_or(u64::MAX));
        Ok(Self { source, page_bytes, usable, visits_left: pages })
    }

    fn visit(&mut self) -> Result<(), Trouble> {
        self.visits_left = self.visits_left.checked_sub(1).ok_or(Trouble::Circular)?;
        Ok(())
    }

    fn page(&self, number: u32) -> Result<Vec<u8>, Trouble> {
        let index = number.checked_sub(1).ok_or(Trouble::Malformed("a pointer to page 0"))?;
        let length = u64::try_from(self.page_bytes).unwrap_or(u64::MAX);
        Ok(self.source.bytes_at(u64::from(index) * length, self.page_bytes)?)
    }

    /// Shows the rows of the table at `root` in order, until `show` has seen enough.
    fn rows(&mut self, root: u32, show: &mut Show<'_>) -> Result<(), Trouble> {
        let mut pending = vec![root];
        while let Some(number) = pending.pop() {
            self.visit()?;
            let page = self.page(number);
            let start = if number == 1 { FILE_HEADER } else { 0 };
            let tree = page.as_ref().map_err(Clone::clone).and_then(|page| Tree::new(page, start));
            let tree = match tree {
                Ok(tree) => tree,
                Err(trouble) => {
                    if show(Err(trouble)) {
                        continue;
                    }
                    return Ok(());
                }
            };
            if tree.right.is_some() {
                pending.extend(tree.right);
                pending.extend(tree.cells().rev().filter_map(|mut cell| cell.u32_be()));
                // All that waits will be visited.
                if u64::try_from(pending.len()).unwrap_or(u64::MAX) > self.visits_left {
                    return Err(Trouble::Circular);
                }
            } else if !self.leaf(&tree, show)? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Shows the rows of a leaf page; false when `show` has seen enough.
    fn leaf(&mut self, tree: &Tree<'_>, show: &mut Show<'_>) -> Result<bool, Trouble> {
        // Rows do not share bytes, or a page of pointers to one large row would be a bomb.
        let mut bytes_left = tree.page.len();
        for cell in tree.cells() {
            let row = self.row(cell, &mut bytes_left);
            if matches!(row, Err(Trouble::Circular)) {
                return Err(Trouble::Circular);
            }
            if !show(row.as_deref().map_err(Clone::clone)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The row in a leaf's cell: length, row id, content, and perhaps the first overflow page.
    fn row(&mut self, mut cell: Cursor<'_>, bytes_left: &mut usize) -> Result<Vec<u8>, Trouble> {
        const OUTSIDE: Trouble = Trouble::Malformed("a row lies outside its page");
        let (Some(length), Some(_)) = (varint(&mut cell), varint(&mut cell)) else {
            return Err(OUTSIDE);
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        if length > BLOB_BYTES {
            return Err(Trouble::BlobTooLarge(length));
        }
        let local = self.local_bytes(length);
        *bytes_left = bytes_left.checked_sub(local).ok_or(Trouble::Circular)?;
        let mut row = cell.bytes(local).ok_or(OUTSIDE)?.to_vec();
        if local == length {
            return Ok(row);
        }
        let mut next = cell.u32_be().ok_or(OUTSIDE)?;
        while row.len() < length {
            self.visit()?;
            let page = self.page(next)?;
            let mut page = Cursor::new(page.get(..self.usable).unwrap_or_default());
            next = page.u32_be().ok_or(OUTSIDE)?;
            let content = page.rest();
            let wanted = (length - row.len()).min(content.len());
            row.extend_from_slice(content.get(..wanted).unwrap_or_default());
        }
        Ok(row)
    }

    /// How much of a row of `length` bytes lies in its leaf ("B-tree Pages", table leaf cells).
    fn local_bytes(&self, length: usize) -> usize {
        let largest = self.usable - 35;
        let smallest = (self.usable - 12) * 32 / 255 - 23;
        if length <= largest {
            return length;
        }
        let fitting = smallest + (length - smallest) % (self.usable - 4);
        if fitting <= largest { fitting } else { smallest }
    }
}

/// A page of a table's B-tree.
struct Tree<'a> {
    page: &'a [u8],
    pointers: &'a [[u8; 2]],
    /// The last child, for an interior page.
    right: Option<u32>,
}

impl<'a> Tree<'a> {
    fn new(page: &'a [u8], start: usize) -> Result<Self, Trouble> {
        Self::parse(page, start).ok_or(Trouble::Malformed("a page is no part of a table"))
    }

    fn parse(page: &'a [u8], start: usize) -> Option<Self> {
        let mut cursor = Cursor::new(page.get(start..)?);
        let kind = cursor.u8()?;
        cursor.skip(2)?;
        let cells = usize::from(cursor.u16_be()?);
        cursor.skip(3)?;
        let right = match kind {
            LEAF => None,
            INTERIOR => Some(cursor.u32_be()?),
            _ => return None,
        };
        let (pointers, _) = cursor.bytes(cells.checked_mul(2)?)?.as_chunks::<2>();
        Some(Self { page, pointers, right })
    }

    fn cells(&self) -> impl DoubleEndedIterator<Item = Cursor<'a>> {
        let page = self.page;
        self.pointers.iter().map(move |pointer| {
            let at = usize::from(u16::from_be_bytes(*pointer));
            Cursor::new(page.get(at..).unwrap_or_default())
        })
    }
}

#[cfg(test)]
mod tests;
