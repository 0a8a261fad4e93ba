//! Fuzz targets of `posture`: objects joined, judged by every rule, and searched for paths.

use crate::Target;
use cofferdam_bounds::Meter;
use cofferdam_cel::Resource;
use cofferdam_manifest::{Object, default, read};
use cofferdam_policy::{Bundle, Outcome, Stage, screen};
use cofferdam_posture::{Access, Goal, ObjectFacts, ObjectSet, PATHS_MAX, User, World, paths};
use std::sync::LazyLock;

pub(crate) const TARGETS: &[Target] = &[("posture_set", posture_set)];

/// The rules; a test elsewhere says when one of them is broken.
static BUNDLE: LazyLock<Option<Bundle>> = LazyLock::new(|| Bundle::built_in().ok());

/// Objects that are judged; a fuzzer learns nothing from more.
const JUDGED_MAX: usize = 8;

/// Any objects can be joined: what is found is bounded, has its place, and is the same twice.
fn posture_set(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut source = read("manifest.yaml", text.into(), &Meter::default());
    for document in &mut source.documents {
        for id in &document.objects {
            default(&mut document.tree, *id);
        }
    }
    let set = ObjectSet::of([&source]);
    let found = paths(&set);
    assert_eq!(found, paths(&ObjectSet::of([&source])));
    assert!(found.found.len() <= PATHS_MAX);
    for path in &found.found {
        assert!(!path.steps.is_empty() && Goal::ALL.contains(&path.goal));
        assert!(path.steps.iter().all(|step| step.place.is_some() && !step.text.is_empty()));
        assert!(path.cut.as_ref().is_none_or(|cut| cut.step < path.steps.len() && cut.closes > 0));
    }
    answers(set.access());
    let world = World::default();
    for (id, entry) in set.entries().take(JUDGED_MAX) {
        let Some(object) = set.object(id) else { continue };
        let facts = ObjectFacts::of(&set, id, &object, &world);
        let Object { api_version, kind, name, namespace, .. } = entry.object;
        let target = cofferdam_policy::Target::object(api_version, kind, namespace, name);
        let Some(bundle) = &*BUNDLE else { return };
        let epoch = jiff::Timestamp::UNIX_EPOCH;
        let judged = screen(bundle, &facts.facts(), &target, Stage::Build, epoch);
        for verdict in &judged.verdicts {
            assert_ne!(verdict.verdict.outcome, Outcome::Pass);
        }
    }
}

/// Any question has an answer.
fn answers(access: &Access<'_>) {
    let pods = Resource {
        resource: "pods",
        subresource: "exec",
        namespace: "shop",
        name: "web",
        ..Resource::default()
    };
    for name in ["system:serviceaccount:shop:web", "system:serviceaccount:", "eve", ""] {
        access.can(&User { name, groups: &["admins"] }, "get", &pods);
    }
}
