//! Objects that are on their way out.

use super::{ask, door, request, settings};
use crate::admission::{Mode, RuleMode, Updates};
use cofferdam_assess::live::Objects;
use serde_json::{Value, json};

const FULL_ACCESS: &str = "CFD-ACC-0001";

fn ending_role(verb: &str, finalizers: &[&str]) -> Value {
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "ops", "deletionTimestamp": "2026-06-01T00:00:00Z",
            "finalizers": finalizers, "labels": {"team": "ops"}},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": [verb]}],
    })
}

/// A role that is ending is in force until it is gone.
#[test]
fn what_ends_may_only_be_let_go() {
    for updates in [Updates::Lenient, Updates::Strict] {
        let rule = RuleMode { updates, ..RuleMode::from(Mode::Enforce) };
        let (door, _) =
            door(Objects::default(), settings([(FULL_ACCESS, rule)].into_iter().collect()));
        let is_allowed = |old: &Value, new: &Value| {
            ask(&door, &request("UPDATE", new, Some(old)))["allowed"] == true
        };
        let (good, bad) = (ending_role("get", &["x"]), ending_role("*", &["x"]));
        assert!(!is_allowed(&good, &bad), "{updates:?}");
        assert!(!is_allowed(&good, &ending_role("*", &[])), "both at once: {updates:?}");
        assert!(is_allowed(&bad, &ending_role("*", &[])), "{updates:?}");
        assert!(is_allowed(&bad, &good), "{updates:?}");
        // As of any other change, what was so before is forgiven where the rule says so.
        let mut labelled = bad.clone();
        labelled["metadata"]["labels"] =
            json!({"rbac.authorization.k8s.io/aggregate-to-edit": "true"});
        assert_eq!(is_allowed(&bad, &labelled), updates == Updates::Lenient);
    }
}
