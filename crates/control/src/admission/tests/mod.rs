//! The door, judged by what it answers.

mod connect;
mod ending;
mod generate;
mod images;
mod large;
mod modes;
mod owners;
mod parity;
mod requests;
mod served;
mod webhook;

use super::{Door, Mode, Modes, Reviewed, Settings};
use cofferdam_assess::live::{Incoming, Objects};
use cofferdam_model::ObjectKey;
use cofferdam_policy::{Bundle, PolicyFile, Target};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock, RwLock};
use tokio::sync::mpsc;

static BUILT_IN: LazyLock<Arc<Bundle>> = LazyLock::new(|| Arc::new(Bundle::built_in().unwrap()));

fn now() -> Timestamp {
    "2026-06-01T00:00:00Z".parse().unwrap()
}

fn settings(modes: Modes) -> Settings {
    Settings {
        bundle: Arc::clone(&BUILT_IN),
        modes,
        kubernetes_minor: Some(34),
        own_namespace: "cofferdam".to_owned(),
    }
}

/// The object over which the door breaks here, as a mistake of ours would break it.
const MISTAKE: &str = "mistake-of-ours";

/// Breaks over that object.
pub(super) fn stumble(incoming: &Incoming) {
    let name = incoming.object().and_then(|object| object.name);
    assert_ne!(name, Some(MISTAKE), "on purpose");
}

/// A bundle of one policy.
fn only(policy: &str) -> Arc<Bundle> {
    let file = PolicyFile { place: "x.yaml".into(), text: policy.into() };
    Arc::new(Bundle::only(&[file]).unwrap())
}

fn door(objects: Objects, settings: Settings) -> (Door, mpsc::Receiver<Reviewed>) {
    Door::new(Arc::new(RwLock::new(objects)), settings, now)
}

/// A door before an empty cluster at which these rules refuse.
fn enforcing(codes: &[&str]) -> (Door, mpsc::Receiver<Reviewed>) {
    door(Objects::default(), settings(codes.iter().map(|code| (*code, Mode::Enforce)).collect()))
}

/// A request as an API server writes it.
fn request(operation: &str, object: &Value, old: Option<&Value>) -> Value {
    let (kind, api_version) = (text(object, "kind"), text(object, "apiVersion"));
    let (group, version) = api_version.split_once('/').unwrap_or(("", &api_version));
    let resource = Target::object(&api_version, &kind, None, None).resource;
    json!({
        "uid": "705ab4f5-6393-11e8-b7cc-42010a800002",
        "kind": {"group": group, "version": version, "kind": kind},
        "resource": {"group": group, "version": version, "resource": resource},
        "name": object["metadata"]["name"],
        "namespace": object["metadata"]["namespace"],
        "operation": operation,
        "userInfo": {"username": "ann", "groups": ["developers"]},
        "object": object,
        "oldObject": old,
        "dryRun": false,
        "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"},
    })
}

fn text(object: &Value, key: &str) -> String {
    object[key].as_str().unwrap_or_default().to_owned()
}

/// Hands a request over, and gives what was answered.
fn ask(door: &Door, request: &Value) -> Value {
    let review = json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": request,
    });
    let answer = door.handle(review.to_string().as_bytes());
    let answer: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer["kind"], "AdmissionReview");
    assert_eq!(answer["apiVersion"], "admission.k8s.io/v1");
    assert_eq!(answer["response"]["uid"], request["uid"]);
    answer["response"].clone()
}

fn pod(name: &str, spec: &Value) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": spec,
    })
}

/// A pod whose container is privileged, or is not.
fn privileged(is_privileged: bool) -> Value {
    let context = json!({"privileged": is_privileged});
    pod(
        "web",
        &json!({"containers": [{"name": "web", "image": "web:1", "securityContext": context}]}),
    )
}

fn put(objects: &mut Objects, object: &Value) {
    let metadata = &object["metadata"];
    let key = ObjectKey::new(
        &text(object, "apiVersion"),
        &text(object, "kind"),
        metadata["namespace"].as_str(),
        metadata["name"].as_str().unwrap(),
    );
    let problems = objects.put(key, object.to_string().into());
    assert!(problems.is_empty(), "{problems:?}");
}
