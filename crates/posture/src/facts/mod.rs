//! Facts about one object of a set, for policies: the roots `object`, `workload`, `manifest`
//! and `cluster`, and who answers `authorizer`. `docs/policies.md` lists them.

mod cluster;
mod credential;
mod manifest;
mod namespace;
mod node;
mod workload;
mod workload_place;

use crate::{ObjectId, ObjectSet, kind::Kind};
use cofferdam_cel::Authorizer;
use cofferdam_policy::{
    Facts,
    facts::{FactSource, ObjectSource},
};
use cofferdam_secrets::Scanner;

/// What is known besides the objects, shared by all of them.
#[derive(Debug, Default)]
pub struct World {
    /// The version of the cluster, `1.30`, where somebody says it.
    pub kubernetes_version: Option<String>,
    /// Finds credentials.
    pub scanner: Scanner,
}

/// The sources of facts about one object. Nothing is computed before a policy asks.
pub struct ObjectFacts<'s> {
    object: &'s ObjectSource<'s>,
    namespace: Option<ObjectSource<'s>>,
    authorizer: &'s (dyn Authorizer + 's),
    workload: Option<Box<dyn FactSource + 's>>,
    manifest: Box<dyn FactSource + 's>,
    cluster: Box<dyn FactSource + 's>,
}

impl<'s> ObjectFacts<'s> {
    /// The facts of an object of a set. `object` is [`ObjectSet::object`] of the same.
    pub fn of<'t: 's>(
        set: &'s ObjectSet<'t>,
        id: ObjectId,
        object: &'s ObjectSource<'s>,
        world: &'s World,
    ) -> Self {
        let workload = set.workload(id).map(|workload| {
            Box::new(workload::WorkloadSource::new(set, workload, object)) as Box<dyn FactSource>
        });
        let lies_in = set.get(id).and_then(|entry| entry.object.namespace);
        let namespace = lies_in.and_then(|name| set.named(Kind::Namespace, None, name));
        Self {
            object,
            namespace: namespace.and_then(|id| set.object(id)),
            authorizer: set.access(),
            workload,
            manifest: Box::new(manifest::ManifestSource::new(set, id, object, world)),
            cluster: Box::new(cluster::ClusterSource::new(world)),
        }
    }

    /// As the judge takes them.
    pub fn facts(&'s self) -> Facts<'s> {
        let mut facts = Facts::default();
        facts.lend("object", self.object);
        if let Some(workload) = &self.workload {
            facts.lend("workload", &**workload);
        }
        facts.lend("manifest", &*self.manifest);
        facts.lend("cluster", &*self.cluster);
        if let Some(namespace) = &self.namespace {
            facts.lend("namespaceObject", namespace);
        }
        facts.authorize(self.authorizer);
        facts
    }
}
