//! Manifests and Dockerfiles to facts, for the subcommands that show policies at work.

use cofferdam_bounds::Meter;
use cofferdam_manifest::{Source, default, dockerfile, read};
use cofferdam_model::Problem;
use cofferdam_policy::{Facts, Target};
use cofferdam_posture::{DockerfileFacts, ObjectFacts, ObjectSet, World};

/// Files that are judged together.
#[derive(Default)]
pub(super) struct Subjects {
    sources: Vec<Source>,
    dockerfiles: Vec<(String, dockerfile::Dockerfile)>,
    /// What could not be read.
    pub(super) problems: Vec<Problem>,
}

impl Subjects {
    /// Adds a file: a Dockerfile by its name, else manifests.
    pub(super) fn add(&mut self, path: &str, text: &str) {
        let meter = Meter::default();
        if dockerfile::is_dockerfile(path) {
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
        let world = World { kubernetes_version: version.map(str::to_owned), ..World::default() };
        let set = ObjectSet::of(&self.sources);
        for (id, entry) in set.entries() {
            let Some(object) = set.object(id) else { continue };
            let facts = ObjectFacts::of(&set, id, &object, &world);
            let subject = &entry.object;
            let target =
                Target::object(subject.api_version, subject.kind, subject.namespace, subject.name);
            look(&set.title(id), &facts.facts(), &target);
        }
        for (path, file) in &self.dockerfiles {
            let mut facts = Facts::default();
            facts.insert("dockerfile", DockerfileFacts::of(file, &world.scanner));
            look(path, &facts, &Target::default());
        }
    }

    /// Every object as its file has it, in order.
    pub(super) fn objects(&self) -> Vec<serde_json::Value> {
        let set = ObjectSet::of(&self.sources);
        let written = set.entries().map(|(_, entry)| cofferdam_policy::written(entry.object.view));
        written.flatten().collect()
    }
}
