//! Build information in both formats, and broken ones.
#![expect(clippy::cast_possible_truncation, reason = "sizes made here are small")]

use super::{MAGIC, search};
use crate::{
    check::{check, facts},
    elf::{
        Part,
        tests::{SHAPES, Shape},
    },
};
use cofferdam_bounds::Limits;

/// Made by Go 1.26.8 from a module with a dependency, an indirect one, a replaced one and one
/// replaced by a directory; then `objcopy -j .go.buildinfo -j .note.go.buildid`.
const GO_1_26: &[u8] = include_bytes!("../../corpus/go/go1.26.elf");

/// What `go version -m` says of that file.
const GO_1_26_EXPECTED: &[&str] = &[
    "example.com/ship BuildInfo",
    "golang.org/x/text v0.3.7 BuildInfo",
    "gopkg.in/yaml.v2 BuildInfo",
    "rsc.io/quote v1.5.2 BuildInfo",
    "rsc.io/sampler v1.3.0 BuildInfo",
    "stdlib 1.26.8 BuildInfo",
];

#[test]
fn a_real_binary() {
    check("usr/bin/ship", GO_1_26, GO_1_26_EXPECTED);
}

#[test]
fn a_real_binary_without_section_headers() {
    let mut file = GO_1_26.to_vec();
    file[40..48].fill(0);
    file[58..64].fill(0);
    check("usr/bin/ship", &file, GO_1_26_EXPECTED);
}

const MODULES: &str = "path\tx/cmd\nmod\tx\tv1.0.0\th1:a=\ndep\ty\tv2.0.0+incompatible\th1:b=\n\
    build\tCGO_ENABLED=0\n";

fn framed(modules: &str) -> Vec<u8> {
    [&[b'<'; 16], modules.as_bytes(), &[b'>'; 16]].concat()
}

/// The header of Go before 1.18: pointers to two Go strings, at 0x1000 in a data segment.
fn pointing(shape: Shape, toolchain: &str, modules: &[u8]) -> Vec<u8> {
    let length = if shape.wide { 8 } else { 4 };
    let mut data = MAGIC.to_vec();
    data.extend([length, u8::from(shape.big_endian)]);
    let strings = 0x1000 + 32;
    shape.pointer(strings, &mut data);
    shape.pointer(strings + 2 * u64::from(length), &mut data);
    data.resize(32, 0);
    let text = strings + 4 * u64::from(length);
    for number in [text, toolchain.len() as u64, text + toolchain.len() as u64] {
        shape.pointer(number, &mut data);
    }
    shape.pointer(modules.len() as u64, &mut data);
    data.extend(toolchain.bytes());
    data.extend(modules);
    shape.program(&[(5, 0x400, b"text"), (6, 0x1000, &data)], &[])
}

fn inline(toolchain: &[u8], modules: &[u8]) -> Vec<u8> {
    let mut data = MAGIC.to_vec();
    data.extend([0, 2]);
    data.resize(32, 0);
    for text in [toolchain, modules] {
        let mut length = text.len();
        while length >= 0x80 {
            data.push((length & 0x7f) as u8 | 0x80);
            length >>= 7;
        }
        data.push(length as u8);
        data.extend(text);
    }
    SHAPES[0].program(&[], &[(".go.buildinfo", &data)])
}

#[test]
fn both_formats() {
    let expected =
        &["x v1.0.0 BuildInfo", "y v2.0.0+incompatible BuildInfo", "stdlib 1.17 BuildInfo"];
    for shape in SHAPES {
        check("bin/x", pointing(shape, "go1.17", &framed(MODULES)), expected);
    }
    check("bin/x", inline(b"go1.17", &framed(MODULES)), expected);
    // Built outside of a module, and by toolchains that say more than a number.
    check("bin/x", pointing(SHAPES[0], "go1.16.5", b""), &["stdlib 1.16.5 BuildInfo"]);
    check("bin/x", inline(b"go1.20.3 X:boringcrypto", b""), &["stdlib 1.20.3 BuildInfo"]);
    check("bin/x", inline(b"devel go1.27-abc Mon", b""), &["stdlib 1.27-abc BuildInfo"]);
}

#[test]
fn broken_build_information() {
    check("bin/x", inline(b"", b""), &["malformed"]);
    check("bin/x", inline(b"go1.20", b"no frame"), &["stdlib 1.20 BuildInfo"]);
    check(
        "bin/x",
        inline(b"go1.20", &framed("mod\t\x07\tv1\n")),
        &["malformed", "stdlib 1.20 BuildInfo"],
    );
    let long = [&[0xff; 10][..], MAGIC].concat();
    let mut varint = [MAGIC, &[0, 2], &[0; 16]].concat();
    varint.extend(long);
    let file = SHAPES[0].program(&[], &[(".go.buildinfo", &varint)]);
    check("bin/x", file, &["malformed"]);
    let mut huge = [MAGIC, &[0, 2], &[0; 16]].concat();
    huge.extend([0xff, 0xff, 0xff, 0xff, 0x7f]);
    check("bin/x", SHAPES[0].program(&[], &[(".go.buildinfo", &huge)]), &["budget-exceeded"]);
    // Go's linker was here, but its information is gone.
    let bare = SHAPES[0].program(&[], &[(".note.go.buildid", b"note")]);
    check("bin/x", bare, &["missing"]);
    check("bin/x", SHAPES[0].program(&[(6, 0, b"data")], &[(".text", b"C")]), &[]);
}

#[test]
fn cut_and_wild_bytes_do_no_harm() {
    for file in [pointing(SHAPES[0], "go1.17", &framed(MODULES)), GO_1_26.to_vec()] {
        let step = if file.len() > 1_000 { 7 } else { 1 };
        for at in (0..file.len()).step_by(step) {
            facts("bin/x", &file[..at], &Limits::default());
            let mut wild = file.clone();
            wild[at] ^= 0xff;
            facts("bin/x", &wild, &Limits::default());
        }
    }
}

#[test]
fn modules_are_counted() {
    let list = "dep\tm\tv1.0.0\n".repeat(100);
    let limits = Limits { packages: 10, ..Limits::default() };
    let found = facts("bin/x", &inline(b"go1.20", &framed(&list)), &limits).unwrap();
    assert_eq!((found.packages.len(), found.problems.len()), (10, 1));
}

/// The header is found across the border of two reads, and only where it is aligned.
#[test]
fn searching() {
    for at in [0, 16, 65_504, 65_520, 65_536, 131_056] {
        let mut bytes = vec![0; 150_000];
        bytes[at..at + MAGIC.len()].copy_from_slice(MAGIC);
        let part = |offset, address| Part { offset, address, size: u64::MAX, ..Part::default() };
        assert_eq!(search(&bytes, &part(0, 0x1000)).unwrap(), Some(at as u64));
        assert_eq!(search(&bytes, &part(0, 0x1008)).unwrap(), None);
        // A segment need not start at an aligned address: only the header's own counts.
        let shifted = [&[0; 8], &*bytes].concat();
        assert_eq!(search(&shifted, &part(0, 0xff8)).unwrap(), Some(at as u64 + 8));
    }
}
