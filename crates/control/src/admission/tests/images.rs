//! Rules about images at the door: the same as the audit says, from what it knows.

use super::{BUILT_IN, ask, door, only, pod, request, settings};
use crate::{
    admission::{Door, Mode, Modes, Settings, images, request as review},
    audit::{Audit, image},
    inventory::{ImageKey, testing::object},
    scan::verdict::{self, Group, Inherited},
};
use cofferdam_assess::{
    Contents, Question,
    live::{Objects, ReviewVerdict},
};
use cofferdam_model::{
    Change, ClusterIdentity, Image, ImageConfig, ImageSource, Secret, SecretPlace, Severity,
};
use cofferdam_policy::{Bundle, Outcome, PolicyFile, Stage};
use serde_json::{Value, json};
use std::{
    collections::BTreeSet,
    sync::{Arc, RwLock},
};

const SECRET: &str = "CFD-IMG-0005";
const ROOT: &str = "CFD-IMG-0003";

fn digest(number: usize) -> String {
    format!("sha256:{}", number.to_string().repeat(64))
}

fn key(number: usize) -> ImageKey {
    ImageKey {
        name: "docker.io/shop/web".to_owned(),
        digest: digest(number).parse().unwrap(),
        platform: "linux/amd64".to_owned(),
    }
}

/// A pod that runs an image of this number, or waits for it.
fn running(namespace: &str, name: &str, number: Option<usize>) -> Value {
    let ids = number.map(|number| format!("docker.io/shop/web@{}", digest(number)));
    let statuses: Vec<Value> =
        ids.into_iter().map(|id| json!({"name": "web", "imageID": id})).collect();
    let image = format!("shop/web:{}", number.unwrap_or(0));
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": namespace, "uid": format!("{namespace}/{name}")},
        "spec": {"nodeName": "one", "containers": [{"name": "web", "image": image}]},
        "status": {"phase": "Running", "containerStatuses": statuses}})
}

/// What a scan saw of an image with a credential that runs as root.
fn seen() -> Contents {
    let secret = Secret {
        kind: "aws-access-key",
        title: "AWS access key",
        place: SecretPlace::Env("KEY".to_owned()),
        line: None,
        masked: "AKIA…".to_owned(),
        evidence: "checksum valid".to_owned(),
    };
    let config = ImageConfig { user: "root".to_owned(), ..ImageConfig::default() };
    let image = Image { source: ImageSource::Registry, config, ..Image::default() };
    Contents { image, secrets: vec![secret], ..Contents::default() }
}

fn judged(bundle: &Bundle, number: usize, contents: Contents) -> Inherited {
    let question =
        Question { advisories: None, bundle, stage: Stage::Background, now: super::now() };
    let row = image(&key(number), &format!("shop/web:{number}"));
    verdict::judge(&row, contents, &question).unwrap().inherited
}

/// A cluster that runs image 1, which was looked into, in the namespace `shop`.
fn audit(bundle: &Bundle) -> Audit {
    let mut audit = Audit::new(ClusterIdentity {
        id: "c".to_owned(),
        name: "test".to_owned(),
        version: "v1.34.4".to_owned(),
        server: "https://localhost".to_owned(),
    });
    let node = json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one", "uid": "n"},
        "status": {"nodeInfo": {"operatingSystem": "linux", "architecture": "amd64"}}});
    for one in [node, running("shop", "first", Some(1))] {
        audit.apply(Change::Put(object(&one)), super::now());
    }
    audit.apply(Change::Synced, super::now());
    audit.take(super::now());
    audit.inherit(&key(1).id(), judged(bundle, 1, seen()));
    audit
}

fn before(audit: &Audit, settings: Settings) -> Door {
    let assessed = Arc::new(RwLock::new(Arc::clone(audit.assessed())));
    door(Objects::default(), settings).0.knowing(assessed)
}

/// A door before that cluster at which these rules are so.
fn known(modes: &[(&str, Mode)]) -> Door {
    before(&audit(&BUILT_IN), settings(modes.iter().copied().collect()))
}

fn second(image: &str) -> Value {
    pod("second", &json!({"containers": [{"name": "web", "image": image}]}))
}

fn create(door: &Door, object: &Value) -> Value {
    ask(door, &request("CREATE", object, None))
}

fn refusal(response: &Value) -> &str {
    response["status"]["message"].as_str().unwrap_or_default()
}

#[test]
fn an_image_that_is_known_is_refused_however_it_is_asked_for() {
    let door = known(&[(SECRET, Mode::Enforce)]);
    let by_digest = format!("docker.io/shop/web@{}", digest(1));
    for image in ["shop/web:1", "docker.io/shop/web:1", &by_digest] {
        let response = create(&door, &second(image));
        let why = refusal(&response);
        for expected in [
            "Pod shop/second is refused for 1 reason.",
            "- CFD-IMG-0005 secret-in-image (critical): ",
            "in docker.io/shop/web:1",
            "what to do: ",
        ] {
            assert!(why.contains(expected), "{image}: {response:#}");
        }
        assert!(
            response["auditAnnotations"]["rules"].as_str().unwrap().contains("CFD-IMG-0005=fail:")
        );
    }
    let sidecar = json!({"containers": [{"name": "web", "image": "other:1"}],
        "initContainers": [{"name": "init", "image": "shop/web:1"}]});
    assert_eq!(create(&door, &pod("second", &sidecar))["allowed"], false);
    let deployment = json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"template": {"spec": second("shop/web:1")["spec"]}}});
    assert_eq!(create(&door, &deployment)["allowed"], false);
    // A container that somebody adds to a pod that runs.
    let plain = second("other:1");
    let mut debugged = plain.clone();
    debugged["spec"]["ephemeralContainers"] = json!([{"name": "debug", "image": "shop/web:1"}]);
    let mut update = request("UPDATE", &debugged, Some(&plain));
    update["subResource"] = json!("ephemeralcontainers");
    assert_eq!(ask(&door, &update)["allowed"], false);
}

#[test]
fn each_mode_does_what_it_says_of_images_too() {
    for (mode, is_allowed, is_warned) in [
        (Mode::Off, true, false),
        (Mode::Audit, true, false),
        (Mode::Warn, true, true),
        (Mode::Enforce, false, false),
    ] {
        let response = create(&known(&[(SECRET, mode)]), &second("shop/web:1"));
        assert_eq!(response["allowed"], is_allowed, "{mode}");
        let warnings = response["warnings"].to_string();
        assert_eq!(warnings.contains("CFD-IMG-0005: "), is_warned, "{mode}: {warnings}");
    }
}

#[test]
fn what_nobody_knows_is_unknown_and_told_once() {
    let mut audit = audit(&BUILT_IN);
    for (name, number) in [("waits", 2), ("fails", 3)] {
        audit.apply(Change::Put(object(&running("shop", name, Some(number)))), super::now());
    }
    audit.take(super::now());
    audit.fail(&key(3).id(), "the registry says no");
    let every = Modes::from_iter([(SECRET, Mode::Enforce)]);
    let door = before(&audit, settings(every));
    for (image, why) in [
        ("shop/web:7", "Image shop/web:7 runs nowhere yet"),
        ("shop/web:2", "Image shop/web:2 is waiting to be looked into."),
        ("shop/web:3", "Image shop/web:3 could not be looked into: the registry says no"),
    ] {
        let response = create(&door, &second(image));
        assert_eq!(response["allowed"], true, "{image}");
        let warnings = response["warnings"].as_array().unwrap();
        let told: Vec<&str> = warnings
            .iter()
            .map(|one| one.as_str().unwrap())
            .filter(|one| one.contains(why))
            .collect();
        let [told] = told[..] else { panic!("{image}: {warnings:#?}") };
        assert!(told.starts_with("CFD-IMG-0001 and ") && told.contains(" more: "), "{told}");
        let rules = response["auditAnnotations"]["rules"].as_str().unwrap();
        assert!(rules.contains("CFD-IMG-0005=unknown:sha256:"), "{rules}");
    }
    // What was known before is known still.
    audit.fail(&key(1).id(), "the registry says no");
    let door = before(&audit, settings(Modes::from_iter([(SECRET, Mode::Enforce)])));
    assert_eq!(create(&door, &second("shop/web:1"))["allowed"], false);
}

const STRICT: &str = "
apiVersion: cofferdam.dev/v1alpha1
kind: ClusterSecurityPolicy
metadata: {name: labelled}
spec:
  code: ACME-1
  title: t
  description: d
  severity: low
  stages: [admission, background]
  unknown: {admission: fail}
  validations: [{expression: \"'team' in image.config.labels\", message: No team.}]
";

#[test]
fn a_rule_may_refuse_what_nobody_knows_and_is_not_taken_for_one_of_before() {
    let bundle = only(STRICT);
    let with = |bundle: &Arc<Bundle>| Settings {
        bundle: Arc::clone(bundle),
        ..settings([("ACME-1", Mode::Enforce)].into_iter().collect())
    };
    let audit = audit(&bundle);
    let one = before(&audit, with(&bundle));
    assert!(refusal(&create(&one, &second("shop/web:1"))).contains("No team."));
    assert!(refusal(&create(&one, &second("shop/web:7"))).contains("runs nowhere yet"));
    // The rule is another since the image was judged.
    let changed = only(&STRICT.replace("'team'", "'owner'").replace("fail", "warn"));
    let response = create(&before(&audit, with(&changed)), &second("shop/web:1"));
    assert_eq!(response["allowed"], true);
    assert!(response["warnings"].to_string().contains("not judged yet by this rule"), "{response}");
}

#[test]
fn a_rule_that_no_image_is_judged_by_is_not_asked() {
    let is_asked = |policy: &str| crate::admission::is_asked(&only(policy).policies[0]);
    assert!(is_asked(STRICT));
    assert!(!is_asked(&STRICT.replace("[admission, background]", "[admission]")));
    assert!(!is_asked(&STRICT.replace("[admission, background]", "[background]")));
    let both = "'team' in image.config.labels || workload.kind == 'Pod'";
    assert!(!is_asked(&STRICT.replace("'team' in image.config.labels", both)));
}

#[test]
fn a_rule_of_a_namespace_says_nothing_of_images_elsewhere() {
    let own = STRICT.replace("ClusterSecurityPolicy", "SecurityPolicy");
    let bundle = only(&own.replace("{name: labelled}", "{name: labelled, namespace: shop}"));
    let audit = audit(&bundle);
    let with = Settings {
        bundle: Arc::clone(&bundle),
        ..settings([("ACME-1", Mode::Enforce)].into_iter().collect())
    };
    for (namespace, is_refused) in [("shop", true), ("bank", false)] {
        assert_eq!(!by_door(&audit, &with, &second_in(namespace)).is_empty(), is_refused);
        let workload = crate::inventory::WorkloadKey {
            kind: "Pod".to_owned(),
            namespace: Some(namespace.to_owned()),
            name: "second".to_owned(),
        };
        let inherited = judged(&bundle, 1, seen());
        assert_eq!(
            !inherited.of(&workload.target(), super::now()).is_empty(),
            is_refused,
            "{namespace}"
        );
    }
}

#[test]
fn what_was_there_before_keeps_nobody_from_a_change() {
    let door = known(&[(SECRET, Mode::Enforce)]);
    let old = second("shop/web:1");
    let mut new = old.clone();
    new["metadata"]["labels"] = json!({"team": "web"});
    let response = ask(&door, &request("UPDATE", &new, Some(&old)));
    assert_eq!(response["allowed"], true);
    assert!(response["warnings"].to_string().contains("it was so before"), "{response}");
    let response = ask(&door, &request("UPDATE", &new, Some(&second("other:1"))));
    assert_eq!(response["allowed"], false);
}

const EXCEPTION: &str = "
apiVersion: cofferdam.dev/v1alpha1
kind: PolicyException
metadata: {name: e}
spec:
  owner: o
  reason: r
  expires: 2026-12-31
  policies: [CFD-IMG-0003]
";

/// By rule, subject and message what does not hold of a pod with image 1.
fn by_door(audit: &Audit, settings: &Settings, object: &Value) -> BTreeSet<[String; 4]> {
    let body = json!({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
        "request": request("CREATE", object, None)});
    let read = review::read(body.to_string().as_bytes()).unwrap();
    let mut said = ReviewVerdict::default();
    let known = (&**audit.assessed(), super::now());
    images::add(&mut said, read.incoming.as_ref().unwrap(), &read.target(&[]), settings, known);
    let all = said.verdicts.iter().flat_map(|judged| {
        let code = &judged.verdict.code;
        let worst = judged.verdict.findings.iter().map(|one| one.outcome).max();
        assert_eq!(judged.verdict.outcome, worst.unwrap_or(Outcome::Pass), "{code}");
        judged.verdict.findings.iter().map(move |one| {
            [code.clone(), one.outcome.to_string(), one.subject.clone(), one.message.clone()]
        })
    });
    all.collect()
}

#[test]
fn who_is_excused_of_his_images_is_excused_in_what_controllers_make_for_him() {
    let text = format!("{EXCEPTION}  match: {{objects: [{{kind: DaemonSet, name: agent}}]}}\n");
    let bundle = Bundle::with(&[PolicyFile { place: "e".into(), text }]).unwrap();
    let settings = settings([(ROOT, Mode::Enforce)].into_iter().collect());
    let bundle = Arc::new(bundle);
    let door = before(&audit(&bundle), Settings { bundle: Arc::clone(&bundle), ..settings });
    let mut made = second("shop/web:1");
    made["metadata"]["ownerReferences"] = json!([{"apiVersion": "apps/v1", "kind": "DaemonSet",
        "name": "agent", "uid": "u", "controller": true}]);
    let mut request = request("CREATE", &made, None);
    assert!(refusal(&ask(&door, &request)).contains(ROOT), "anybody may say so");
    let controller = "system:serviceaccount:kube-system:daemon-set-controller";
    request["userInfo"]["username"] = json!(controller);
    assert_eq!(ask(&door, &request)["allowed"], true);
}

#[test]
fn the_audit_and_the_door_say_the_same_of_an_image() {
    let mut compared = 0;
    // With an exception of nobody, of all, of the one namespace.
    let local = format!("{EXCEPTION}  match: {{objects: [{{namespace: shop}}]}}\n");
    for exception in [None, Some(EXCEPTION), Some(&local)] {
        let file = exception.map(|text| PolicyFile { place: "e".into(), text: text.into() });
        let bundle = Arc::new(Bundle::with(&file.into_iter().collect::<Vec<_>>()).unwrap());
        let settings = Settings { bundle: Arc::clone(&bundle), ..settings(Modes::default()) };
        for namespace in ["shop", "bank"] {
            let mut audit = audit(&bundle);
            let one = running(namespace, "second", Some(1));
            audit.apply(Change::Put(object(&one)), super::now());
            let question = crate::audit::question_by(&bundle);
            let mut rows = Vec::new();
            while !audit.is_idle() || rows.is_empty() {
                rows.extend(audit.step(super::now(), &question).findings);
            }
            let title = format!("Pod {namespace}/second");
            let mine = rows.into_iter().flat_map(|(_, found)| found);
            let mine =
                mine.filter(|row| row.subject_title == title && row.rule.starts_with("CFD-IMG"));
            let (open, excused): (Vec<_>, Vec<_>) =
                mine.partition(|row| row.outcome != cofferdam_store::Outcome::Excepted);
            let is_excused =
                exception.is_some() && (namespace == "shop" || exception != Some(&*local));
            assert_eq!(excused.iter().any(|row| row.rule == ROOT), is_excused, "{excused:?}");
            let audited: BTreeSet<[String; 4]> = open
                .into_iter()
                .map(|row| [row.rule, row.outcome.as_str().to_owned(), row.about, row.message])
                .collect();
            assert_eq!(by_door(&audit, &settings, &second_in(namespace)), audited);
            assert!(audited.iter().any(|[code, ..]| code == SECRET));
            compared += audited.len();
        }
    }
    assert!(compared > 12, "{compared}");
}

fn second_in(namespace: &str) -> Value {
    let mut pod = second("shop/web:1");
    pod["metadata"]["namespace"] = json!(namespace);
    pod
}

#[test]
fn the_digest_is_over_what_is_in_the_image() {
    let digest = |contents: Contents| {
        let mut audit = audit(&BUILT_IN);
        audit.inherit(&key(1).id(), judged(&BUILT_IN, 1, contents));
        let response = create(&before(&audit, settings(Modes::default())), &second("shop/web:1"));
        response["auditAnnotations"]["digest"].as_str().unwrap().to_owned()
    };
    let mut other = seen();
    other.secrets[0].place = SecretPlace::Env("TOKEN".to_owned());
    assert_eq!(digest(seen()), digest(seen()));
    assert_ne!(digest(seen()), digest(other));
}

#[test]
fn of_very_many_findings_some_are_told_and_all_are_counted() {
    let mut audit = audit(&BUILT_IN);
    let all = judged(&BUILT_IN, 1, seen());
    let like = all.groups.iter().find(|group| &*group.rule == SECRET).unwrap().clone();
    let with = |count: usize| {
        let group = |number| Group { about: format!("key {number}"), ..like.clone() };
        Inherited { groups: (0..count).map(group).collect(), ..all.clone() }
    };
    let modes = || [(SECRET, Mode::Enforce)].into_iter().collect::<Modes>();
    audit.inherit(&key(1).id(), with(300));
    let response = create(&before(&audit, settings(modes())), &second("shop/web:1"));
    assert!(refusal(&response).contains("refused for 300 reasons"), "{response}");
    assert!(refusal(&response).ends_with("- and 292 more") && refusal(&response).len() < 8192);
    audit.inherit(&key(1).id(), with(3_000));
    let response = create(&before(&audit, settings(modes())), &second("shop/web:1"));
    assert!(refusal(&response).contains("3000 findings, one of them: "), "{response}");
    assert_eq!(like.severity, Severity::Critical);
}
