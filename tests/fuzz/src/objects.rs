//! Kubernetes objects: filling in, comparison with the schema, Pod Security.

use crate::Target;
use cofferdam_bounds::Meter;
use cofferdam_manifest::{
    Object, Pod, Source, Tree, View, default, read,
    schema::{MISMATCHES_MAX, Schema},
};
use cofferdam_posture::pod_security::{Level, Version, check};

pub(crate) const TARGETS: &[Target] =
    &[("object_defaults", object_defaults), ("pod_security", pod_security)];

fn source(bytes: &[u8]) -> Option<Source> {
    let text = std::str::from_utf8(bytes).ok()?;
    Some(read("manifest.yaml", text.into(), &Meter::default()))
}

/// What is filled in once is not filled in twice, and what is told is bounded.
fn object_defaults(bytes: &[u8]) {
    let Some(mut source) = source(bytes) else { return };
    for document in &mut source.documents {
        for id in &document.objects {
            if let Some(object) = Object::of(document.tree.view(*id)) {
                let found = Schema::built_in().validate(&object);
                assert!(found.len() <= MISMATCHES_MAX);
                assert!(found.iter().all(|mismatch| !mismatch.to_string().is_empty()));
            }
            default(&mut document.tree, *id);
            let once = nodes(&document.tree);
            default(&mut document.tree, *id);
            assert_eq!(once, nodes(&document.tree));
        }
    }
}

/// How many values there are in a document. Aliases may make that many more than are in memory.
fn nodes(tree: &Tree) -> usize {
    let (mut left, mut count) = (vec![tree.root()], 0);
    while let Some(view) = left.pop() {
        count += 1;
        if count > 1 << 16 {
            break;
        }
        left.extend((0..view.len()).filter_map(|position| view.element(position)));
    }
    count
}

/// A stricter level never admits more, and what is forbidden has a place.
fn pod_security(bytes: &[u8]) {
    let Some(source) = source(bytes) else { return };
    for document in &source.documents {
        let objects = document.objects.iter().map(|id| document.tree.view(*id));
        for pod in objects.filter_map(Object::of).filter_map(|object| Pod::of(&object)) {
            for version in [Version::Minor(0), Version::Minor(24), Version::Latest] {
                let baseline = check(Level::Baseline, version, &pod);
                let restricted = check(Level::Restricted, version, &pod);
                // Kubernetes asks a pod for Windows about seccomp at the level baseline only, for no
                // API server takes one that says anything of it.
                let os = pod.spec.at(&["os", "name"]).and_then(View::as_str);
                assert!(baseline.is_empty() || !restricted.is_empty() || os == Some("windows"));
                let mut all = baseline.iter().chain(&restricted);
                assert!(all.all(|one| !one.places.is_empty() && !one.to_string().is_empty()));
            }
        }
    }
}
