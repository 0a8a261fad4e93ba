//! Everything else: rights, storage, priorities, namespaces.

use super::{edit::Edit, volume::sources};
use crate::{NodeId, Scalar};

pub(super) fn secret(edit: &mut Edit<'_>, object: NodeId) {
    edit.fill(object, "type", "Opaque");
}

pub(super) fn namespace(edit: &mut Edit<'_>, object: NodeId) {
    edit.put(object, "spec", Scalar::EmptyMap);
    let Some(metadata) = edit.child(object, "metadata") else { return };
    let name = edit.text(metadata, "name").to_owned();
    if !name.is_empty()
        && let Some(labels) = edit.made(metadata, "labels")
        && edit.text(labels, "kubernetes.io/metadata.name") != name
    {
        edit.set(labels, "kubernetes.io/metadata.name", Scalar::String(&name));
    }
}

/// Of containers only: limits are the maxima, requests the limits or else the minima.
pub(super) fn limit_range(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = edit.child(object, "spec") else { return };
    edit.each(spec, "limits", |edit, limit| {
        if edit.text(limit, "type") != "Container" {
            return;
        }
        for (from, to) in
            [("max", "default"), ("default", "defaultRequest"), ("min", "defaultRequest")]
        {
            if let Some(from) = edit.child(limit, from)
                && !edit.view(from).is_empty()
                && let Some(to) = edit.made(limit, to)
            {
                edit.copy_missing(from, to);
            }
        }
    });
}

pub(super) fn role_binding(edit: &mut Edit<'_>, object: NodeId) {
    const GROUP: &str = "rbac.authorization.k8s.io";
    if let Some(role) = edit.child(object, "roleRef") {
        edit.fill(role, "apiGroup", GROUP);
    }
    edit.each(object, "subjects", |edit, subject| {
        if matches!(edit.text(subject, "kind"), "User" | "Group") {
            edit.fill(subject, "apiGroup", GROUP);
        }
    });
}

pub(super) fn storage_class(edit: &mut Edit<'_>, object: NodeId) {
    edit.put_text(object, "reclaimPolicy", "Delete");
    edit.put_text(object, "volumeBindingMode", "Immediate");
}

pub(super) fn csi_driver(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = edit.child(object, "spec") else { return };
    edit.put_bool(spec, "attachRequired", true);
    edit.put_bool(spec, "podInfoOnMount", false);
    edit.put_bool(spec, "storageCapacity", false);
    edit.put_text(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
    edit.fill_list(spec, "volumeLifecycleModes", &["Persistent"]);
    edit.put_bool(spec, "requiresRepublish", false);
    edit.put_bool(spec, "seLinuxMount", false);
}

pub(super) fn volume_attachment(edit: &mut Edit<'_>, object: NodeId) {
    if let Some(spec) = edit.below(object, &["spec", "source", "inlineVolumeSpec"]) {
        sources(edit, spec);
    }
}

pub(super) fn priority_class(edit: &mut Edit<'_>, object: NodeId) {
    edit.put_text(object, "preemptionPolicy", "PreemptLowerPriority");
}

pub(super) fn flow_schema(edit: &mut Edit<'_>, object: NodeId) {
    if let Some(spec) = edit.child(object, "spec") {
        edit.fill_int(spec, "matchingPrecedence", 1000);
    }
}

pub(super) fn priority_level(edit: &mut Edit<'_>, object: NodeId) {
    if let Some(exempt) = edit.below(object, &["spec", "exempt"]) {
        edit.put_int(exempt, "nominalConcurrencyShares", 0);
        edit.put_int(exempt, "lendablePercent", 0);
    }
    let Some(limited) = edit.below(object, &["spec", "limited"]) else { return };
    edit.put_int(limited, "nominalConcurrencyShares", 30);
    edit.put_int(limited, "lendablePercent", 0);
    if let Some(queuing) = edit.below(limited, &["limitResponse", "queuing"]) {
        edit.fill_int(queuing, "handSize", 8);
        edit.fill_int(queuing, "queues", 64);
        edit.fill_int(queuing, "queueLengthLimit", 50);
    }
}

pub(super) fn resource_claim(edit: &mut Edit<'_>, object: NodeId) {
    if let Some(spec) = edit.child(object, "spec") {
        claim_devices(edit, spec);
    }
}

pub(super) fn resource_claim_template(edit: &mut Edit<'_>, object: NodeId) {
    let Some(template) = edit.child(object, "spec") else { return };
    edit.put(template, "metadata", Scalar::EmptyMap);
    if let Some(spec) = edit.child(template, "spec") {
        claim_devices(edit, spec);
    }
}

fn claim_devices(edit: &mut Edit<'_>, spec: NodeId) {
    let Some(devices) = edit.child(spec, "devices") else { return };
    edit.each(devices, "requests", |edit, request| {
        if let Some(exactly) = edit.child(request, "exactly") {
            device_request(edit, exactly);
        }
        edit.each(request, "firstAvailable", device_request);
    });
}

fn device_request(edit: &mut Edit<'_>, request: NodeId) {
    edit.fill(request, "allocationMode", "ExactCount");
    if edit.text(request, "allocationMode") == "ExactCount" {
        edit.fill_int(request, "count", 1);
    }
    edit.each(request, "tolerations", |edit, one| edit.fill(one, "operator", "Equal"));
}

pub(super) fn custom_resource_definition(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = edit.child(object, "spec") else { return };
    if edit.get(spec, "conversion").is_none() {
        let conversion = edit.set(spec, "conversion", Scalar::EmptyMap);
        edit.set(conversion, "strategy", Scalar::String("None"));
    }
    let service = ["conversion", "webhook", "clientConfig", "service"];
    if let Some(service) = edit.below(spec, &service) {
        edit.put_int(service, "port", 443);
    }
    let Some(names) = edit.child(spec, "names") else { return };
    let kind = edit.text(names, "kind").to_owned();
    if !kind.is_empty() {
        edit.fill(names, "singular", &kind.to_lowercase());
        edit.fill(names, "listKind", &format!("{kind}List"));
    }
}

pub(super) fn api_service(edit: &mut Edit<'_>, object: NodeId) {
    if let Some(service) = edit.below(object, &["spec", "service"]) {
        edit.put_int(service, "port", 443);
    }
}
