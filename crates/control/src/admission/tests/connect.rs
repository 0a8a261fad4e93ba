//! Ways into pods that are there: exec, attach, port-forward.

use super::{ask, door, only, settings};
use crate::admission::{Mode, Settings};
use cofferdam_assess::live::Objects;
use serde_json::{Value, json};

const POLICY: &str = "
apiVersion: cofferdam.dev/v1alpha1
kind: ClusterSecurityPolicy
metadata: {name: who-may-enter}
spec:
  code: ACME-7
  title: Only operators enter pods of production
  description: Why.
  severity: high
  stages: [admission]
  matchConstraints:
    namespaceSelector: {matchLabels: {stage: production}}
    resourceRules:
      - apiGroups: ['']
        apiVersions: [v1]
        operations: [CONNECT]
        resources: [pods/exec, pods/attach, pods/portforward]
  validations:
    - expression: \"'operators' in request.userInfo.groups\"
      messageExpression: >-
        request.userInfo.username + ' may not use ' + request.subResource + ' on ' + request.name + '.'
      message: No.
";

fn connect(subresource: &str, kind: &str, groups: &[&str]) -> Value {
    json!({
        "uid": "u",
        "kind": {"group": "", "version": "v1", "kind": kind},
        "resource": {"group": "", "version": "v1", "resource": "pods"},
        "subResource": subresource,
        "name": "web-0",
        "namespace": "shop",
        "operation": "CONNECT",
        "userInfo": {"username": "ann", "groups": groups},
        "object": {"apiVersion": "v1", "kind": kind, "stdin": true, "container": "web", "command": ["sh"]},
        "oldObject": null,
        "dryRun": false,
        "options": null,
    })
}

#[test]
fn who_enters_which_pod_is_judged() {
    let mut objects = Objects::default();
    let namespace = json!({
        "apiVersion": "v1", "kind": "Namespace",
        "metadata": {"name": "shop", "labels": {"stage": "production"}},
    });
    super::put(&mut objects, &namespace);
    let modes = [("ACME-7", Mode::Enforce)].into_iter().collect();
    let settings = Settings { bundle: only(POLICY), ..settings(modes) };
    let (door, mut decided) = door(objects, settings);
    for (subresource, kind) in [
        ("exec", "PodExecOptions"),
        ("attach", "PodAttachOptions"),
        ("portforward", "PodPortForwardOptions"),
    ] {
        let response = ask(&door, &connect(subresource, kind, &["operators"]));
        assert_eq!(response["allowed"], true, "{response}");
        let response = ask(&door, &connect(subresource, kind, &["developers"]));
        assert_eq!(response["allowed"], false);
        let message = response["status"]["message"].as_str().unwrap();
        assert!(message.contains(&format!("ann may not use {subresource} on web-0.")), "{message}");
        decided.try_recv().unwrap();
        let kept = decided.try_recv().unwrap();
        assert_eq!(kept.resource, format!("pods/{subresource}"));
        assert_eq!((kept.operation, kept.name.as_deref()), ("CONNECT", Some("web-0")));
    }
}

#[test]
fn rules_about_objects_do_not_speak_of_connections() {
    let (door, mut decided) =
        door(Objects::default(), settings(crate::admission::Modes::default()));
    let response = ask(&door, &connect("exec", "PodExecOptions", &[]));
    assert_eq!(response["allowed"], true);
    assert_eq!(response["auditAnnotations"]["rules"], "", "{response}");
    assert_eq!(decided.try_recv().unwrap().decision, crate::admission::Decision::Allowed);
}
