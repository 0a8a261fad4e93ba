//! Objects that are too large to be judged while somebody waits.

use super::{ask, enforcing, pod, request};
use crate::admission::{Decision, Reviewed};
use serde_json::{Value, json};
use tokio::sync::mpsc;

const PRIVILEGED: &str = "CFD-POD-0001";
const FULL_ACCESS: &str = "CFD-ACC-0001";

/// More than is judged.
fn padding() -> String {
    "x".repeat(257 << 10)
}

fn role(is_large: bool, verb: &str) -> Value {
    let annotations = if is_large { json!({"pad": padding()}) } else { Value::Null };
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole",
        "metadata": {"name": "ops", "annotations": annotations},
        "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": [verb]}],
    })
}

/// Asks whether a change may pass; what is kept of it says the same, without the object.
fn allowed(of: &mut (super::Door, mpsc::Receiver<Reviewed>), request: &Value) -> bool {
    let (door, decided) = of;
    let is_allowed = ask(door, request)["allowed"] == true;
    let kept = decided.try_recv().expect("kept");
    let expected = if is_allowed { Decision::FailedOpen } else { Decision::Denied };
    assert_eq!((kept.decision, &*kept.user), (expected, "ann"));
    assert_eq!(kept.messages.len(), 1, "{kept:?}");
    assert!(kept.messages[0].contains("256 KiB") && kept.messages[0].len() < 500, "{kept:?}");
    assert_eq!(kept.digest, "", "nothing was judged");
    is_allowed
}

#[test]
fn an_object_that_would_take_too_long_is_no_way_around() {
    let mut of = enforcing(&[PRIVILEGED]);
    let container = |number: usize| json!({"name": format!("c{number}"), "image": "x", "securityContext": {"privileged": true}});
    let with = |count: usize| {
        let containers: Vec<Value> = (0..count).map(container).collect();
        request("CREATE", &pod("web", &json!({"containers": containers})), None)
    };
    // Many are told in brief, too many not at all.
    assert_eq!(ask(&of.0, &with(300))["allowed"], false);
    of.1.try_recv().unwrap();
    assert!(!allowed(&mut of, &with(6_000)));
    let mut of = enforcing(&[]);
    assert!(allowed(&mut of, &with(6_000)));
    let response = ask(&of.0, &with(6_000));
    assert!(response["warnings"][0].as_str().unwrap().contains("256 KiB"));
}

#[test]
fn a_change_that_makes_an_object_too_large_is_refused() {
    let mut of = enforcing(&[FULL_ACCESS]);
    let update = |old: &Value, new: &Value| request("UPDATE", new, Some(old));
    assert!(!allowed(&mut of, &update(&role(false, "get"), &role(true, "*"))));
    assert!(!allowed(&mut of, &update(&role(false, "get"), &role(true, "get"))));
    // It was there before, as large; that is no reason to let it say more.
    let large = role(true, "get");
    assert!(!allowed(&mut of, &update(&large, &role(true, "*"))));
    let mut labelled = large.clone();
    labelled["metadata"]["labels"] =
        json!({"rbac.authorization.k8s.io/aggregate-to-admin": "true"});
    assert!(!allowed(&mut of, &update(&large, &labelled)), "labels are rights too");
    // What no rule reads may change.
    let mut freed = large.clone();
    freed["metadata"]["finalizers"] = json!(["example.com/wait"]);
    freed["metadata"]["resourceVersion"] = json!("2");
    freed["metadata"]["managedFields"] = json!([{"manager": "kubectl"}]);
    assert!(allowed(&mut of, &update(&large, &freed)));
    assert!(allowed(&mut of, &update(&freed, &large)));
    let mut ending = role(true, "*");
    ending["metadata"]["deletionTimestamp"] = json!("2026-06-01T00:00:00Z");
    assert!(!allowed(&mut of, &update(&large, &ending)));
    assert!(!allowed(&mut of, &request("UPDATE", &large, None)));
}

#[test]
fn an_ephemeral_container_is_no_way_into_a_pod_that_is_too_large() {
    let mut of = enforcing(&[PRIVILEGED]);
    let mut old = pod("web", &json!({"containers": [{"name": "web", "image": "web:1"}]}));
    old["metadata"]["annotations"] = json!({"pad": padding()});
    let mut new = old.clone();
    new["spec"]["ephemeralContainers"] =
        json!([{"name": "debug", "image": "sh:1", "securityContext": {"privileged": true}}]);
    let mut update = request("UPDATE", &new, Some(&old));
    update["subResource"] = json!("ephemeralcontainers");
    assert!(!allowed(&mut of, &update));
}

#[test]
fn rules_about_something_else_refuse_no_large_object() {
    let mut of = enforcing(&[PRIVILEGED]);
    assert!(allowed(&mut of, &request("CREATE", &role(true, "*"), None)));
}

/// What was too large before is not judged either: it would take as long.
#[test]
fn what_was_too_large_excuses_nothing() {
    let (door, _) = enforcing(&[FULL_ACCESS]);
    let update = request("UPDATE", &role(false, "*"), Some(&role(true, "*")));
    assert_eq!(ask(&door, &update)["allowed"], false);
    let update = request("UPDATE", &role(false, "*"), Some(&role(false, "*")));
    assert_eq!(ask(&door, &update)["allowed"], true);
}

#[test]
fn changes_of_long_objects_are_not_looked_for() {
    let (door, _) = enforcing(&["CFD-POD-0002"]);
    let refused = |padding: usize| {
        let spec = json!({"hostPID": true, "containers": [{"name": "web", "image": "web:1"}]});
        let mut pod = pod("web", &spec);
        pod["metadata"]["annotations"] = json!({"pad": "x".repeat(padding)});
        let response = ask(&door, &request("CREATE", &pod, None));
        response["status"]["message"].as_str().unwrap().to_owned()
    };
    let short = refused(60 << 10);
    assert!(short.contains("passes with: "), "{short}");
    let long = refused(65 << 10);
    assert!(long.contains("what to do: ") && !long.contains("passes with: "), "{long}");
}
