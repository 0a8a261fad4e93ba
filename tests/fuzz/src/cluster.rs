//! Fuzz targets of recordings: what was in a cluster, what was asked of it, and what of both is
//! written again.

use crate::Target;
use cofferdam_bounds::{Limits, Meter};
use cofferdam_cluster::Recording;
use cofferdam_control::Requests;
use jiff::Timestamp;

pub(crate) const TARGETS: &[Target] = &[
    ("cluster_recording", recording),
    ("cluster_objects", objects),
    ("cluster_requests", requests),
];

/// Small enough that a bomb is found out soon.
fn meter() -> Meter {
    Meter::new(Limits { image_bytes: 64 << 20, ..Limits::default() })
}

fn recording(bytes: &[u8]) {
    let (recording, _) = Recording::read(bytes, &meter());
    same_again(&recording);
}

/// The lines alone: what a search would otherwise have to compress first.
fn objects(bytes: &[u8]) {
    let (recording, _) = Recording::read_lines(bytes, &meter());
    same_again(&recording);
}

/// What was read is trimmed: written and read again it is the same, and no value of a Secret.
fn same_again(recording: &Recording) {
    let written = Recording::write(recording.objects()).unwrap_or_default();
    let (again, problems) = Recording::read(&written, &meter());
    assert_eq!((recording, &[][..]), (&again, &problems[..]));
    for object in recording.objects() {
        let is_confidential = matches!(&*object.key.kind, "Secret" | "ConfigMap");
        assert!(!is_confidential || object.key.api_version != "v1" || object.applied.is_none());
    }
}

/// The lines alone, too. What was read says the same when it is written and read once more: by then
/// no command has arguments, and every time is whole milliseconds before now.
fn requests(bytes: &[u8]) {
    let now = Timestamp::UNIX_EPOCH;
    let (packed, _) = Requests::read(bytes, now, &meter());
    let (plain, _) = Requests::read_lines(bytes, now, &meter());
    for requests in [packed, plain] {
        let once = again(&requests, now);
        assert_eq!(once.reviews, requests.reviews);
        assert_eq!(once.events.len(), requests.events.len());
        assert_eq!(again(&once, now), once);
    }
}

fn again(requests: &Requests, now: Timestamp) -> Requests {
    let written = requests.write(now).unwrap_or_default();
    let (again, problems) = Requests::read(&written, now, &Meter::default());
    assert_eq!(problems, []);
    again
}
