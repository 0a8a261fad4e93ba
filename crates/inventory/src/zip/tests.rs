//! Zip archives made by hand, byte by byte, and what is found in them.
#![expect(clippy::cast_possible_truncation, reason = "sizes made here are small")]

use super::Archive;
use cofferdam_bounds::read_all;
use flate2::{Compression, write::DeflateEncoder};
use std::io::Write as _;

/// A member of an archive made here.
#[derive(Clone, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) name: &'a str,
    pub(crate) content: &'a [u8],
    pub(crate) deflate: bool,
    /// The name in its own header, if that is to differ.
    pub(crate) local_name: Option<&'a str>,
}

pub(crate) const fn stored<'a>(name: &'a str, content: &'a [u8]) -> Source<'a> {
    Source { name, content, deflate: false, local_name: None }
}

pub(crate) const fn deflated<'a>(name: &'a str, content: &'a [u8]) -> Source<'a> {
    Source { name, content, deflate: true, local_name: None }
}

/// An archive of these members, without checksums, which nothing here reads.
pub(crate) fn archive(members: &[Source<'_>]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let bytes = if member.deflate { deflate(member.content) } else { member.content.to_vec() };
        let at = file.len() as u32;
        let local_name = member.local_name.unwrap_or(member.name);
        let common = |name: &str| {
            let mut common =
                vec![20, 0, 0, 0, 8 * u8::from(member.deflate), 0, 0, 0, 0, 0, 0, 0, 0, 0];
            common.extend((bytes.len() as u32).to_le_bytes());
            common.extend((member.content.len() as u32).to_le_bytes());
            common.extend((name.len() as u16).to_le_bytes());
            common.extend([0, 0]);
            common
        };
        file.extend(b"PK\x03\x04".iter().copied().chain(common(local_name)));
        file.extend(local_name.bytes().chain(bytes.iter().copied()));
        directory.extend(b"PK\x01\x02\x14\0".iter().copied().chain(common(member.name)));
        directory.extend([0; 10]);
        directory.extend(at.to_le_bytes());
        directory.extend(member.name.bytes());
    }
    let directory_at = file.len() as u32;
    file.extend(&directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    for _ in 0..2 {
        file.extend((members.len() as u16).to_le_bytes());
    }
    file.extend((directory.len() as u32).to_le_bytes());
    file.extend(directory_at.to_le_bytes());
    file.extend([0, 0]);
    file
}

fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// Names and contents, or the first error.
fn list(file: &[u8]) -> std::io::Result<Vec<(String, String)>> {
    let Some(archive) = Archive::open(&file)? else { return Ok(Vec::new()) };
    let mut members = Vec::new();
    for member in archive.members() {
        let member = member?;
        let bytes = read_all(archive.content(&member)?.reader(1_000, "x"), 1_000, "x")?;
        members.push((member.name, String::from_utf8_lossy(&bytes).into_owned()));
    }
    Ok(members)
}

#[track_caller]
fn check(file: &[u8], expected: &[(&str, &str)]) {
    let listed = list(file).unwrap();
    let listed = listed.iter().map(|(name, text)| (&**name, &**text)).collect::<Vec<_>>();
    assert_eq!(listed, expected);
}

const TWO: &[(&str, &str)] = &[("a", "text"), ("b/c", "more text")];

fn two() -> Vec<u8> {
    archive(&[stored("a", b"text"), deflated("b/c", b"more text")])
}

#[test]
fn stored_and_deflated() {
    check(&two(), TWO);
    check(&archive(&[]), &[]);
    check(b"", &[]);
    check(b"PK\x03\x04 cut off", &[]);
}

/// Executable jars start with a script; archives can end in a comment, even one that looks like
/// another end record, and in other bytes.
#[test]
fn before_and_behind() {
    check(&[b"#!/bin/sh\nexec java -jar \"$0\"\n".to_vec(), two()].concat(), TWO);
    let comment = b"PK\x05\x06 is no end record of ours";
    let mut commented = two();
    let length = commented.len();
    commented[length - 2..].copy_from_slice(&(comment.len() as u16).to_le_bytes());
    commented.extend(comment);
    check(&commented, TWO);
    check(&[two(), b"behind".to_vec()].concat(), TWO);
}

/// The same with 64-bit numbers throughout (APPNOTE 4.3.14, 4.3.15, 4.5.3).
#[test]
fn zip64() {
    let content = b"text";
    let mut file = b"before".to_vec();
    let base = file.len() as u64;
    file.extend(b"PK\x03\x04\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0");
    file.extend([0xff; 8]);
    file.extend([1, 0, 0, 0]);
    file.extend(b"atext");
    let directory_at = file.len() as u64;
    file.extend(b"PK\x01\x02\x2d\0\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0");
    file.extend([0xff; 8]);
    file.extend([1, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    file.extend([0xff; 4]);
    file.extend(b"a\x99\0\0\0\x01\0\x18\0");
    for number in [content.len() as u64, content.len() as u64, 0] {
        file.extend(number.to_le_bytes());
    }
    let end_at = file.len() as u64;
    file.extend(b"PK\x06\x06");
    file.extend(44_u64.to_le_bytes());
    file.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [1, 1, end_at - directory_at, directory_at - base] {
        file.extend(number.to_le_bytes());
    }
    file.extend(b"PK\x06\x07\0\0\0\0");
    file.extend((end_at - base).to_le_bytes());
    file.extend([1, 0, 0, 0]);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend([0xff; 12]);
    file.extend([0, 0]);
    check(&file, &[("a", "text")]);
    for at in 0..file.len() {
        let _ = list(&file[..at]);
        let mut wild = file.clone();
        wild[at] ^= 0x81;
        let _ = list(&wild);
    }
}

#[test]
fn errors() {
    let error = |at: usize, byte: u8| {
        let mut file = archive(&[stored("a", b"text")]);
        file[at] = byte;
        list(&file).unwrap_err().to_string()
    };
    // The local header is 30 bytes, name and content 5 more; the directory's entry follows.
    assert_eq!(error(35 + 8, 1), "encrypted");
    assert_eq!(error(35 + 10, 12), "compression method");
    assert_eq!(error(35 + 42, 3), "no member where one should be");
    assert_eq!(error(35 + 28, 9), "failed to fill whole buffer");
    assert_eq!(error(35 + 20, 99), "unexpected end of file");
    assert_eq!(error(35, 0), "no central directory where the end record says");
    assert_eq!(error(35 + 47 + 15, 1), "the central directory is larger than the archive");
    let bomb = archive(&[deflated("a", &vec![0; 100_000])]);
    assert_eq!(list(&bomb).unwrap_err().to_string(), "x is over its limit of 1000");
}

#[test]
fn cut_and_wild_bytes_do_no_harm() {
    let file = two();
    for at in 0..file.len() {
        let _ = list(&file[..at]);
        for flip in [1, 0x80, 0xff] {
            let mut wild = file.clone();
            wild[at] ^= flip;
            let _ = list(&wild);
        }
    }
}
