//! Fuzz targets of `policy`.

use crate::Target;
use cofferdam_bounds::{Limits, Meter};
use cofferdam_manifest::{Lines, Object};
use cofferdam_policy::{
    Bundle, Detail, Facts, ObjectSource, PolicyFile, Stage, Target as Judged, screen_with,
};
use std::{sync::LazyLock, time::Duration};

pub(crate) const TARGETS: &[Target] =
    &[("policy_yaml", policy_yaml), ("policy_object", policy_object)];

/// Any text is a bundle or errors with places.
fn policy_yaml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let file = PolicyFile { place: "fuzz.yaml".into(), text: text.into() };
    if let Err(errors) = Bundle::only(&[file]) {
        assert!(errors.iter().all(|error| error.place.is_some()), "{errors:?}");
    }
}

/// Any file of objects is judged, with places, patches and flips, in time and the same twice.
fn policy_object(bytes: &[u8]) {
    static BUNDLE: LazyLock<Option<Bundle>> = LazyLock::new(|| Bundle::built_in().ok());
    let (Ok(text), Some(bundle)) = (std::str::from_utf8(bytes), &*BUNDLE) else { return };
    let limits = Limits { time: Duration::from_secs(2), ..Limits::default() };
    let source = cofferdam_manifest::read("fuzz.yaml", text.into(), &Meter::new(limits));
    let lines = Lines::of(&source.text);
    for document in source.documents.iter().take(4) {
        for id in document.objects.iter().take(4) {
            let Some(object) = Object::of(document.tree.view(*id)) else { continue };
            // The facts about a pod are like the object itself, or not: rules must stand both.
            let mut facts = Facts::default();
            facts.insert("object", ObjectSource::new(object.view, "fuzz.yaml", &lines));
            if let Some(workload) = object.view.get("workload") {
                facts.insert("workload", ObjectSource::new(workload, "fuzz.yaml", &lines));
            }
            let (namespace, name) = (object.namespace, object.name);
            let target = Judged::object(object.api_version, object.kind, namespace, name);
            let now = jiff::Timestamp::UNIX_EPOCH;
            let run = || screen_with(bundle, &facts, &target, Stage::Build, now, Detail::Explained);
            assert_eq!(run(), run());
        }
    }
}
