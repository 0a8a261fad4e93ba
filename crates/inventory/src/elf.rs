//! As much of ELF as finding a section or an address takes (System V ABI, "Object Files"): the
//! header, program headers and section headers, 32 and 64 bits, both byte orders.

use crate::language::malformed;
use cofferdam_bounds::ReadAt;
use std::io;

/// The first bytes of every ELF file.
pub(crate) const MAGIC: &[u8] = b"\x7fELF";

/// A part of an ELF file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    /// `p_type` or `sh_type`.
    pub(crate) kind: u32,
    /// `p_flags`; for a section 0.
    pub(crate) flags: u32,
    /// Where it is loaded.
    pub(crate) address: u64,
    /// Where it stands in the file.
    pub(crate) offset: u64,
    /// How many bytes of it are in the file.
    pub(crate) size: u64,
    /// `sh_name` and `sh_link`; for a segment 0.
    pub(crate) name: u32,
    pub(crate) link: u32,
}

/// `p_type` of a segment that is loaded into memory.
pub(crate) const PT_LOAD: u32 = 1;
/// `p_type` of the path of the dynamic linker: only programs have it.
pub(crate) const PT_INTERP: u32 = 3;
/// `e_type` of a program that is loaded at fixed addresses.
pub(crate) const ET_EXEC: u16 = 2;
/// `e_type` of a shared library or of a program that is loaded anywhere.
pub(crate) const ET_DYN: u16 = 3;
/// `sh_type` of a section without bytes in the file.
const SHT_NOBITS: u32 = 8;

/// Bytes of a program header, with 32 and with 64 bits.
const SEGMENT_BYTES: (u16, u16) = (32, 56);
/// `e_machine` of what has only 32 bits: SPARC, 386, PowerPC, Arm.
const MACHINES_NARROW: [u16; 4] = [2, 3, 20, 40];
/// `e_machine` of what has 64 bits on Linux: 64-bit PowerPC, SPARC V9, x86-64, `AArch64`,
/// `LoongArch`.
const MACHINES_WIDE: [u16; 5] = [21, 43, 62, 183, 258];

/// More sections than any linker makes for a program that runs; 65,536 × 64 bytes = 4 MiB.
const SECTIONS_MAX: u64 = 65_536;
/// Names of sections; a section per function, with long C++ names, reaches a few MiB.
const NAMES_BYTES_MAX: u64 = 8 << 20;

/// An ELF file.
#[derive(Debug)]
pub(crate) struct Elf<'a, R: ?Sized> {
    source: &'a R,
    layout: Layout,
    /// `e_type`.
    pub(crate) kind: u16,
    /// `e_entry`.
    pub(crate) entry: u64,
    segments_offset: u64,
    segments_count: u64,
    sections_offset: u64,
    sections_count: u64,
    names_index: u64,
}

/// How numbers are written.
#[derive(Clone, Copy, Debug)]
struct Layout {
    wide: bool,
    big_endian: bool,
}

impl Layout {
    /// The layout in which Linux would read the header. It does not look at the class and the
    /// byte order that the file claims: it takes its own, and refuses a type, a machine or a
    /// length of program headers that is not right then (`fs/binfmt_elf.c`).
    fn of(bytes: &[u8]) -> Option<Self> {
        let (class, order) = match bytes.strip_prefix(MAGIC)? {
            [class, order, ..] => (*class, *order),
            _ => return None,
        };
        // A type stands in one of two bytes, the other is 0.
        let big_endian = match bytes.get(16..18)? {
            [_, 0] => false,
            [0, _] => true,
            _ => order == 2,
        };
        let [narrow, wide] = [false, true].map(|wide| Self { wide, big_endian });
        let fits_narrow = narrow.u16(bytes, 42) == Some(SEGMENT_BYTES.0);
        let fits_wide = wide.u16(bytes, 54) == Some(SEGMENT_BYTES.1);
        let machine = narrow.u16(bytes, 18)?;
        match (fits_narrow, fits_wide) {
            (true, false) => Some(narrow),
            (false, true) => Some(wide),
            (true, true) if MACHINES_NARROW.contains(&machine) => Some(narrow),
            (true, true) if MACHINES_WIDE.contains(&machine) => Some(wide),
            // Not a program of ours, or one whose machine comes in both: the class decides.
            _ => match class {
                1 => Some(narrow),
                2 => Some(wide),
                _ => None,
            },
        }
    }

    fn number(self, bytes: &[u8], at: usize, length: usize) -> Option<u64> {
        let bytes = bytes.get(at..at.checked_add(length)?)?;
        let push = |number, byte: &u8| number << 8 | u64::from(*byte);
        Some(if self.big_endian {
            bytes.iter().fold(0, push)
        } else {
            bytes.iter().rev().fold(0, push)
        })
    }

    fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        self.number(bytes, at, 2).and_then(|number| u16::try_from(number).ok())
    }

    fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        self.number(bytes, at, 4).and_then(|number| u32::try_from(number).ok())
    }

    /// An address, an offset or a size, which stands elsewhere in 32 bits than in 64.
    fn word(self, bytes: &[u8], at: (usize, usize)) -> Option<u64> {
        if self.wide { self.number(bytes, at.1, 8) } else { self.number(bytes, at.0, 4) }
    }

    fn pick(self, narrow: usize, wide: usize) -> usize {
        if self.wide { wide } else { narrow }
    }

    fn segment(self, bytes: &[u8]) -> Option<Part> {
        Some(Part {
            kind: self.u32(bytes, 0)?,
            flags: self.u32(bytes, self.pick(24, 4))?,
            offset: self.word(bytes, (4, 8))?,
            address: self.word(bytes, (8, 16))?,
            size: self.word(bytes, (16, 32))?,
            ..Part::default()
        })
    }

    fn section(self, bytes: &[u8]) -> Option<Part> {
        Some(Part {
            name: self.u32(bytes, 0)?,
            kind: self.u32(bytes, 4)?,
            address: self.word(bytes, (12, 16))?,
            offset: self.word(bytes, (16, 24))?,
            size: self.word(bytes, (20, 32))?,
            link: self.u32(bytes, self.pick(24, 40))?,
            flags: 0,
        })
    }
}

impl<'a, R: ReadAt + ?Sized> Elf<'a, R> {
    /// Reads the header; `None` when this is not ELF, the header is cut off, or it is of a class
    /// that neither its machine nor its program headers tell.
    pub(crate) fn parse(source: &'a R) -> io::Result<Option<Self>> {
        let mut bytes = [0; 64];
        let count = source.read_at(&mut bytes, 0)?;
        Ok(Self::header(source, bytes.get(..count).unwrap_or_default()))
    }

    fn header(source: &'a R, bytes: &[u8]) -> Option<Self> {
        let layout = Layout::of(bytes)?;
        let half = |narrow, wide| layout.u16(bytes, layout.pick(narrow, wide)).map(u64::from);
        Some(Self {
            source,
            layout,
            kind: layout.u16(bytes, 16)?,
            entry: layout.word(bytes, (24, 24))?,
            segments_offset: layout.word(bytes, (28, 32))?,
            segments_count: half(44, 56)?,
            sections_offset: layout.word(bytes, (32, 40))?,
            sections_count: half(48, 60)?,
            names_index: half(50, 62)?,
        })
    }

    /// All segments.
    pub(crate) fn segments(&self) -> io::Result<Vec<Part>> {
        let length = self.layout.pick(32, 56);
        self.table(self.segments_offset, self.segments_count, length, Layout::segment)
    }

    fn sections(&self) -> io::Result<(Vec<Part>, u64)> {
        let (mut count, mut names_index) = (self.sections_count, self.names_index);
        let length = self.layout.pick(40, 64);
        if self.sections_offset == 0 {
            return Ok((Vec::new(), 0));
        }
        // Numbers that do not fit the header stand in section 0.
        if count == 0 || names_index == 0xffff {
            let first = self.table(self.sections_offset, 1, length, Layout::section)?;
            let first = first.first().copied().unwrap_or_default();
            count = if count == 0 { first.size } else { count };
            names_index = if names_index == 0xffff { first.link.into() } else { names_index };
        }
        if count > SECTIONS_MAX {
            return Err(malformed("too many ELF sections"));
        }
        let sections = self.table(self.sections_offset, count, length, Layout::section)?;
        Ok((sections, names_index))
    }

    fn table(
        &self,
        offset: u64,
        count: u64,
        length: usize,
        parse: fn(Layout, &[u8]) -> Option<Part>,
    ) -> io::Result<Vec<Part>> {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let bytes = self.source.bytes_at(offset, count.saturating_mul(length))?;
        Ok(bytes.chunks_exact(length).filter_map(|bytes| parse(self.layout, bytes)).collect())
    }

    /// The section of that name, if it has bytes in the file.
    pub(crate) fn section(&self, name: &str) -> io::Result<Option<Part>> {
        let (sections, names_index) = self.sections()?;
        let names = usize::try_from(names_index).ok().and_then(|index| sections.get(index));
        let Some(names) = names else { return Ok(None) };
        if names.size > NAMES_BYTES_MAX {
            return Err(malformed("too many bytes of ELF section names"));
        }
        let length = usize::try_from(names.size).unwrap_or(usize::MAX);
        let names = self.source.bytes_at(names.offset, length)?;
        let is_it = |section: &&Part| {
            let start = usize::try_from(section.name).ok();
            start
                .and_then(|start| names.get(start..)?.strip_prefix(name.as_bytes()))
                .is_some_and(|rest| rest.first() == Some(&0))
        };
        Ok(sections.iter().filter(|section| section.kind != SHT_NOBITS).find(is_it).copied())
    }

    /// The `length` bytes that are loaded at an address.
    pub(crate) fn bytes_at_address(&self, address: u64, length: u64) -> io::Result<Vec<u8>> {
        let end = address.checked_add(length);
        let holds = |part: &&Part| {
            part.kind == PT_LOAD
                && part.address <= address
                && end.is_some_and(|end| end <= part.address.saturating_add(part.size))
        };
        let segments = self.segments()?;
        let Some(segment) = segments.iter().find(holds) else {
            return Err(malformed("an address outside of all ELF segments"));
        };
        let offset = segment.offset.saturating_add(address.saturating_sub(segment.address));
        self.source.bytes_at(offset, usize::try_from(length).unwrap_or(usize::MAX))
    }

    /// The address-sized number of that index in `bytes`.
    pub(crate) fn pointer(&self, bytes: &[u8], index: usize) -> Option<u64> {
        self.layout.word(bytes, (index.checked_mul(4)?, index.checked_mul(8)?))
    }

    /// Bytes of an address.
    pub(crate) fn pointer_bytes(&self) -> u64 {
        if self.layout.wide { 8 } else { 4 }
    }

    /// Where the bytes are read from.
    pub(crate) fn source(&self) -> &'a R {
        self.source
    }
}

#[cfg(test)]
pub(crate) mod tests;
