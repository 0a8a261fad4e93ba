//! Tests of objects, lists of them, and the pods that they make.

use crate::{ContainerKind, Object, Pod, read};
use cofferdam_bounds::Meter;

/// Kind, name and namespace of every object, as `Kind namespace/name`.
fn objects(text: &str) -> Vec<String> {
    let source = read("test.yaml", text.into(), &Meter::default());
    let mut found = Vec::new();
    for document in &source.documents {
        for id in &document.objects {
            let object = Object::of(document.tree.view(*id)).unwrap();
            let namespace = object.namespace.map(|name| format!("{name}/")).unwrap_or_default();
            found.push(format!("{} {namespace}{}", object.kind, object.name.unwrap_or("-")));
        }
    }
    found
}

#[test]
fn objects_and_lists_of_them() {
    let check = |text: &str, expected: &[&str]| assert_eq!(objects(text), expected, "{text}");
    check("{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: b}}", &["Pod b/a"]);
    check("{apiVersion: v1, kind: Pod, metadata: {name: 1, namespace: ''}}", &["Pod -"]);
    check("{apiVersion: v1, kind: Pod, metadata: [], spec: 7}", &["Pod -"]);
    for text in ["a: b", "[a]", "a", "kind: Pod", "{apiVersion: 1, kind: Pod}", "{apiVersion: v1}"]
    {
        check(text, &[]);
    }
    let pod = "{apiVersion: v1, kind: Pod, metadata: {name: a}}";
    check(&format!("{{apiVersion: v1, kind: List, items: [{pod}, 7, {pod}]}}"), &["Pod a"; 2]);
    let typed = "{apiVersion: apps/v1, kind: DeploymentList, items: [{metadata: {name: a}}]}";
    check(typed, &["Deployment a"]);
    let nested = format!("{{apiVersion: v1, kind: List, items: [{typed}, {pod}]}}");
    check(&nested, &["Deployment a", "Pod a"]);
    check("{apiVersion: x/v1, kind: AllowList, spec: {}}", &["AllowList -"]);
    check("{apiVersion: v1, kind: List, items: []}", &[]);
    check("{apiVersion: v1, kind: List, items: {}}", &["List -"]);
}

#[test]
fn groups_and_versions() {
    let tree = |version: &str| {
        let text = format!("{{apiVersion: {version}, kind: A}}");
        read("test.yaml", text.into(), &Meter::default()).documents.remove(0)
    };
    for (text, group, version) in
        [("v1", "", "v1"), ("apps/v1", "apps", "v1"), ("a.b/v1/x", "a.b", "v1/x")]
    {
        let document = tree(text);
        let object = Object::of(document.tree.root()).unwrap();
        assert_eq!((object.group(), object.version()), (group, version));
    }
}

/// The containers of the pod that an object makes, as `kind name`.
fn pod(version: &str, kind: &str, body: &str) -> Option<String> {
    let text = format!("{{apiVersion: {version}, kind: {kind}, {body}}}");
    let source = read("test.yaml", text.into(), &Meter::default());
    assert!(source.problems.is_empty(), "{:?}", source.problems);
    let tree = &source.documents[0].tree;
    let pod = Pod::of(&Object::of(tree.root()).unwrap())?;
    let labelled = if pod.metadata.is_some() { "labelled: " } else { "" };
    let name = |(kind, view): (ContainerKind, crate::View<'_>)| {
        format!(
            "{} {}",
            kind.as_str(),
            view.get("name").and_then(crate::View::as_str).unwrap_or("-")
        )
    };
    Some(format!("{labelled}{}", pod.containers().map(name).collect::<Vec<_>>().join(", ")))
}

#[test]
fn pods_and_what_makes_them() {
    let spec = "spec: {containers: [{name: a}]}";
    let template = format!("spec: {{template: {{metadata: {{}}, {spec}}}}}");
    let found = Some("labelled: container a".to_owned());
    assert_eq!(pod("v1", "Pod", spec), Some("container a".to_owned()));
    for (version, kind) in [
        ("v1", "ReplicationController"),
        ("apps/v1", "Deployment"),
        ("extensions/v1beta1", "Deployment"),
        ("apps/v1", "ReplicaSet"),
        ("apps/v1", "StatefulSet"),
        ("apps/v1", "DaemonSet"),
        ("batch/v1", "Job"),
        ("argoproj.io/v1alpha1", "Rollout"),
        ("apps.openshift.io/v1", "DeploymentConfig"),
    ] {
        assert_eq!(pod(version, kind, &template), found, "{kind}");
    }
    assert_eq!(pod("v1", "PodTemplate", &format!("template: {{metadata: {{}}, {spec}}}")), found);
    let cron = format!("spec: {{jobTemplate: {{{template}}}}}");
    assert_eq!(pod("batch/v1beta1", "CronJob", &cron), found);
    for (version, kind) in [("v1", "Service"), ("example.com/v1", "Deployment"), ("apps/v1", "Pod")]
    {
        assert_eq!(pod(version, kind, &template), None, "{kind}");
    }
    let reference = "spec: {workloadRef: {kind: Deployment, name: a}}";
    assert_eq!(pod("argoproj.io/v1alpha1", "Rollout", reference), None);
}

#[test]
fn containers_of_every_kind() {
    let spec = "spec: {ephemeralContainers: [{name: e}], containers: [{name: a}, {name: b}], \
        initContainers: [{name: i}, {name: s, restartPolicy: Always}, {name: l, restartPolicy: Never}]}";
    let expected = "init i, sidecar s, init l, container a, container b, ephemeral e";
    assert_eq!(pod("v1", "Pod", spec).as_deref(), Some(expected));
}

#[test]
fn wrong_types_are_absent() {
    for (body, expected) in [
        ("spec: []", None),
        ("spec: 7", None),
        ("spec: {containers: {}}", Some("")),
        ("spec: {containers: [1, null, [], a, {name: 2}]}", Some("container -")),
        ("spec: {initContainers: [{restartPolicy: [Always]}]}", Some("init -")),
        ("metadata: x, spec: {}", Some("")),
    ] {
        assert_eq!(pod("v1", "Pod", body).as_deref(), expected, "{body}");
    }
}
