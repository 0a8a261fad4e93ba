//! A cluster of a few answers, for what `up` and `serve` do before and beside one. What a real one
//! makes of them is tried in the rig.

use crate::{
    binary::Home,
    server::{Answer, Request, Server},
};
use base64::{Engine as _, engine::general_purpose::STANDARD as BASE64};
use serde_json::{Value, json};
use std::path::PathBuf;

/// Part of every secret that the server is given here.
pub(crate) const SECRET: &str = "hunter2";
/// What another replica wrote in between.
pub(crate) const PASSWORD: &str = "hunter2 of another replica";
/// What a log is not to obey.
pub(crate) const HOSTILE: &str = "a\u{1b}[2J\u{9b}2J\n{\"level\":\"info\"}\u{2028}\u{202e}";

/// A cluster with a policy that cannot be read, where the webhook may not be put.
pub(crate) fn api_server() -> Server {
    let mut is_written = false;
    Server::start(move |request: &Request| {
        let path = request.path.split('?').next().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default();
        let metadata = json!({"name": name, "namespace": "n", "uid": name, "resourceVersion": "1"});
        let (status, body) = match &*request.method {
            _ if path == "/version" => (200, json!({"gitVersion": "v1.34.4"})),
            // Whoever writes the first password is told that somebody else did, and finds it.
            "PATCH" if name == "cofferdam-admin" => {
                is_written = true;
                (409, json!({"message": "somebody wrote in between"}))
            }
            "GET" if name == "cofferdam-admin" && is_written => {
                (200, json!({"metadata": metadata, "data": {"password": BASE64.encode(PASSWORD)}}))
            }
            "PATCH" if name == "cofferdam" => (500, json!({"message": HOSTILE})),
            "PATCH" => (200, serde_json::from_slice(&request.body).unwrap()),
            _ if name == "kube-system" || path.contains("/secrets/") => {
                (200, json!({"metadata": metadata}))
            }
            // Nothing is followed: what is listed is all there is.
            _ if request.path.contains("watch=") => (500, json!({"message": "not now"})),
            _ => (200, list(name)),
        };
        Answer::new(status, body.to_string()).header("content-type", "application/json")
    })
}

fn list(kind: &str) -> Value {
    let policy = json!({
        "apiVersion": "cofferdam.dev/v1alpha1",
        "kind": "SecurityPolicy",
        "metadata": {"name": "broken", "namespace": "shop", "uid": "1", "resourceVersion": "1"},
        "spec": {"title": HOSTILE},
    });
    let items = if kind == "securitypolicies" { vec![policy] } else { Vec::new() };
    json!({"metadata": {"resourceVersion": "1"}, "items": items})
}

/// A kubeconfig with a token for it.
pub(crate) fn kubeconfig(home: &Home, server: &Server) -> PathBuf {
    let config = json!({
        "clusters": [{"name": "c", "cluster": {"server": format!("http://{}", server.address)}}],
        "users": [{"name": "u", "user": {"token": SECRET}}],
        "contexts": [{"name": "k", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "k",
    });
    home.write("kubeconfig", config.to_string())
}
