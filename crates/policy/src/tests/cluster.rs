//! Documents of a cluster: what is in force, of which namespace, and what is told of the others.

use super::now;
use crate::{
    Bundle, ClusterDocument, ClusterDocuments, Facts, ObjectSource, Outcome, PolicyFile, Stage,
    Target, bundle::Collected, cluster::add, screen,
};
use cofferdam_bounds::Meter;
use cofferdam_manifest::{Lines, Object, read};
use cofferdam_model::ObjectKey;
use serde_json::{Value, json};

const OURS: &str = "cofferdam.dev/v1alpha1";
const ADMISSION: &str = "admissionregistration.k8s.io/v1";

fn document(
    api_version: &str,
    kind: &str,
    namespace: Option<&str>,
    name: &str,
    created: &str,
    spec: &Value,
) -> ClusterDocument {
    // As an API server has them.
    let json = json!({"apiVersion": api_version, "kind": kind, "spec": spec, "status": {"x": 1},
        "metadata": {"name": name, "namespace": namespace, "uid": name, "generation": 3,
            "creationTimestamp": created}});
    ClusterDocument {
        key: ObjectKey::new(api_version, kind, namespace, name),
        json: json.to_string().into(),
    }
}

/// A policy that wants an owner of Deployments.
fn policy(namespace: Option<&str>, name: &str, code: &str, created: &str) -> ClusterDocument {
    let kind = if namespace.is_some() { "SecurityPolicy" } else { "ClusterSecurityPolicy" };
    let spec = json!({"code": code, "title": "t", "description": "d", "severity": "low",
        "stages": ["build", "admission", "background"],
        "matchConstraints": {"resourceRules": [{"apiGroups": ["apps"], "apiVersions": ["v1"],
            "operations": ["CREATE"], "resources": ["deployments"]}]},
        "validations": [{"expression": "has(object.metadata.labels) && has(object.metadata.labels.owner)", "message": "no owner"}]});
    document(OURS, kind, namespace, name, created, &spec)
}

fn exception(namespace: Option<&str>, name: &str, policies: &[&str]) -> ClusterDocument {
    let kind = if namespace.is_some() { "PolicyException" } else { "ClusterPolicyException" };
    let spec = json!({"owner": "ann", "reason": "soon gone", "expires": "2027-01-01",
        "policies": policies});
    document(OURS, kind, namespace, name, "", &spec)
}

fn changed(mut document: ClusterDocument, pointer: &str, value: Value) -> ClusterDocument {
    let mut object: Value = serde_json::from_str(&document.json).unwrap();
    *object.pointer_mut(pointer).unwrap() = value;
    document.json = object.to_string().into();
    document
}

/// The rules about images, and these; what is not in force, told in one line each.
fn bundle(documents: Vec<ClusterDocument>) -> (Bundle, Vec<String>) {
    let mut all = Collected::with(&[], |area| area == "image");
    all.check().unwrap();
    let (bundle, problems) = add(all, &ClusterDocuments { documents, ..Default::default() });
    (bundle, problems.iter().map(ToString::to_string).collect())
}

/// What is found of a Deployment without labels: code, and who answers for it.
fn found(bundle: &Bundle, namespace: &str, stage: Stage) -> Vec<(String, Outcome, Option<String>)> {
    let yaml = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: {namespace}}}\n"
    );
    let source = read("web.yaml", (&*yaml).into(), &Meter::default());
    let lines = Lines::of(&source.text);
    let view = source.documents[0].tree.view(source.documents[0].objects[0]);
    let object = Object::of(view).unwrap();
    let mut facts = Facts::default();
    facts.insert("object", ObjectSource::new(object.view, "web.yaml", &lines));
    let target = Target::object(object.api_version, object.kind, object.namespace, object.name);
    let screened = screen(bundle, &facts, &target, stage, now());
    let told = screened.verdicts.into_iter().flat_map(|judged| {
        let code = judged.verdict.code.clone();
        judged.verdict.findings.into_iter().map(move |finding| {
            let who = finding.exception.map(|excepted| excepted.owner);
            (code.clone(), finding.outcome, who)
        })
    });
    told.collect()
}

fn fails(code: &str) -> (String, Outcome, Option<String>) {
    (code.to_owned(), Outcome::Fail, None)
}

#[test]
fn what_lies_in_a_namespace_is_about_that_namespace() {
    let (bundle, problems) =
        bundle(vec![policy(Some("a"), "owner", "A-1", ""), policy(None, "all", "ALL-1", "")]);
    assert_eq!(problems, [""; 0]);
    assert_eq!(found(&bundle, "a", Stage::Background), [fails("A-1"), fails("ALL-1")]);
    assert_eq!(found(&bundle, "b", Stage::Background), [fails("ALL-1")]);
    assert_eq!(found(&bundle, "a", Stage::Admission), [fails("A-1"), fails("ALL-1")]);
    let policy = bundle.policies.iter().find(|policy| policy.code == "A-1").unwrap();
    assert_eq!(policy.place, "SecurityPolicy a/owner");
}

#[test]
fn an_exception_of_a_namespace_never_excuses_another() {
    let of = |namespace, policies: &[&str]| {
        let all = vec![policy(None, "all", "ALL-1", ""), exception(namespace, "e", policies)];
        let (bundle, problems) = bundle(all);
        assert_eq!(problems, [""; 0]);
        ["a", "b"].map(|namespace| found(&bundle, namespace, Stage::Background).remove(0).2)
    };
    let ann = Some("ann".to_owned());
    for policies in [["ALL-1"], ["all"]] {
        assert_eq!(of(Some("a"), &policies), [ann.clone(), None]);
        assert_eq!(of(Some("b"), &policies), [None, ann.clone()]);
        assert_eq!(of(None, &policies), [ann.clone(), ann.clone()]);
    }
    // What the object says of itself does not count: only where it lies does.
    let lie = changed(exception(Some("a"), "e", &["ALL-1"]), "/metadata/namespace", json!("b"));
    let lie = changed(lie, "/kind", json!("ClusterPolicyException"));
    let (bundle, _) = bundle(vec![policy(None, "all", "ALL-1", ""), lie]);
    assert_eq!(found(&bundle, "b", Stage::Background), [fails("ALL-1")]);
    assert_eq!(found(&bundle, "a", Stage::Background)[0].2, ann);
}

#[test]
fn what_is_broken_takes_nothing_else_out_of_force() {
    let fine = || policy(None, "all", "ALL-1", "");
    let no_cel =
        changed(policy(None, "x", "X-1", ""), "/spec/validations/0/expression", json!("object."));
    let lost = ClusterDocument {
        key: ObjectKey::new(OURS, "PolicyException", None, "lost"),
        ..exception(Some("a"), "lost", &["ALL-1"])
    };
    let image = changed(
        policy(Some("a"), "image", "A-2", ""),
        "/spec/validations/0/expression",
        json!("image.config.user != ''"),
    );
    for (broken, expected) in [
        (
            no_cel,
            "spec.validations[0].expression is not a valid expression: ClusterSecurityPolicy x",
        ),
        (
            changed(policy(None, "x", "X-1", ""), "/spec", json!(7)),
            "cannot read the policy document: ClusterSecurityPolicy x",
        ),
        (
            changed(exception(Some("a"), "e", &["ALL-1"]), "/spec/expires", json!("tomorrow")),
            "expires is a date, such as 2026-12-31, or a time in RFC 3339: PolicyException a/e",
        ),
        (
            exception(Some("a"), "e", &["ALL-9"]),
            "exception e: there is no policy ALL-9: PolicyException a/e",
        ),
        // Nothing of a cluster stands in for what is built in.
        (
            policy(None, "x", "CFD-POD-0001", ""),
            "the code CFD-POD-0001 is taken: ClusterSecurityPolicy x: it is that of \
             built-in:pod/privileged-container",
        ),
        (
            policy(Some("a"), "x", "CFD-IMG-0001", ""),
            "the code CFD-IMG-0001 is taken: SecurityPolicy a/x: it is that of built-in:image/",
        ),
        (
            policy(None, "privileged-container", "X-1", ""),
            "the name privileged-container is taken: ClusterSecurityPolicy privileged-container",
        ),
        (lost, "a SecurityPolicy and a PolicyException lie in a namespace, no others do"),
        (
            image,
            "a SecurityPolicy is about the objects of its namespace only: SecurityPolicy a/image",
        ),
    ] {
        let (bundle, problems) = bundle(vec![broken, fine()]);
        assert!(problems.len() == 1 && problems[0].starts_with(expected), "{problems:?}");
        assert_eq!(found(&bundle, "a", Stage::Background), [fails("ALL-1")], "{expected}");
        let codes = bundle.policies.iter().filter(|policy| policy.code.starts_with("CFD-"));
        assert!(codes.clone().all(|policy| policy.place.starts_with("built-in:")));
        assert_eq!(codes.count(), 10);
    }
}

#[test]
fn who_was_there_first_has_the_code() {
    let check = |one: ClusterDocument, other: ClusterDocument, expected: &str| {
        for all in [vec![one.clone(), other.clone()], vec![other, one]] {
            let (bundle, problems) = bundle(all);
            assert_eq!(problems.len(), 1, "{problems:?}");
            let own = bundle.policies.iter().find(|policy| policy.code == "T-1").unwrap();
            assert_eq!(own.place, expected);
            // Whose it is in another namespace is not told.
            let is_told = problems[0].ends_with(expected);
            assert_eq!(is_told, own.namespace.is_none(), "{problems:?}");
        }
    };
    let (early, late) = ("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z");
    let of = |namespace, created| policy(namespace, "own", "T-1", created);
    check(of(Some("a"), late), of(Some("b"), early), "SecurityPolicy b/own");
    check(of(Some("a"), early), of(Some("b"), early), "SecurityPolicy a/own");
    check(of(Some("a"), early), of(None, late), "ClusterSecurityPolicy own");
}

#[test]
fn what_changed_in_a_namespace_is_judged_anew_there() {
    let all = || policy(None, "all", "ALL-1", "");
    let own = |namespace: &str| {
        policy(Some(namespace), "own", &format!("OWN-{}", namespace.to_uppercase()), "")
    };
    let excuse = |namespace| exception(Some(namespace), "e", &["ALL-1"]);
    let check = |before: Vec<_>, after: Vec<_>, expected: Option<&[&str]>| {
        let (before, after) = (bundle(before).0, bundle(after).0);
        for (one, other) in [(&before, &after), (&after, &before)] {
            let found = one.changed_within(other);
            let found: Option<Vec<String>> = found.map(|all| all.into_iter().collect());
            let expected = expected.map(|all| all.iter().map(ToString::to_string).collect());
            assert_eq!(found, expected);
        }
    };
    check(vec![all()], vec![all()], Some(&[]));
    check(vec![all()], vec![all(), own("a")], Some(&["a"]));
    check(vec![all(), own("b")], vec![all(), own("a"), excuse("c")], Some(&["a", "b", "c"]));
    check(vec![all(), own("a")], vec![own("a")], None);
    check(vec![all()], vec![all(), exception(None, "e", &["ALL-1"])], None);
    let renamed = changed(own("a"), "/spec/title", json!("another"));
    check(vec![own("a")], vec![renamed], Some(&["a"]));
    let bound = admission(&json!({}));
    check(bound.clone(), bound[..1].to_vec(), None);
}

#[test]
fn no_namespace_takes_all_the_room() {
    let many = (0..105).map(|n| exception(Some("a"), &format!("e{n:03}"), &["ALL-1"]));
    let all = many.chain([exception(Some("b"), "e", &["ALL-1"]), policy(None, "all", "ALL-1", "")]);
    let (bundle, problems) = bundle(all.collect());
    assert_eq!((bundle.exceptions.len(), problems.len()), (101, 5));
    assert!(problems[0].starts_with("no more than 100 policies and exceptions"), "{problems:?}");
    let long = changed(policy(None, "x", "X-1", ""), "/spec/title", json!("x".repeat(300_000)));
    let (bundle, problems) = self::bundle(vec![long]);
    assert_eq!((bundle.policies.len(), problems.len()), (10, 1));
}

fn admission(params: &Value) -> Vec<ClusterDocument> {
    let rules = json!({"resourceRules": [{"apiGroups": ["apps"], "apiVersions": ["v1"],
        "operations": ["CREATE", "UPDATE"], "resources": ["deployments"], "scope": "*"}],
        "matchPolicy": "Equivalent", "namespaceSelector": {}, "objectSelector": {}});
    let kind = json!({"apiVersion": "v1", "kind": "ConfigMap"});
    let spec = json!({"failurePolicy": "Fail", "paramKind": kind, "matchConstraints": rules,
        "validations": [{"expression": "params != null && params.data.is == 'fine'"}]});
    let binding = json!({"policyName": "vap", "validationActions": ["Warn"],
        "paramRef": {"name": "p", "namespace": "a", "parameterNotFoundAction": "Deny"}});
    let map = json!({"apiVersion": "v1", "kind": "ConfigMap", "data": params,
        "metadata": {"name": "p", "namespace": "a"}});
    vec![
        document(ADMISSION, "ValidatingAdmissionPolicy", None, "vap", "", &spec),
        document(ADMISSION, "ValidatingAdmissionPolicyBinding", None, "b", "", &binding),
        ClusterDocument {
            key: ObjectKey::new("v1", "ConfigMap", Some("a"), "p"),
            json: map.to_string().into(),
        },
    ]
}

#[test]
fn policies_of_the_api_server_are_asked_in_the_background() {
    let bound = |mut documents: Vec<ClusterDocument>, is_seen: bool| {
        let kind = ("v1".to_owned(), "ConfigMap".to_owned());
        let params = is_seen.then_some(kind).into_iter().collect();
        if !is_seen {
            documents.pop();
        }
        let (bundle, problems) = add(Collected::default(), &ClusterDocuments { documents, params });
        assert_eq!(problems, []);
        assert_eq!(found(&bundle, "a", Stage::Admission), [], "the API server asks it there");
        found(&bundle, "a", Stage::Background)
    };
    assert_eq!(bound(admission(&json!({"is": "bad"})), true), [fails("vap")]);
    assert_eq!(bound(admission(&json!({"is": "fine"})), true), []);
    let unknown = ("vap".to_owned(), Outcome::Unknown, None);
    assert_eq!(bound(admission(&json!({})), false), [unknown]);

    // Without a binding nobody is asked, and a binding of nothing binds nothing.
    for alone in [0, 1] {
        let documents = vec![admission(&json!({})).remove(alone)];
        let all = ClusterDocuments { documents, ..Default::default() };
        let (bundle, problems) = add(Collected::default(), &all);
        assert_eq!((problems.len(), bundle.policies.len(), bundle.bindings.len()), (0, 0, 0));
    }
}

#[test]
fn files_are_taken_whole_or_not_at_all() {
    let file = |text: String| PolicyFile { place: "own.yaml".to_owned(), text };
    let documents = vec![policy(None, "own", "OWN-2", ""), exception(None, "e", &["OWN-1"])];
    let cluster = ClusterDocuments { documents, ..Default::default() };
    let own = policy(None, "own", "OWN-1", "").file().text;
    let (bundle, problems) = Bundle::with_cluster(&[file(own.clone())], &cluster).unwrap();
    let of = |code: &str| bundle.policies.iter().any(|policy| policy.code == code);
    assert!(of("OWN-1") && of("CFD-POD-0001") && !of("OWN-2"), "a file's name is taken");
    assert_eq!((problems.len(), bundle.exceptions.len()), (1, 1));
    assert!(Bundle::with_cluster(&[file(own.replace("object.", "object..")),], &cluster).is_err());
}
