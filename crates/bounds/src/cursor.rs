//! A cursor over bytes in memory where every step can fail and none can panic.

/// Reads fixed-size fields and slices from the front of a byte slice. Every method gives `None`
/// at the end and then leaves the cursor where it was.
#[derive(Clone, Copy, Debug)]
pub struct Cursor<'a> {
    rest: &'a [u8],
}

macro_rules! integer {
    ($($name:ident $type:ty, $from:ident, $doc:literal;)*) => {$(
        #[doc = $doc]
        pub fn $name(&mut self) -> Option<$type> {
            self.array().map(<$type>::$from)
        }
    )*};
}

impl<'a> Cursor<'a> {
    /// A cursor at the start of `bytes`.
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What is left.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether nothing is left.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The next `count` bytes.
    pub fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.rest.split_at_checked(count)?;
        self.rest = tail;
        Some(head)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, tail) = self.rest.split_first_chunk::<N>()?;
        self.rest = tail;
        Some(*head)
    }

    /// Steps over `count` bytes.
    pub fn skip(&mut self, count: usize) -> Option<()> {
        self.bytes(count).map(|_| ())
    }

    /// Everything before the next `byte`, stepping over that byte too.
    pub fn until(&mut self, byte: u8) -> Option<&'a [u8]> {
        let at = memchr::memchr(byte, self.rest)?;
        let head = self.bytes(at)?;
        self.skip(1)?;
        Some(head)
    }

    integer! {
        u8 u8, from_le_bytes, "One byte.";
        u16_le u16, from_le_bytes, "Two bytes, least significant first.";
        u32_le u32, from_le_bytes, "Four bytes, least significant first.";
        u64_le u64, from_le_bytes, "Eight bytes, least significant first.";
        u16_be u16, from_be_bytes, "Two bytes, most significant first.";
        u32_be u32, from_be_bytes, "Four bytes, most significant first.";
        u64_be u64, from_be_bytes, "Eight bytes, most significant first.";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_ends() {
        let mut cursor = Cursor::new(&[1, 2, 3, 4, b'a', b'\n', 9]);
        assert_eq!(cursor.u16_be(), Some(0x0102));
        assert_eq!(cursor.u16_le(), Some(0x0403));
        assert_eq!(cursor.until(b'\n'), Some(&b"a"[..]));
        assert_eq!(cursor.until(b'\n'), None);
        assert_eq!(cursor.bytes(2), None);
        assert_eq!(cursor.rest(), [9]);
        assert_eq!(cursor.skip(1), Some(()));
        assert!(cursor.is_empty());
    }
}
