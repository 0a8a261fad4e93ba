//! ELF files made by hand, and what is found in them.
#![expect(clippy::cast_possible_truncation, reason = "sizes made here are small")]

use super::{ET_EXEC, Elf, PT_LOAD};

/// How the parts of a file made here are laid out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) wide: bool,
    pub(crate) big_endian: bool,
}

pub(crate) const SHAPES: [Shape; 4] = [
    Shape { wide: true, big_endian: false },
    Shape { wide: true, big_endian: true },
    Shape { wide: false, big_endian: false },
    Shape { wide: false, big_endian: true },
];

/// A segment of a file made here: `p_flags`, address and bytes.
pub(crate) type Segment<'a> = (u32, u64, &'a [u8]);

impl Shape {
    fn number(self, number: u64, length: usize, out: &mut Vec<u8>) {
        let little = number.to_le_bytes();
        let bytes = little[..length].iter().copied();
        if self.big_endian { out.extend(bytes.rev()) } else { out.extend(bytes) }
    }

    pub(crate) fn pointer(self, number: u64, out: &mut Vec<u8>) {
        self.number(number, if self.wide { 8 } else { 4 }, out);
    }

    /// A program with these segments and sections and, as every one, a section of names.
    pub(crate) fn program(self, segments: &[Segment<'_>], sections: &[(&str, &[u8])]) -> Vec<u8> {
        let (header, segment_length) = if self.wide { (64, 56) } else { (52, 32) };
        let mut body = Vec::new();
        let body_at = header + segment_length * segments.len() as u64;
        let mut table = Vec::new();
        for (flags, address, bytes) in segments {
            let at = body_at + body.len() as u64;
            self.number(PT_LOAD.into(), 4, &mut table);
            if self.wide {
                self.number((*flags).into(), 4, &mut table);
            }
            for number in [at, *address, *address, bytes.len() as u64, bytes.len() as u64] {
                self.pointer(number, &mut table);
            }
            if !self.wide {
                self.number((*flags).into(), 4, &mut table);
            }
            self.pointer(16, &mut table);
            body.extend(*bytes);
        }
        let mut names = b"\0".to_vec();
        let mut headers = vec![0; if self.wide { 64 } else { 40 }];
        for (name, bytes) in sections {
            self.section(names.len(), body_at + body.len() as u64, bytes.len(), &mut headers);
            names.extend(name.bytes().chain([0]));
            body.extend(*bytes);
        }
        let name = names.len();
        names.extend(b".shstrtab\0");
        self.section(name, body_at + body.len() as u64, names.len(), &mut headers);
        body.extend(&names);

        let mut file = b"\x7fELF".to_vec();
        file.extend([1 + u8::from(self.wide), 1 + u8::from(self.big_endian), 1]);
        file.resize(16, 0);
        self.number(ET_EXEC.into(), 2, &mut file);
        self.number(62, 2, &mut file);
        self.number(1, 4, &mut file);
        self.pointer(0x40_0000, &mut file);
        self.pointer(header, &mut file);
        self.pointer(body_at + body.len() as u64, &mut file);
        self.number(0, 4, &mut file);
        for number in [header, segment_length, segments.len() as u64] {
            self.number(number, 2, &mut file);
        }
        let count = sections.len() as u64 + 2;
        for number in [if self.wide { 64 } else { 40 }, count, count - 1] {
            self.number(number, 2, &mut file);
        }
        file.extend(table.iter().chain(&body).chain(&headers));
        file
    }

    fn section(self, name: usize, at: u64, size: usize, out: &mut Vec<u8>) {
        self.number(name as u64, 4, out);
        self.number(1, 4, out);
        for number in [0, 0, at, size as u64] {
            self.pointer(number, out);
        }
        self.number(0, 8, out);
        self.pointer(1, out);
        self.pointer(0, out);
    }
}

#[test]
fn sections_and_addresses_in_every_shape() {
    for shape in SHAPES {
        let data = (6, 0x1000, &b"0123456789"[..]);
        let file = shape.program(&[data], &[(".x", b"not this"), (".xy", b"this")]);
        let elf = Elf::parse(&file).unwrap().unwrap();
        let part = elf.section(".xy").unwrap().unwrap();
        assert_eq!(file[part.offset as usize..][..part.size as usize], *b"this");
        assert!(elf.section(".y").unwrap().is_none());
        assert_eq!(elf.bytes_at_address(0x1003, 4).unwrap(), b"3456");
        assert_eq!(elf.bytes_at_address(0x100a, 0).unwrap(), b"");
        for (address, length) in [(0xfff, 4), (0x1008, 4), (0, 1), (u64::MAX, 2), (0x1000, !0)] {
            assert!(elf.bytes_at_address(address, length).is_err());
        }
        // Cut anywhere and with any byte set wild: errors at most.
        for length in 0..file.len() {
            survive(&file[..length]);
            let mut wild = file.clone();
            wild[length] = 0xff;
            survive(&wild);
        }
    }
}

fn survive(file: &[u8]) {
    if let Ok(Some(elf)) = Elf::parse(file) {
        let _ = elf.section(".xy");
        let _ = elf.bytes_at_address(0x1000, 4);
    }
}

/// Linux ignores the class and the byte order that a file claims, so a liar runs.
#[test]
fn the_claimed_class_and_byte_order_do_not_count() {
    for shape in SHAPES {
        let file = shape.program(&[(6, 0x1000, b"data")], &[(".x", b"this")]);
        for (class, order) in [(0, 1), (1, 1), (2, 1), (1, 2), (2, 2), (3, 0), (255, 255)] {
            let mut liar = file.clone();
            liar[4..6].copy_from_slice(&[class, order]);
            let elf = Elf::parse(&liar).unwrap().unwrap();
            let part = elf.section(".x").unwrap().unwrap();
            assert_eq!(liar[part.offset as usize..][..part.size as usize], *b"this");
        }
    }
    // Headers that could be of either class: the machine decides, x86-64 here, then 386.
    let mut both = SHAPES[0].program(&[], &[(".x", b"this")]);
    both[4] = 1;
    both[42..44].copy_from_slice(&32_u16.to_le_bytes());
    assert_eq!(Elf::parse(&both).unwrap().unwrap().pointer_bytes(), 8);
    both[18] = 3;
    both[4] = 2;
    assert_eq!(Elf::parse(&both).unwrap().unwrap().pointer_bytes(), 4);
}

#[test]
fn not_elf() {
    for bytes in [&b""[..], b"\x7fELF", b"\x7fELF\x03\x01", b"#!/bin/sh"] {
        assert!(Elf::parse(bytes).unwrap().is_none());
    }
}

/// The number of sections, when it does not fit the header, stands in section 0.
#[test]
fn a_wild_number_of_sections_is_refused() {
    let mut file = SHAPES[0].program(&[], &[(".x", b"x")]);
    let at = u64::from_le_bytes(file[40..48].try_into().unwrap()) as usize;
    file[60..62].copy_from_slice(&[0, 0]);
    file[at + 32..at + 40].copy_from_slice(&3_u64.to_le_bytes());
    assert!(Elf::parse(&file).unwrap().unwrap().section(".x").unwrap().is_some());
    file[at + 32..at + 40].copy_from_slice(&u64::MAX.to_le_bytes());
    assert!(Elf::parse(&file).unwrap().unwrap().section(".x").is_err());
}
