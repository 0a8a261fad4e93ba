//! A small shop, judged as it changes.

mod exposure;

use super::{Audit, Writes, step::STEP_MAX, ways};
use crate::{
    controller::Coverage,
    inventory::testing::object,
    rank::Danger,
    scan::verdict::{Group, Inherited},
};
use cofferdam_assess::check::{LeadsTo, Question};
use cofferdam_model::{Change, ClusterIdentity, PackageKind, Severity};
use cofferdam_policy::{Bundle, Stage};
use cofferdam_store::{Exposure, Outcome, rows};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn now() -> Timestamp {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn bundle() -> &'static Bundle {
    static BUNDLE: std::sync::OnceLock<Bundle> = std::sync::OnceLock::new();
    BUNDLE.get_or_init(|| Bundle::built_in().unwrap())
}

fn question() -> Question<'static> {
    question_by(bundle())
}

pub(crate) fn question_by(bundle: &Bundle) -> Question<'_> {
    Question {
        bundle,
        stage: Stage::Background,
        now: now(),
        fail_on: Severity::Low,
        kubernetes_minor: Some(34),
        pod_security: None,
        changes: None,
        patches: true,
        explain: true,
    }
}

fn audit() -> Audit {
    Audit::new(ClusterIdentity {
        id: "c".to_owned(),
        name: "test".to_owned(),
        version: "v1.34.4".to_owned(),
        server: "https://localhost".to_owned(),
    })
}

fn web(is_privileged: bool) -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop", "uid": "d"},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [
                {"name": "web", "image": "shop/web:1",
                 "securityContext": {"privileged": is_privileged}}]}}}})
}

fn front(kind: &str) -> Value {
    json!({"apiVersion": "v1", "kind": "Service",
        "metadata": {"name": "front", "namespace": "shop", "uid": "s"},
        "spec": {"type": kind, "selector": {"app": "web"}, "ports": [{"port": 80}]}})
}

fn pod() -> Value {
    let digest = format!("docker.io/shop/web@sha256:{}", "1".repeat(64));
    json!({"apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": "web-1", "namespace": "shop", "uid": "p", "ownerReferences": [
            {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "d",
             "controller": true}]},
        "spec": {"nodeName": "one", "imagePullSecrets": [{"name": "key"}],
            "containers": [{"name": "web", "image": "shop/web:1"}]},
        "status": {"phase": "Running",
            "containerStatuses": [{"name": "web", "imageID": digest}]}})
}

fn node() -> Value {
    json!({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "one", "uid": "n"},
        "status": {"nodeInfo": {"operatingSystem": "linux", "architecture": "amd64"}}})
}

fn put(audit: &mut Audit, values: &[Value]) -> Writes {
    for value in values {
        audit.apply(Change::Put(object(value)), now());
    }
    audit.step(now(), &question())
}

fn begun(values: &[Value]) -> (Audit, Writes) {
    let mut audit = audit();
    let before = put(&mut audit, values);
    assert!(before.workloads.is_empty() && before.findings.is_empty(), "nothing is known yet");
    audit.apply(Change::Synced, now());
    let writes = audit.step(now(), &question());
    assert!(audit.is_idle());
    (audit, writes)
}

fn workload(writes: &Writes) -> &rows::Workload {
    &writes.workloads[0].workload
}

fn rules(writes: &Writes, subject: &str) -> Vec<String> {
    let of = writes.findings.iter().find(|(id, _)| id == subject);
    of.into_iter().flat_map(|(_, found)| found).map(|one| one.rule.clone()).collect()
}

#[test]
fn a_change_is_judged_with_what_it_touches_and_nothing_is_written_twice() {
    let (mut audit, first) = begun(&[web(false), front("ClusterIP"), node(), pod()]);
    let id = workload(&first).id.clone();
    assert_eq!(workload(&first).exposure, Exposure::Cluster);
    assert!(!rules(&first, &id).contains(&"CFD-POD-0001".to_owned()));
    assert!(first.is_settled && first.summary.is_some());
    assert_eq!(first.pods[0].workload.as_ref(), Some(&id));

    // Nothing happened.
    let writes = put(&mut audit, &[web(false), front("ClusterIP"), node(), pod()]);
    assert!(writes.workloads.is_empty() && writes.findings.is_empty() && !writes.is_settled);

    // The Service is opened: the Deployment is judged anew, though it did not change.
    let writes = put(&mut audit, &[front("LoadBalancer")]);
    assert_eq!(workload(&writes).exposure, Exposure::Internet);
    let before = workload(&first).score;
    assert!(workload(&writes).score > before, "{}", workload(&writes).score_why);

    // A sin, and its end.
    let writes = put(&mut audit, &[web(true)]);
    assert!(rules(&writes, &id).contains(&"CFD-POD-0001".to_owned()));
    assert!(workload(&writes).privileged);
    let found = &writes.findings.iter().find(|(one, _)| *one == id).unwrap().1;
    let sin = found.iter().find(|one| one.rule == "CFD-POD-0001").unwrap();
    assert_eq!(sin.subject_title, "Deployment shop/web");
    assert_eq!(sin.about, "container web");
    assert_eq!(
        sin.pointer.as_deref(),
        Some("/spec/template/spec/containers/0/securityContext/privileged")
    );
    assert!(sin.patch.as_deref().unwrap().contains("\"op\""), "{:?}", sin.patch);
    let explanation: Value = serde_json::from_str(sin.explanation.as_deref().unwrap()).unwrap();
    assert_eq!(explanation["inputs"][0]["provenance"], "Deployment shop/web");
    let writes = put(&mut audit, &[web(false)]);
    assert!(!rules(&writes, &id).contains(&"CFD-POD-0001".to_owned()));

    // All of it goes.
    audit.apply(Change::Gone(object(&pod()).key), now());
    audit.apply(Change::Gone(object(&web(false)).key), now());
    let writes = audit.step(now(), &question());
    assert_eq!(writes.workloads_gone, [id]);
    assert_eq!(writes.pods_gone, ["p"]);
}

#[test]
fn an_image_that_is_identified_later_is_named_by_its_container() {
    let mut unknown = pod();
    unknown["status"] = json!({"phase": "Pending"});
    let (mut audit, first) = begun(&[web(false), node(), unknown.clone()]);
    assert_eq!(first.workloads[0].containers[0].image, None);
    // It never was ready: nothing of the workload itself changes.
    unknown["status"]["containerStatuses"] = pod()["status"]["containerStatuses"].clone();
    let writes = put(&mut audit, &[unknown]);
    let image = &writes.wanted[0].image.id;
    assert_eq!(writes.workloads[0].containers[0].image.as_ref(), Some(image));
}

#[test]
fn what_is_gone_takes_no_memory() {
    let (mut audit, first) = begun(&[web(false), node(), pod()]);
    let image = first.wanted[0].image.id.clone();
    audit.inherit(&image, Inherited::default());
    audit.grow_old();
    assert!(audit.assessed.inherited.contains_key(&image), "somebody runs it");
    let writes = audit.step(now(), &question());
    assert_eq!(writes.wanted.len(), 1, "it is asked for again");
    for gone in [pod(), web(false), node()] {
        audit.apply(Change::Gone(object(&gone).key), now());
    }
    audit.step(now(), &question());
    audit.grow_old();
    assert!(
        audit.assessed.inherited.is_empty()
            && audit.written.is_empty()
            && audit.standings.is_empty()
    );
}

/// Its door refuses by what is known of images, whoever writes.
#[test]
fn a_replica_that_never_led_keeps_what_is_known_of_what_runs() {
    let mut audit = audit();
    for value in [web(false), node(), pod()] {
        audit.apply(Change::Put(object(&value)), now());
    }
    audit.apply(Change::Synced, now());
    audit.take(now());
    let image = audit.unasked().remove(0);
    audit.asked(image.clone());
    let of_debian = Coverage { ecosystem: "Debian:12".to_owned(), ..Coverage::default() };
    audit.inherit(&image, Inherited { coverage: vec![of_debian], ..Inherited::default() });
    audit.fail(&image, "the registry says no");
    let is_known = |audit: &Audit| {
        let is_told = !audit.coverage().is_empty() && audit.assessed.failed.contains_key(&image);
        is_told && audit.assessed.inherited.contains_key(&image)
    };
    assert!(is_known(&audit) && audit.unasked().is_empty());
    audit.ask_again(&BTreeSet::from([image.clone()]));
    assert!(is_known(&audit));
    assert_eq!(audit.unasked(), [&*image]);
    audit.grow_old();
    assert!(is_known(&audit));

    for gone in [pod(), web(false)] {
        audit.apply(Change::Gone(object(&gone).key), now());
    }
    audit.take(now());
    audit.grow_old();
    assert!(!is_known(&audit) && audit.assessed.inherited.is_empty());
}

#[test]
fn images_are_wanted_once_and_what_they_carry_is_inherited() {
    let (mut audit, writes) = begun(&[web(false), front("LoadBalancer"), node(), pod()]);
    let wanted = &writes.wanted[0];
    assert_eq!((writes.wanted.len(), &*wanted.image.name), (1, "docker.io/shop/web"));
    assert_eq!((&*wanted.namespace, &*wanted.pull_secrets), ("shop", &["key".to_owned()][..]));
    let before = workload(&writes).clone();

    let group = Group {
        rule: "CFD-IMG-0001".into(),
        title: "Known exploited vulnerabilities".into(),
        severity: Severity::Critical,
        outcome: Outcome::Fail,
        about: "openssl 3.0.11".to_owned(),
        message: "CVE-1 is being exploited.".to_owned(),
        remediation: "Upgrade.".into(),
        exception: None,
        explanation: Some(r#"{"clause": "!vulnerability.knownExploited"}"#.into()),
        danger: Some(Danger { severity: None, is_exploited: true, epss: None }),
        leads_to: LeadsTo::Nothing,
        findings: 3,
        fixed: Some("3.0.12".to_owned()),
        package: Some(PackageKind::Deb),
        vulnerability: Some("CVE-1".to_owned()),
        excused_by: Box::default(),
    };
    let secret = Group {
        rule: "CFD-IMG-0005".into(),
        title: "Secrets in the image".into(),
        severity: Severity::Medium,
        about: "AWS access key".to_owned(),
        message: "The image holds a key.".to_owned(),
        remediation: "Revoke it.".into(),
        danger: None,
        leads_to: LeadsTo::Credentials,
        findings: 1,
        fixed: None,
        package: None,
        vulnerability: None,
        ..group.clone()
    };
    let title = "shop/web:1".to_owned();
    let inherited = Inherited { title, groups: vec![group, secret], ..Inherited::default() };
    audit.inherit(&wanted.image.id, inherited);
    let writes = audit.step(now(), &question());
    assert!(writes.wanted.is_empty());
    let after = workload(&writes);
    // Three vulnerabilities of one package are one finding of the rule.
    assert_eq!((after.critical, after.high), (before.critical + 1, before.high));
    // 80 for being exploited, 5 for the internet.
    assert_eq!(after.score, 85, "{}", after.score_why);
    assert_eq!(
        after.score_why,
        "CVE-1 is being exploited: being exploited (80), reachable from the internet (+5)"
    );
    let of = writes.findings.iter().find(|(id, _)| *id == after.id).unwrap();
    let found = of.1.iter().find(|one| one.rule == "CFD-IMG-0001").unwrap();
    assert!(found.explanation.as_deref().unwrap().contains("knownExploited"));
    let summary = writes.summary.unwrap();
    let summary: super::Summary = serde_json::from_str(&summary.json.0).unwrap();
    let fixes: Vec<_> = summary.fix_first.iter().filter(|one| one.image.is_some()).collect();
    let told = |number: usize| (&*fixes[number].title, &*fixes[number].how, fixes[number].findings);
    assert_eq!(told(1), ("shop/web:1: Secrets in the image", "Revoke it.", 1));
    let link = |number: usize| fixes[number].link.rsplit('/').next().unwrap();
    assert_eq!(link(1), "secrets");
    assert_eq!(link(0), format!("{}?fixable=true", wanted.image.id));
    let fix = fixes[0];
    assert_eq!((fix.score, fix.findings, fix.workloads), (85, 3, 1));
    assert_eq!(fix.namespaces, ["shop"]);
    assert_eq!(fix.how, "Rebuild the image on an updated base: 1 of its packages have a fix.");
}

/// Nor does one that nobody has looked into yet, nor one of which nobody knows which it is.
#[test]
fn an_image_that_could_not_be_looked_into_leaves_no_workload_clean() {
    let mut pending = pod();
    pending["status"] = json!({"phase": "Pending"});
    let (mut audit, first) = begun(&[web(false), node(), pending]);
    let unidentified = workload(&first).unknown;
    let first = put(&mut audit, &[pod()]);
    let (id, image) = (first.workloads[0].workload.id.clone(), &first.wanted[0].image.id);
    assert!(
        !first.findings.iter().flat_map(|(_, found)| found).any(|one| one.rule == "CFD-IMG-0006")
    );
    let waiting = workload(&first).unknown;

    audit.fail(image, "the registry says no");
    let writes = audit.step(now(), &question());
    let found = &writes.findings.iter().find(|(one, _)| *one == id).unwrap().1;
    let found = found.iter().find(|one| one.rule == "CFD-IMG-0006").unwrap();
    assert_eq!(
        (found.outcome, &*found.about),
        (Outcome::Unknown, "The image in docker.io/shop/web:1")
    );
    assert_eq!(found.message, "The image could not be looked into: the registry says no");
    assert!(writes.workloads.is_empty(), "its row says one that is unknown as before");
    audit.fail(image, "the registry says no");
    assert!(audit.step(now(), &question()).findings.is_empty(), "it is told once");

    audit.inherit(image, Inherited::default());
    let writes = audit.step(now(), &question());
    assert!(!rules(&writes, &id).contains(&"CFD-IMG-0006".to_owned()));
    let known = workload(&writes).unknown;
    assert_eq!([unidentified, waiting], [known + 1; 2]);
}

#[test]
fn an_image_that_was_not_judged_anew_is_asked_for_by_whoever_runs_it() {
    let (mut audit, first) = begun(&[web(false), node(), pod()]);
    let image = first.wanted[0].image.id.clone();
    let both = BTreeSet::from([image.clone(), "sha256:other".to_owned()]);
    audit.inherit(&image, Inherited::default());
    assert!(audit.step(now(), &question()).wanted.is_empty());

    // It runs after all: it is asked for at once, and keeps what was known of it until then.
    audit.ask_again(&both);
    let writes = audit.step(now(), &question());
    assert_eq!((writes.wanted.len(), &writes.wanted[0].image.id), (1, &image));
    assert!(audit.assessed.inherited.contains_key(&image) && writes.findings.is_empty());

    // Nobody runs it, and what was known of it is old; then somebody does.
    for gone in [pod(), web(false)] {
        audit.apply(Change::Gone(object(&gone).key), now());
    }
    assert!(audit.step(now(), &question()).wanted.is_empty());
    audit.ask_again(&both);
    assert!(audit.assessed.inherited.is_empty());
    assert!(audit.step(now(), &question()).wanted.is_empty());
    assert_eq!(put(&mut audit, &[web(false), pod()]).wanted.len(), 1);
    assert!(put(&mut audit, &[pod()]).wanted.is_empty(), "once");
}

/// Every hour while something is refused, and when a replica begins to lead.
#[test]
fn all_that_there_is_can_be_written_again() {
    let all = [web(false), front("ClusterIP"), node(), pod()];
    let (mut audit, first) = begun(&all);
    assert!(put(&mut audit, &all).objects.is_empty());
    audit.write_all_again(now());
    let again = audit.step(now(), &question());
    let kinds = |writes: &Writes| -> BTreeSet<String> {
        writes.objects.iter().map(|one| one.kind.clone()).collect()
    };
    assert_eq!(kinds(&again), BTreeSet::from(["Node", "Service"].map(str::to_owned)));
    assert_eq!((again.workloads.len(), again.pods.len(), again.wanted.len()), (1, 1, 1));
    assert!(again.workloads[0].manifest.is_some() && again.everything.is_some());
    assert_eq!(again.findings.len(), first.findings.len());
    assert!(again.summary.is_some());
}

#[test]
fn a_cluster_is_judged_in_pieces_and_changes_come_first() {
    let many: Vec<Value> = (0..1500)
        .map(|number| {
            let mut one = web(false);
            one["metadata"]["name"] = format!("web-{number}").into();
            one["metadata"]["uid"] = format!("d-{number}").into();
            one
        })
        .collect();
    let mut audit = audit();
    put(&mut audit, &many);
    audit.apply(Change::Synced, now());
    let question = Question { explain: false, patches: false, ..question() };
    let first = audit.step(now(), &question);
    assert_eq!(first.findings.len(), STEP_MAX);
    assert!(!audit.is_idle() && !first.is_settled);
    let mut sin = web(true);
    sin["metadata"]["name"] = "web-999".into();
    sin["metadata"]["uid"] = "d-999".into();
    audit.apply(Change::Put(object(&sin)), now());
    let second = audit.step(now(), &question);
    let sinner = second.workloads.iter().find(|one| one.workload.name == "web-999").unwrap();
    assert!(rules(&second, &sinner.workload.id).contains(&"CFD-POD-0001".to_owned()));
    let mut steps = vec![first, second];
    while !audit.is_idle() {
        steps.push(audit.step(now(), &question));
        assert!(steps.len() <= 1500 / STEP_MAX + 2, "a step does less than it may");
    }
    assert_eq!(steps.iter().filter(|step| step.is_settled).count(), 1);
    let written: BTreeSet<&str> =
        steps.iter().flat_map(|step| &step.workloads).map(|one| &*one.workload.name).collect();
    assert_eq!(written.len(), 1500);
}

/// Workloads with many findings of their images are written a few at a time.
#[test]
fn a_step_holds_no_more_findings_than_it_may() {
    let many = (0..4).flat_map(|number| {
        let name = |value: &mut Value, suffix: &str| {
            for key in ["name", "uid"] {
                value["metadata"][key] = format!("web-{number}{suffix}").into();
            }
        };
        let (mut of, mut pod) = (web(false), pod());
        name(&mut of, "");
        name(&mut pod, "-1");
        pod["metadata"]["ownerReferences"][0]["name"] = format!("web-{number}").into();
        pod["metadata"]["ownerReferences"][0]["uid"] = format!("web-{number}").into();
        [of, pod]
    });
    let (mut audit, writes) = begun(&many.chain([node()]).collect::<Vec<_>>());
    assert_eq!((writes.workloads.len(), writes.wanted.len()), (4, 1));
    let group = |number: usize| Group {
        rule: "CFD-IMG-0005".into(),
        title: "Secrets in the image".into(),
        severity: Severity::High,
        outcome: Outcome::Fail,
        about: format!("key {number}"),
        message: "The image holds a key.".to_owned(),
        remediation: "Revoke it.".into(),
        exception: None,
        explanation: None,
        danger: None,
        leads_to: LeadsTo::Nothing,
        findings: 1,
        fixed: None,
        package: None,
        vulnerability: None,
        excused_by: Box::default(),
    };
    let groups = (0..6_000).map(group).collect();
    audit.inherit(&writes.wanted[0].image.id, Inherited { groups, ..Inherited::default() });
    let mut steps = Vec::new();
    while !audit.is_idle() {
        let writes = audit.step(now(), &question());
        steps.push(writes.findings.iter().filter(|(_, found)| found.len() > 6_000).count());
    }
    assert_eq!(steps, [2, 2]);
}

/// Nobody who looks after a restart, or when another replica leads, is told that nothing is wrong.
#[test]
fn what_to_fix_first_is_kept_until_all_was_judged_again() {
    let mut audit = audit();
    let known = super::FixFirst { title: "known".to_owned(), ..super::FixFirst::default() };
    let before = super::Summary { fix_first: vec![known], ..super::Summary::default() };
    audit.show(before.clone());
    for number in 0..300 {
        let mut one = web(true);
        one["metadata"]["name"] = format!("web-{number}").into();
        one["metadata"]["uid"] = format!("d-{number}").into();
        audit.apply(Change::Put(object(&one)), now());
    }
    audit.apply(Change::Synced, now());
    for leads_again in [false, true] {
        if leads_again {
            audit.show(before.clone());
            audit.write_all_again(now());
        }
        let writes = audit.step(now(), &question());
        assert!(!audit.is_idle());
        let summary: super::Summary =
            serde_json::from_str(&writes.summary.unwrap().json.0).unwrap();
        assert_eq!(summary.fix_first, before.fix_first);
        while !audit.is_idle() {
            audit.step(now(), &question());
        }
        assert!(!audit.summary().fix_first.contains(&before.fix_first[0]));
    }
}

#[test]
fn what_to_fix_first_is_told_to_each_namespace() {
    let sin = |number: usize, namespace: &str| {
        let mut one = web(namespace == "shop");
        one["metadata"]["name"] = format!("web-{number}").into();
        one["metadata"]["uid"] = format!("d-{number}").into();
        one["metadata"]["namespace"] = namespace.into();
        one
    };
    let mut all: Vec<Value> = (0..30).map(|number| sin(number, "shop")).collect();
    all.push(sin(30, "quiet"));
    let (_, writes) = begun(&all);
    let summary: super::Summary = serde_json::from_str(&writes.summary.unwrap().json.0).unwrap();
    let known: BTreeSet<&str> =
        writes.findings.iter().flat_map(|(_, found)| found).map(|one| &*one.id).collect();
    for fix in &summary.fix_first {
        let (_, finding) = fix.link.split_once("?finding=").unwrap();
        assert!(known.contains(finding), "{}", fix.link);
    }
    let of = |namespace: &str| {
        summary.fix_first.iter().filter(|one| one.namespaces == [namespace.to_owned()]).count()
    };
    assert_eq!((of("shop"), of("quiet")), (23, 3));
}

/// A way in opens in one namespace, and leads over objects of another that did not change.
#[test]
fn what_a_new_way_leads_over_is_judged_anew_wherever_it_lies() {
    const RIGHTS: &str = "rbac.authorization.k8s.io/v1";
    let role = json!({"apiVersion": RIGHTS, "kind": "Role",
        "metadata": {"name": "maker", "namespace": "bank", "uid": "r"},
        "rules": [{"apiGroups": [""], "resources": ["pods", "secrets"], "verbs": ["*"]}]});
    let binding = json!({"apiVersion": RIGHTS, "kind": "RoleBinding",
        "metadata": {"name": "maker", "namespace": "bank", "uid": "b"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "maker"},
        "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": "shop"}]});
    let bank =
        json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "bank", "uid": "k"}});
    let is_on_path = |writes: &Writes| {
        let all = writes.findings.iter().flat_map(|(_, found)| found);
        let of_role = all.filter(|one| one.subject_title == "Role bank/maker");
        of_role.map(|one| one.score_why.contains("on an attack path")).max()
    };
    let (mut audit, first) = begun(&[web(false), role, binding, bank]);
    assert_eq!(is_on_path(&first), Some(false));
    assert!(audit.summary().attack_paths.is_empty());

    let opened = put(&mut audit, &[front("LoadBalancer")]);
    assert_eq!(is_on_path(&opened), Some(true));
    assert_eq!(audit.summary().attack_paths.len(), 1);
    assert!(audit.summary().fix_first.iter().any(|fix| fix.link.ends_with("/exposure")));

    let shut = put(&mut audit, &[front("ClusterIP")]);
    assert_eq!(is_on_path(&shut), Some(false));
    assert!(audit.summary().attack_paths.is_empty());
}

/// In a large cluster a way is not looked for at every change, but soon: within the time in which a
/// change is to be seen.
#[test]
fn a_new_way_shows_within_two_seconds_in_a_large_cluster_too() {
    let most = [2_499, 25_000, 500_000].map(|objects| ways::rest(objects).as_millis());
    assert_eq!(most, [0, 1_000, 1_000]);

    let mut audit = audit();
    let config = |number: usize| {
        json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
            "name": format!("c-{number}"), "namespace": "quiet", "uid": format!("c-{number}")}})
    };
    put(&mut audit, &(0..3_000).map(config).collect::<Vec<_>>());
    put(&mut audit, &[web(true), front("ClusterIP")]);
    audit.apply(Change::Synced, now());
    let question = Question { explain: false, patches: false, ..question() };
    while {
        audit.step(now(), &question);
        !audit.is_idle()
    } {}
    assert_eq!(audit.looks_again_in(now()), None, "nothing changed since");

    // Just looked: it waits, and says how long.
    audit.apply(Change::Put(object(&front("LoadBalancer"))), now());
    audit.step(now(), &question);
    assert!(audit.summary().attack_paths.is_empty());
    let rest = audit.looks_again_in(now()).unwrap();
    assert_eq!(rest.as_millis(), 120);
    let then = now() + jiff::SignedDuration::try_from(rest).unwrap();
    // Nor does it wait until everything else is judged.
    audit.all_again();
    let writes = audit.step(then, &question);
    assert!(writes.summary.is_some() && audit.summary().attack_paths.len() == 1);
    assert!(!audit.is_idle());
    assert_eq!(audit.looks_again_in(then), None);
}
