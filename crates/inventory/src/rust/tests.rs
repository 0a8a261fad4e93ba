//! Audit data as `cargo auditable` writes them, and broken ones.

use crate::{
    check::{check, facts},
    elf::tests::SHAPES,
};
use cofferdam_bounds::Limits;
use flate2::{Compression, write::ZlibEncoder};
use std::io::Write as _;

/// Made by cargo-auditable 0.7.7 from a package with two dependencies and a build dependency;
/// then `objcopy -j .dep-v0`.
const AUDITABLE: &[u8] = include_bytes!("../../corpus/rust/auditable.elf");

#[test]
fn a_real_binary() {
    // Expected: the section, inflated by zlib and read by eye; autocfg is a build dependency.
    check(
        "usr/bin/ship",
        AUDITABLE,
        &["itoa 1.0.18 BuildInfo", "memchr 2.8.3 BuildInfo", "ship 0.3.1 BuildInfo"],
    );
}

fn compressed(json: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(json).unwrap();
    encoder.finish().unwrap()
}

fn program(section: &[u8]) -> Vec<u8> {
    SHAPES[0].program(&[], &[(".dep-v0", section)])
}

#[test]
fn broken_audit_data() {
    let crates = r#"{"packages":[{"name":"a","version":"1","kind":"new","features":["x"]}]}"#;
    check("bin/x", program(&compressed(crates.as_bytes())), &["a 1 BuildInfo"]);
    let cut = compressed(crates.as_bytes());
    check("bin/x", program(&cut[..cut.len() / 2]), &["truncated"]);
    for json in ["", "{}", "[1]", r#"{"packages":[{"name":"a"}]}"#] {
        check("bin/x", program(&compressed(json.as_bytes())), &["malformed"]);
    }
    let control = "{\"packages\":[{\"name\":\"\\u001b\",\"version\":\"1\"}]}";
    check("bin/x", program(&compressed(control.as_bytes())), &["malformed"]);
    check("bin/x", program(b"not zlib"), &["malformed"]);
    check("bin/x", program(&compressed(&vec![b' '; 9 << 20])), &["budget-exceeded"]);
    let deep = compressed("[".repeat(1 << 20).as_bytes());
    check("bin/x", program(&deep), &["malformed"]);
}

#[test]
fn cut_and_wild_bytes_do_no_harm() {
    for at in 0..AUDITABLE.len() {
        facts("bin/x", &AUDITABLE[..at], &Limits::default());
        let mut wild = AUDITABLE.to_vec();
        wild[at] ^= 0xff;
        facts("bin/x", &wild, &Limits::default());
    }
}

#[test]
fn crates_are_counted() {
    let one = r#"{"name":"a","version":"1"}"#;
    let json = format!(r#"{{"packages":[{}]}}"#, [one; 100].join(","));
    let limits = Limits { packages: 10, ..Limits::default() };
    let found = facts("bin/x", &program(&compressed(json.as_bytes())), &limits).unwrap();
    assert_eq!((found.packages.len(), found.problems.len()), (10, 1));
}
