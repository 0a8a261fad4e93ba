//! Which pods network policies isolate (Kubernetes API, NetworkPolicy).

use crate::{
    ObjectId, ObjectSet,
    kind::Kind,
    selector::{Selector, SelectorIndex},
    workload::Workload,
};
use cofferdam_manifest::{Object, View};
use foldhash::{HashSet, HashSetExt as _};

/// The policies that isolate a workload: for each direction the first that does.
#[derive(Clone, Debug, Default)]
pub struct Isolation {
    /// A policy that isolates it from incoming traffic, but for what some policy lets in.
    pub ingress: Option<ObjectId>,
    /// A policy that isolates its outgoing traffic.
    pub egress: Option<ObjectId>,
    /// Whether some policy that selects it lets anything in at all: default denial does not.
    pub lets_in: bool,
}

impl Isolation {
    /// Whether nothing comes in: what services lead to is not reached through them.
    pub const fn is_shut(&self) -> bool {
        self.ingress.is_some() && !self.lets_in
    }
}

/// Who has a say in what reaches a pod.
pub(crate) const POLICIES: &[Kind] =
    &[Kind::NetworkPolicy, Kind::ForeignPolicy, Kind::ForeignClusterPolicy];

/// The network policies of a set.
#[derive(Debug)]
pub(super) struct Policies<'t> {
    all: Vec<PolicyFacts>,
    index: SelectorIndex<'t>,
    /// Namespaces with a policy.
    spoken_of: HashSet<Option<&'t str>>,
    /// Namespaces with a policy of a kind whose meaning is not looked into.
    foreign: HashSet<Option<&'t str>>,
    has_foreign_of_cluster: bool,
    default_deny: HashSet<Option<&'t str>>,
    /// Some could not be read.
    is_lacking: bool,
}

#[derive(Debug)]
struct PolicyFacts {
    id: ObjectId,
    ingress: bool,
    egress: bool,
    lets_in: bool,
}

impl<'t> Policies<'t> {
    pub(super) fn of(set: &ObjectSet<'t>) -> Self {
        let mut policies = Vec::new();
        let mut selectors = Vec::new();
        let mut default_deny = HashSet::new();
        for (id, object) in set.all(Kind::NetworkPolicy) {
            let facts = facts(id, object);
            let selector = object.view.at(&["spec", "podSelector"]);
            let selector = selector.map_or_else(Selector::default, Selector::of);
            if selector.is_everything() && facts.ingress && !facts.lets_in {
                default_deny.insert(object.namespace);
            }
            policies.push(facts);
            selectors.push((object.namespace, selector));
        }
        Self {
            all: policies,
            spoken_of: selectors.iter().map(|(namespace, _)| *namespace).collect(),
            index: SelectorIndex::of(selectors),
            foreign: set.all(Kind::ForeignPolicy).map(|(_, object)| object.namespace).collect(),
            has_foreign_of_cluster: !set.of_kind(Kind::ForeignClusterPolicy).is_empty(),
            default_deny,
            is_lacking: set.lacks(POLICIES),
        }
    }

    /// What isolates a workload, and whether some policies were not asked.
    pub(super) fn isolation(&self, workload: &Workload<'_>) -> (Isolation, bool) {
        // Policies have no power over pods that share the network of their node.
        if workload.is_on_host_network() {
            return (Isolation::default(), false);
        }
        let mut isolation = Isolation::default();
        let selecting = self.index.selecting(workload.namespace, workload.labels(), |position| {
            if let Some(policy) = self.all.get(position) {
                let first = |known: Option<ObjectId>, isolates: bool| {
                    known.or(isolates.then_some(policy.id))
                };
                isolation.ingress = first(isolation.ingress, policy.ingress);
                isolation.egress = first(isolation.egress, policy.egress);
                isolation.lets_in |= policy.lets_in;
            }
            isolation.ingress.is_some() && isolation.egress.is_some() && isolation.lets_in
        });
        (isolation, selecting.is_cut)
    }

    /// Whether the set can say who is isolated in a namespace: it has a policy there, or it
    /// defines the namespace and so can be taken to hold what belongs to it; and nothing has a say
    /// there whose meaning is not looked into, or that could not be read.
    pub(super) fn is_known(&self, set: &ObjectSet<'_>, namespace: Option<&str>) -> bool {
        let is_defined =
            || namespace.is_some_and(|name| set.named(Kind::Namespace, None, name).is_some());
        !self.is_partial(namespace) && (self.spoken_of.contains(&namespace) || is_defined())
    }

    /// Whether who may reach a pod cannot be known from the NetworkPolicies alone.
    pub(super) fn is_partial(&self, namespace: Option<&str>) -> bool {
        self.is_lacking || self.has_foreign(namespace)
    }

    fn has_foreign(&self, namespace: Option<&str>) -> bool {
        self.has_foreign_of_cluster || self.foreign.contains(&namespace)
    }

    pub(super) fn default_denials(&self) -> impl Iterator<Item = &'t str> {
        self.default_deny.iter().copied().flatten()
    }

    pub(super) fn partial(&self) -> Option<impl Iterator<Item = &'t str>> {
        let is_all = self.is_lacking || self.has_foreign_of_cluster;
        (!is_all).then(|| self.foreign.iter().copied().flatten())
    }

    pub(super) fn has_default_deny(&self, namespace: Option<&str>) -> bool {
        self.default_deny.contains(&namespace)
    }
}

/// `policyTypes`, and what they are where none are given: always Ingress, and Egress where the
/// policy has rules for it.
fn facts(id: ObjectId, object: &Object<'_>) -> PolicyFacts {
    let spec = object.view.get("spec");
    let rules = |key: &str| spec.and_then(|spec| spec.get(key));
    let types = rules("policyTypes").filter(|types| !types.is_empty());
    let has = |name: &str| -> Option<bool> {
        Some(types?.elements().any(|one: View<'_>| one.as_str() == Some(name)))
    };
    let ingress = has("Ingress").unwrap_or(true);
    let egress =
        has("Egress").unwrap_or_else(|| rules("egress").is_some_and(|list| !list.is_empty()));
    let lets_in = ingress && rules("ingress").is_some_and(|list| !list.is_empty());
    PolicyFacts { id, ingress, egress, lets_in }
}
