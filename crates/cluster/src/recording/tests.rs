//! Recordings there and back, and broken ones.

use super::*;
use crate::lines::LINE_BYTES_MAX;
use cofferdam_bounds::Limits;
use cofferdam_model::ProblemKind;
use std::fmt::Write as _;

const POD: &str =
    r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop"}}"#;

/// How many objects there are, and the problems as `kind line`.
#[track_caller]
fn check(lines: &[u8], objects: usize, problems: &[(ProblemKind, u64)]) {
    let (recording, found) = Recording::read_lines(lines, &Meter::default());
    assert_eq!(recording.objects().len(), objects);
    assert_eq!(found.len(), problems.len(), "{found:?}");
    for (found, (kind, line)) in found.iter().zip(problems) {
        assert_eq!(found.kind, *kind, "{found:?}");
        assert!(found.detail.contains(&format!("line {line}:")), "{found:?}");
    }
}

#[test]
fn a_broken_line_does_not_lose_the_others() {
    use ProblemKind::{BudgetExceeded, Malformed};
    check(b"", 0, &[]);
    check(format!("{POD}\n\n  \n{POD}").as_bytes(), 2, &[]);
    let lines = [POD.as_bytes(), b"no", b"\xff", POD.as_bytes()].join(&b'\n');
    check(&lines, 2, &[(Malformed, 2), (Malformed, 3)]);
    let long = "x".repeat(usize::try_from(LINE_BYTES_MAX).unwrap() * 2 + 7);
    check(format!("{POD}\n{long}\n{POD}\n").as_bytes(), 2, &[(BudgetExceeded, 2)]);
    let full = "x".repeat(usize::try_from(LINE_BYTES_MAX).unwrap());
    check(format!("{full}\n{POD}").as_bytes(), 1, &[(BudgetExceeded, 1)]);
}

#[test]
fn there_and_back_with_what_was_applied() {
    let line = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"annotations":{"a":"b",
        "kubectl.kubernetes.io/last-applied-configuration":"{}"},"name":"web"}}"#;
    let lines = format!("{}\n{POD}\n", line.replace('\n', ""));
    let (recording, problems) = Recording::read_lines(lines.as_bytes(), &Meter::default());
    assert!(problems.is_empty());
    assert_eq!(recording.objects()[0].applied.as_deref(), Some("{}"));
    let bytes = Recording::write(recording.objects()).unwrap();
    let (again, problems) = Recording::read(&bytes, &Meter::default());
    assert_eq!((&again, &problems[..]), (&recording, &[][..]));
    assert_eq!(again.changes().count(), 3);
}

#[test]
fn half_a_recording_is_half_read() {
    // Hard to compress, so that the first blocks hold whole lines.
    let names = (0_u64..20_000).map(|number| number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mut lines = String::new();
    for name in names {
        let _ =
            writeln!(lines, r#"{{"apiVersion":"v1","kind":"A","metadata":{{"name":"{name:x}"}}}}"#);
    }
    let (recording, _) = Recording::read_lines(lines.as_bytes(), &Meter::default());
    let bytes = Recording::write(recording.objects()).unwrap();
    let (half, problems) = Recording::read(&bytes[..bytes.len() / 2], &Meter::default());
    assert!(!half.objects().is_empty() && half.objects().len() < 20_000);
    assert_eq!(problems[0].kind, ProblemKind::Truncated, "{problems:?}");
}

#[test]
fn what_is_no_recording_and_what_grows_too_much() {
    let first = |bytes: &[u8], limits| {
        let (recording, problems) = Recording::read(bytes, &Meter::new(limits));
        assert!(recording.objects().is_empty());
        problems[0].kind
    };
    assert_eq!(first(POD.as_bytes(), Limits::default()), ProblemKind::Malformed);
    let zeros = zstd::stream::encode_all(&vec![0; 16 << 20][..], 1).unwrap();
    let limits = Limits { inflate_ratio: 100, ..Limits::default() };
    assert_eq!(first(&zeros, limits), ProblemKind::BudgetExceeded);
    let limits = Limits { image_bytes: 1_000, ..Limits::default() };
    assert_eq!(first(&zeros, limits), ProblemKind::BudgetExceeded);
}
