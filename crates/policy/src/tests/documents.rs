//! The examples of `docs/policies.md`: they are read, and they do what the text says.

use crate::{Bundle, PolicyFile};
use std::path::Path;

#[test]
fn every_example_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/policies.md");
    let text = cofferdam_bounds::file::read_text(&path, 1 << 20).unwrap();
    let examples: Vec<&str> =
        text.split("```yaml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(examples.len() >= 5, "{}", examples.len());
    let mut files = Vec::new();
    for (index, example) in examples.iter().enumerate() {
        files.push(PolicyFile { place: format!("example-{index}.yaml"), text: (*example).into() });
    }
    let bundle = Bundle::with(&files).unwrap_or_else(|errors| panic!("{errors:#?}"));
    for name in ["no-left-pad", "team-label", "replica-limit"] {
        assert!(bundle.policies.iter().any(|policy| policy.name == name), "{name}");
    }
    assert_eq!((bundle.bindings.len(), bundle.params.len(), bundle.exceptions.len()), (1, 1, 2));
    for policy in bundle.policies.iter().filter(|policy| policy.place.starts_with("example")) {
        if policy.admission.is_none() {
            assert_eq!(crate::lint::lint(policy), [], "{}", policy.name);
        }
    }
}
