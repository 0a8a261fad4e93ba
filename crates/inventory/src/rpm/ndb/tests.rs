//! Attacks on a real store: each is a change of a few bytes.

use super::*;
use crate::rpm::tests::{check_broken, corpus};
use cofferdam_model::ProblemKind;

const FILE: &str = "Packages.db";

/// Where the first used slot is.
fn slot(bytes: &[u8]) -> usize {
    (HEADER_BYTES..4_096).step_by(16).find(|at| bytes[at + 8..at + 12] != [0; 4]).unwrap()
}

fn set(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

fn check_slot(offset: usize, value: u32, kind: ProblemKind, packages: Option<usize>) {
    let change = |bytes: &mut Vec<u8>| {
        let at = slot(bytes);
        set(bytes, at + offset, value);
    };
    check_broken(FILE, change, kind, packages);
}

/// The published example of RFC 1950's checksum (Wikipedia, "Adler-32") and its starting value.
#[test]
fn checksum() {
    assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    assert_eq!(adler32(b""), 1);
}

#[test]
fn the_header_lies() {
    check_broken(FILE, |bytes| set(bytes, 4, 1), ProblemKind::Unsupported, Some(0));
    check_broken(FILE, |bytes| set(bytes, 12, u32::MAX), ProblemKind::Malformed, None);
    check_broken(FILE, |bytes| bytes.truncate(20), ProblemKind::Truncated, Some(0));
}

#[test]
fn slots_lie() {
    check_slot(0, 0, ProblemKind::Malformed, None);
    check_slot(4, 77, ProblemKind::Malformed, None);
    check_slot(8, u32::MAX, ProblemKind::Truncated, None);
    check_slot(12, 0, ProblemKind::Malformed, None);
    check_slot(12, 1, ProblemKind::Malformed, None);
    check_slot(12, u32::MAX, ProblemKind::Malformed, None);
}

#[test]
fn every_slot_the_same_blob() {
    let bytes = corpus(FILE);
    let (_, largest) = (HEADER_BYTES..4_096)
        .step_by(16)
        .map(|at| (u32::from_le_bytes(*bytes[at + 12..].first_chunk().unwrap()), at))
        .max()
        .unwrap();
    let slot = bytes[largest..largest + 16].to_vec();
    let change = |bytes: &mut Vec<u8>| {
        for at in (HEADER_BYTES..4_096).step_by(16) {
            bytes[at..at + 16].copy_from_slice(&slot);
        }
    };
    check_broken(FILE, change, ProblemKind::Malformed, None);
}

#[test]
fn a_blob_that_fails_its_checksum_is_read_and_reported() {
    let bytes = corpus(FILE);
    let license = bytes.windows(5).position(|text| text == b"LGPL-").unwrap();
    check_broken(FILE, |bytes| bytes[license] = b'l', ProblemKind::Malformed, Some(5));
}
