//! PAX extended headers: records of `LENGTH KEY=VALUE\n` (POSIX pax(1), "pax Extended Header").

use cofferdam_bounds::Cursor;

/// The records that change what an entry is. Of a repeated key the last counts, and an empty
/// name leaves the header's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Records {
    pub(crate) path: Option<Vec<u8>>,
    pub(crate) link: Option<Vec<u8>>,
    pub(crate) size: Option<u64>,
    pub(crate) sparse: SparseRecords,
}

/// The `GNU.sparse.*` records (GNU tar manual, "Storing Sparse Files").
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct SparseRecords {
    pub(crate) major: Option<Vec<u8>>,
    pub(crate) minor: Option<Vec<u8>>,
    pub(crate) name: Option<Vec<u8>>,
    pub(crate) size: Option<u64>,
    pub(crate) real_size: Option<u64>,
    /// Pieces in the map, which versions 0.0 and 0.1 say twice.
    pub(crate) pieces: Option<u64>,
    /// Version 0.0: offsets and lengths in turn. Version 0.1: one comma-separated list.
    pub(crate) map: Vec<u64>,
}

impl Records {
    /// Reads all records; the second part says what is broken, and then records before it hold.
    pub(crate) fn parse(bytes: &[u8]) -> (Self, Option<&'static str>) {
        let mut records = Self::default();
        let mut cursor = Cursor::new(bytes);
        while !cursor.is_empty() {
            let set = next(&mut cursor).and_then(|(key, value)| records.set(key, value));
            if let Err(what) = set {
                return (records, Some(what));
            }
        }
        (records, None)
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Result<(), &'static str> {
        let text = || Ok((!value.is_empty()).then(|| value.to_vec()));
        let name = || {
            if value.contains(&0) { Err("name in a PAX record has a zero byte") } else { text() }
        };
        let number = || decimal(value).map(Some).ok_or("number in a PAX record is not one");
        match key {
            b"path" => self.path = name()?,
            b"linkpath" => self.link = name()?,
            b"size" => self.size = number()?,
            b"GNU.sparse.name" => self.sparse.name = name()?,
            b"GNU.sparse.major" => self.sparse.major = text()?,
            b"GNU.sparse.minor" => self.sparse.minor = text()?,
            b"GNU.sparse.size" => self.sparse.size = number()?,
            b"GNU.sparse.realsize" => self.sparse.real_size = number()?,
            b"GNU.sparse.numblocks" => self.sparse.pieces = number()?,
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => {
                // In turn, offset first: the parity of what is there says which is due.
                let due =
                    if self.sparse.map.len().is_multiple_of(2) { "offset" } else { "numbytes" };
                if !key.ends_with(due.as_bytes()) {
                    return Err("sparse map in PAX records is out of order");
                }
                self.sparse.map.extend(number()?);
            }
            b"GNU.sparse.map" => {
                let numbers = value.split(|byte| *byte == b',').map(decimal);
                self.sparse.map =
                    numbers.collect::<Option<_>>().ok_or("sparse map in a PAX record is broken")?;
            }
            _ => {}
        }
        Ok(())
    }
}

fn next<'a>(cursor: &mut Cursor<'a>) -> Result<(&'a [u8], &'a [u8]), &'static str> {
    const BROKEN: &str = "PAX record is broken";
    let before = cursor.rest().len();
    let length = cursor.until(b' ').and_then(decimal).ok_or(BROKEN)?;
    let head = before - cursor.rest().len();
    let length = usize::try_from(length).ok().and_then(|length| length.checked_sub(head));
    let record = length.and_then(|length| cursor.bytes(length)).ok_or(BROKEN)?;
    let record = record.strip_suffix(b"\n").ok_or(BROKEN)?;
    let equals = memchr::memchr(b'=', record).filter(|at| *at > 0).ok_or(BROKEN)?;
    let (key, value) = record.split_at_checked(equals).ok_or(BROKEN)?;
    Ok((key, value.strip_prefix(b"=").unwrap_or(value)))
}

/// Decimal digits and nothing else, up to what a signed 64-bit number holds.
pub(crate) fn decimal(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 19 {
        return None;
    }
    let value = digits.iter().try_fold(0_u64, |value, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 10)?;
        value.checked_mul(10)?.checked_add(u64::from(digit))
    })?;
    (value <= i64::MAX.unsigned_abs()).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::super::testing::record;
    use super::*;

    fn check(bytes: &[u8], expected: &Records, broken: bool) {
        let (records, error) = Records::parse(bytes);
        assert_eq!((&records, error.is_some()), (expected, broken), "{}", bytes.escape_ascii());
    }

    fn path(path: &str) -> Records {
        Records { path: Some(path.into()), ..Records::default() }
    }

    fn joined(records: &[(&str, &str)], behind: &[u8]) -> Vec<u8> {
        let records = records.iter().flat_map(|(key, value)| record(key, value));
        records.chain(behind.iter().copied()).collect()
    }

    #[test]
    fn records() {
        let a = ("path", "a");
        check(b"", &Records::default(), false);
        check(b"9 path=a\n", &path("a"), false);
        check(&joined(&[a, ("path", "b")], b""), &path("b"), false);
        check(&joined(&[a, ("path", "")], b""), &Records::default(), false);
        check(&joined(&[("path", "a=b\n")], b""), &path("a=b\n"), false);
        check(&joined(&[a], b"\0\0"), &path("a"), true);
        check(&joined(&[a], b"7 pa"), &path("a"), true);
        check(&joined(&[a], b"999 path=b\n"), &path("a"), true);
        check(&joined(&[a, ("", "b")], b""), &path("a"), true);
        check(&joined(&[("path", "\0")], b""), &Records::default(), true);
        check(b"9 path=ab", &Records::default(), true);
        check(b"-1 path=a\n", &Records::default(), true);
        check(&joined(&[("size", "-1")], b""), &Records::default(), true);
        check(&joined(&[("size", "9223372036854775808")], b""), &Records::default(), true);
        let sized = Records { size: Some(12), ..Records::default() };
        check(&joined(&[("size", "12")], b""), &sized, false);
    }

    #[test]
    fn sparse_maps() {
        let map = |records: &[(&str, &str)]| {
            let (records, broken) = Records::parse(&joined(records, b""));
            (records.sparse.map, broken.is_some())
        };
        let (offset, length) = (("GNU.sparse.offset", "1"), ("GNU.sparse.numbytes", "2"));
        assert_eq!(map(&[offset, length]), (vec![1, 2], false));
        assert_eq!(map(&[offset, offset]), (vec![1], true));
        assert_eq!(map(&[length]), (vec![], true));
        assert_eq!(map(&[("GNU.sparse.map", "1,2,3,4")]), (vec![1, 2, 3, 4], false));
        assert_eq!(map(&[("GNU.sparse.map", "1,,2")]), (vec![], true));
    }
}
