//! Fuzz targets of `policy`.

use crate::Target;
use cofferdam_policy::{Bundle, PolicyFile};

pub(crate) const TARGETS: &[Target] = &[("policy_yaml", policy_yaml)];

/// Any text is a bundle or errors with places.
fn policy_yaml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let file = PolicyFile { place: "fuzz.yaml".into(), text: text.into() };
    if let Err(errors) = Bundle::with(&[file]) {
        assert!(errors.iter().all(|error| error.place.is_some()), "{errors:?}");
    }
}
