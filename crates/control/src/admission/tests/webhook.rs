//! Which requests are sent to the door, and what becomes of those that nobody answers.

use super::{BUILT_IN, ask, door, only, pod, request};
use crate::admission::{
    Mode, Modes, OnFailure, RuleMode, SecretPath, Settings, Updates,
    configuration::{Address, configuration},
    is_asked,
};
use cofferdam_assess::live::Objects;
use cofferdam_model::ObjectKey;
use cofferdam_policy::{
    Bundle, ClusterDocument, ClusterDocuments, Operation, Policy, Stage, facts::RootSet,
};
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

const PRIVILEGED: &str = "CFD-POD-0001";
const FULL_ACCESS: &str = "CFD-ACC-0001";
const CLOSED: RuleMode =
    RuleMode { mode: Mode::Enforce, on_failure: OnFailure::Fail, updates: Updates::Lenient };

fn closing(codes: &[&str]) -> Settings {
    super::settings(codes.iter().map(|code| (*code, CLOSED)).collect())
}

/// The webhooks by name, without their domain.
fn webhooks(settings: &Settings) -> BTreeMap<String, Value> {
    let address = Address::Url("https://127.0.0.1:9443".into());
    let path = SecretPath::generate().unwrap();
    let all = configuration(&address, "PEM", &path, settings);
    let all = all["webhooks"].as_array().unwrap().iter();
    all.map(|webhook| {
        let name = webhook["name"].as_str().unwrap();
        let client = &webhook["clientConfig"];
        assert_eq!(client["url"], format!("https://127.0.0.1:9443{}", path.as_str()));
        assert_eq!(
            (&client["caBundle"], &webhook["sideEffects"]),
            (&json!("UEVN"), &json!("None"))
        );
        let name = name.strip_suffix(".admission.cofferdam.dev").unwrap();
        let policy = if name.starts_with("closed") { "Fail" } else { "Ignore" };
        assert_eq!(webhook["failurePolicy"], policy, "{name}");
        (name.to_owned(), webhook.clone())
    })
    .collect()
}

fn resources(webhook: &Value) -> Vec<String> {
    let rules = webhook["rules"].as_array().unwrap().iter();
    let all = rules.flat_map(|rule| rule["resources"].as_array().unwrap());
    let mut all: Vec<String> = all.map(|one| one.as_str().unwrap().to_owned()).collect();
    all.sort();
    all
}

/// Whether a webhook is asked of an object in a namespace, as the API server decides it.
fn is_asked_in(webhook: &Value, namespace: &str) -> bool {
    let all = webhook["namespaceSelector"]["matchExpressions"].as_array().unwrap();
    all.iter().all(|one| {
        assert_eq!(one["key"], "kubernetes.io/metadata.name");
        let has = one["values"].as_array().unwrap().contains(&json!(namespace));
        match one["operator"].as_str().unwrap() {
            "In" => has,
            "NotIn" => !has,
            other => panic!("{other}"),
        }
    })
}

/// Every resource goes to one webhook in every namespace, and to none in those of the system.
fn each_goes_to_one(settings: &Settings) {
    let all = webhooks(&super::settings(Modes::default()));
    let [everything] = &all.values().map(resources).collect::<Vec<_>>()[..] else { panic!("one") };
    let found = webhooks(settings);
    for resource in everything {
        for (namespace, expected) in
            [("dev", 1), ("ops", 1), ("shop", 1), ("kube-system", 0), ("cofferdam", 0)]
        {
            let asked = found.values().filter(|one| resources(one).contains(resource));
            let asked = asked.filter(|one| is_asked_in(one, namespace)).count();
            assert_eq!(asked, expected, "{resource} in {namespace}");
        }
    }
    for webhook in found.values() {
        let conditions = webhook["matchConditions"].to_string();
        assert!(conditions.contains("kube-system") && conditions.contains("apiserver"));
    }
}

#[test]
fn each_request_goes_to_one_webhook_and_none_of_the_system() {
    for codes in [&[][..], &[PRIVILEGED], &[PRIVILEGED, FULL_ACCESS]] {
        each_goes_to_one(&closing(codes));
    }
    let both = webhooks(&closing(&[PRIVILEGED]));
    assert_eq!(both.keys().collect::<Vec<_>>(), ["closed", "open"]);
    assert!(resources(&both["closed"]).contains(&"pods".to_owned()));
    assert!(resources(&both["open"]).contains(&"clusterroles".to_owned()));
}

#[test]
fn a_rule_about_pods_does_not_close_the_ways_into_them() {
    let both = webhooks(&closing(&[PRIVILEGED, FULL_ACCESS]));
    let closed = resources(&both["closed"]);
    for resource in ["pods", "pods/ephemeralcontainers", "deployments", "roles", "clusterroles"] {
        assert!(closed.contains(&resource.to_owned()), "{resource}");
    }
    let open = resources(&both["open"]);
    for resource in ["pods/exec", "pods/attach", "pods/portforward", "services"] {
        assert!(open.contains(&resource.to_owned()), "{resource}");
    }
    // The same of a request that cannot be judged.
    let (door, _) = door(Objects::default(), closing(&[PRIVILEGED, FULL_ACCESS]));
    let empty = |subresource: &str| {
        json!({"uid": "u", "operation": "CONNECT", "namespace": "dev",
        "subResource": subresource, "resource": {"resource": "pods"}})
    };
    assert_eq!(ask(&door, &empty("exec"))["allowed"], true);
    assert_eq!(ask(&door, &empty("ephemeralcontainers"))["allowed"], false);
}

const ENTER: &str = "
apiVersion: cofferdam.dev/v1alpha1
kind: ClusterSecurityPolicy
metadata: {name: who-may-enter}
spec:
  code: ACME-7
  title: t
  description: d
  severity: high
  stages: [admission]
  matchConstraints:
    resourceRules:
      - {apiGroups: [GROUP], apiVersions: [v1], operations: [OPERATION], resources: [RESOURCES]}
  validations:
    - {expression: 'true', message: m}
";

#[test]
fn what_a_rule_asks_for_is_closed_and_nothing_else() {
    let about = |group: &str, operation: &str, named: &str| {
        let policy = ENTER.replace("GROUP", group).replace("OPERATION", operation);
        only(&policy.replace("RESOURCES", named))
    };
    for (group, operation, named, expected) in [
        ("''", "'*'", "pods/exec", &["pods/exec"][..]),
        ("''", "CREATE", "pods/exec", &[]),
        (
            // As an API server reads it, the pods themselves are among them.
            "''",
            "'*'",
            "'pods/*'",
            &["pods", "pods/attach", "pods/ephemeralcontainers", "pods/exec", "pods/portforward"],
        ),
        ("''", "CONNECT", "'pods/*'", &["pods/attach", "pods/exec", "pods/portforward"]),
        ("'*'", "'*'", "services, jobs", &["jobs", "services"]),
        ("batch", "'*'", "services, jobs", &["jobs"]),
        ("''", "'*'", "pods", &["pods", "pods/ephemeralcontainers"]),
        ("''", "CREATE", "pods", &["pods"]),
        ("''", "DELETE", "pods", &[]),
        // Served there before, and converted.
        ("extensions", "UPDATE", "ingresses", &["ingresses"]),
        ("example.com", "'*'", "services, pods, '*/exec'", &[]),
    ] {
        let bundle = about(group, operation, named);
        assert_eq!(is_asked(&bundle.policies[0]), !expected.is_empty(), "{operation} {named}");
        let both = webhooks(&Settings { bundle, ..closing(&["ACME-7"]) });
        let closed = both.get("closed").map(resources).unwrap_or_default();
        assert_eq!(closed, expected, "{group} {operation} {named}");
    }
    let bundle = about("'*'", "'*'", "'*'");
    let both = webhooks(&Settings { bundle, ..closing(&["ACME-7"]) });
    assert_eq!(resources(&both["open"]), ["pods/attach", "pods/exec", "pods/portforward"]);
    let bundle = about("'*'", "'*'", "'*/*'");
    let all = webhooks(&Settings { bundle, ..closing(&["ACME-7"]) });
    assert_eq!(all.keys().collect::<Vec<_>>(), ["closed"]);
}

/// Policies of namespaces: namespace, code, resources.
fn of_namespaces(policies: &[(&str, &str, &str)], codes: &[&str]) -> Settings {
    let documents = policies.iter().map(|(namespace, code, resources)| {
        let name = code.to_lowercase();
        let spec = json!({"code": code, "title": "t", "description": "d", "severity": "high",
            "stages": ["admission"],
            "matchConstraints": {"resourceRules": [{"apiGroups": ["*"], "apiVersions": ["*"],
                "operations": ["*"], "resources": resources.split(' ').collect::<Vec<_>>()}]},
            "validations": [{"expression": "object.metadata.name != ''", "message": "m"}]});
        let version = "cofferdam.dev/v1alpha1";
        let json = json!({"apiVersion": version, "kind": "SecurityPolicy", "spec": spec,
            "metadata": {"name": name, "namespace": namespace}});
        let key = ObjectKey::new(version, "SecurityPolicy", Some(namespace), &name);
        ClusterDocument { key, json: json.to_string().into() }
    });
    let documents = ClusterDocuments { documents: documents.collect(), ..Default::default() };
    let (bundle, unheeded) = Bundle::with_cluster(&[], &documents).unwrap();
    assert!(unheeded.is_empty(), "{unheeded:?}");
    let modes: Modes = codes.iter().map(|code| (*code, CLOSED)).collect();
    let bundle = Arc::new(bundle);
    Settings { modes: modes.of_bundle(&bundle), bundle, ..closing(&[]) }
}

#[test]
fn a_rule_of_a_namespace_closes_the_door_there_and_nowhere_else() {
    let settings = of_namespaces(&[("dev", "DEV-1", "deployments")], &["dev/DEV-1"]);
    each_goes_to_one(&settings);
    let found = webhooks(&settings);
    let closed: Vec<&Value> =
        found.iter().filter(|(name, _)| name.starts_with("closed")).map(|(_, one)| one).collect();
    let [closed] = &closed[..] else { panic!("{found:?}") };
    assert_eq!(resources(closed), ["deployments"]);
    assert!(is_asked_in(closed, "dev") && !is_asked_in(closed, "shop"));

    // Whoever owns the namespace may name everything: it is everything in there.
    let all = [("dev", "DEV-1", "* */*"), ("ops", "OPS-1", "pods"), ("shop", "SHOP-1", "services")];
    let settings = of_namespaces(&all, &["dev/DEV-1", "ops/OPS-1", PRIVILEGED]);
    each_goes_to_one(&settings);
    let found = webhooks(&settings);
    for (name, webhook) in found.iter().filter(|(name, _)| name.starts_with("closed-")) {
        assert!(!is_asked_in(webhook, "shop"), "{name}");
        // A selector of namespaces holds back nothing that lies in none.
        for resource in ["namespaces", "clusterroles", "clusterrolebindings", "persistentvolumes"] {
            assert!(!resources(webhook).contains(&resource.to_owned()), "{name}");
        }
    }
    assert!(is_asked_in(&found["closed"], "shop"), "a rule of all holds everywhere");
    assert!(resources(&found["closed"]).contains(&"pods".to_owned()));
}

#[test]
fn what_is_said_of_a_rule_is_not_said_of_one_that_takes_its_code() {
    let closed = |codes: &[&str], namespace: &str| {
        let settings = of_namespaces(&[(namespace, "DEV-1", "deployments")], codes);
        settings.modes.closed().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(closed(&["dev/DEV-1"], "dev"), ["DEV-1"]);
    assert!(closed(&["dev/DEV-1"], "shop").is_empty());
    assert!(closed(&["DEV-1"], "dev").is_empty(), "it was said of a rule of all");
    assert_eq!(closed(&["DEV-1", "dev/DEV-1", "shop/DEV-1"], "shop"), ["DEV-1"]);
    // As it was said, so it comes back.
    let modes: Modes = [("dev/DEV-1", CLOSED)].into_iter().collect();
    let gone = modes.of_bundle(&BUILT_IN);
    assert_eq!(gone.closed().count(), 0);
    let again = of_namespaces(&[("dev", "DEV-1", "deployments")], &[]).bundle;
    assert_eq!(gone.of_bundle(&again).closed().collect::<Vec<_>>(), ["DEV-1"]);
}

/// Neither in a refusal nor by what is refused.
#[test]
fn who_cannot_be_answered_learns_nothing_of_other_namespaces() {
    let all = [("dev", "DEV-1", "pods"), ("ops", "OPS-1", "pods")];
    let (door, _) = door(Objects::default(), of_namespaces(&all, &["dev/DEV-1", "ops/OPS-1"]));
    let empty = |namespace: &str| {
        json!({"uid": "u", "operation": "CREATE",
        "namespace": namespace, "resource": {"resource": "pods"}})
    };
    let message = ask(&door, &empty("dev"))["status"]["message"].to_string();
    assert!(message.contains("DEV-1 must hold") && !message.contains("OPS-1"), "{message}");
    assert_eq!(ask(&door, &empty("shop"))["allowed"], true);
    let unread = String::from_utf8(door.handle(b"{}")).unwrap();
    assert!(unread.contains("some rule must hold") && !unread.contains("OPS-1"), "{unread}");
    // Too large to be judged, in a namespace of which nothing is enforced.
    let mut large =
        pod("web", &json!({"containers": [{"name": "x", "image": "x".repeat(300_000)}]}));
    assert_eq!(ask(&door, &request("CREATE", &large, None))["allowed"], true);
    large["metadata"]["namespace"] = json!("dev");
    let message = ask(&door, &request("CREATE", &large, None))["status"]["message"].to_string();
    assert!(message.contains("DEV-1 must hold") && !message.contains("OPS-1"), "{message}");
}

/// What a page of a rule says of where it is asked is true: what nobody sends is not asked here, what
/// nobody watches not in the background.
#[test]
fn every_rule_that_is_for_a_stage_is_asked_there() {
    let is_watched = |policy: &Policy| {
        let kinds = cofferdam_cluster::KINDS.iter().map(|kind| (kind.group(), kind.resource));
        let mut kinds = kinds.chain([("cofferdam.dev", "images")]);
        kinds.any(|(group, resource)| policy.names(group, resource, &[Operation::Create]))
    };
    let mut compared = 0;
    for policy in
        BUILT_IN.policies.iter().filter(|policy| !policy.reads.has_any(RootSet::of(["dockerfile"])))
    {
        let is_for = |stage| policy.stages.contains(&stage);
        assert_eq!(is_asked(policy), is_for(Stage::Admission), "{}", policy.code);
        assert!(is_watched(policy) || !is_for(Stage::Background), "{}", policy.code);
        compared += 1;
    }
    assert!(compared > 100);
    // The API server sends these to nobody, or is not asked for them.
    for resource in
        ["validatingwebhookconfigurations", "secrets", "configmaps", "customresourcedefinitions"]
    {
        let policy = only(&DEV.replace("RULE", resource));
        assert!(!is_asked(&policy.policies[0]), "{resource}");
    }
    assert!(is_asked(&only(&DEV.replace("RULE", "poddisruptionbudgets")).policies[0]));
}

const DEV: &str = "
apiVersion: cofferdam.dev/v1alpha1
kind: ClusterSecurityPolicy
metadata: {name: labelled}
spec:
  code: DEV-1
  title: t
  description: d
  severity: low
  stages: [admission, background]
  matchConstraints:
    resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], resources: [RULE]}]
  validations: [{expression: \"object.kind != ''\", message: m}]
";
