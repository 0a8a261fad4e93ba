//! Containers and what they are probed with.

use super::{edit::Edit, image::fill_pull_policy};
use crate::{NodeId, Scalar};

pub(super) fn container(edit: &mut Edit<'_>, container: NodeId) {
    fill_pull_policy(edit, container, "imagePullPolicy", "image");
    edit.fill(container, "terminationMessagePath", "/dev/termination-log");
    edit.fill(container, "terminationMessagePolicy", "File");
    edit.put(container, "resources", Scalar::EmptyMap);
    edit.each(container, "ports", |edit, port| edit.fill(port, "protocol", "TCP"));
    edit.each(container, "env", |edit, variable| {
        if let Some(field) = edit.below(variable, &["valueFrom", "fieldRef"]) {
            edit.fill(field, "apiVersion", "v1");
        }
        if let Some(resource) = edit.below(variable, &["valueFrom", "resourceFieldRef"]) {
            edit.put_text(resource, "divisor", "0");
        }
        if let Some(file) = edit.below(variable, &["valueFrom", "fileKeyRef"]) {
            edit.put_bool(file, "optional", false);
        }
    });
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(own) = edit.child(container, key) {
            probe(edit, own);
        }
    }
    for key in ["postStart", "preStop"] {
        if let Some(get) = edit.below(container, &["lifecycle", key, "httpGet"]) {
            http_get(edit, get);
        }
    }
}

fn probe(edit: &mut Edit<'_>, probe: NodeId) {
    edit.fill_int(probe, "timeoutSeconds", 1);
    edit.fill_int(probe, "periodSeconds", 10);
    edit.fill_int(probe, "successThreshold", 1);
    edit.fill_int(probe, "failureThreshold", 3);
    if let Some(get) = edit.child(probe, "httpGet") {
        http_get(edit, get);
    }
    if let Some(grpc) = edit.child(probe, "grpc") {
        edit.put_text(grpc, "service", "");
    }
}

fn http_get(edit: &mut Edit<'_>, get: NodeId) {
    edit.fill(get, "path", "/");
    edit.fill(get, "scheme", "HTTP");
}
