//! The checks of what a pod mounts.

use super::{
    Violation,
    subject::{Subject, plural, present, quoted},
};
use cofferdam_manifest::View;
use std::collections::BTreeSet;

/// Sources that lead no further than the cluster's own storage.
const ALLOWED: &[&str] = &[
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// All others that there are, in the order in which one of several is named.
const FORBIDDEN: &[&str] = &[
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "storageos",
];

fn volumes<'t>(subject: &Subject<'t>) -> impl Iterator<Item = (&'t str, View<'t>)> {
    let list = subject.spec.get("volumes");
    list.into_iter()
        .flat_map(View::elements)
        .map(|volume| (volume.get("name").and_then(View::as_str).unwrap_or_default(), volume))
}

pub(super) fn host_path<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let host_path = |(name, volume): (&'t str, _)| Some((name, present(volume, "hostPath")?));
    let found: Vec<(&str, View<'t>)> = volumes(subject).filter_map(host_path).collect();
    if found.is_empty() {
        return None;
    }
    let noun = plural(found.len(), "volume", "volumes");
    Some(Violation {
        check: "hostPathVolumes",
        reason: "hostPath volumes",
        detail: format!("{noun} {}", quoted(found.iter().map(|(name, _)| *name))),
        places: found.into_iter().map(|(_, place)| place).collect(),
    })
}

pub(super) fn restricted<'t>(subject: &Subject<'t>) -> Option<Violation<'t>> {
    let (mut names, mut sources, mut places) = (Vec::new(), BTreeSet::new(), Vec::new());
    for (name, volume) in volumes(subject) {
        let has = |source: &&&str| present(volume, source).is_some();
        if ALLOWED.iter().any(|source| has(&source)) {
            continue;
        }
        let source = FORBIDDEN.iter().find(has);
        names.push(name);
        sources.insert(source.copied().unwrap_or("unknown"));
        places.push(source.and_then(|source| volume.get(source)).unwrap_or(volume));
    }
    if names.is_empty() {
        return None;
    }
    let volumes = plural(names.len(), "volume", "volumes");
    let uses = plural(names.len(), "uses", "use");
    let noun = plural(sources.len(), "restricted volume type", "restricted volume types");
    let detail = format!("{volumes} {} {uses} {noun} {}", quoted(names), quoted(sources));
    Some(Violation {
        check: "restrictedVolumes",
        reason: "restricted volume types",
        detail,
        places,
    })
}
