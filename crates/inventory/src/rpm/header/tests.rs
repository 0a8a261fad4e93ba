//! Headers made by hand.

use super::*;
use crate::path_key;
use std::time::{Duration, Instant};

/// A header of tags with type, count and data.
fn header(tags: &[(u32, u32, u32, &[u8])]) -> Vec<u8> {
    let mut index = Vec::new();
    let mut data = Vec::new();
    for (tag, kind, count, bytes) in tags {
        let offset = u32::try_from(data.len()).unwrap();
        for number in [*tag, *kind, offset, *count] {
            index.extend(number.to_be_bytes());
        }
        data.extend_from_slice(bytes);
    }
    let count = u32::try_from(tags.len()).unwrap();
    let size = u32::try_from(data.len()).unwrap();
    [&count.to_be_bytes()[..], &size.to_be_bytes(), &index, &data].concat()
}

fn check_error(blob: &[u8], expected: HeaderError) {
    assert_eq!(Header::parse(blob).1, Some(expected));
}

#[test]
fn tags_and_versions() {
    let blob = header(&[
        (1000, 6, 1, b"bash\0"),
        (1001, 6, 1, b"5.2\0"),
        (1002, 6, 1, b"1.el9\0"),
        (1003, 4, 1, &[0, 0, 0, 7]),
    ]);
    let (header, error) = Header::parse(&blob);
    assert_eq!((header.name, error), (&b"bash"[..], None));
    assert_eq!(header.full_version(), b"7:5.2-1.el9");
}

/// An epoch of 0 that is written down is shown, as `rpm -q --qf %{EPOCH}` shows it.
#[test]
fn epoch_zero_is_an_epoch() {
    let blob = header(&[(1003, 4, 1, &[0; 4])]);
    assert_eq!(Header::parse(&blob).0.epoch, Some(0));
}

#[test]
fn the_last_tag_holds_and_wrong_types_do_not() {
    let blob = header(&[
        (1000, 6, 1, b"first\0"),
        (1000, 6, 1, b"last\0"),
        (1000, 4, 1, &[0; 4]),
        (1001, 7, 4, b"1.0\0"),
    ]);
    let (header, error) = Header::parse(&blob);
    assert_eq!((header.name, header.version, error), (&b"last"[..], &b""[..], None));
}

#[test]
fn files_both_ways() {
    let split = header(&[
        (1117, 8, 3, b"a\0b\0c\0"),
        (1118, 8, 2, b"/usr/bin/\0/etc/\0"),
        // The third names a directory that is not there.
        (1116, 4, 3, &[0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 9]),
    ]);
    let keys = [path_key("/usr/bin/a"), path_key("/etc/b")];
    assert_eq!(Header::parse(&split).0.path_keys(10), keys);
    assert_eq!(Header::parse(&split).0.path_keys(1), keys[..1]);
    let whole = header(&[(1027, 8, 2, b"/usr/bin/a\0/etc/b\0")]);
    assert_eq!(Header::parse(&whole).0.path_keys(10), keys);
}

#[test]
fn broken_headers() {
    check_error(b"", HeaderError::Truncated);
    check_error(&[0, 0, 0, 1, 0, 0, 0, 0], HeaderError::Truncated);
    check_error(&[0xff; 64], HeaderError::Entries(u32::MAX));
    let mut blob = header(&[(1000, 6, 1, b"bash\0")]);
    blob[8 + 11] = 99;
    check_error(&blob, HeaderError::Offset(1000));
    let unterminated = header(&[(1000, 6, 1, b"bash")]);
    check_error(&unterminated, HeaderError::Offset(1000));
    let short = header(&[(1003, 4, u32::MAX, &[0, 0, 0, 1])]);
    check_error(&short, HeaderError::Offset(1003));
    // What is there is read although the data end too early.
    let mut cut = header(&[(1000, 6, 1, b"bash\0"), (1001, 6, 1, b"5.2\0")]);
    cut.truncate(cut.len() - 2);
    let (header, error) = Header::parse(&cut);
    assert_eq!((header.name, error), (&b"bash"[..], Some(HeaderError::Truncated)));
}

#[test]
fn a_million_names_and_as_many_tags_take_no_time() {
    let names = b"x\0".repeat(1_000_000);
    let indexes = [0; 4].repeat(1_000_000);
    let million = 1_000_000;
    let started = Instant::now();
    let blob =
        header(&[(1117, 8, million, &names), (1118, 8, 1, b"/d/\0"), (1116, 4, million, &indexes)]);
    assert_eq!(Header::parse(&blob).0.path_keys(2_000_000).len(), 1_000_000);
    // Every entry wants to search all the data for the end of its string.
    let long = vec![b'x'; 4 << 20];
    let mut tags: Vec<(u32, u32, u32, &[u8])> = vec![(1, 7, 1, &long)];
    tags.resize(60_000, (1000, 6, 1, b""));
    let mut blob = header(&tags);
    for entry in blob[24..8 + 16 * 60_000].chunks_exact_mut(16) {
        entry[8..12].fill(0);
    }
    check_error(&blob, HeaderError::Offset(1000));
    assert!(started.elapsed() < Duration::from_secs(5));
}
