//! One 512-byte header block: POSIX.1-1988 ustar, GNU and what came before them
//! (POSIX pax(1), "ustar Interchange Format"; GNU tar manual, "Basic Tar Format").

/// A header or data block.
pub(crate) const BLOCK_BYTES: usize = 512;
/// A block.
pub(crate) type Block = [u8; BLOCK_BYTES];

/// Which dialect the magic names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    /// None: Unix version 7.
    V7,
    /// `ustar\0`, also with PAX extensions.
    Ustar,
    /// `ustar\0` of star, which has a shorter name prefix.
    Star,
    /// `ustar  \0`.
    Gnu,
}

/// The fields that matter, decoded.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    pub(crate) name: Vec<u8>,
    pub(crate) link: Vec<u8>,
    pub(crate) size: u64,
    pub(crate) mode: u32,
    pub(crate) type_flag: u8,
    pub(crate) format: Format,
    /// Readers disagree on whether there is a name prefix, or where it ends.
    pub(crate) ambiguous_name: bool,
}

impl Header {
    /// Decodes a block; the error says which field is broken.
    pub(crate) fn parse(block: &Block) -> Result<Self, &'static str> {
        if !checksum_matches(block) {
            return Err("header checksum is wrong");
        }
        let format = match (field(block, 257, 6), field(block, 257, 8), field(block, 508, 4)) {
            (b"ustar\0", _, b"tar\0") => Format::Star,
            (b"ustar\0", ..) => Format::Ustar,
            (_, b"ustar  \0", _) => Format::Gnu,
            _ => Format::V7,
        };
        let prefix = match format {
            Format::Ustar => text(field(block, 345, 155)),
            Format::Star => text(field(block, 345, 131)),
            // Two times stand there; Go takes what is none for a prefix that it once wrote.
            Format::Gnu if !has_times(block) => text(field(block, 345, 155)),
            Format::V7 | Format::Gnu => &[],
        };
        let ambiguous_name = match format {
            Format::Gnu => !prefix.is_empty(),
            Format::Star => prefix.len() == 131,
            Format::V7 | Format::Ustar => false,
        };
        let mut name = prefix.to_vec();
        if !name.is_empty() {
            name.push(b'/');
        }
        name.extend_from_slice(text(field(block, 0, 100)));
        Ok(Self {
            name,
            link: text(field(block, 157, 100)).to_vec(),
            size: number(field(block, 124, 12)).ok_or("size in the header is not a number")?,
            mode: number(field(block, 100, 8)).map_or(0, permissions),
            type_flag: field(block, 156, 1).first().copied().unwrap_or_default(),
            format,
            ambiguous_name,
        })
    }
}

/// Whether this block could begin an entry.
pub(crate) fn looks_like_header(block: &Block) -> bool {
    checksum_matches(block) && block.iter().any(|byte| *byte != 0)
}

/// The bytes of a field.
pub(crate) fn field(block: &Block, offset: usize, length: usize) -> &[u8] {
    block.get(offset..offset + length).unwrap_or_default()
}

/// A string field: up to the first zero byte, or all of it.
pub(crate) fn text(bytes: &[u8]) -> &[u8] {
    memchr::memchr(0, bytes).and_then(|end| bytes.get(..end)).unwrap_or(bytes)
}

/// A number field: octal digits with spaces before and a space or zero byte behind them, or
/// base 256 with the top bit set. Forms that readers take differently are refused.
pub(crate) fn number(bytes: &[u8]) -> Option<u64> {
    match bytes {
        [0x80, rest @ ..] => binary(rest),
        [first, ..] if *first >= 0x80 => None,
        _ => octal(bytes),
    }
}

fn binary(bytes: &[u8]) -> Option<u64> {
    let value = bytes
        .iter()
        .try_fold(0_u64, |value, byte| Some(value.checked_mul(256)? | u64::from(*byte)))?;
    (value <= i64::MAX.unsigned_abs()).then_some(value)
}

fn octal(bytes: &[u8]) -> Option<u64> {
    let digits = bytes.trim_ascii_start();
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    let (digits, behind) = digits.split_at_checked(end)?;
    if behind.iter().any(|byte| !matches!(byte, b' ' | 0)) {
        return None;
    }
    digits.iter().try_fold(0_u64, |value, digit| {
        let digit = digit.checked_sub(b'0').filter(|digit| *digit < 8)?;
        Some(value.checked_mul(8)? | u64::from(digit))
    })
}

/// Whether the access and change times of a GNU header are absent or numbers.
fn has_times(block: &Block) -> bool {
    [345, 357].iter().all(|at| number(field(block, *at, 12)).is_some())
}

fn permissions(mode: u64) -> u32 {
    u32::try_from(mode & 0o7777).unwrap_or_default()
}

/// The sum of all bytes with the sum's own field taken as spaces; old writers summed signed ones.
fn checksum_matches(block: &Block) -> bool {
    let Some(wanted) = number(field(block, 148, 8)) else { return false };
    let own = field(block, 148, 8);
    let sum = |bytes| total(bytes, u32::from);
    let high = |bytes| total(bytes, |byte| u32::from(byte >> 7));
    let unsigned = u64::from(sum(block) - sum(own) + 8 * u32::from(b' '));
    let negatives = u64::from(256 * (high(block) - high(own)));
    wanted == unsigned || wanted.checked_add(negatives) == Some(unsigned)
}

/// Of at most 512 bytes, which cannot overflow: an addition that minds would go byte by byte.
fn total(bytes: &[u8], value: impl Fn(u8) -> u32) -> u32 {
    bytes.iter().fold(0, |total: u32, byte| total.wrapping_add(value(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], expected: Option<u64>) {
        assert_eq!(number(bytes), expected, "{bytes:?}");
    }

    #[test]
    fn numbers() {
        check(b"0000644\0", Some(0o644));
        check(b"   644 \0", Some(0o644));
        check(b"\0\0\0\0\0\0\0\0", Some(0));
        check(b"        ", Some(0));
        check(b"77777777777\0", Some((1 << 33) - 1));
        check(b"\x80\0\0\0\0\0\0\x02\0\0\0\0", Some(1 << 33));
        check(b"\x80\0\0\0\x80\0\0\0\0\0\0\0", None);
        check(b"\xff\xff\xff\xff\xff\xff\xff\xff", None);
        check(b"0000648\0", None);
        check(b"12 34\0\0\0", None);
        check(b"\x00000010\0", None);
        check(b"-644\0\0\0\0", None);
    }

    #[test]
    fn a_zero_block_is_no_header() {
        assert!(!looks_like_header(&[0; BLOCK_BYTES]));
        assert!(Header::parse(&[0; BLOCK_BYTES]).is_err());
    }
}
