//! The API server tells who did what, by the files and flags of docs/install.md.

use crate::{
    Rig,
    install::{Install, NAMESPACE},
    succeed,
};
use serde_json::{Value, json};
use std::{fs, time::Duration};

/// How long events may take: the rig's API server gathers them for a second.
const TOLD_IN: Duration = Duration::from_secs(20);

/// The Secret with the token.
const SECRET: &str = "cofferdam-audit";

/// What the chart is told, once the Secret is there.
pub(crate) fn takes_events(rig: &Rig) -> String {
    let token = succeed(std::process::Command::new("openssl").args(["rand", "-hex", "32"])).stdout;
    let token = format!("--from-literal=token={}", String::from_utf8_lossy(&token).trim());
    let _ = rig.kubectl(&["-n", NAMESPACE, "create", "secret", "generic", SECRET, &token]);
    format!("audit.secret={SECRET}")
}

/// What the API server is told: where, by which authority, with which token.
fn kubeconfig(rig: &Rig) -> Value {
    let of = |words: &[&str]| rig.kubectl(&[&["-n", NAMESPACE, "get"], words].concat());
    let address = of(&["service", "cofferdam", "-o=jsonpath={.spec.clusterIP}"]);
    let authority = of(&["secret", "cofferdam-certificates", r"-o=jsonpath={.data.ca\.crt}"]);
    let token = of(&["secret", SECRET, "-o=go-template={{.data.token | base64decode}}"]);
    let cluster = json!({
        "server": format!("https://{address}:443/audit"),
        "tls-server-name": format!("cofferdam.{NAMESPACE}.svc"),
        "certificate-authority-data": authority,
    });
    json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "cofferdam", "cluster": cluster}],
        "users": [{"name": "api-server", "user": {"token": token}}],
        "contexts": [
            {"name": "cofferdam", "context": {"cluster": "cofferdam", "user": "api-server"}},
        ],
        "current-context": "cofferdam",
    })
}

/// After the upgrade by which the chart [takes events](takes_events).
pub(crate) fn the_api_server_tells_who_entered_a_pod(install: &mut Install<'_>, rig: &Rig) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), kubeconfig(rig).to_string()).unwrap();
    let path = file.path().display().to_string();
    succeed(&mut rig.command(&["up", "--audit-webhook", &path]));
    install.forward();
    let run = ["run", "entered", "--image=rig.test/pause:1", "--image-pull-policy=Never"];
    let _ = rig.kubectl(&run);
    let _ = rig.kubectl(&["wait", "--for=condition=Ready", "pod/entered", "--timeout=60s"]);
    // There is nothing in the image that would end; who asks is told all the same.
    let exec = ["exec", "entered", "--", "/none", "--of", "it"];
    let operator = ["--as=ann", "--as-group=operators", "--as-group=system:masters"];
    for who in [&[][..], &operator] {
        let output = rig.command(&["kubectl"]).args(who).args(exec).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("/none"), "{said}");
    }
    let told = install.wait(TOLD_IN, |install| {
        let events = install.try_get("/cluster/events?q=entered&limit=500")?;
        let all = events["items"].as_array().cloned().unwrap_or_default();
        let entered: Vec<Value> =
            all.into_iter().filter(|event| event["subresource"] == "exec").collect();
        if entered.len() == 2 { Ok(entered) } else { Err(format!("{events:#}")) }
    });
    let told = told.unwrap();
    for event in &told {
        assert_eq!((&event["user"], &event["name"]), (&json!("admin"), &json!("entered")));
        assert_eq!(event["command"], "entered: /none --of it");
    }
    let as_others: Vec<&str> = told.iter().filter_map(|event| event["actsAs"].as_str()).collect();
    assert_eq!(as_others.iter().filter(|other| other.contains("ann")).count(), 1, "{as_others:?}");
    let said = install.cofferdam(&["get", "events", "-s", "entered"]);
    assert!(said.contains("exec") && said.contains("/none --of it"), "{said}");
    let _ = rig.kubectl(&["delete", "pod", "entered", "--now"]);
    let _ = rig.kubectl(&["-n", NAMESPACE, "delete", "secret", SECRET]);
}
