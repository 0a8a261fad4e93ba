//! Services and what leads to them.

use super::edit::Edit;
use crate::{NodeId, Scalar, Value, View};

pub(super) fn service(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = edit.child(object, "spec") else { return };
    edit.fill(spec, "sessionAffinity", "None");
    match edit.text(spec, "sessionAffinity") {
        "None" if edit.child(spec, "sessionAffinityConfig").is_some() => {
            edit.set(spec, "sessionAffinityConfig", Scalar::Null);
        }
        "ClientIP" => session_timeout(edit, spec),
        _ => {}
    }
    edit.fill(spec, "type", "ClusterIP");
    edit.each(spec, "ports", |edit, port| {
        edit.fill(port, "protocol", "TCP");
        let target = edit.get(port, "targetPort").map(View::value);
        let unset = matches!(target, None | Some(Value::Int(0) | Value::String("")));
        if unset && let Some(number) = edit.get(port, "port").and_then(View::as_int) {
            edit.set(port, "targetPort", Scalar::Int(number));
        }
    });
    let kind = edit.text(spec, "type");
    let (balanced, node, inner) = (kind == "LoadBalancer", kind == "NodePort", kind == "ClusterIP");
    let external = edit.get(spec, "externalIPs").is_some_and(|list| !list.is_empty());
    if balanced || node || (inner && external) {
        edit.fill(spec, "externalTrafficPolicy", "Cluster");
    }
    if balanced || node || inner {
        edit.put_text(spec, "internalTrafficPolicy", "Cluster");
    }
    if balanced {
        edit.put_bool(spec, "allocateLoadBalancerNodePorts", true);
    }
}

/// Three hours.
fn session_timeout(edit: &mut Edit<'_>, spec: NodeId) {
    if let Some(config) = edit.made(spec, "sessionAffinityConfig")
        && let Some(client) = edit.made(config, "clientIP")
    {
        edit.put_int(client, "timeoutSeconds", 10_800);
    }
}

pub(super) fn endpoints(edit: &mut Edit<'_>, object: NodeId) {
    edit.each(object, "subsets", |edit, subset| {
        edit.each(subset, "ports", |edit, port| edit.fill(port, "protocol", "TCP"));
    });
}

pub(super) fn endpoint_slice(edit: &mut Edit<'_>, object: NodeId) {
    edit.each(object, "endpoints", |edit, one| edit.put(one, "conditions", Scalar::EmptyMap));
    edit.each(object, "ports", |edit, port| {
        edit.put_text(port, "name", "");
        edit.put_text(port, "protocol", "TCP");
    });
}

pub(super) fn network_policy(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = edit.child(object, "spec") else { return };
    for direction in ["ingress", "egress"] {
        edit.each(spec, direction, |edit, rule| {
            edit.each(rule, "ports", |edit, port| edit.put_text(port, "protocol", "TCP"));
        });
    }
    let out = edit.get(spec, "egress").is_some_and(|rules| !rules.is_empty());
    let both: &[&str] = &["Ingress", "Egress"];
    edit.fill_list(spec, "policyTypes", if out { both } else { &["Ingress"] });
}

pub(super) fn ingress_class(edit: &mut Edit<'_>, object: NodeId) {
    if let Some(parameters) = edit.below(object, &["spec", "parameters"]) {
        edit.put_text(parameters, "scope", "Cluster");
    }
}

pub(super) fn ingress_v1beta1(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = edit.child(object, "spec") else { return };
    edit.each(spec, "rules", |edit, rule| {
        if let Some(http) = edit.child(rule, "http") {
            edit.each(http, "paths", |edit, path| {
                edit.put_text(path, "pathType", "ImplementationSpecific");
            });
        }
    });
}
