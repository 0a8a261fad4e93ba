//! Objects filled in by us and by Kubernetes itself.
//!
//! `corpus/defaults/*.yaml` are ours; the lines of the `.jsonl` beside each are what the API
//! server's own code makes of its documents (`tests/oracles/kubernetes-defaults` writes them).

use super::{default, quantity::Quantity};
use crate::{Document, Value, View, read};
use cofferdam_bounds::{Meter, file};
use std::{collections::HashSet, path::Path};

/// Where they differ, by the kind and what is said of it, with the reason.
const LEDGER: &[(&str, &str)] = &[
    // What somebody wrote stays where it stands, so that findings can point there.
    ("Secret", "/data: theirs only"),
    ("Secret", "/stringData: ours only"),
    // Bookkeeping of the conversion to the internal version; the server replaces it at once.
    ("DaemonSet", "/metadata/annotations: theirs only"),
    // Nobody writes manifests of these.
    ("Node", "/spec/podCIDRs: theirs only"),
    ("Event", "/reportingComponent: theirs only"),
    ("Event", "/reportingInstance: theirs only"),
    ("Event", "/source: theirs only"),
];

fn documents(path: &str, text: String) -> Vec<Document> {
    let source = read(path, text.into(), &Meter::default());
    assert!(source.problems.is_empty(), "{path}: {:?}", source.problems);
    source.documents
}

#[test]
fn objects_are_filled_in_as_kubernetes_does() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/defaults");
    let mut complaints = Vec::new();
    let mut used = HashSet::new();
    let mut count = 0;
    for name in ["admission", "cluster", "network", "pods", "scaling", "workloads"] {
        let text = |suffix: &str| {
            let path = folder.join(format!("{name}.{suffix}"));
            file::read_text(&path, 1 << 20).unwrap_or_else(|error| panic!("{error}"))
        };
        let mut ours = documents(name, text("yaml"));
        let theirs = text("jsonl");
        assert_eq!(ours.len(), theirs.lines().count(), "{name}");
        for (document, line) in ours.iter_mut().zip(theirs.lines()) {
            let object = document.objects[0];
            default(&mut document.tree, object);
            let golden = documents(name, line.to_owned());
            let golden = golden[0].tree.root();
            let mut differences = Vec::new();
            compare(document.tree.view(object), golden, "", &mut differences);
            let title = |key: &str| golden.at(&[key]).and_then(View::as_str).unwrap_or_default();
            let own = golden.at(&["metadata", "name"]).and_then(View::as_str).unwrap_or_default();
            differences.retain(|text| {
                let line = LEDGER.iter().position(|line| *line == (title("kind"), text.as_str()));
                used.extend(line);
                line.is_none()
            });
            let title = format!("{} {} {own}", title("apiVersion"), title("kind"));
            complaints.extend(differences.into_iter().map(|text| format!("{title}: {text}")));
            count += 1;
        }
    }
    assert_eq!(used.len(), LEDGER.len(), "lines of the ledger that are no differences any more");
    assert!(count >= 140, "only {count} objects");
    assert!(complaints.is_empty(), "{} differences\n{}", complaints.len(), complaints.join("\n"));
}

/// Adds what differs between our object and theirs.
fn compare(ours: View<'_>, theirs: View<'_>, path: &str, differences: &mut Vec<String>) {
    if ours.is_map() && theirs.is_map() {
        for (key, value) in theirs.entries() {
            let path = format!("{path}/{key}");
            // What the cluster says of the object, and when it was made, is not filled in.
            if value.is_null() || path == "/status" {
                continue;
            }
            match ours.get(key).filter(|value| !value.is_null()) {
                Some(own) => compare(own, value, &path, differences),
                None => differences.push(format!("{path}: theirs only")),
            }
        }
        for (key, value) in ours.entries().filter(|(key, _)| theirs.get(key).is_none()) {
            // Go leaves out what is written but zero.
            if value.is_defaulted() && !value.is_null() || !is_zero(value) {
                differences.push(format!("{path}/{key}: ours only"));
            }
        }
    } else if ours.is_list() && theirs.is_list() && ours.len() == theirs.len() {
        for (index, (own, value)) in ours.elements().zip(theirs.elements()).enumerate() {
            compare(own, value, &format!("{path}/{index}"), differences);
        }
    } else if !same(ours, theirs) || ours.is_list() || ours.is_map() {
        let (own, value) = (ours.value(), theirs.value());
        differences.push(format!("{path}: {own:?}, theirs {value:?}"));
    }
}

fn same(ours: View<'_>, theirs: View<'_>) -> bool {
    match (ours.value(), theirs.value()) {
        // Quantities are strings to Go, and it rewrites those that somebody wrote.
        (Value::Int(own), Value::String(text)) => own.to_string() == text,
        (Value::String(own), Value::String(text)) if !ours.is_defaulted() && own != text => {
            let quantity = Quantity::parse(own);
            quantity.is_some() && quantity == Quantity::parse(text)
        }
        (own, text) => own == text,
    }
}

fn is_zero(view: View<'_>) -> bool {
    match view.value() {
        Value::List => view.is_empty(),
        Value::Map => view.entries().all(|(_, value)| is_zero(value)),
        value => {
            [Value::Null, Value::Bool(false), Value::Int(0), Value::String("")].contains(&value)
        }
    }
}

#[test]
fn what_is_filled_in_says_so() {
    let text = "apiVersion: v1\nkind: Pod\nspec:\n  dnsPolicy: ''\n  containers:\n  - image: a\n";
    let mut documents = documents("pod.yaml", text.to_owned());
    let object = documents[0].objects[0];
    let tree = &mut documents[0].tree;
    default(tree, object);
    let spec = tree.view(object).get("spec").unwrap();
    let restart = spec.get("restartPolicy").unwrap();
    assert_eq!((restart.as_str(), restart.is_defaulted()), (Some("Always"), true));
    assert!(spec.get("dnsPolicy").unwrap().is_defaulted());
    let container = spec.get("containers").unwrap().element(0).unwrap();
    assert!(!container.is_defaulted() && !container.get("image").unwrap().is_defaulted());
    let before = format!("{:?}", tree.root().at(&["spec"]).unwrap().entries().count());
    default(tree, object);
    assert_eq!(before, format!("{:?}", tree.root().at(&["spec"]).unwrap().entries().count()));
}

#[test]
fn values_of_the_wrong_type_stay() {
    for text in [
        "apiVersion: v1\nkind: Pod\nspec: none\n",
        "apiVersion: v1\nkind: Pod\nspec: {containers: 3, volumes: {a: b}, securityContext: []}\n",
        "apiVersion: v1\nkind: Pod\nspec: {containers: [3, {resources: 4, ports: [x]}]}\n",
        "apiVersion: apps/v1\nkind: Deployment\nspec: {template: [], strategy: Recreate}\n",
        "apiVersion: v1\nkind: Service\nspec: {ports: {}, type: 5, sessionAffinityConfig: x}\n",
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: []}\n",
        "apiVersion: example.com/v1\nkind: Pod\nspec: {}\n",
    ] {
        let mut documents = documents("odd.yaml", text.to_owned());
        let object = documents[0].objects[0];
        let before = documents[0].tree.clone();
        default(&mut documents[0].tree, object);
        let mut differences = Vec::new();
        compare(documents[0].tree.root(), before.root(), "", &mut differences);
        differences.retain(|text| !text.ends_with("ours only"));
        assert_eq!(differences, Vec::<String>::new(), "{text}");
    }
}

/// Not in the scheme that the goldens are made with; the values are those of the source.
#[test]
fn definitions_and_services_of_apis_are_filled_in() {
    let check = |text: &str, path: &[&str], expected: Value<'_>| {
        let mut documents = documents("api.yaml", text.to_owned());
        let object = documents[0].objects[0];
        default(&mut documents[0].tree, object);
        let found = documents[0].tree.root().at(path).map(View::value);
        assert_eq!(found, Some(expected), "{path:?}");
    };
    let crd = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n\
               spec: {names: {kind: CronTab}}\n";
    check(crd, &["spec", "names", "singular"], Value::String("crontab"));
    check(crd, &["spec", "names", "listKind"], Value::String("CronTabList"));
    check(crd, &["spec", "conversion", "strategy"], Value::String("None"));
    let hook = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n\
                spec: {conversion: {strategy: Webhook, webhook: {clientConfig: {service: {}}}}}\n";
    let port = ["spec", "conversion", "webhook", "clientConfig", "service", "port"];
    check(hook, &port, Value::Int(443));
    let api = "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nspec: {service: {}}\n";
    check(api, &["spec", "service", "port"], Value::Int(443));
}
