//! What a real API server does with what the door says, beyond creating pods: containers that are
//! added to a pod, ways into it, warnings.

use crate::{Rig, install::Install};
use serde_json::json;
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
