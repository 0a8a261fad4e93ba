//! Webhooks and admission policies.

use super::edit::Edit;
use crate::{NodeId, Scalar};

pub(super) fn validating_webhooks(edit: &mut Edit<'_>, object: NodeId) {
    edit.each(object, "webhooks", webhook);
}

pub(super) fn mutating_webhooks(edit: &mut Edit<'_>, object: NodeId) {
    edit.each(object, "webhooks", |edit, hook| {
        webhook(edit, hook);
        edit.put_text(hook, "reinvocationPolicy", "Never");
    });
}

pub(super) fn validating_webhooks_v1beta1(edit: &mut Edit<'_>, object: NodeId) {
    edit.each(object, "webhooks", webhook_v1beta1);
}

pub(super) fn mutating_webhooks_v1beta1(edit: &mut Edit<'_>, object: NodeId) {
    edit.each(object, "webhooks", |edit, hook| {
        webhook_v1beta1(edit, hook);
        edit.put_text(hook, "reinvocationPolicy", "Never");
    });
}

fn webhook(edit: &mut Edit<'_>, hook: NodeId) {
    edit.put_text(hook, "failurePolicy", "Fail");
    matching(edit, hook);
    edit.put_int(hook, "timeoutSeconds", 10);
    service_and_rules(edit, hook);
}

fn webhook_v1beta1(edit: &mut Edit<'_>, hook: NodeId) {
    edit.put_text(hook, "failurePolicy", "Ignore");
    edit.put_text(hook, "matchPolicy", "Exact");
    matching(edit, hook);
    edit.put_text(hook, "sideEffects", "Unknown");
    edit.put_int(hook, "timeoutSeconds", 30);
    edit.fill_list(hook, "admissionReviewVersions", &["v1beta1"]);
    service_and_rules(edit, hook);
}

fn matching(edit: &mut Edit<'_>, map: NodeId) {
    edit.put_text(map, "matchPolicy", "Equivalent");
    edit.put(map, "namespaceSelector", Scalar::EmptyMap);
    edit.put(map, "objectSelector", Scalar::EmptyMap);
}

fn service_and_rules(edit: &mut Edit<'_>, hook: NodeId) {
    if let Some(service) = edit.below(hook, &["clientConfig", "service"]) {
        edit.put_int(service, "port", 443);
    }
    edit.each(hook, "rules", scope);
}

fn scope(edit: &mut Edit<'_>, rule: NodeId) {
    edit.put_text(rule, "scope", "*");
}

pub(super) fn policy(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = edit.child(object, "spec") else { return };
    edit.put_text(spec, "failurePolicy", "Fail");
    match_resources(edit, spec, "matchConstraints");
}

pub(super) fn binding(edit: &mut Edit<'_>, object: NodeId) {
    if let Some(spec) = edit.child(object, "spec") {
        match_resources(edit, spec, "matchResources");
    }
}

fn match_resources(edit: &mut Edit<'_>, spec: NodeId, key: &str) {
    let Some(resources) = edit.child(spec, key) else { return };
    matching(edit, resources);
    edit.each(resources, "resourceRules", scope);
    edit.each(resources, "excludeResourceRules", scope);
}
