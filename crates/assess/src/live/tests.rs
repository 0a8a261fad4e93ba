//! Audits and reviews say the same, whatever lies where in a cluster.

use super::{Incoming, Objects, Review, Ways, audit, audit_some, review};
use crate::check::{Check, Question};
use cofferdam_bounds::Meter;
use cofferdam_manifest::{Object, read};
use cofferdam_model::{ObjectKey, Severity};
use cofferdam_policy::{Bundle, Stage, Target};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::LazyLock,
};

static BUILT_IN: LazyLock<Bundle> = LazyLock::new(|| Bundle::built_in().unwrap());

fn question(bundle: &Bundle) -> Question<'_> {
    Question {
        bundle,
        stage: Stage::Background,
        now: "2026-06-01T00:00:00Z".parse().unwrap(),
        fail_on: Severity::None,
        kubernetes_minor: Some(34),
        pod_security: None,
        changes: None,
        patches: true,
        explain: true,
    }
}

/// A cluster of the objects of a text, with the JSON of each.
fn cluster(yaml: &str) -> (Objects, BTreeMap<ObjectKey, String>) {
    let source = read("x", yaml.into(), &Meter::default());
    assert!(source.problems.is_empty(), "{:?}", source.problems);
    let (mut objects, mut all) = (Objects::default(), BTreeMap::new());
    for document in &source.documents {
        let object = Object::of(document.tree.view(document.objects[0])).unwrap();
        let name = object.name.unwrap();
        let key = ObjectKey::new(object.api_version, object.kind, object.namespace, name);
        let json = cofferdam_policy::written(object.view).unwrap().to_string();
        assert!(objects.put(key.clone(), json.as_str().into()).is_empty());
        all.insert(key, json);
    }
    (objects, all)
}

/// Code, outcome, subject, message and digest.
type Said = BTreeSet<(String, &'static str, String, String, String)>;

fn by_audit(check: &Check, key: &ObjectKey) -> Said {
    let of = |found: &&crate::check::Found| check.own_path(found) == key.to_string();
    let said = check.findings.iter().filter(of).map(|found| {
        let digest = found.explanation.as_ref().unwrap().digest.unwrap();
        let code = check.rule(found).unwrap().code.clone();
        let (about, message) = (found.about.to_string(), found.message.to_string());
        (code, found.outcome.as_str(), about, message, digest.to_string())
    });
    said.collect()
}

/// Why each finding is worth what it is: exposure and attack paths are in it.
fn ranks(check: &Check, key: &ObjectKey) -> Vec<String> {
    let of = |found: &&crate::check::Found| check.own_path(found) == key.to_string();
    let of_one = check.findings.iter().filter(of);
    of_one.map(|found| format!("{} {} {}", found.about, found.message, found.rank)).collect()
}

fn by_review(objects: &Objects, json: &str, bundle: &Bundle) -> Said {
    let source = read("x", json.into(), &Meter::default());
    let root = source.documents[0].tree.root().id();
    let incoming = Incoming::new(source, root, None, None, None).unwrap();
    let object = incoming.object().unwrap();
    let target = Target::object(object.api_version, object.kind, object.namespace, object.name);
    let explain = BTreeSet::new();
    let asked = Review { incoming: &incoming, target: &target, explain: &explain };
    let verdict = review(objects, &asked, &question(bundle));
    let mut said = Said::new();
    for judged in verdict.verdicts {
        for finding in judged.verdict.findings {
            let digest = judged.verdict.digest.to_string();
            let outcome = finding.outcome.as_str();
            let code = judged.verdict.code.clone();
            said.insert((code, outcome, finding.subject, finding.message, digest));
        }
    }
    said
}

/// Every object of a cluster reviewed says what the audit says; gives the codes that were said.
fn agree(
    objects: &Objects,
    all: &BTreeMap<ObjectKey, String>,
    bundle: &Bundle,
) -> BTreeSet<String> {
    let check = audit(objects, &question(bundle));
    assert!(check.problems.is_empty(), "{:?}", check.problems);
    let mut codes = BTreeSet::new();
    let ways = Ways::of(objects);
    assert_eq!(ways.paths, check.paths);
    for (key, json) in all {
        let said = by_review(objects, json, bundle);
        assert_eq!(by_audit(&check, key), said, "{key}");
        let alone = audit_some(objects, &[key.clone()].into(), &ways, &question(bundle));
        assert_eq!(by_audit(&alone, key), said, "{key} in a step of its own");
        assert_eq!(ranks(&alone, key), ranks(&check, key), "{key} in a step of its own");
        codes.extend(said.into_iter().map(|(code, ..)| code));
    }
    codes
}

const SHOP: &str = "
{apiVersion: v1, kind: Namespace, metadata: {name: shop}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: edge}}
---
{apiVersion: v1, kind: ServiceAccount, metadata: {name: web, namespace: shop}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers: [{name: web, image: 'web:1', securityContext: {privileged: true}}]
status: {replicas: 1}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop},
 spec: {selector: {app: web}, ports: [{port: 80}]}}
";

#[test]
fn joins_within_a_namespace() {
    let (objects, all) = cluster(SHOP);
    let codes = agree(&objects, &all, &BUILT_IN);
    assert!(codes.contains("CFD-POD-0001"));
    assert_eq!(objects.len(), all.len());
}

#[test]
fn rights_from_other_namespaces_through_groups_and_by_aggregation() {
    let rights = "
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: whole}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {part: 'yes'}}]}
rules: []
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: part, labels: {part: 'yes'}}
rules: [{apiGroups: [''], resources: [secrets], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: all-accounts}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: whole}
subjects: [{kind: Group, name: 'system:serviceaccounts:shop'}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: exec, namespace: edge}
rules: [{apiGroups: [''], resources: [pods/exec], verbs: [create]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: exec, namespace: edge}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: exec}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: admin}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: User, name: 'system:serviceaccount:shop:web'}]
";
    let (mut objects, mut all) = cluster(&format!("{SHOP}{rights}"));
    let codes = agree(&objects, &all, &BUILT_IN);
    // What is bound is known only where all of it is looked at.
    assert!(codes.iter().any(|code| code.starts_with("CFD-ACC")), "{codes:?}");
    let gone: Vec<ObjectKey> =
        all.keys().filter(|key| key.kind.ends_with("Binding")).cloned().collect();
    for key in gone {
        objects.remove(&key);
        all.remove(&key);
        agree(&objects, &all, &BUILT_IN);
    }
}

/// What may not be read is unknown to the audit and at the door alike.
#[test]
fn kinds_that_could_not_be_read() {
    let (mut objects, all) = cluster(SHOP);
    let web = all.keys().find(|key| key.kind == "Deployment").unwrap();
    let unknown = |objects: &Objects| -> BTreeSet<String> {
        let said = by_audit(&audit(objects, &question(&BUILT_IN)), web);
        let is_unknown = |(_, outcome, ..): &(_, &str, _, _, _)| *outcome == "unknown";
        said.into_iter().filter(is_unknown).map(|(code, ..)| code).collect()
    };
    agree(&objects, &all, &BUILT_IN);
    assert!(!unknown(&objects).contains("CFD-NET-0010"));
    assert!(!objects.lack([]), "nothing changes");
    assert!(objects.lack([("networking.k8s.io", "NetworkPolicy"), ("", "Service")]));
    agree(&objects, &all, &BUILT_IN);
    assert!(unknown(&objects).contains("CFD-NET-0010"), "{:?}", unknown(&objects));
    assert!(objects.lack([]));
    assert!(!unknown(&objects).contains("CFD-NET-0010"));
}

#[test]
fn routes_from_other_namespaces() {
    let route = "
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: edge}
spec:
  parentRefs: [{name: edge}]
  rules: [{backendRefs: [{name: web, namespace: shop, port: 80}]}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: all, namespace: shop}
spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{}]}
";
    let (mut objects, mut all) = cluster(&format!("{SHOP}{route}"));
    let with = agree(&objects, &all, &BUILT_IN);
    let key = ObjectKey::new("gateway.networking.k8s.io/v1", "HTTPRoute", Some("edge"), "web");
    objects.remove(&key);
    all.remove(&key);
    let without = agree(&objects, &all, &BUILT_IN);
    assert_ne!(with, without, "a route from elsewhere exposes the pods");
}

#[test]
fn policies_that_ask_who_may_do_what_see_all_rights() {
    let policy = "
apiVersion: cofferdam.dev/v1alpha1
kind: ClusterSecurityPolicy
metadata: {name: asks}
spec:
  code: ACME-1
  title: Asks
  description: Why.
  severity: low
  stages: [admission, background]
  matchConstraints:
    resourceRules:
      - {apiGroups: [''], apiVersions: [v1], operations: ['*'], resources: [services]}
  validations:
    - expression: >-
        !authorizer.serviceAccount('edge', 'far').group('').resource('secrets').check('list').allowed()
        && namespaceObject.metadata.name == object.metadata.namespace
      message: Somebody far away may.
";
    let file = cofferdam_policy::PolicyFile { place: "x".into(), text: policy.into() };
    let bundle = Bundle::only(&[file]).unwrap();
    let rights = "
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: far, namespace: edge}
rules: [{apiGroups: [''], resources: [secrets], verbs: [list]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: far, namespace: edge}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: far}
subjects: [{kind: ServiceAccount, name: far}]
";
    let (objects, all) = cluster(&format!("{SHOP}{rights}"));
    agree(&objects, &all, &bundle);
}

/// As the rules about networks say it, without asking them.
#[test]
fn namespaces_that_let_nobody_in_are_known() {
    let policy = |name: &str, namespace: &str, spec: &str| {
        format!(
            "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n\
             metadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
        )
    };
    let policies = [
        policy("a", "all", "{podSelector: {}, policyTypes: [Ingress]}"),
        policy("a", "implied", "{podSelector: {matchLabels: {}}, ingress: []}"),
        policy("a", "outgoing", "{podSelector: {}, policyTypes: [Egress]}"),
        policy("a", "open", "{podSelector: {}, ingress: [{}]}"),
        policy("a", "some", "{podSelector: {matchLabels: {app: web}}}"),
    ];
    let (objects, _) = cluster(&policies.concat());
    let known = |ways: Ways| (ways.default_denials, ways.unknown_denials);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let denials: BTreeSet<String> = names(&["all", "implied"]);
    assert_eq!(known(Ways::of(&objects)), (denials.clone(), Some(BTreeSet::new())));
    let foreign = "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n\
                   metadata: {name: a, namespace: cilium}\nspec: {}\n";
    let (mut objects, _) = cluster(&format!("{}{foreign}", policies.concat()));
    assert_eq!(known(Ways::of(&objects)), (denials.clone(), Some(names(&["cilium"]))));
    objects.lack([("cilium.io", "CiliumNetworkPolicy")]);
    assert_eq!(known(Ways::of(&objects)), (denials, None));
}

/// Of Secrets and ConfigMaps a watch tells metadata only: what else they hold is neither there nor
/// missing.
#[test]
fn what_was_not_asked_for_is_unknown() {
    let policy = |expression: &str, resources: &str| {
        let text = format!(
            "
apiVersion: cofferdam.dev/v1alpha1
kind: ClusterSecurityPolicy
metadata: {{name: own}}
spec:
  code: OWN-1
  title: t
  description: d
  severity: low
  stages: [background]
  matchConstraints:
    resourceRules: [{{apiGroups: [''], apiVersions: [v1], resources: [{resources}]}}]
  validations: [{{expression: \"{expression}\", message: m}}]
"
        );
        let file = cofferdam_policy::PolicyFile { place: "x".into(), text };
        Bundle::only(&[file]).unwrap()
    };
    let (objects, all) = cluster(
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: shop}}\n---\n\
         {apiVersion: v1, kind: Secret, metadata: {name: key, namespace: shop, labels: {a: b}}}",
    );
    let secret = all.keys().find(|key| key.kind == "Secret").unwrap();
    let of_secrets = policy("object.type != 'Opaque'", "secrets");
    let check = audit(&objects, &question(&of_secrets));
    let said = by_audit(&check, secret);
    assert!(
        said.iter().all(|(_, outcome, ..)| *outcome == "unknown") && said.len() == 1,
        "{said:?}"
    );
    for key in all.keys() {
        for (expression, expected) in [
            ("has(object.data)", Some("unknown")),
            ("!has(object.data)", Some("unknown")),
            ("object.?data.?a.orValue('') == ''", Some("unknown")),
            ("object.?immutable.orValue(false)", Some("unknown")),
            ("!has(object.metadata.finalizers)", None),
            ("object.metadata.name in ['settings', 'key']", None),
            ("has(object.metadata.annotations)", Some("fail")),
        ] {
            let check = audit(&objects, &question(&policy(expression, "configmaps, secrets")));
            let said = by_audit(&check, key);
            let (outcomes, messages): (Vec<_>, Vec<_>) =
                said.iter().map(|(_, outcome, _, message, _)| (*outcome, message)).unzip();
            assert_eq!(outcomes, Vec::from_iter(expected), "{key}: {expression}");
            if expected == Some("unknown") {
                assert!(messages[0].contains("is not asked for"), "{}", messages[0]);
            }
        }
    }
}

#[test]
fn a_clone_is_a_snapshot() {
    let (mut objects, all) = cluster(SHOP);
    let before = objects.clone();
    let key = all.keys().find(|key| key.kind == "Deployment").unwrap();
    objects.remove(key);
    assert!(!objects.contains(key) && before.contains(key));
    assert_eq!(objects.len() + 1, before.len());
    agree(&before, &all, &BUILT_IN);
}

#[test]
fn some_are_judged_beside_all() {
    let (objects, all) = cluster(SHOP);
    let whole = audit(&objects, &question(&BUILT_IN));
    let key = all.keys().find(|key| key.kind == "Deployment").unwrap();
    let (ways, question) = (Ways::of(&objects), question(&BUILT_IN));
    let one = audit_some(&objects, &[key.clone()].into(), &ways, &question);
    assert_eq!(one.tally.judged, 1);
    assert_eq!(by_audit(&one, key), by_audit(&whole, key));
}

#[test]
fn what_cannot_be_read_goes_and_is_told() {
    let (mut objects, all) = cluster(SHOP);
    let key = all.keys().find(|key| key.kind == "Service").unwrap();
    assert!(!objects.put(key.clone(), "{\"kind\":".into()).is_empty());
    assert!(!objects.contains(key));
}
