//! What is judged, what is let through, and what is kept.

use super::{ask, enforcing, pod, privileged, request};
use crate::admission::Decision;
use serde_json::{Value, json};

const PRIVILEGED: &str = "CFD-POD-0001";

#[test]
fn the_system_and_our_own_namespace_are_let_through() {
    let (door, mut decided) = enforcing(&[PRIVILEGED, "CFD-API-0001"]);
    for namespace in ["kube-system", "kube-public", "kube-node-lease", "cofferdam"] {
        let mut bad = privileged(true);
        bad["metadata"]["namespace"] = json!(namespace);
        assert_eq!(
            ask(&door, &request("CREATE", &bad, None)),
            json!({"uid": "705ab4f5-6393-11e8-b7cc-42010a800002", "allowed": true})
        );
        let own = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}});
        assert_eq!(ask(&door, &request("UPDATE", &own, Some(&own)))["allowed"], true);
    }
    assert_eq!(door.status().exempt, 8);
    let mut by_server = request("CREATE", &privileged(true), None);
    by_server["userInfo"]["username"] = json!("system:apiserver");
    assert_eq!(ask(&door, &by_server)["allowed"], true);
    let delete = request("DELETE", &privileged(true), None);
    assert_eq!(ask(&door, &delete)["allowed"], true);
    assert!(decided.try_recv().is_err());
}

#[test]
fn every_kind_of_container_and_everything_that_makes_pods() {
    let (door, _) = enforcing(&[PRIVILEGED]);
    let bad = json!({"name": "x", "image": "x:1", "securityContext": {"privileged": true}});
    let good = json!({"name": "y", "image": "y:1"});
    let sidecar = {
        let mut sidecar = bad.clone();
        sidecar["restartPolicy"] = json!("Always");
        sidecar
    };
    let specs = [
        json!({"containers": [bad]}),
        json!({"containers": [good], "initContainers": [bad]}),
        json!({"containers": [good], "initContainers": [sidecar]}),
        json!({"containers": [good], "ephemeralContainers": [bad]}),
    ];
    for spec in &specs {
        let template = json!({"metadata": {"labels": {"a": "b"}}, "spec": spec});
        let selector = json!({"matchLabels": {"a": "b"}});
        let with = |api_version: &str, kind: &str, spec: Value| {
            let metadata = json!({"name": "x", "namespace": "shop"});
            json!({"apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": spec})
        };
        let plain = || json!({"selector": selector, "template": template});
        let job = json!({"schedule": "@daily", "jobTemplate": {"spec": {"template": template}}});
        let makers = [
            pod("x", spec),
            with("apps/v1", "Deployment", plain()),
            with("apps/v1", "StatefulSet", plain()),
            with("apps/v1", "DaemonSet", plain()),
            with("apps/v1", "ReplicaSet", plain()),
            with("batch/v1", "Job", json!({"template": template})),
            with("batch/v1", "CronJob", job),
            with("v1", "ReplicationController", json!({"template": template})),
            with("argoproj.io/v1alpha1", "Rollout", plain()),
        ];
        for object in &makers {
            let response = ask(&door, &request("CREATE", object, None));
            assert_eq!(response["allowed"], false, "{object}");
        }
    }
}

#[test]
fn an_ephemeral_container_is_judged_with_its_pod() {
    let (door, mut decided) = enforcing(&[PRIVILEGED]);
    let old = pod("web", &json!({"containers": [{"name": "web", "image": "web:1"}]}));
    let mut new = old.clone();
    new["spec"]["ephemeralContainers"] =
        json!([{"name": "debug", "image": "sh:1", "securityContext": {"privileged": true}}]);
    let mut update = request("UPDATE", &new, Some(&old));
    update["subResource"] = json!("ephemeralcontainers");
    let response = ask(&door, &update);
    assert_eq!(response["allowed"], false, "{response}");
    assert_eq!(decided.try_recv().unwrap().resource, "pods/ephemeralcontainers");
}

#[test]
fn objects_that_leave_their_namespace_to_the_request_lie_in_it() {
    let (door, _) = enforcing(&[PRIVILEGED]);
    let mut bad = privileged(true);
    bad["metadata"]["namespace"] = Value::Null;
    let mut create = request("CREATE", &bad, None);
    create["namespace"] = json!("shop");
    let message = ask(&door, &create)["status"]["message"].clone();
    assert!(message.as_str().unwrap().starts_with("Pod shop/web is refused"), "{message}");
}

#[test]
fn dry_runs_are_answered_and_not_kept() {
    let (door, mut decided) = enforcing(&[PRIVILEGED]);
    let mut dry = request("CREATE", &privileged(true), None);
    dry["dryRun"] = json!(true);
    assert_eq!(ask(&door, &dry)["allowed"], false);
    assert!(decided.try_recv().is_err());
    assert_eq!(door.status().denied, 1);
}

#[test]
fn when_nobody_takes_decisions_they_are_counted_and_requests_go_on() {
    let (door, decided) = enforcing(&[]);
    drop(decided);
    let response = ask(&door, &request("CREATE", &privileged(false), None));
    assert_eq!(response["allowed"], true);
    assert_eq!(door.status().dropped, 1);
}

#[test]
fn whatever_comes_in_an_answer_goes_out() {
    let (door, _) = enforcing(&[PRIVILEGED]);
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let bodies = [
        String::new(),
        "null".to_owned(),
        "{".to_owned(),
        "{}".to_owned(),
        "kind: AdmissionReview".to_owned(),
        format!("{{\"request\":{deep}}}"),
        r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"operation":"EAT"}}"#.to_owned(),
        r#"{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1beta1","request":{}}"#.to_owned(),
    ];
    let answer = |body: &[u8]| -> Value { serde_json::from_slice(&door.handle(body)).unwrap() };
    for body in &bodies {
        assert_eq!(answer(body.as_bytes())["response"]["allowed"], true, "{body:.60}");
    }
    assert_eq!(answer(b"\xFF\xFE")["response"]["allowed"], true);
    assert_eq!(answer(&vec![b'{'; 9 << 20])["response"]["allowed"], true);
    assert_eq!(door.status().failed_open, 10);
}

#[test]
fn what_is_kept_says_who_did_what() {
    let (door, mut decided) = enforcing(&[]);
    ask(&door, &request("CREATE", &privileged(true), None));
    let kept = decided.try_recv().unwrap();
    assert_eq!(kept.decision, Decision::Warned);
    assert_eq!((&*kept.user, &*kept.groups), ("ann", &["developers".to_owned()][..]));
    assert_eq!(
        (kept.operation, kept.namespace.as_deref(), kept.name.as_deref()),
        ("CREATE", Some("shop"), Some("web"))
    );
    assert!(!kept.messages.is_empty());
    let status = door.status();
    assert_eq!((status.warned, status.dropped), (1, 0));
    assert!(status.p99_micros >= status.p50_micros && status.p50_micros > 0);
}
