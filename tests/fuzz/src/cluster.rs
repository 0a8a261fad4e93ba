//! Fuzz targets of `cluster`: recordings, and what of them is written again.

use crate::Target;
use cofferdam_bounds::{Limits, Meter};
use cofferdam_cluster::Recording;

pub(crate) const TARGETS: &[Target] =
    &[("cluster_recording", recording), ("cluster_objects", objects)];

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
