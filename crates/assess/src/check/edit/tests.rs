//! An edited file says what the patched object says.

use super::{change, edits};
use cofferdam_bounds::Meter;
use cofferdam_manifest::{Lines, read};
use cofferdam_policy::{PatchKind, PatchOperation};
use serde_json::{Value, json};

fn operation(op: PatchKind, path: &str, value: Option<Value>) -> PatchOperation {
    PatchOperation { op, path: path.into(), value }
}

/// The text after the change, or nothing where there is no plain one.
fn edited(text: &str, operation: &PatchOperation) -> Option<String> {
    let source = read("x.yaml", text.into(), &Meter::default());
    assert!(source.problems.is_empty(), "{:?}", source.problems);
    let document = &source.documents[0];
    let object = document.tree.view(document.objects[0]);
    let change = change(object, text, operation)?;
    // The same by lines and columns, as reports have it.
    let [edit] = &*edits(object, &Lines::of(text), std::slice::from_ref(operation)) else {
        panic!("one edit")
    };
    assert_eq!(edit.text, change.text);
    let mut new = text.to_owned();
    new.replace_range(change.start..change.end, &change.text);
    Some(new)
}

#[track_caller]
fn check(text: &str, op: PatchKind, path: &str, value: Option<Value>, expected: Option<&str>) {
    assert_eq!(edited(text, &operation(op, path, value)).as_deref(), expected, "{op:?} {path}");
}

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: web # the name
spec:
  containers:
    - name: web
      image: nginx
      securityContext:
        privileged: true # no
    - name: log
      args: [a, b]
      resources: {limits: {cpu: 1}}
";

#[test]
fn a_scalar_is_replaced_where_it_stands() {
    let expected = POD.replace("privileged: true # no", "privileged: false # no");
    let path = "/spec/containers/0/securityContext/privileged";
    check(POD, PatchKind::Replace, path, Some(json!(false)), Some(&expected));
    check(POD, PatchKind::Add, path, Some(json!(false)), Some(&expected));
}

#[test]
fn a_member_is_added_behind_the_last_one() {
    let expected = POD
        .replace("privileged: true # no\n", "privileged: true # no\n        runAsNonRoot: true\n");
    let path = "/spec/containers/0/securityContext/runAsNonRoot";
    check(POD, PatchKind::Add, path, Some(json!(true)), Some(&expected));
}

#[test]
fn maps_that_are_missing_come_along() {
    let expected = format!(
        "{POD}      securityContext:\n        capabilities:\n          drop:\n            - ALL\n"
    )
    .replace("            - ALL\n", "            - ALL");
    let expected = format!("{}\n", expected.trim_end());
    let path = "/spec/containers/1/securityContext/capabilities";
    check(POD, PatchKind::Add, path, Some(json!({ "drop": ["ALL"] })), Some(&expected));
}

#[test]
fn in_one_line_it_stays_one_line() {
    let expected = POD.replace("{limits: {cpu: 1}}", "{limits: {\"memory\": \"64Mi\", cpu: 1}}");
    let path = "/spec/containers/1/resources/limits/memory";
    check(POD, PatchKind::Add, path, Some(json!("64Mi")), Some(&expected));
    let json = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"spec\": {}}";
    let expected = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"spec\": {\"hostPID\": false}}";
    check(json, PatchKind::Add, "/spec/hostPID", Some(json!(false)), Some(expected));
}

#[test]
fn lines_are_taken_out_with_what_is_empty_then() {
    let expected = POD.replace("      securityContext:\n        privileged: true # no\n", "");
    let path = "/spec/containers/0/securityContext/privileged";
    check(POD, PatchKind::Remove, path, None, Some(&expected));
    let expected = POD.replace("      image: nginx\n", "");
    check(POD, PatchKind::Remove, "/spec/containers/0/image", None, Some(&expected));
}

#[test]
fn what_is_not_plain_has_no_edit() {
    // The dash would stay behind.
    check(POD, PatchKind::Remove, "/spec/containers/0/name", None, None);
    check(POD, PatchKind::Add, "/spec/containers/1/args/-", Some(json!("c")), None);
    check(POD, PatchKind::Replace, "/spec/none", Some(json!(1)), None);
    // Another object would change with it.
    let shared = "apiVersion: v1\nkind: Pod\nspec: {a: &x {p: true}, b: *x}\n";
    check(shared, PatchKind::Replace, "/spec/b/p", Some(json!(false)), None);
}

/// A pod whose first container has an anchor that the second one uses.
fn with_anchor(first: &str, second: &str) -> String {
    POD.replace("      securityContext:\n        privileged: true # no\n", first)
        .replace("      args: [a, b]\n", second)
}

#[test]
fn what_an_anchor_or_an_alias_is_about_has_no_edit() {
    let map = "      securityContext: &sc\n        privileged: true\n";
    let alias = "      securityContext: *sc\n";
    let merged = "      securityContext:\n        <<: *sc\n";
    let over = "      securityContext:\n        <<: *sc\n        privileged: true\n        a: b\n";
    let path = |container: u8, key: &str| format!("/spec/containers/{container}/{key}");
    let privileged = |container| path(container, "securityContext/privileged");
    let (root, no) = (|container| path(container, "securityContext/runAsNonRoot"), json!(false));
    for second in [alias, merged, over] {
        let text = with_anchor(map, second);
        // The alias would name nothing, or change with it.
        check(&text, PatchKind::Remove, &privileged(0), None, None);
        check(&text, PatchKind::Replace, &privileged(0), Some(no.clone()), None);
        check(&text, PatchKind::Add, &root(0), Some(json!(true)), None);
        // What stands there is a name, not a map; or what was merged would count instead.
        check(&text, PatchKind::Remove, &privileged(1), None, None);
        let whole = path(1, "securityContext");
        check(&text, PatchKind::Add, &whole, Some(json!({})), None);
        if second == over {
            let expected = text.replace("a: b\n", "a: b\n        runAsNonRoot: true\n");
            check(&text, PatchKind::Add, &root(1), Some(json!(true)), Some(&expected));
        } else {
            check(&text, PatchKind::Add, &root(1), Some(json!(true)), None);
        }
    }
    // An anchor deeper in what would go, on a key, on a scalar, and on a list around.
    let deep = "      securityContext:\n        capabilities: {drop: &d [ALL]}\n";
    let text = with_anchor(deep, "      args: *d\n");
    check(&text, PatchKind::Remove, &path(0, "securityContext"), None, None);
    let capabilities = path(0, "securityContext/capabilities");
    check(&text, PatchKind::Replace, &capabilities, Some(json!({})), None);
    let text = with_anchor("      &k workingDir: /a\n", "      args: [*k]\n");
    check(&text, PatchKind::Remove, &path(0, "workingDir"), None, None);
    let text = with_anchor("      workingDir: &w /a\n", "      workingDir: *w\n");
    for container in [0, 1] {
        check(&text, PatchKind::Replace, &path(container, "workingDir"), Some(json!("/b")), None);
    }
    let text = POD.replace("containers:", "containers: &all");
    check(&text, PatchKind::Replace, &privileged(0), Some(no.clone()), None);
    let text = "- &pod\n  apiVersion: v1\n  kind: Pod\n- *pod\n";
    let text = format!("apiVersion: v1\nkind: List\nitems:\n{text}");
    check(&text, PatchKind::Replace, "/kind", Some(json!("x")), None);
    // A key that stands twice: the first would count again.
    let text = with_anchor("      tty: true\n      tty: true\n", "");
    check(&text, PatchKind::Remove, &path(0, "tty"), None, None);
}

#[test]
fn beside_an_anchor_edits_are_plain() {
    let text = POD.replace("name: web #", "name: &name web #").replace("[a, b]", "[a, *name]");
    let expected = text.replace("privileged: true", "privileged: false");
    let path = "/spec/containers/0/securityContext/privileged";
    check(&text, PatchKind::Replace, path, Some(json!(false)), Some(&expected));
    let expected = text.replace("{limits:", "{\"requests\": {}, limits:");
    check(
        &text,
        PatchKind::Add,
        "/spec/containers/1/resources/requests",
        Some(json!({})),
        Some(&expected),
    );
    let expected = text.replace("      resources: {limits: {cpu: 1}}\n", "");
    check(&text, PatchKind::Remove, "/spec/containers/1/resources", None, Some(&expected));
}
