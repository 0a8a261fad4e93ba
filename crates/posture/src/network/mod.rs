//! Which services reach which pods, from where, and which pods network policies isolate.

mod backend;
mod isolation;
mod service;

pub use isolation::Isolation;
pub(crate) use isolation::POLICIES;
pub use service::Exposure;

use crate::{
    ObjectId, ObjectSet,
    kind::Kind,
    selector::{Selector, SelectorIndex},
    workload::Workload,
};
use cofferdam_manifest::View;
use foldhash::{HashMap, HashMapExt as _};
use isolation::Policies;
use service::ServiceFacts;

/// What the set says about reaching its pods.
#[derive(Debug)]
pub struct Network<'t> {
    services: Vec<ServiceFacts<'t>>,
    /// Services with one namespace and one selector, for they select the same pods.
    groups: Vec<Vec<usize>>,
    policies: Policies<'t>,
    workloads: Vec<Reach>,
    /// Some of what leads to pods could not be read.
    is_lacking: bool,
}

/// Labels with their values, sorted.
type Labels<'t> = Vec<(&'t str, &'t str)>;

/// What reaches one workload.
#[derive(Clone, Debug, Default)]
struct Reach {
    groups: Vec<usize>,
    exposure: Exposure,
    isolation: Isolation,
    /// Some services or policies were not asked, for there were too many.
    is_cut: bool,
}

impl<'t> Network<'t> {
    pub(crate) fn of(set: &ObjectSet<'t>) -> Self {
        let services = service::services(set);
        let mut by_selector: HashMap<(Option<&'t str>, Labels<'t>), usize> = HashMap::new();
        let mut groups: Vec<Vec<usize>> = Vec::with_capacity(services.len());
        let mut selectors = Vec::with_capacity(services.len());
        for (index, service) in services.iter().enumerate() {
            let Some(labels) = service.selector else { continue };
            let key = (service.namespace, pairs(labels));
            let group = *by_selector.entry(key).or_insert_with(|| {
                groups.push(Vec::new());
                selectors.push((service.namespace, Selector::of_labels(labels)));
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(group) {
                group.push(index);
            }
        }
        let (policies, is_lacking) = (Policies::of(set), set.lacks(LEADING));
        let mut network = Self { services, groups, policies, workloads: Vec::new(), is_lacking };
        let selecting = SelectorIndex::of(selectors);
        network.workloads =
            set.workloads().iter().map(|one| network.reach(set, one, &selecting)).collect();
        network
    }

    fn reach(
        &self,
        set: &ObjectSet<'t>,
        workload: &Workload<'t>,
        services: &SelectorIndex<'t>,
    ) -> Reach {
        let found = services.selecting(workload.namespace, workload.labels(), |_| false);
        let of_services = found
            .found
            .iter()
            .filter_map(|group| self.groups.get(*group))
            .flatten()
            .filter_map(|index| self.services.get(*index))
            .map(|service| service.exposure)
            .max()
            .unwrap_or_default();
        let (isolation, is_cut) = self.policies.isolation(workload);
        let is_known = self.policies.is_known(set, workload.namespace) && !is_cut;
        let is_shut = is_known && isolation.is_shut();
        let of_services = if is_shut { Exposure::None } else { of_services };
        Reach {
            groups: found.found,
            exposure: of_services.max(own_exposure(workload)),
            isolation,
            is_cut: is_cut || found.is_cut,
        }
    }

    /// From where a workload can be reached; `None` where the set cannot know: it has neither a
    /// Service nor an Ingress nor a route in its namespace, or not all of them could be read and
    /// one of the others may open it further.
    pub fn exposure(&self, set: &ObjectSet<'t>, id: ObjectId) -> Option<Exposure> {
        let known = self.exposure_of_all(set, id).filter(|_| self.is_spoken_of(set, id));
        known.filter(|known| !self.is_lacking || *known == Exposure::Internet)
    }

    /// From where at least it can be reached where the set holds everything that could be read;
    /// `None` where not even that is known. What a port of a node opens is open, whatever else
    /// there is.
    pub fn exposure_of_all(&self, set: &ObjectSet<'t>, id: ObjectId) -> Option<Exposure> {
        let (_, reach) = self.workload(set, id)?;
        let is_known = !reach.is_cut && !self.is_lacking;
        (is_known || reach.exposure >= Exposure::Node).then_some(reach.exposure)
    }

    /// Whether the set says what leads to a workload.
    pub(crate) fn is_spoken_of(&self, set: &ObjectSet<'t>, id: ObjectId) -> bool {
        self.workload(set, id).is_some_and(|(workload, reach)| {
            let is_there = |kind: &Kind| set.has_in(*kind, workload.namespace);
            reach.exposure >= Exposure::Node || !reach.is_cut && OPENERS.iter().any(is_there)
        })
    }

    fn workload<'n, 's>(
        &'n self,
        set: &'s ObjectSet<'t>,
        id: ObjectId,
    ) -> Option<(&'s Workload<'t>, &'n Reach)> {
        let index = set.workload_index(id)?;
        Some((set.workloads().get(index)?, self.workloads.get(index)?))
    }

    /// The directions in which network policies isolate a workload; `None` where the set cannot
    /// know.
    pub fn isolation(&self, set: &ObjectSet<'t>, id: ObjectId) -> Option<&Isolation> {
        let (workload, reach) = self.workload(set, id)?;
        let is_known = self.policies.is_known(set, workload.namespace) && !reach.is_cut;
        is_known.then_some(&reach.isolation)
    }

    /// Whether a policy selects everything in a namespace and lets nothing in.
    pub fn has_default_deny(&self, namespace: Option<&str>) -> bool {
        self.policies.has_default_deny(namespace)
    }

    /// Whether policies may have a say in a namespace whose meaning is not looked into, such as those
    /// of Cilium, or that could not be read.
    pub fn has_more_policies(&self, namespace: Option<&str>) -> bool {
        self.policies.is_partial(namespace)
    }

    /// The namespaces of which [`Self::has_default_deny`] is true, in no order.
    pub fn default_denials(&self) -> impl Iterator<Item = &'t str> {
        self.policies.default_denials()
    }

    /// The namespaces of which [`Self::has_more_policies`] is true, in no order; nothing: all are.
    pub fn partial(&self) -> Option<impl Iterator<Item = &'t str>> {
        self.policies.partial()
    }

    /// The services that select a workload, in the order of the files.
    pub fn services(&self, set: &ObjectSet<'t>, id: ObjectId) -> Vec<ObjectId> {
        let reach = set.workload_index(id).and_then(|index| self.workloads.get(index));
        let groups = reach.into_iter().flat_map(|reach| &reach.groups);
        let mut ids: Vec<_> = groups
            .filter_map(|group| self.groups.get(*group))
            .flatten()
            .filter_map(|index| Some(self.services.get(*index)?.id))
            .collect();
        ids.sort_unstable();
        ids.truncate(LISTED_MAX);
        ids
    }

    /// The groups of services with one selector that select a workload.
    pub(crate) fn groups_of(&self, set: &ObjectSet<'t>, id: ObjectId) -> &[usize] {
        let reach = set.workload_index(id).and_then(|index| self.workloads.get(index));
        reach.map_or(&[], |reach| &reach.groups)
    }

    /// The services of a group that are open to the outside.
    pub(crate) fn open_services(&self, group: usize) -> impl Iterator<Item = ObjectId> {
        let services = self.groups.get(group).into_iter().flatten();
        let services = services.filter_map(|index| self.services.get(*index));
        services.filter(|service| !service.by.is_empty()).map(|service| service.id)
    }

    /// What opens a service to the outside, itself or what routes to it, in the order of the
    /// files.
    pub fn exposed_by(&self, service: ObjectId) -> &[(ObjectId, Exposure)] {
        self.service(service).map_or(&[], |found| &found.by)
    }

    /// From where a service can be reached.
    pub fn service_exposure(&self, service: ObjectId) -> Exposure {
        self.service(service).map_or(Exposure::None, |found| found.exposure)
    }

    fn service(&self, id: ObjectId) -> Option<&ServiceFacts<'t>> {
        // In the order of the files, as ids are.
        let index = self.services.binary_search_by_key(&id, |service| service.id).ok()?;
        self.services.get(index)
    }
}

/// What leads to pods: a set with any of it in a namespace is taken to hold all of it.
const OPENERS: &[Kind] = &[
    Kind::Service,
    Kind::Ingress,
    Kind::Gateway,
    Kind::GatewayRoute,
    Kind::Route,
    Kind::VirtualService,
];

/// Those of them that something is read from.
pub(crate) const LEADING: &[Kind] =
    &[Kind::Service, Kind::Ingress, Kind::GatewayRoute, Kind::Route, Kind::VirtualService];

/// Services that are listed for one workload; their exposure counts all the same.
const LISTED_MAX: usize = 64;

/// What a pod opens itself.
fn own_exposure(workload: &Workload<'_>) -> Exposure {
    let has_host_port = |container: View<'_>| {
        let ports = container.get("ports").into_iter().flat_map(View::elements);
        ports.filter_map(|port| port.get("hostPort")?.as_int()).any(|port| port != 0)
    };
    let is_on_node = workload.is_on_host_network()
        || workload.pod.containers().any(|(_, container)| has_host_port(container));
    if is_on_node { Exposure::Node } else { Exposure::None }
}

/// The labels of a selector, sorted.
fn pairs(labels: View<'_>) -> Labels<'_> {
    let mut pairs: Vec<_> =
        labels.entries().map(|(key, value)| (key, value.as_str().unwrap_or_default())).collect();
    pairs.sort_unstable();
    pairs
}
