//! The data file is whole, and objects are compared with it.

use super::{Lifecycle, MISMATCHES_MAX, Release, Scalar, Schema, Shape, validate::fits};
use crate::{Object, View, read};
use cofferdam_bounds::Meter;

fn schema() -> &'static Schema {
    Schema::built_in()
}

/// The mismatches of the first object of a text, as they are told.
fn mismatches(text: &str) -> Vec<String> {
    let source = read("test.yaml", text.into(), &Meter::default());
    let document = &source.documents[0];
    let object = Object::of(document.tree.view(document.objects[0])).unwrap();
    schema().validate(&object).iter().map(ToString::to_string).collect()
}

fn check(text: &str, expected: &[&str]) {
    assert_eq!(mismatches(text), expected, "{text}");
}

#[test]
fn every_line_of_the_file_is_read() {
    let text = include_str!("../../../../rules/schema/kubernetes.txt");
    let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    let schema = schema();
    assert_eq!(schema.resources.len(), count("resource "));
    assert_eq!(schema.lives.len(), count("life "));
    assert_eq!(schema.fields.len(), count(" "));
    let named = schema.types.iter().filter(|kind| !kind.name.is_empty());
    assert_eq!(named.clone().count(), count("type "));
    assert!(schema.resources.len() > 80 && schema.lives.len() > 150 && schema.fields.len() > 3000);
    for kind in named {
        let lines = schema.named(kind.name).unwrap().lines();
        assert!(lines.is_sorted_by_key(|line| line.name), "{}", kind.name);
    }
    for field in &schema.fields {
        // A word that names no type would have become a scalar of its own.
        let known = usize::from(field.kind) < schema.types.len();
        assert!(known && field.name.chars().all(|letter| letter.is_ascii_graphic()));
    }
}

#[test]
fn every_field_is_found_by_its_name_in_its_type_alone() {
    let schema = schema();
    for kind in schema.types.iter().filter(|kind| matches!(kind.shape, Shape::Object(_))) {
        let known = schema.named(kind.name).unwrap();
        for line in known.lines() {
            let found = known.field_line(line.name).unwrap();
            assert_eq!((found.name, found.values), (line.name, line.values));
            assert_eq!(found.kind, known.with(line.kind));
            for wrong in [&line.name[1..], &format!("{}s", line.name), "apiversion", ""] {
                let there = known.lines().iter().any(|line| line.name == wrong);
                assert_eq!(known.field_line(wrong).is_some(), there, "{}.{wrong}", kind.name);
            }
        }
    }
}

#[test]
fn what_a_type_takes_unseen_fits_it() {
    let text = "[null, true, 1, 5000000000, 1.5, 1e300, text, '', [], {}]";
    let source = read("test.yaml", text.into(), &Meter::default());
    let values: Vec<View<'_>> = source.documents[0].tree.root().elements().collect();
    assert_eq!(values.len(), 10);
    for line in &schema().fields {
        let kind = schema().named("core.v1.Pod").unwrap().with(line.kind);
        for value in &values {
            let fits = value.is_null() || kind.scalar().is_some_and(|s| fits(s, value.value()));
            assert!(fits || !value.is_of(line.takes), "{} {value:?}", line.name);
        }
    }
}

#[test]
fn every_word_names_a_type() {
    let text = include_str!("../../../../rules/schema/kubernetes.txt");
    for line in text.lines().filter_map(|line| line.strip_prefix(' ')) {
        let word = line.split(' ').nth(1).unwrap().split('=').next().unwrap();
        let word = word.trim_start_matches("[]").trim_start_matches("{}").trim_start_matches("[]");
        let known = schema().named(word).unwrap_or_else(|| panic!("{word}"));
        assert!(known.name().is_some() || known.scalar().is_some_and(|s| s.as_str() == word));
    }
}

#[test]
fn types_lead_to_fields() {
    let deployment = schema().kind("apps", "v1", "Deployment").unwrap();
    let spec = deployment.field("spec").unwrap();
    assert_eq!(spec.name(), Some("apps.v1.DeploymentSpec"));
    assert_eq!(spec.field("replicas").unwrap().scalar(), Some(Scalar::Int32));
    let pod = spec.field("template").unwrap().field("spec").unwrap();
    let containers = pod.field("containers").unwrap();
    assert!(containers.is_list());
    let container = containers.element().unwrap();
    assert_eq!(container.name(), Some("core.v1.Container"));
    let limits = container.field("resources").unwrap().field("limits").unwrap();
    assert_eq!(limits.map_value().unwrap().scalar(), Some(Scalar::Quantity));
    assert_eq!(limits.to_string(), "map of quantity");
    let pull = container.field_line("imagePullPolicy").unwrap();
    assert_eq!(pull.values().collect::<Vec<_>>(), ["Always", "IfNotPresent", "Never"]);
    let metadata = deployment.field("metadata").unwrap();
    assert_eq!(metadata.field("creationTimestamp").unwrap().scalar(), Some(Scalar::Time));
    assert!(container.field("imag").is_none());
    assert!(schema().kind("apps", "v1beta1", "Deployment").is_none());
}

#[test]
fn resources_have_plurals_and_scopes() {
    let check = |group, version, kind, plural, namespaced| {
        let resource = schema().resource(group, version, kind).unwrap();
        assert_eq!((resource.plural, resource.namespaced), (plural, namespaced));
    };
    check("", "v1", "Endpoints", "endpoints", true);
    check("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", true);
    check("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", false);
    assert_eq!(schema().resource_of("extensions", "Ingress").unwrap().plural, "ingresses");
    assert_eq!(schema().resource_of("apps", "Deployment").unwrap().plural, "deployments");
    assert!(schema().resource_of("example.com", "Deployment").is_none());
}

#[test]
fn api_versions_have_lives() {
    let release = |minor| Some(Release { major: 1, minor });
    let life = |group, version, kind| schema().lifecycle(group, version, kind).unwrap();
    // From the deprecation guide of Kubernetes.
    let ingress = life("extensions", "v1beta1", "Ingress");
    assert_eq!((ingress.deprecated, ingress.removed), (release(14), release(22)));
    let replacement = ingress.replacement.unwrap();
    assert_eq!(replacement.to_string(), "networking.k8s.io/v1 Ingress");
    let class = life("networking.k8s.io", "v1beta1", "IngressClass").replacement.unwrap();
    assert_eq!(class.to_string(), "networking.k8s.io/v1 IngressClass");
    let runtime = life("node.k8s.io", "v1beta1", "RuntimeClass").replacement.unwrap();
    assert_eq!(runtime.to_string(), "node.k8s.io/v1 RuntimeClass");
    assert_eq!(life("policy", "v1beta1", "PodSecurityPolicy").removed, release(25));
    assert_eq!(life("policy", "v1beta1", "PodSecurityPolicy").replacement, None);
    assert_eq!(life("batch", "v1beta1", "CronJob").removed, release(25));
    assert_eq!(life("autoscaling", "v2beta2", "HorizontalPodAutoscaler").removed, release(26));
    let removed = life("flowcontrol.apiserver.k8s.io", "v1beta3", "FlowSchema").removed;
    assert_eq!(removed, release(32));
    assert_eq!(
        life("apps", "v1", "Deployment"),
        Lifecycle { introduced: release(9), deprecated: None, removed: None, replacement: None }
    );
    assert!(schema().lifecycle("example.com", "v1", "Thing").is_none());
}

#[test]
fn objects_that_fit_are_quiet() {
    check(
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {b: c}, creationTimestamp: null}\n\
         status: {x: y, conditions: 3}\n\
         spec:\n  volumes: null\n  containers:\n  - name: a\n    image: b\n    imagePullPolicy: ''\n\
         \x20   resources: {limits: {cpu: 1, memory: 1Gi, x/y: 0.5}}\n\
         \x20   livenessProbe: {httpGet: {port: web}, timeoutSeconds: 1.0}\n",
        &[],
    );
    check("apiVersion: example.com/v1\nkind: Pod\nanything: goes\n", &[]);
}

#[test]
fn what_does_not_fit_is_told() {
    check(
        "apiVersion: v1\nkind: Pod\nspec:\n  container: []\n  hostNetwork: 'true'\n  containers:\n\
         \x20 - image: 5\n    imagePullPolicy: always\n    ports: {containerPort: 80}\n\
         \x20   securitycontext: {}\n    env: [{name: a, valu: b}]\n    zzzzzz: 1\n",
        &[
            "unknown field spec.container; did you mean containers?",
            "spec.hostNetwork must be bool, not string",
            "spec.containers[0].image must be string, not integer",
            "spec.containers[0].imagePullPolicy is \"always\", none of Always, IfNotPresent, \
             Never; did you mean Always?",
            "spec.containers[0].ports must be list of core.v1.ContainerPort, not map",
            "unknown field spec.containers[0].securitycontext; did you mean \
             securityContext?",
            "unknown field spec.containers[0].env[0].valu; did you mean value?",
            "unknown field spec.containers[0].zzzzzz",
            "spec.containers[0].name is required",
        ],
    );
    check("apiVersion: v1\nkind: Pod\nspec: 3\n", &["spec must be core.v1.PodSpec, not integer"]);
    check(
        "apiVersion: apps/v1\nkind: Deployment\nspec:\n  replicas: 3000000000\n  template: {}\n",
        &["spec.replicas must be int32, not integer", "spec.selector is required"],
    );
}

#[test]
fn mismatches_are_bounded() {
    use std::fmt::Write as _;
    let mut text = "apiVersion: v1\nkind: Pod\n".to_owned();
    for number in 0..1000 {
        writeln!(text, "x{number}: 1").unwrap();
    }
    assert_eq!(mismatches(&text).len(), MISMATCHES_MAX);
}
