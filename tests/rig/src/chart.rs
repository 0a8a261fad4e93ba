//! The Helm chart from its installation to its end, on a real cluster with the sample shop, whose
//! images come from a registry with a password.

use crate::{
    Rig,
    door::{judges_changes_as_it_is_told, judges_what_is_done_to_a_pod},
    events::{takes_events, the_api_server_tells_who_entered_a_pod},
    install::Install,
    rotation::no_request_slips_through_while_certificates_change,
};
use serde_json::json;
use std::time::{Duration, Instant};

/// Every sin of the shop (`examples/shop/README.md`): where it is seen, and by which rule.
const SINS: &[(&str, &str)] = &[
    ("ClusterRole shop-dashboard", "CFD-ACC-0005"),
    ("ClusterRole shop-dashboard", "CFD-ACC-0006"),
    ("Deployment shop/dashboard", "CFD-ACC-0033"),
    ("DaemonSet shop/tuner", "CFD-POD-0001"),
    ("DaemonSet shop/tuner", "CFD-POD-0002"),
    ("Deployment shop/builder", "CFD-POD-0025"),
    ("Deployment shop/api", "CFD-IMG-0003"),
    ("Deployment shop/dashboard", "CFD-IMG-0003"),
    ("Deployment shop/worker", "CFD-IMG-0005"),
    ("Deployment shop/worker", "CFD-IMG-0001"),
    ("Deployment shop/web", "CFD-IMG-0002"),
    ("StatefulSet shop/database", "CFD-IMG-0004"),
    ("Deployment shop/api", "CFD-SEC-0001"),
    ("Deployment shop/api", "CFD-NET-0010"),
    ("StatefulSet shop/database", "CFD-NET-0010"),
];

/// The promise of the chart's end-to-end test.
const SEEN_IN: Duration = Duration::from_mins(1);
/// How long one change may take to be seen, on a machine that has other things to do.
const CHANGE: Duration = Duration::from_secs(20);

#[test]
fn a_shop_is_judged_guarded_and_left_behind_clean() {
    let rig = Rig::up("test-chart", &["--dns"]);
    crate::succeed(&mut rig.command(&["registry", "up"]));
    let before = rig.everything();
    let mut install = Install::one_replica(&rig);
    let shop = rig.command(&["shop", "--registry"]).output().unwrap();
    assert!(shop.status.success(), "{}", String::from_utf8_lossy(&shop.stderr));
    every_sin_is_seen(&mut install);
    let overview = install.get("/overview");
    let path = overview["attackPaths"][0]["title"].as_str().unwrap_or_default();
    assert!(path.contains("cluster-admin"), "{overview:#}");
    let told = install.cofferdam(&["describe", "workload", "shop/worker"]);
    assert!(told.contains("CVE-2023-4863"), "{told}");

    // A rule that is enforced refuses, and says why and what would pass.
    install.put("/policies/CFD-POD-0001/mode", &json!({"mode": "enforce"}));
    let refused = install.wait(CHANGE, |_| rig.refusal()).unwrap();
    assert!(refused.contains("CFD-POD-0001"), "{refused}");
    assert!(
        refused.contains("passes with: remove /spec/containers/0/securityContext"),
        "{refused}"
    );
    let mode = json!({"mode": "audit"});
    install.put("/policies/CFD-POD-0001/mode", &mode);

    // So does one about what is in an image, which was looked into because another pod runs it.
    install.put("/policies/CFD-IMG-0005/mode", &json!({"mode": "enforce"}));
    let image = "--output=jsonpath={.spec.template.spec.containers[0].image}";
    let image = rig.kubectl(&["-n", "shop", "get", "deployment", "worker", image]);
    let second = format!("--image={image}");
    let refused = install.wait(CHANGE, |_| rig.refusal_of(&[&second])).unwrap();
    assert!(refused.contains("CFD-IMG-0005") && refused.contains("what to do: "), "{refused}");
    install.put("/policies/CFD-IMG-0005/mode", &json!({"mode": "audit"}));

    judges_what_is_done_to_a_pod(&mut install, &rig);
    judges_changes_as_it_is_told(&mut install, &rig);

    what_was_changed_beside_what_was_applied_is_drift(&mut install, &rig);

    // A sin that is mended is gone.
    let _ = rig.kubectl(&["-n", "shop", "delete", "daemonset", "tuner"]);
    install
        .wait(CHANGE, |install| {
            let is_seen = |(subject, _): &(String, String)| subject == "DaemonSet shop/tuner";
            if install.findings().iter().any(is_seen) { Err("seen".to_owned()) } else { Ok(()) }
        })
        .unwrap();

    fails_as_its_matrix_says(&mut install, &rig);

    // An upgrade changes what it says and nothing else.
    let password = install.first_password();
    let audit = takes_events(&rig);
    install.upgrade(&["--set", "resources.requests.cpu=50m", "--set", &audit]);
    install.forward();
    assert_eq!(install.first_password(), password, "an upgrade leaves what the server wrote");
    let now = install.get("/policies/CFD-POD-0001");
    assert_eq!(now["mode"], "enforce");
    the_api_server_tells_who_entered_a_pod(&mut install, &rig);
    install.read_log();

    let _ = rig.kubectl(&["delete", "namespace", "shop"]);
    let _ = rig.kubectl(&["delete", "clusterrole,clusterrolebinding", "shop-dashboard"]);
    install.uninstall();
    let left: Vec<String> = rig.everything().difference(&before).cloned().collect();
    assert_eq!(left, [""; 0]);
}

/// In the API, by kubectl and in the console.
fn every_sin_is_seen(install: &mut Install<'_>) {
    let began = Instant::now();

    let missing = install.wait(SEEN_IN, |install| {
        let seen = install.findings();
        let is_missing =
            |(subject, rule): &&(&str, &str)| !seen.contains(&((*subject).into(), (*rule).into()));
        let missing: Vec<_> = SINS.iter().filter(is_missing).collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("not seen: {missing:?}")) }
    });
    missing.unwrap();
    let told = install.cofferdam(&["get", "findings", "-n", "shop", "--limit", "1000"]);
    let roles = install.cofferdam(&["get", "findings", "-s", "shop-dashboard", "--limit", "1000"]);
    for (subject, rule) in SINS {
        let is_it = |line: &str| line.contains(subject) && line.contains(rule);
        assert!(told.lines().chain(roles.lines()).any(is_it), "{subject} {rule}: {told}\n{roles}");
    }
    install.browse(SINS);
    println!("seen in API, by kubectl and in the console after {:?}", began.elapsed());
    assert!(began.elapsed() < SEEN_IN, "{:?}", began.elapsed());
}

fn what_was_changed_beside_what_was_applied_is_drift(install: &mut Install<'_>, rig: &Rig) {
    let _ = rig.kubectl(&["-n", "shop", "scale", "deployment", "web", "--replicas=3"]);
    let drift = install.wait(CHANGE, |install| {
        let found = install.try_get("/workloads?namespace=shop&q=web")?;
        let id = found["items"][0]["id"].as_str().unwrap_or_default().to_owned();
        let drift = install.try_get(&format!("/workloads/{id}"))?["drift"].clone();
        if drift[0]["path"] == "spec.replicas" { Ok(drift) } else { Err(drift.to_string()) }
    });
    let drift = drift.unwrap();
    assert_eq!((&drift[0]["live"], &drift[0]["applied"]), (&json!("3"), &json!("2")));
}

/// docs/admission.md, "When Cofferdam does not answer".
fn fails_as_its_matrix_says(install: &mut Install<'_>, rig: &Rig) {
    // Without a server requests pass; when it is back, it knows what it knew.
    install.put("/policies/CFD-POD-0001/mode", &json!({"mode": "enforce"}));
    install.wait(CHANGE, |_| rig.refusal()).unwrap();
    // Killed, it is made anew; until then nobody answers, and nothing that it knew is lost.
    let known = install.findings();
    let pods =
        ["-n", "cofferdam-system", "delete", "pods", "-l", "app.kubernetes.io/name=cofferdam"];
    let _ = rig.kubectl(&[&pods[..], &["--force", "--grace-period=0"]].concat());
    assert!(rig.refusal().is_err(), "nobody answers");
    install.forward();
    install.wait(CHANGE, |_| rig.refusal()).unwrap();
    assert_eq!(install.findings(), known);
    install.scale(0);
    assert!(rig.refusal().is_err(), "nobody answers, and rules fail open unless told otherwise");
    install.scale(1);
    install.forward();
    install
        .wait(CHANGE, |install| {
            let now = install.findings();
            if now == known { Ok(()) } else { Err(format!("{now:?} is not {known:?}")) }
        })
        .unwrap();
    assert!(rig.refusal().is_ok(), "the mode is kept");

    // A rule that is told to fail closed does, for what it is about; the server itself still starts.
    let closed = json!({"mode": "enforce", "onFailure": "fail"});
    install.put("/policies/CFD-POD-0001/mode", &closed);
    let is_closed = |_: &mut Install<'_>| {
        let policies = "--output=jsonpath={.webhooks[*].failurePolicy}";
        let told = rig.kubectl(&["get", "validatingwebhookconfiguration", "cofferdam", policies]);
        if told.contains("Fail") { Ok(()) } else { Err(told) }
    };
    install.wait(CHANGE, is_closed).unwrap();
    install.scale(0);
    let refused = rig.refusal().unwrap();
    assert!(refused.contains("failed calling webhook"), "{refused}");
    let _ = rig.kubectl(&["create", "service", "clusterip", "free", "--tcp=80"]);
    let _ = rig.kubectl(&["delete", "service", "free"]);
    install.scale(1);
    install.forward();
    let told = install.wait(CHANGE, |_| rig.refusal()).unwrap();
    assert!(told.contains("CFD-POD-0001"), "{told}");
}

/// Deployments that are made at once.
const MANY: usize = 50;

fn many() -> serde_json::Value {
    let one = |number| {
        json!({
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": format!("many-{number}"), "namespace": "default"},
            "spec": {
                "replicas": 0,
                "selector": {"matchLabels": {"app": "many"}},
                "template": {
                    "metadata": {"labels": {"app": "many"}},
                    "spec": {"containers": [{"name": "one", "image": "rig.test/pause:1"}]},
                },
            },
        })
    };
    json!({"apiVersion": "v1", "kind": "List", "items": (0..MANY).map(one).collect::<Vec<_>>()})
}

#[test]
fn two_replicas_share_the_work_and_one_takes_over() {
    let rig = Rig::up("test-pair", &["--dns"]);
    let mut install = Install::two_replicas(&rig);
    let holder = install.leader();
    let _ = rig.kubectl(&["create", "deployment", "one", "--image=rig.test/pause:1"]);
    let sees = |install: &mut Install, name: &str| {
        let subject = format!("Deployment default/{name}");
        let is_seen = install.findings().iter().any(|(seen, _)| *seen == subject);
        if is_seen { Ok(()) } else { Err(format!("{subject} is not judged")) }
    };
    install.wait(CHANGE, |install| sees(install, "one")).unwrap();

    // The one that writes is killed in the middle of its work; a Lease that nobody gave back is
    // waited for. Nothing is lost, and nothing is told twice.
    rig.apply(&many());
    let pod = ["-n", "cofferdam-system", "delete", "pod", &holder, "--force", "--grace-period=0"];
    let _ = rig.kubectl(&pod);
    let next = install.wait(SEEN_IN, |install| {
        let leader = install.leader();
        if leader.is_empty() || leader == holder { Err("nobody leads".to_owned()) } else { Ok(()) }
    });
    next.unwrap();
    install.forward();
    for number in 0..MANY {
        install.wait(SEEN_IN, |install| sees(install, &format!("many-{number}"))).unwrap();
    }
    let all = install.findings();
    let rules = |name: &str| all.iter().filter(|(subject, _)| *subject == name).count();
    let expected = rules("Deployment default/one");
    for number in 0..MANY {
        assert_eq!(rules(&format!("Deployment default/many-{number}")), expected, "{number}");
    }

    // The door answers whichever replica is asked, with one authority.
    install.put("/policies/CFD-POD-0001/mode", &json!({"mode": "enforce"}));
    install.wait(CHANGE, |_| rig.refusal()).unwrap();
    for _ in 0..20 {
        assert!(rig.refusal().is_ok(), "both replicas refuse");
    }
    controllers_make_what_is_excused(&mut install, &rig);
    no_request_slips_through_while_certificates_change(&mut install, &rig);
    install.read_log();
}

/// A privileged Deployment.
pub(crate) fn privileged(name: &str) -> serde_json::Value {
    let container = json!({
        "name": "one",
        "image": "rig.test/pause:1",
        "imagePullPolicy": "Never",
        "securityContext": {"privileged": true},
    });
    json!({
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
        },
    })
}

/// Somebody answers for a Deployment: its ReplicaSets and pods come to be while the rule is
/// enforced, whichever replica is asked, and without a refusal on the way.
fn controllers_make_what_is_excused(install: &mut Install<'_>, rig: &Rig) {
    rig.apply(&json!({
        "apiVersion": "cofferdam.dev/v1alpha1",
        "kind": "PolicyException",
        "metadata": {"name": "agent", "namespace": "default"},
        "spec": {
            "owner": "ops@example.com",
            "reason": "It sets the node up.",
            "expires": "2099-01-01",
            "policies": ["CFD-POD-0001"],
            "match": {"objects": [{"kind": "Deployment", "name": "agent"}]},
        },
    }));
    let apply = |name: &str| {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), privileged(name).to_string()).unwrap();
        let file = file.path().display().to_string();
        let output = rig.command(&["kubectl", "apply", "--filename", &file]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(()) } else { Err(said) }
    };
    // The exception may reach one replica a moment before the other.
    install.wait(CHANGE, |_| apply("agent")).unwrap();
    assert!(apply("other").unwrap_err().contains("CFD-POD-0001"));
    let is_there = ["rollout", "status", "deployment/agent", "--timeout=60s"];
    let _ = rig.kubectl(&is_there);
    for _ in 0..5 {
        let _ = rig.kubectl(&["rollout", "restart", "deployment/agent"]);
        let _ = rig.kubectl(&is_there);
    }
    let denied = install.get("/admission/reviews?decision=denied&limit=500");
    let items = denied["items"].as_array().unwrap();
    let by_controller =
        |one: &&serde_json::Value| one["user"].as_str().unwrap_or_default().starts_with("system:");
    let refused: Vec<_> = items.iter().filter(by_controller).collect();
    assert!(items.len() > 20, "what people were refused is told");
    assert!(refused.is_empty(), "{refused:#?}");
}
