//! Volumes and claims to them.

use super::{edit::Edit, image::fill_pull_policy};
use crate::{NodeId, Scalar};

/// Permissions of files that are made from objects: 0644.
const MODE: i64 = 0o644;

/// A field of a volume or a persistent volume, and how it is filled in.
const SOURCES: &[(&str, super::Fill)] = &[
    ("secret", default_mode),
    ("configMap", default_mode),
    ("downwardAPI", downward_api),
    ("projected", projected),
    ("hostPath", |edit, source| edit.put_text(source, "type", "")),
    ("ephemeral", |edit, source| {
        let Some(template) = edit.child(source, "volumeClaimTemplate") else { return };
        edit.put(template, "metadata", Scalar::EmptyMap);
        if let Some(spec) = edit.child(template, "spec") {
            claim_spec(edit, spec);
        }
    }),
    ("image", |edit, source| fill_pull_policy(edit, source, "pullPolicy", "reference")),
    ("iscsi", |edit, source| edit.fill(source, "iscsiInterface", "default")),
    ("rbd", |edit, source| {
        edit.fill(source, "pool", "rbd");
        edit.fill(source, "user", "admin");
        edit.fill(source, "keyring", "/etc/ceph/keyring");
    }),
    ("azureDisk", |edit, source| {
        edit.put_text(source, "cachingMode", "ReadWrite");
        edit.put_text(source, "fsType", "ext4");
        edit.put_bool(source, "readOnly", false);
        edit.put_text(source, "kind", "Shared");
    }),
    ("scaleIO", |edit, source| {
        edit.fill(source, "storageMode", "ThinProvisioned");
        edit.fill(source, "fsType", "xfs");
    }),
];

/// One of a pod's volumes.
pub(super) fn volume(edit: &mut Edit<'_>, volume: NodeId) {
    let bare = edit.view(volume).entries().all(|(key, value)| key == "name" || value.is_null());
    if bare {
        edit.put(volume, "emptyDir", Scalar::EmptyMap);
        return;
    }
    sources(edit, volume);
}

/// The source of a volume of either kind.
pub(super) fn sources(edit: &mut Edit<'_>, volume: NodeId) {
    for (key, fill) in SOURCES {
        if let Some(source) = edit.child(volume, key) {
            fill(edit, source);
        }
    }
}

fn default_mode(edit: &mut Edit<'_>, source: NodeId) {
    edit.put_int(source, "defaultMode", MODE);
}

fn downward_api(edit: &mut Edit<'_>, source: NodeId) {
    default_mode(edit, source);
    field_references(edit, source);
}

fn field_references(edit: &mut Edit<'_>, source: NodeId) {
    edit.each(source, "items", |edit, item| {
        if let Some(field) = edit.child(item, "fieldRef") {
            edit.fill(field, "apiVersion", "v1");
        }
        if let Some(resource) = edit.child(item, "resourceFieldRef") {
            edit.put_text(resource, "divisor", "0");
        }
    });
}

fn projected(edit: &mut Edit<'_>, source: NodeId) {
    default_mode(edit, source);
    edit.each(source, "sources", |edit, source| {
        if let Some(api) = edit.child(source, "downwardAPI") {
            field_references(edit, api);
        }
        if let Some(token) = edit.child(source, "serviceAccountToken") {
            edit.put_int(token, "expirationSeconds", 3600);
        }
    });
}

pub(super) fn claim_spec(edit: &mut Edit<'_>, spec: NodeId) {
    edit.put_text(spec, "volumeMode", "Filesystem");
    edit.put(spec, "resources", Scalar::EmptyMap);
}

pub(super) fn persistent_volume_claim(edit: &mut Edit<'_>, object: NodeId) {
    if let Some(spec) = edit.child(object, "spec") {
        claim_spec(edit, spec);
    }
}

pub(super) fn persistent_volume(edit: &mut Edit<'_>, object: NodeId) {
    let Some(spec) = edit.child(object, "spec") else { return };
    edit.fill(spec, "persistentVolumeReclaimPolicy", "Retain");
    edit.put_text(spec, "volumeMode", "Filesystem");
    sources(edit, spec);
}
