//! Pods, and the templates of pods.

use super::{container::container, edit::Edit, resources, volume};
use crate::{NodeId, Scalar, View};

const CONTAINERS: &[&str] = &["initContainers", "containers", "ephemeralContainers"];

pub(super) fn pod(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = edit.child(object, "spec") else { return };
    pod_spec(edit, spec);
    edit.put_bool(spec, "enableServiceLinks", true);
    let host_network = edit.get(spec, "hostNetwork").and_then(View::as_bool) == Some(true);
    // Ephemeral containers may have neither resources nor ports.
    for list in ["initContainers", "containers"] {
        edit.each(spec, list, |edit, container| {
            requests_of_limits(edit, container);
            if host_network {
                edit.each(container, "ports", host_port);
            }
        });
    }
    resources::pod_level(edit, spec);
}

pub(super) fn pod_template(edit: &mut Edit<'_>, object: NodeId) {
    if let Some(template) = edit.child(object, "template") {
        pod_of_template(edit, template);
    }
}

/// The pod of a template; what only pods themselves are given is not filled in there.
pub(super) fn pod_of_template(edit: &mut Edit<'_>, template: NodeId) {
    edit.put(template, "metadata", Scalar::EmptyMap);
    if let Some(spec) = edit.child(template, "spec") {
        pod_spec(edit, spec);
    }
}

fn pod_spec(edit: &mut Edit<'_>, spec: NodeId) {
    edit.fill(spec, "dnsPolicy", "ClusterFirst");
    edit.fill(spec, "restartPolicy", "Always");
    edit.put(spec, "securityContext", Scalar::EmptyMap);
    edit.put_int(spec, "terminationGracePeriodSeconds", 30);
    edit.fill(spec, "schedulerName", "default-scheduler");
    service_account(edit, spec);
    edit.each(spec, "volumes", volume::volume);
    for list in CONTAINERS {
        edit.each(spec, list, container);
    }
}

/// The field has an older name; the API server keeps both.
fn service_account(edit: &mut Edit<'_>, spec: NodeId) {
    for (from, to) in
        [("serviceAccountName", "serviceAccount"), ("serviceAccount", "serviceAccountName")]
    {
        let name = edit.text(spec, from).to_owned();
        if !name.is_empty() {
            edit.fill(spec, to, &name);
        }
    }
}

fn requests_of_limits(edit: &mut Edit<'_>, container: NodeId) {
    let Some(resources) = edit.child(container, "resources") else { return };
    let Some(limits) = edit.child(resources, "limits") else { return };
    if let Some(requests) = edit.made(resources, "requests") {
        edit.copy_missing(limits, requests);
    }
}

fn host_port(edit: &mut Edit<'_>, port: NodeId) {
    if let Some(number) = edit.get(port, "containerPort").and_then(View::as_int) {
        edit.fill_int(port, "hostPort", number);
    }
}
