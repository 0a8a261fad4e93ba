//! Fuzz targets of `api`: audit events as anybody who found the path could send them.

use crate::Target;
use cofferdam_api::read_audit;

pub(crate) const TARGETS: &[Target] = &[("api_audit", audit)];

/// What is kept is bounded, whatever was sent.
fn audit(bytes: &[u8]) {
    let (events, problems) = read_audit(bytes);
    assert!(events.len() <= 10_000 && problems.len() <= 20);
    for event in events {
        assert!(!event.id.is_empty());
        let who = [&event.id, &event.user_name, &event.acts_as, &event.agent];
        for text in who.into_iter().chain([&event.name, &event.verb, &event.command]) {
            assert!(text.chars().count() <= 1_024 && !text.contains('\0'));
        }
    }
}
