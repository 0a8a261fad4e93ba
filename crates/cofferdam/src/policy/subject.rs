//! Manifests and Dockerfiles to facts, for the subcommands that show policies at work.

use crate::check::is_dockerfile;
use cofferdam_bounds::Meter;
use cofferdam_manifest::{Source, default, dockerfile, read};
use cofferdam_model::Problem;
use cofferdam_policy::{Facts, Remake, Target};
use cofferdam_posture::{DockerfileFacts, Entry, ObjectFacts, ObjectSet, World};
use serde_json::Value as Json;
use std::{cell::Cell, path::Path};

/// Bytes of files that are gone through again to try changes of their objects.
const CHANGES_BYTES_MAX: usize = 256 << 20;

/// Files that are judged together.
#[derive(Default)]
pub(super) struct Subjects {
    sources: Vec<Source>,
    dockerfiles: Vec<(String, dockerfile::Dockerfile)>,
    /// What could not be read.
    pub(super) problems: Vec<Problem>,
}

impl Subjects {
    /// Adds a file: a Dockerfile by its name or how it begins, else manifests.
    pub(super) fn add(&mut self, path: &str, text: &str) {
        let meter = Meter::default();
        if is_dockerfile(Path::new(path), text, true) {
            let (file, problems) = dockerfile::read(path, text.into(), &meter);
            self.problems.extend(problems);
            self.dockerfiles.push((path.to_owned(), file));
            return;
        }
        let mut source = read(path, text.into(), &meter);
        self.problems.extend(source.problems.iter().cloned());
        // As the API server would store them.
        for document in &mut source.documents {
            for object in &document.objects {
                default(&mut document.tree, *object);
            }
        }
        self.sources.push(source);
    }

    /// Shows the facts of every object and Dockerfile, with a name for people.
    pub(super) fn each(
        &self,
        version: Option<&str>,
        look: &mut dyn FnMut(&str, &Facts<'_>, &Target<'_>),
    ) {
        self.each_changeable(version, &mut |name, facts, target, _| look(name, facts, target));
    }

    /// The same, and with each the facts that there were if it were otherwise; of a Dockerfile
    /// there are none.
    pub(super) fn each_changeable(
        &self,
        version: Option<&str>,
        look: &mut dyn FnMut(&str, &Facts<'_>, &Target<'_>, &Remake<'_>),
    ) {
        let world = World { kubernetes_version: version.map(str::to_owned), ..World::default() };
        let set = ObjectSet::of(&self.sources);
        let bytes: usize = self.sources.iter().map(|source| source.text.len()).sum();
        let left = Cell::new(CHANGES_BYTES_MAX / bytes.max(1));
        for (id, entry) in set.entries() {
            let Some(object) = set.object(id) else { continue };
            let facts = ObjectFacts::of(&set, id, &object, &world);
            let subject = &entry.object;
            let target =
                Target::object(subject.api_version, subject.kind, subject.namespace, subject.name);
            let remake = |object: &Json, look: &mut dyn FnMut(&Facts<'_>)| {
                if left.replace(left.get().saturating_sub(1)) > 0 {
                    self.changed(entry, object, &world, look);
                }
            };
            look(&set.title(id), &facts.facts(), &target, &remake);
        }
        for (path, file) in &self.dockerfiles {
            let mut facts = Facts::default();
            facts.insert("dockerfile", DockerfileFacts::of(file, &world.scanner));
            look(path, &facts, &Target::default(), &|_, _| {});
        }
    }

    /// Shows the facts of an object in the place of another.
    fn changed(
        &self,
        before: &Entry<'_>,
        object: &Json,
        world: &World,
        look: &mut dyn FnMut(&Facts<'_>),
    ) {
        let mut changed = Self::default();
        changed.add(&before.source.path, &object.to_string());
        let mut rest = before.source.clone();
        let view = before.object.view;
        for (document, old) in rest.documents.iter_mut().zip(&before.source.documents) {
            document
                .objects
                .retain(|id| *id != view.id() || !std::ptr::eq(&raw const old.tree, view.tree()));
        }
        let others = self.sources.iter().filter(|source| !std::ptr::eq(*source, before.source));
        let set = ObjectSet::of(changed.sources.iter().chain([&rest]).chain(others));
        let Some((id, _)) = set.entries().next() else { return };
        let Some(object) = set.object(id) else { return };
        look(&ObjectFacts::of(&set, id, &object, world).facts());
    }

    /// Every object as its file has it, in order.
    pub(super) fn objects(&self) -> Vec<Json> {
        let set = ObjectSet::of(&self.sources);
        let written = set.entries().map(|(_, entry)| cofferdam_policy::written(entry.object.view));
        written.flatten().collect()
    }
}
