//! AdmissionReviews as anybody who reaches the port may send them.

use crate::Target;
use cofferdam_assess::live::Objects;
use cofferdam_control::admission::{Door, Mode, Modes, Settings};
use cofferdam_model::ObjectKey;
use cofferdam_policy::Bundle;
use jiff::Timestamp;
use std::sync::{Arc, LazyLock, RwLock};

pub(crate) const TARGETS: &[Target] = &[("admission_review", admission_review)];

/// A door at which every rule refuses: that says the most.
#[expect(clippy::expect_used, reason = "a fuzz target stops at what is broken")]
static DOOR: LazyLock<Door> = LazyLock::new(|| {
    let bundle = Arc::new(Bundle::built_in().expect("built-in policies compile"));
    let codes = bundle.policies.iter().map(|policy| (policy.code.clone(), Mode::Enforce));
    let settings = Settings {
        modes: codes.collect::<Modes>(),
        bundle,
        kubernetes_minor: Some(34),
        own_namespace: "cofferdam".to_owned(),
    };
    let mut objects = Objects::default();
    let namespace = r#"{"apiVersion":"v1","kind":"Namespace","metadata":{"name":"shop"}}"#;
    objects.put(ObjectKey::new("v1", "Namespace", None, "shop"), namespace.into());
    Door::new(Arc::new(RwLock::new(objects)), settings, || Timestamp::UNIX_EPOCH).0
});

/// Whatever comes in, an answer of bounded size goes out, with a verdict and the request's id; and
/// nothing is judged by a panic that was caught.
fn admission_review(bytes: &[u8]) {
    let answer = DOOR.handle(bytes);
    let answer = std::str::from_utf8(&answer).unwrap_or_default();
    assert!(answer.starts_with('{') && answer.contains("\"allowed\":"));
    assert!(answer.len() < 64 << 10, "{} bytes", answer.len());
    assert!(!answer.contains("please report this"));
}
