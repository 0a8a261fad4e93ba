//! The root `cluster`.

use super::World;
use cofferdam_cel::{Lookup, Node, Source, Step};
use cofferdam_policy::{Provenance, facts::FactSource};

/// What is known about the cluster that the objects go to.
#[derive(Debug)]
pub(super) struct ClusterSource<'s> {
    world: &'s World,
}

impl<'s> ClusterSource<'s> {
    pub(super) const fn new(world: &'s World) -> Self {
        Self { world }
    }
}

impl Source for ClusterSource<'_> {
    fn member(&self, _: Node, key: &str) -> Lookup<'_> {
        match key {
            "version" => Lookup::known(self.world.kubernetes_version.as_deref()),
            _ => Lookup::Absent,
        }
    }

    fn element(&self, _: Node, _: usize) -> Lookup<'_> {
        Lookup::Absent
    }

    fn length(&self, _: Node) -> usize {
        1
    }

    fn key(&self, _: Node, position: usize) -> Option<&str> {
        (position == 0).then_some("version")
    }
}

impl FactSource for ClusterSource<'_> {
    fn provenance(&self, _: Node, _: &Step<'_>) -> Provenance {
        Provenance::Given
    }

    fn reason(&self, _: Node, _: &Step<'_>) -> String {
        "the version of the cluster is not given".to_owned()
    }
}
