//! Attacks on a real database: each is a change of a few bytes.

use super::*;
use crate::rpm::tests::{check_broken, corpus};
use cofferdam_model::ProblemKind;

const FILE: &str = "rpmdb-small-pages.sqlite";
const PAGE: usize = 512;

/// Where the first page of this type starts, but the first page of all.
fn page_of(bytes: &[u8], kind: u8) -> usize {
    // Overflow pages start with a page number, whose first byte is 0 here.
    PAGE * (1 + bytes.chunks(PAGE).skip(1).position(|page| page[0] == kind).unwrap())
}

/// Where the last leaf of the table of packages starts.
fn leaf_of(bytes: &[u8]) -> usize {
    let interior = page_of(bytes, INTERIOR);
    let number = u32::from_be_bytes(*bytes[interior + 8..].first_chunk().unwrap());
    let at = (usize::try_from(number).unwrap() - 1) * PAGE;
    assert_eq!(bytes[at], LEAF);
    at
}

#[test]
fn the_corpus_has_a_tree_and_chains() {
    let bytes = corpus(FILE);
    assert_eq!(&bytes[16..18], [2, 0]);
    page_of(&bytes, INTERIOR);
}

/// The formulas of "Database File Format", section 1.6, by hand for pages of 4,096: X = 4,061 and
/// M = 489; beyond X what fits is M + (P - M) modulo 4,092, or M if that is more than X.
#[test]
fn rows_split_as_specified() {
    let database = Database {
        source: &[0_u8; 0][..].to_vec(),
        page_bytes: 4_096,
        usable: 4_096,
        visits_left: 0,
    };
    assert_eq!(database.local_bytes(4_061), 4_061);
    assert_eq!(database.local_bytes(4_062), 489);
    assert_eq!(database.local_bytes(4_581), 489);
    assert_eq!(database.local_bytes(5_000), 489 + 419);
}

#[test]
fn varints() {
    let check = |bytes: &[u8], expected| assert_eq!(varint(&mut Cursor::new(bytes)), expected);
    check(&[0x7f], Some(127));
    check(&[0x81, 0x00], Some(128));
    check(&[0xff; 9], Some(u64::MAX));
    check(&[0x81], None);
    check(&[0xff; 8], None);
}

#[test]
fn the_first_page_lies() {
    for size in [[0, 0], [0, 255], [3, 0], [1, 0]] {
        let change = |bytes: &mut Vec<u8>| bytes[16..18].copy_from_slice(&size);
        check_broken(FILE, change, ProblemKind::Malformed, Some(0));
    }
    check_broken(FILE, |bytes| bytes[19] = 3, ProblemKind::Unsupported, Some(0));
    check_broken(FILE, |bytes| bytes[20] = 33, ProblemKind::Malformed, Some(0));
    check_broken(FILE, |bytes| bytes.truncate(50), ProblemKind::Truncated, Some(0));
    check_broken(FILE, |bytes| bytes[100] = 2, ProblemKind::Malformed, Some(0));
}

#[test]
fn another_table() {
    let change = |bytes: &mut Vec<u8>| {
        let at = bytes.windows(13).position(|text| text == b"tablePackages").unwrap();
        bytes[at + 5] = b'Q';
    };
    check_broken(FILE, change, ProblemKind::Malformed, Some(0));
}

#[test]
fn a_tree_that_is_its_own_child() {
    let change = |bytes: &mut Vec<u8>| {
        let at = page_of(bytes, INTERIOR);
        let number = u32::try_from(at / PAGE + 1).unwrap();
        bytes[at + 8..at + 12].copy_from_slice(&number.to_be_bytes());
    };
    check_broken(FILE, change, ProblemKind::Malformed, None);
    let page_zero = |bytes: &mut Vec<u8>| {
        let at = page_of(bytes, INTERIOR);
        bytes[at + 8..at + 12].fill(0);
    };
    check_broken(FILE, page_zero, ProblemKind::Malformed, None);
    let far_away = |bytes: &mut Vec<u8>| {
        let at = page_of(bytes, INTERIOR);
        bytes[at + 8..at + 12].fill(0xff);
    };
    check_broken(FILE, far_away, ProblemKind::Truncated, None);
}

#[test]
fn rows_lie() {
    let first_cell = |bytes: &[u8]| {
        let at = leaf_of(bytes);
        at + usize::from(u16::from_be_bytes([bytes[at + 8], bytes[at + 9]]))
    };
    let huge = |bytes: &mut Vec<u8>| {
        let cell = first_cell(bytes);
        bytes[cell..cell + 9].fill(0xff);
    };
    check_broken(FILE, huge, ProblemKind::BudgetExceeded, None);
    let outside = |bytes: &mut Vec<u8>| {
        let at = leaf_of(bytes);
        bytes[at + 8..at + 10].fill(0xff);
    };
    check_broken(FILE, outside, ProblemKind::Malformed, None);
    let too_many = |bytes: &mut Vec<u8>| {
        let at = leaf_of(bytes);
        bytes[at + 3..at + 5].fill(0xff);
    };
    check_broken(FILE, too_many, ProblemKind::Malformed, None);
}

/// A page full of pointers to one large row would be read hundreds of times over.
#[test]
fn rows_do_not_share_bytes() {
    let change = |bytes: &mut Vec<u8>| {
        let at = leaf_of(bytes);
        let first = [bytes[at + 8], bytes[at + 9]];
        bytes[at + 3..at + 5].copy_from_slice(&100_u16.to_be_bytes());
        for pointer in bytes[at + 8..at + 8 + 200].chunks_exact_mut(2) {
            pointer.copy_from_slice(&first);
        }
    };
    check_broken(FILE, change, ProblemKind::Malformed, None);
}
