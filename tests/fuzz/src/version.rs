//! Fuzz targets of `version`.

use crate::Target;
use cofferdam_version::Scheme;
use std::cmp::Ordering;

pub(crate) const TARGETS: &[Target] = &[("version", version)];

/// Two lines, compared in every scheme: both directions must agree.
fn version(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (left, right) = text.split_once('\n').unwrap_or((&text, ""));
    for scheme in Scheme::ALL {
        let order = scheme.compare(left, right);
        assert_eq!(order, scheme.compare(right, left).map(Ordering::reverse), "{scheme:?}");
        assert!(matches!(scheme.compare(left, left), None | Some(Ordering::Equal)), "{scheme:?}");
    }
}
