//! Exceptions for what a person edits, at the door before what controllers make for it.

use super::{ask, door, pod, request, settings};
use crate::{
    admission::{Decision, Door, Lineage, Mode, Reviewed, Settings},
    inventory::testing::object,
};
use cofferdam_assess::live::Objects;
use cofferdam_model::Change;
use cofferdam_policy::{Bundle, PolicyFile};
use serde_json::{Value, json};
use std::{sync::Arc, time::Duration};
use tokio::sync::mpsc;

const PRIVILEGED: &str = "CFD-POD-0001";

/// By somebody who answers for these objects.
fn excusing(objects: &str) -> Settings {
    let text = format!(
        "
apiVersion: cofferdam.dev/v1alpha1
kind: PolicyException
metadata: {{name: agent}}
spec:
  owner: o
  reason: r
  expires: 2026-12-31
  policies: [{PRIVILEGED}]
  match: {{objects: [{objects}]}}
"
    );
    let bundle = Bundle::with(&[PolicyFile { place: "e".into(), text }]).unwrap();
    Settings {
        bundle: Arc::new(bundle),
        ..settings([(PRIVILEGED, Mode::Enforce)].into_iter().collect())
    }
}

/// The privileged pod, or what makes it, for an owner.
fn made(kind: &str, name: &str, owner: Option<&Value>) -> Value {
    let context = json!({"privileged": true});
    let spec = json!({"containers": [{"name": "a", "image": "a:1", "securityContext": context}]});
    let mut made = pod(name, &spec);
    let template = json!({"metadata": {"labels": {"app": "a"}}, "spec": spec});
    let (api_version, spec) = match kind {
        "Pod" => ("v1", spec),
        "Job" => ("batch/v1", json!({"template": template})),
        "CronJob" => ("batch/v1", json!({"jobTemplate": {"spec": {"template": template}}})),
        _ => ("apps/v1", json!({"template": template})),
    };
    (made["apiVersion"], made["kind"], made["spec"]) = (json!(api_version), json!(kind), spec);
    made["metadata"]["uid"] = json!(format!("{kind} {name}"));
    if let Some(owner) = owner {
        made["metadata"]["ownerReferences"] = json!([{
            "apiVersion": owner["apiVersion"], "kind": owner["kind"], "controller": true,
            "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"],
        }]);
    }
    made
}

/// What was heard of these.
fn heard(objects: &[&Value]) -> Lineage {
    let lineage = Lineage::default();
    for one in objects {
        lineage.hear(&Change::Put(object(one)));
    }
    lineage
}

fn before(lineage: &Lineage, settings: Settings) -> (Door, mpsc::Receiver<Reviewed>) {
    let (door, reviewed) = door(Objects::default(), settings);
    (door.with_lineage(lineage.clone()), reviewed)
}

fn asked_by(user: &str, object: &Value) -> Value {
    let mut request = request("CREATE", object, None);
    request["userInfo"]["username"] = json!(user);
    request
}

fn by(controller: &str) -> String {
    format!("system:serviceaccount:kube-system:{controller}-controller")
}

fn is_allowed(door: &Door, user: &str, object: &Value) -> bool {
    ask(door, &asked_by(user, object))["allowed"] == true
}

#[test]
fn who_is_excused_is_excused_in_what_controllers_make_for_him() {
    let agent = made("DaemonSet", "agent", None);
    let nightly = made("CronJob", "nightly", None);
    let (job, web) = (made("Job", "nightly-1", Some(&nightly)), made("Deployment", "web", None));
    let set = made("ReplicaSet", "web-5d8f", Some(&web));
    let lineage = heard(&[&agent, &nightly, &job, &web, &set]);
    for (objects, controller, object) in [
        ("{kind: DaemonSet, name: agent}", "daemon-set", made("Pod", "agent-x", Some(&agent))),
        ("{kind: Deployment, name: web}", "deployment", set.clone()),
        ("{kind: Deployment, name: web}", "replicaset", made("Pod", "web-5d8f-x", Some(&set))),
        ("{kind: ReplicaSet, name: web-5d8f}", "replicaset", made("Pod", "x", Some(&set))),
        ("{kind: CronJob, namespace: shop}", "cronjob", job.clone()),
        ("{kind: CronJob, namespace: shop}", "job", made("Pod", "nightly-1-x", Some(&job))),
    ] {
        let (door, _) = before(&lineage, excusing(objects));
        let about = format!("{objects}: {}", object["kind"]);
        assert!(is_allowed(&door, &by(controller), &object), "{about}");
        assert!(is_allowed(&door, "system:kube-controller-manager", &object), "{about}");
        // Whoever else says so may say what he likes.
        let developer = "system:serviceaccount:shop:replicaset-controller";
        let other = "system:serviceaccount:kube-system:clusterrole-aggregation-controller";
        for user in ["ann", developer, other] {
            assert!(!is_allowed(&door, user, &object), "{about} {user}");
        }
    }
    let of_set = made("Pod", "web-5d8f-x", Some(&set));
    for objects in [
        "{kind: Deployment, name: other}",
        "{kind: Deployment, name: web, namespace: bank}",
        "{kind: DaemonSet, name: web}",
    ] {
        let (door, _) = before(&lineage, excusing(objects));
        assert!(!is_allowed(&door, &by("replicaset"), &of_set), "{objects}");
    }
    // An owner that does not control it is not what it is made for.
    let mut held = of_set;
    held["metadata"]["ownerReferences"][0]["controller"] = json!(false);
    let (door, _) = before(&lineage, excusing("{kind: Deployment, name: web}"));
    assert!(!is_allowed(&door, &by("replicaset"), &held));
}

#[test]
fn a_refusal_waits_for_an_owner_that_is_not_known_yet() {
    let web = made("Deployment", "web", None);
    let set = made("ReplicaSet", "web-5d8f", Some(&web));
    let lineage = heard(&[&web]);
    let (door, mut reviewed) = before(&lineage, excusing("{kind: Deployment, name: web}"));
    let review = |user: &str, object: &Value| {
        json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
            "request": asked_by(user, object)})
        .to_string()
    };
    let waits = |door: &Door, body: &str, waited: Duration| {
        let answer = door.handle_waiting(body.as_bytes(), waited).ok()?;
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        Some(answer["response"]["allowed"] == true)
    };
    let body = review(&by("replicaset"), &made("Pod", "web-5d8f-x", Some(&set)));
    assert_eq!(waits(&door, &body, Duration::ZERO), None);
    assert!(reviewed.try_recv().is_err(), "nothing was decided");
    assert_eq!(door.status().reviews(), 0);
    // Not for ever, and not where nobody vouches for the owner.
    assert_eq!(waits(&door, &body, Duration::from_secs(1)), Some(false));
    assert_eq!(reviewed.try_recv().unwrap().decision, Decision::Denied);
    let claimed = review("ann", &made("Pod", "web-5d8f-x", Some(&set)));
    assert_eq!(waits(&door, &claimed, Duration::ZERO), Some(false));
    // Nor where it could change nothing.
    let (strict, _) =
        before(&lineage, settings([(PRIVILEGED, Mode::Enforce)].into_iter().collect()));
    assert_eq!(waits(&strict, &body, Duration::ZERO), Some(false));
    lineage.hear(&Change::Put(object(&set)));
    assert_eq!(waits(&door, &body, Duration::from_millis(25)), Some(true));
    // What is gone makes no pods any more.
    lineage.hear(&Change::Gone(object(&set).key));
    assert_eq!(waits(&door, &body, Duration::ZERO), None);
    // Nobody will tell of it.
    lineage.hear(&Change::Lost {
        kind: "ReplicaSet".to_owned(),
        why: "forbidden".to_owned(),
        was_read: true,
    });
    assert_eq!(waits(&door, &body, Duration::ZERO), Some(false));
    lineage.hear(&Change::Current { kind: "ReplicaSet".to_owned() });
    assert_eq!(waits(&door, &body, Duration::ZERO), None);
}

/// Whoever may write an object may write whose it is.
#[test]
fn nobody_is_excused_by_saying_whose_he_is() {
    let web = made("Deployment", "web", None);
    let other = |key: &str, value: &str| {
        let mut other = web.clone();
        other[key] = json!(value);
        other
    };
    let of = |kind: &str, owner: &Value| made(kind, "evil", Some(owner));
    let mut remade = web.clone();
    remade["metadata"]["uid"] = json!("of the one before");
    let mut elsewhere = web.clone();
    elsewhere["metadata"]["namespace"] = json!("bank");
    let unknown = made("Deployment", "agent", None);
    for (middle, controller) in [
        (of("StatefulSet", &web), "statefulset"),
        (of("Job", &web), "job"),
        (of("ReplicaSet", &remade), "replicaset"),
        (of("ReplicaSet", &unknown), "replicaset"),
        (of("ReplicaSet", &other("apiVersion", "example.com/v1")), "replicaset"),
        (of("ReplicaSet", &other("kind", "DaemonSet")), "replicaset"),
    ] {
        let lineage = heard(&[&web, &elsewhere, &middle]);
        for objects in ["{kind: Deployment}", "{kind: DaemonSet}"] {
            let (door, _) = before(&lineage, excusing(objects));
            let made = made("Pod", "evil-x", Some(&middle));
            assert!(!is_allowed(&door, &by(controller), &made), "{objects}: {middle}");
        }
    }
}
