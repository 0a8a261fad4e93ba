//! What a real API server does with what the door says, beyond creating pods: containers that are
//! added to a pod, ways into it, warnings.

use crate::{Rig, chart::privileged, install::Install};
use serde_json::{Value, json};
use std::{process::Output, time::Duration};

/// How long one change may take to be in force, on a machine that has other things to do.
const CHANGE: Duration = Duration::from_secs(20);

/// What kubectl says of a refusal by a rule; an error where that refused nothing.
fn refused_by(code: &str, output: &Output) -> Result<String, String> {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() && said.contains(code) { Ok(said) } else { Err(said) }
}

/// With the rule about privileged containers enforced, and one of our own about `exec`.
pub(crate) fn judges_what_is_done_to_a_pod(install: &mut Install<'_>, rig: &Rig) {
    let kubectl = |words: &[&str]| rig.command(&["kubectl"]).args(words).output().unwrap();
    let image = ["--image=rig.test/pause:1", "--image-pull-policy=Never"];
    let _ = rig.kubectl(&[&["run", "inside"][..], &image].concat());
    let _ = rig.kubectl(&["wait", "--for=condition=Ready", "pod/inside", "--timeout=60s"]);

    install.put("/policies/CFD-POD-0001/mode", &json!({"mode": "enforce"}));
    let debug = [&["debug", "inside", "--profile=sysadmin"][..], &image].concat();
    install.wait(CHANGE, |_| refused_by("CFD-POD-0001", &kubectl(&debug))).unwrap();

    rig.apply(&json!({
        "apiVersion": "cofferdam.dev/v1alpha1",
        "kind": "ClusterSecurityPolicy",
        "metadata": {"name": "who-may-enter"},
        "spec": {
            "code": "ACME-7",
            "title": "Only operators enter pods",
            "description": "What is done in a pod is in no manifest.",
            "severity": "high",
            "stages": ["admission"],
            "matchConstraints": {"resourceRules": [{
                "apiGroups": [""], "apiVersions": ["v1"], "operations": ["CONNECT"],
                "resources": ["pods/exec", "pods/attach"],
            }]},
            "validations": [{
                "expression": "'operators' in request.userInfo.groups",
                "message": "Only operators enter pods.",
            }],
        },
    }));
    let enforce = json!({"mode": "enforce"});
    install.wait(CHANGE, |install| install.try_put("/policies/ACME-7/mode", &enforce)).unwrap();
    // There is nothing in the image that would end.
    let exec = ["exec", "inside", "--", "/none"];
    let said = install.wait(CHANGE, |_| refused_by("ACME-7", &kubectl(&exec))).unwrap();
    assert!(said.contains("Only operators enter pods."), "{said}");
    let operator = ["--as=ann", "--as-group=operators", "--as-group=system:masters"];
    let output = kubectl(&[&operator[..], &exec].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("/none") && !said.contains("ACME-7"), "{said}");
    let _ = rig.kubectl(&["delete", "clustersecuritypolicy", "who-may-enter"]);

    install.put("/policies/CFD-POD-0001/mode", &json!({"mode": "warn"}));
    let run = [&["run", "warned", "--privileged"][..], &image].concat();
    let said = install.wait(CHANGE, |_| {
        let output = kubectl(&run);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() {
            let _ = rig.kubectl(&["delete", "pod", "warned", "--now"]);
        }
        if output.status.success() && said.contains("Warning: ") { Ok(said) } else { Err(said) }
    });
    assert!(said.as_ref().unwrap().contains("CFD-POD-0001"), "{said:?}");
    let _ = rig.kubectl(&["delete", "pod", "inside", "--now"]);
    install.put("/policies/CFD-POD-0001/mode", &json!({"mode": "audit"}));
}

/// Changes to what was bad before a rule was enforced, and to what is not: both ways of `updates`.
pub(crate) fn judges_changes_as_it_is_told(install: &mut Install<'_>, rig: &Rig) {
    let rule = "CFD-POD-0001";
    let change_by = |change: &Value| {
        let change = change.to_string();
        let words = ["patch", "deployment", "before", "--type=json", "--patch", &change];
        rig.command(&["kubectl"]).args(words).output().unwrap()
    };
    let allowed = |output: &Output| {
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        if output.status.success() { Ok(said) } else { Err(said) }
    };
    let containers = "/spec/template/spec/containers";
    let other = json!({
        "name": "other",
        "image": "rig.test/pause:1",
        "securityContext": {"privileged": true},
    });
    let worse = json!([{"op": "add", "path": format!("{containers}/-"), "value": other}]);
    let labelled =
        |value: &str| json!([{"op": "add", "path": "/metadata/labels/a", "value": value}]);
    let is_privileged = |value: bool| {
        let path = format!("{containers}/0/securityContext/privileged");
        json!([{"op": "replace", "path": path, "value": value}])
    };
    let finalizers =
        |all: &[&str]| json!([{"op": "add", "path": "/metadata/finalizers", "value": all}]);
    let mut before = privileged("before");
    before["spec"]["replicas"] = json!(0);
    before["metadata"]["labels"] = json!({"app": "before"});
    before["metadata"]["finalizers"] = json!(["rig.test/held"]);
    rig.apply(&before);

    install.put(&format!("/policies/{rule}/mode"), &json!({"mode": "enforce"}));
    install.wait(CHANGE, |_| rig.refusal()).unwrap();
    let said = allowed(&change_by(&labelled("lenient"))).unwrap();
    assert!(said.contains(rule) && said.contains("it was so before"), "{said}");
    refused_by(rule, &change_by(&worse)).unwrap();

    let strict = json!({"mode": "enforce", "updates": "strict"});
    install.put(&format!("/policies/{rule}/mode"), &strict);
    // Another value each time: what changes nothing is not asked about.
    let mut number = 0;
    let said = install.wait(CHANGE, |_| {
        number += 1;
        refused_by(rule, &change_by(&labelled(&number.to_string())))
    });
    assert!(!said.as_ref().unwrap().contains("it was so before"), "{said:?}");
    refused_by(rule, &change_by(&worse)).unwrap();
    // It is mended, and then it may be changed; but not back.
    allowed(&change_by(&is_privileged(false))).unwrap();
    allowed(&change_by(&labelled("mended"))).unwrap();
    refused_by(rule, &change_by(&is_privileged(true))).unwrap();

    let lenient = json!({"mode": "enforce", "updates": "lenient"});
    install.put(&format!("/policies/{rule}/mode"), &lenient);
    refused_by(rule, &change_by(&is_privileged(true))).unwrap();
    install.put(&format!("/policies/{rule}/mode"), &json!({"mode": "audit"}));
    install.wait(CHANGE, |_| allowed(&change_by(&is_privileged(true)))).unwrap();
    install.put(&format!("/policies/{rule}/mode"), &strict);
    install.wait(CHANGE, |_| rig.refusal()).unwrap();
    // What ends may lose what holds it, and nothing else of it changes.
    let _ = rig.kubectl(&["delete", "deployment", "before", "--wait=false"]);
    refused_by(rule, &change_by(&labelled("ending"))).unwrap();
    allowed(&change_by(&finalizers(&[]))).unwrap();
    install.put(&format!("/policies/{rule}/mode"), &json!({"mode": "audit", "updates": "lenient"}));
}
