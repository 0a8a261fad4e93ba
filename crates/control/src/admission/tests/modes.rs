//! Off, audit, warn and enforce; and what was wrong before.

use super::{ask, door, enforcing, pod, privileged, request, settings};
use crate::admission::{Decision, Mode, Modes, OnFailure, RuleMode, Updates};
use cofferdam_assess::live::Objects;
use serde_json::{Value, json};

const PRIVILEGED: &str = "CFD-POD-0001";

fn warnings(response: &Value) -> Vec<&str> {
    let warnings = response["warnings"].as_array();
    warnings.into_iter().flatten().map(|text| text.as_str().unwrap()).collect()
}

fn speaks_of(response: &Value, code: &str) -> bool {
    warnings(response).iter().any(|text| text.starts_with(code))
}

#[test]
fn each_mode_does_what_it_says() {
    let create = request("CREATE", &privileged(true), None);
    for (mode, is_allowed, is_warned) in [
        (None, true, true),
        (Some(Mode::Off), true, false),
        (Some(Mode::Audit), true, false),
        (Some(Mode::Warn), true, true),
        (Some(Mode::Enforce), false, false),
    ] {
        let modes = mode.map(|mode| (PRIVILEGED, mode)).into_iter().collect();
        let (door, _) = door(Objects::default(), settings(modes));
        let response = ask(&door, &create);
        assert_eq!(response["allowed"], is_allowed, "{mode:?}");
        assert_eq!(speaks_of(&response, PRIVILEGED), is_warned, "{mode:?}: {response}");
        // Whatever is done about it, the audit log has the verdict.
        let rules = response["auditAnnotations"]["rules"].as_str().unwrap();
        assert!(rules.contains("CFD-POD-0001=fail:sha256:"), "{rules}");
    }
}

#[test]
fn who_is_refused_reads_why_and_what_would_pass() {
    let (door, mut decided) = enforcing(&[PRIVILEGED]);
    let response = ask(&door, &request("CREATE", &privileged(true), None));
    assert_eq!(response["status"]["code"], 403);
    assert_eq!(response["status"]["reason"], "Forbidden");
    let message = response["status"]["message"].as_str().unwrap();
    for expected in [
        "Pod shop/web is refused for 1 reason.",
        "CFD-POD-0001 privileged-container (critical): Container web is privileged.",
        "does not hold: ",
        "passes with: remove /spec/containers/0/securityContext/privileged",
    ] {
        assert!(message.contains(expected), "{expected}\n{message}");
    }
    let reviewed = decided.try_recv().unwrap();
    assert_eq!(reviewed.decision, Decision::Denied);
    assert_eq!((&*reviewed.user, &*reviewed.resource), ("ann", "pods"));
    assert_eq!(reviewed.messages, [message]);
    assert_eq!(response["auditAnnotations"]["digest"], *reviewed.digest);
    assert_eq!(ask(&door, &request("CREATE", &privileged(false), None))["allowed"], true);
}

/// What is told as a change to pass of a Deployment of six replicas, where five are allowed.
fn told_of_replicas(remediation: &str) -> String {
    let policy = "
apiVersion: cofferdam.dev/v1alpha1
kind: ClusterSecurityPolicy
metadata: {name: few}
spec:
  code: ACME-1
  title: Few replicas
  description: Why.
  severity: low
  stages: [admission]
  matchConstraints:
    resourceRules:
      - {apiGroups: [apps], apiVersions: [v1], operations: ['*'], resources: [deployments]}
  validations:
    - {expression: object.spec.replicas <= 5, message: Too many.}
";
    let policy = &format!("{policy}{remediation}");
    let modes = [("ACME-1", Mode::Enforce)].into_iter().collect();
    let settings = crate::admission::Settings { bundle: super::only(policy), ..settings(modes) };
    let (door, _) = door(Objects::default(), settings);
    let web = json!({
        "apiVersion": "apps/v1", "kind": "Deployment",
        "metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": 6},
    });
    let response = ask(&door, &request("CREATE", &web, None));
    response["status"]["message"].as_str().unwrap().to_owned()
}

#[test]
fn changes_that_were_tried_are_told_as_such() {
    let passes = "\n  passes with: set /spec/replicas to 5 instead of 6";
    let message = told_of_replicas("");
    assert!(message.contains(passes), "{message}");
    let proposes = |replicas: u32| {
        let patch = format!("[{{op: replace, path: /spec/replicas, value: {replicas}}}]");
        told_of_replicas(&format!("  remediation: {{text: Fewer., patch: {patch}}}\n"))
    };
    let message = proposes(4);
    assert!(message.contains("\n  passes with: set /spec/replicas to 4"), "{message}");
    assert!(!message.contains(passes) && !message.contains("proposes"), "{message}");
    let message = proposes(7);
    assert!(message.contains("\n  the rule proposes: set /spec/replicas to 7"), "{message}");
    assert!(message.contains(passes), "{message}");
}

#[test]
fn changes_are_refused_for_what_they_make_worse() {
    let (door, _) = enforcing(&[PRIVILEGED]);
    let (bad, good) = (privileged(true), privileged(false));
    let allowed = |old: &Value, new: &Value| {
        let response = ask(&door, &request("UPDATE", new, Some(old)));
        (response["allowed"] == true, speaks_of(&response, PRIVILEGED))
    };
    assert_eq!(allowed(&good, &good), (true, false));
    assert_eq!(allowed(&good, &bad), (false, false));
    assert_eq!(allowed(&bad, &good), (true, false));
    // Somebody else's old sin, and a label beside it.
    let mut labelled = bad.clone();
    labelled["metadata"]["labels"] = json!({"team": "web"});
    assert_eq!(allowed(&bad, &labelled), (true, true));
    let response = ask(&door, &request("UPDATE", &labelled, Some(&bad)));
    let about = warnings(&response).into_iter().find(|text| text.starts_with(PRIVILEGED));
    assert!(about.unwrap().contains("it was so before"), "{about:?}");
    // One more is not the same.
    let mut two = bad.clone();
    let mut other = bad["spec"]["containers"][0].clone();
    other["name"] = json!("other");
    two["spec"]["containers"].as_array_mut().unwrap().push(other);
    assert_eq!(allowed(&bad, &two), (false, true));
}

#[test]
fn a_rule_can_be_strict_about_changes_and_nothing_holds_what_ends() {
    let strict = RuleMode { updates: Updates::Strict, ..RuleMode::from(Mode::Enforce) };
    let modes: Modes = [(PRIVILEGED, strict)].into_iter().collect();
    let (door, _) = door(Objects::default(), settings(modes));
    let mut bad = privileged(true);
    let update = request("UPDATE", &bad, Some(&bad));
    assert_eq!(ask(&door, &update)["allowed"], false);
    bad["metadata"]["deletionTimestamp"] = json!("2026-06-01T00:00:00Z");
    let update = request("UPDATE", &bad, Some(&bad));
    assert_eq!(ask(&door, &update)["allowed"], true);
}

#[test]
fn exceptions_hold_at_the_door() {
    let exception = "
apiVersion: cofferdam.dev/v1alpha1
kind: PolicyException
metadata: {name: e}
spec:
  owner: o
  reason: r
  expires: 2026-12-31
  policies: [privileged-container]
  match: {objects: [{namespace: shop}]}
";
    let file = cofferdam_policy::PolicyFile { place: "e".into(), text: exception.into() };
    let bundle = cofferdam_policy::Bundle::with(&[file]).unwrap();
    let mut settings = settings([(PRIVILEGED, Mode::Enforce)].into_iter().collect());
    settings.bundle = bundle.into();
    let (door, _) = door(Objects::default(), settings);
    assert_eq!(ask(&door, &request("CREATE", &privileged(true), None))["allowed"], true);
    let mut elsewhere = privileged(true);
    elsewhere["metadata"]["namespace"] = json!("other");
    assert_eq!(ask(&door, &request("CREATE", &elsewhere, None))["allowed"], false);
}

#[test]
fn warnings_are_short_and_few() {
    let modes: Modes =
        super::BUILT_IN.policies.iter().map(|policy| (policy.code.clone(), Mode::Warn)).collect();
    let (door, _) = door(Objects::default(), settings(modes));
    let long = "x".repeat(250);
    let containers: Vec<Value> = (0..40)
        .map(|number| {
            let name = format!("{number}{long}");
            json!({"name": name, "image": format!("{long}:latest"), "securityContext": {"privileged": true}})
        })
        .collect();
    let response =
        ask(&door, &request("CREATE", &pod("web", &json!({"containers": containers})), None));
    let warnings = warnings(&response);
    assert!(warnings.iter().all(|text| text.len() <= 256));
    assert!(warnings.iter().map(|text| text.len()).sum::<usize>() <= 4096);
    assert!(warnings.last().unwrap().contains("more warnings"), "{warnings:?}");
}

#[test]
fn what_cannot_be_judged_passes_unless_a_rule_must_hold() {
    let broken = json!({"uid": "u", "operation": "CREATE", "object": {"kind": "x"}});
    let (open, mut decided) = enforcing(&[PRIVILEGED]);
    let response = ask(&open, &broken);
    assert_eq!(response["allowed"], true);
    assert!(response["warnings"][0].as_str().unwrap().contains("could not judge"));
    assert_eq!(open.status().failed_open, 1);
    assert!(decided.try_recv().is_err());

    let closed = RuleMode { on_failure: OnFailure::Fail, ..RuleMode::from(Mode::Enforce) };
    let (closed, _) =
        door(Objects::default(), settings([(PRIVILEGED, closed)].into_iter().collect()));
    let response = ask(&closed, &broken);
    assert_eq!((&response["allowed"], &response["status"]["code"]), (&json!(false), &json!(500)));
    // The rule is about pods and what makes them: it keeps no other resource out.
    for (resource, is_allowed) in [("pods", false), ("deployments", false), ("services", true)] {
        let empty = json!({"uid": "u", "operation": "CREATE", "resource": {"resource": resource}});
        assert_eq!(ask(&closed, &empty)["allowed"], is_allowed, "{resource}");
    }
}

/// The API server gets its answer all the same, by what the rules are to do then.
#[test]
fn a_mistake_of_ours_ends_no_door() {
    let mut broken = privileged(true);
    broken["metadata"]["name"] = json!(super::MISTAKE);
    let broken = request("CREATE", &broken, None);
    let closed = RuleMode { on_failure: OnFailure::Fail, ..RuleMode::from(Mode::Enforce) };
    for (rule, is_allowed) in [(RuleMode::from(Mode::Enforce), true), (closed, false)] {
        let (door, mut decided) =
            door(Objects::default(), settings([(PRIVILEGED, rule)].into_iter().collect()));
        let response = ask(&door, &broken);
        assert_eq!((&response["allowed"], &response["uid"]), (&json!(is_allowed), &broken["uid"]));
        let said = response.to_string();
        assert!(said.contains("judging failed, please report this"), "{said}");
        let status = door.status();
        assert_eq!(
            (status.failed_open, status.denied),
            (u64::from(is_allowed), u64::from(!is_allowed))
        );
        assert!(decided.try_recv().is_err(), "nothing was decided by a rule");
        // The next request is judged as ever.
        let response = ask(&door, &request("CREATE", &privileged(true), None));
        assert!(response.to_string().contains(PRIVILEGED), "{response}");
    }
}

#[test]
fn a_rule_that_is_not_asked_keeps_nobody_out() {
    let settings = settings(Modes::default());
    let closed = RuleMode { on_failure: OnFailure::Fail, ..RuleMode::from(Mode::Enforce) };
    // One that is asked, one of images that is asked of these, and one that went.
    let all = [(PRIVILEGED, closed), ("CFD-DKF-0001", closed), ("GONE-1", closed)];
    let modes: Modes = all.into_iter().collect();
    let kept = modes.of_bundle(&settings.bundle);
    assert_eq!(kept.closed().collect::<Vec<_>>(), [PRIVILEGED]);
}
