//! The root `cluster`.

use super::World;
use cofferdam_cel::{Lookup, Node, Source, Step};
use cofferdam_policy::{Provenance, facts::FactSource};

const KEYS: [&str; 2] = ["version", "oldestVersion"];

/// The oldest release of Kubernetes that still gets security fixes, as of November 2026: those of
/// 1.34 ended on 2026-10-27, those of 1.35 end on 2027-02-28 (kubernetes.io, "Patch Releases").
/// The documentation names it too.
const OLDEST_MAINTAINED: &str = "1.35";

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
            "oldestVersion" => {
                let given = self.world.kubernetes_version.as_deref();
                Lookup::known(Some(given.unwrap_or(OLDEST_MAINTAINED)))
            }
            _ => Lookup::Absent,
        }
    }

    fn element(&self, _: Node, _: usize) -> Lookup<'_> {
        Lookup::Absent
    }

    fn length(&self, _: Node) -> usize {
        KEYS.len()
    }

    fn key(&self, _: Node, position: usize) -> Option<&str> {
        KEYS.get(position).copied()
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
