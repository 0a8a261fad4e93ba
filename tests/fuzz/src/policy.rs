//! Fuzz targets of `policy`.

use crate::Target;
use cofferdam_bounds::{Limits, Meter};
use cofferdam_manifest::{Lines, Object};
use cofferdam_model::ObjectKey;
use cofferdam_policy::{
    Bundle, ClusterDocument, ClusterDocuments, Detail, Facts, ObjectSource, PolicyFile, Stage,
    Target as Judged, screen_with,
};
use serde_json::Value;
use std::{sync::LazyLock, time::Duration};

pub(crate) const TARGETS: &[Target] =
    &[("policy_yaml", policy_yaml), ("policy_object", policy_object), ("policy_cluster", cluster)];

/// Any text is a bundle or errors with places.
fn policy_yaml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let file = PolicyFile { place: "fuzz.yaml".into(), text: text.into() };
    if let Err(errors) = Bundle::only(&[file]) {
        assert!(errors.iter().all(|error| error.place.is_some()), "{errors:?}");
    }
}

/// Any file of objects is judged, with places, patches and flips, in time and the same twice.
fn policy_object(bytes: &[u8]) {
    static BUNDLE: LazyLock<Option<Bundle>> = LazyLock::new(|| Bundle::built_in().ok());
    let (Ok(text), Some(bundle)) = (std::str::from_utf8(bytes), &*BUNDLE) else { return };
    let limits = Limits { time: Duration::from_secs(2), ..Limits::default() };
    let source = cofferdam_manifest::read("fuzz.yaml", text.into(), &Meter::new(limits));
    let lines = Lines::of(&source.text);
    for document in source.documents.iter().take(4) {
        for id in document.objects.iter().take(4) {
            let Some(object) = Object::of(document.tree.view(*id)) else { continue };
            // The facts about a pod are like the object itself, or not: rules must stand both.
            let mut facts = Facts::default();
            facts.insert("object", ObjectSource::new(object.view, "fuzz.yaml", &lines));
            if let Some(workload) = object.view.get("workload") {
                facts.insert("workload", ObjectSource::new(workload, "fuzz.yaml", &lines));
            }
            let (namespace, name) = (object.namespace, object.name);
            let target = Judged::object(object.api_version, object.kind, namespace, name);
            let now = jiff::Timestamp::UNIX_EPOCH;
            let run = || screen_with(bundle, &facts, &target, Stage::Build, now, Detail::Full);
            assert_eq!(run(), run());
        }
    }
}

/// Objects of a cluster, one a line: whatever anybody wrote there is in force or is told of with
/// its key, takes nothing of ours out of force, and is judged by.
fn cluster(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let documents: Vec<ClusterDocument> = text.lines().take(8).map(document).collect();
    let params = documents.iter().map(|one| (one.key.api_version.clone(), one.key.kind.clone()));
    let cluster = ClusterDocuments { params: params.collect(), documents };
    // A policy that is known already, so that others can be in its way.
    let own = PolicyFile { place: "own.yaml".into(), text: OWN.into() };
    let taken = Bundle::with_cluster(&[own], &cluster);
    assert!(taken.is_ok(), "nothing in a cluster makes a file wrong");
    let Ok((bundle, problems)) = taken else { return };
    assert!(bundle.policies.iter().any(|policy| policy.place.starts_with("own.yaml")));
    let keys: Vec<String> = cluster.documents.iter().map(|one| one.key.to_string()).collect();
    for problem in problems {
        let place = problem.place.as_deref().unwrap_or_default();
        assert!(keys.iter().any(|key| key == place), "{problem:?}");
        assert!(!problem.what.contains("please report this"), "{problem:?}");
    }
    let pod = r#"{"apiVersion":"v1","kind":"Pod","metadata":{"name":"web","namespace":"shop"},
        "spec":{"containers":[{"name":"web","image":"web:1"}]}}"#;
    let source = cofferdam_manifest::read("pod.json", pod.into(), &Meter::default());
    let lines = Lines::of(&source.text);
    let Some(object) = source.documents.first().map(|one| one.tree.root()) else { return };
    let mut facts = Facts::default();
    facts.insert("object", ObjectSource::new(object, "pod.json", &lines));
    let target = Judged::object("v1", "Pod", Some("shop"), Some("web"));
    for stage in [Stage::Background, Stage::Admission] {
        let now = jiff::Timestamp::UNIX_EPOCH;
        let run = || screen_with(&bundle, &facts, &target, stage, now, Detail::Full);
        assert_eq!(run(), run());
    }
}

/// An object by what it says of itself, as lenient as an API server is strict.
fn document(line: &str) -> ClusterDocument {
    let object: Value = serde_json::from_str(line).unwrap_or_default();
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
    let key = ObjectKey::new(
        text("/apiVersion").unwrap_or("cofferdam.dev/v1alpha1"),
        text("/kind").unwrap_or("ClusterSecurityPolicy"),
        text("/metadata/namespace"),
        text("/metadata/name").unwrap_or("x"),
    );
    ClusterDocument { key, json: line.into() }
}

const OWN: &str = "
apiVersion: cofferdam.dev/v1alpha1
kind: ClusterSecurityPolicy
metadata: {name: own}
spec:
  code: ACME-1
  title: Own
  description: Why.
  severity: high
  stages: [background, admission]
  matchConstraints: {resourceRules: [{apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: [pods]}]}
  validations: [{expression: 'has(object.spec)', message: No.}]
";
