//! Attacks on a real table: each is a change of a few bytes.

use super::*;
use crate::rpm::tests::{check_broken, corpus};
use cofferdam_model::ProblemKind;

const FILE: &str = "Packages";
const PAGE: usize = 4096;

/// The first page of this type, and where its bytes start.
fn page_of(bytes: &[u8], kind: u8) -> (u32, usize) {
    let (number, _) =
        bytes.chunks(PAGE).enumerate().find(|(_, page)| page[25] == kind && page[20] > 1).unwrap();
    (u32::try_from(number).unwrap(), number * PAGE)
}

fn set(bytes: &mut [u8], at: usize, value: u32) {
    bytes[at..at + 4].copy_from_slice(&value.to_le_bytes());
}

#[test]
fn the_first_page_lies() {
    for size in [0, 1, 256, 5_000, 131_072, u32::MAX] {
        check_broken(FILE, |bytes| set(bytes, 20, size), ProblemKind::Malformed, Some(0));
    }
    check_broken(FILE, |bytes| bytes[25] = 9, ProblemKind::Malformed, Some(0));
    check_broken(FILE, |bytes| bytes[24] = 1, ProblemKind::Unsupported, Some(0));
    check_broken(FILE, |bytes| set(bytes, 72, u32::MAX), ProblemKind::Malformed, None);
    check_broken(FILE, |bytes| bytes[96..224].fill(0xff), ProblemKind::Malformed, Some(0));
    check_broken(FILE, |bytes| bytes.truncate(100), ProblemKind::Truncated, Some(0));
}

#[test]
fn chains_in_circles() {
    let to_itself = |kind| {
        move |bytes: &mut Vec<u8>| {
            let (number, at) = page_of(bytes, kind);
            set(bytes, at + 16, number);
        }
    };
    check_broken(FILE, to_itself(HASH), ProblemKind::Malformed, None);
    let bytes = corpus(FILE);
    let overflow = bytes.chunks(PAGE).position(|page| page[25] == OVERFLOW && page[16] != 0);
    let overflow = overflow.unwrap();
    let number = u32::try_from(overflow).unwrap();
    check_broken(
        FILE,
        |bytes| {
            set(bytes, overflow * PAGE + 16, number);
            bytes[overflow * PAGE + 22..overflow * PAGE + 24].fill(0);
        },
        ProblemKind::Malformed,
        None,
    );
}

#[test]
fn items_outside_their_page() {
    let items = |value: u8| {
        move |bytes: &mut Vec<u8>| {
            let (_, at) = page_of(bytes, HASH);
            bytes[at + 20..at + 22].fill(value);
        }
    };
    check_broken(FILE, items(0xff), ProblemKind::Malformed, None);
    let offsets = |bytes: &mut Vec<u8>| {
        let (_, at) = page_of(bytes, HASH);
        bytes[at + PAGE_HEADER..at + PAGE_HEADER + 8].fill(0xff);
    };
    check_broken(FILE, offsets, ProblemKind::Malformed, None);
}

#[test]
fn an_item_of_four_gigabytes() {
    let huge = |bytes: &mut Vec<u8>| {
        // Data items follow their keys: of each pair of offsets the second.
        let data_items = |page: &[u8]| -> Vec<usize> {
            let items = usize::from(page[20]);
            let offsets = page[PAGE_HEADER..PAGE_HEADER + 2 * items].as_chunks::<4>().0;
            offsets.iter().map(|pair| usize::from(u16::from_le_bytes([pair[2], pair[3]]))).collect()
        };
        let item = bytes
            .chunks(PAGE)
            .enumerate()
            .filter(|(_, page)| page[25] == HASH)
            .flat_map(|(number, page)| {
                let items = data_items(page).into_iter();
                items.filter(|at| page[*at] == ITEM_OFF_PAGE).map(move |at| number * PAGE + at)
            })
            .next()
            .unwrap();
        set(bytes, item + 8, u32::MAX);
    };
    check_broken(FILE, huge, ProblemKind::BudgetExceeded, Some(4));
}
