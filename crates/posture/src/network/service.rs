//! Services, and from where each can be reached.

use super::backend::{self, Backend};
use crate::{ObjectId, ObjectSet, kind::Kind};
use cofferdam_manifest::{Object, View};

/// From where something can be reached, the nearer before the further.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exposure {
    /// No service leads there.
    #[default]
    None,
    /// From inside the cluster.
    Cluster,
    /// From the network that the nodes are in: a port of the node, an internal load balancer.
    Node,
    /// From the internet, as far as the objects say: a firewall before it is not among them.
    Internet,
}

impl Exposure {
    /// The name in policies: `none`, `cluster`, `node`, `internet`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Cluster => "cluster",
            Self::Node => "node",
            Self::Internet => "internet",
        }
    }
}

/// A Service.
#[derive(Debug)]
pub(super) struct ServiceFacts<'t> {
    pub(super) id: ObjectId,
    pub(super) namespace: Option<&'t str>,
    /// Absent where it selects no pods.
    pub(super) selector: Option<View<'t>>,
    pub(super) exposure: Exposure,
    /// What opens it further than to the cluster.
    pub(super) by: Vec<(ObjectId, Exposure)>,
}

/// Ingresses and routes that are listed for one service.
const OPENERS_MAX: usize = 64;

/// Every Service of the set, with what routes to it.
pub(super) fn services<'t>(set: &ObjectSet<'t>) -> Vec<ServiceFacts<'t>> {
    let mut services: Vec<_> =
        set.all(Kind::Service).map(|(id, object)| facts(id, object)).collect();
    for Backend { route, service, exposure } in backend::backends(set) {
        let found = services.binary_search_by_key(&service, |service| service.id);
        let Some(service) = found.ok().and_then(|index| services.get_mut(index)) else { continue };
        service.exposure = service.exposure.max(exposure);
        let is_listed = service.by.iter().any(|(id, _)| *id == route);
        if !is_listed && service.by.len() < OPENERS_MAX {
            service.by.push((route, exposure));
        }
    }
    services
}

fn facts<'t>(id: ObjectId, object: &Object<'t>) -> ServiceFacts<'t> {
    let spec = object.view.get("spec");
    let member = |key: &str| spec.and_then(|spec| spec.get(key));
    let exposure = match member("type").and_then(View::as_str) {
        Some("LoadBalancer") => load_balancer(object, member("loadBalancerSourceRanges")),
        Some("NodePort") => Exposure::Node,
        // Nothing of the cluster stands behind it.
        Some("ExternalName") => Exposure::None,
        _ if member("externalIPs").is_some_and(|addresses| !addresses.is_empty()) => Exposure::Node,
        _ => Exposure::Cluster,
    };
    let by = if exposure >= Exposure::Node { vec![(id, exposure)] } else { Vec::new() };
    let selector = member("selector").filter(|map| map.is_map() && !map.is_empty());
    ServiceFacts { id, namespace: object.namespace, selector, exposure, by }
}

/// Open to the internet unless an annotation of its cloud makes it internal, or source ranges
/// let only some in.
fn load_balancer(object: &Object<'_>, ranges: Option<View<'_>>) -> Exposure {
    let is_narrow = ranges.is_some_and(|ranges| {
        !ranges.is_empty()
            && !ranges.elements().any(|range| range.as_str().is_some_and(is_everywhere))
    });
    if is_narrow || is_internal(object) { Exposure::Node } else { Exposure::Internet }
}

/// Whether a range of addresses holds every address.
pub(crate) fn is_everywhere(range: &str) -> bool {
    range.trim().rsplit_once('/').is_some_and(|(_, bits)| bits == "0")
}

/// Annotations by which clouds make a load balancer internal, each with the values that do, lower
/// case. They are those of the cloud providers' own documentation.
const INTERNAL: &[(&str, &[&str])] = &[
    ("service.beta.kubernetes.io/aws-load-balancer-scheme", &["internal"]),
    ("alb.ingress.kubernetes.io/scheme", &["internal"]),
    ("service.beta.kubernetes.io/azure-load-balancer-internal", &["true"]),
    ("networking.gke.io/load-balancer-type", &["internal"]),
    ("cloud.google.com/load-balancer-type", &["internal"]),
    ("kubernetes.io/ingress.class", &["gce-internal"]),
    ("service.beta.kubernetes.io/openstack-internal-load-balancer", &["true"]),
    ("service.beta.kubernetes.io/oci-load-balancer-internal", &["true"]),
    ("service.beta.kubernetes.io/alibaba-cloud-loadbalancer-address-type", &["intranet"]),
    ("service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type", &["private"]),
    ("load-balancer.hetzner.cloud/disable-public-network", &["true"]),
];

/// The annotation of AWS that any value but `false` makes internal.
const INTERNAL_UNLESS_FALSE: &str = "service.beta.kubernetes.io/aws-load-balancer-internal";

pub(super) fn is_internal(object: &Object<'_>) -> bool {
    let annotations = object.view.at(&["metadata", "annotations"]);
    annotations.into_iter().flat_map(View::entries).any(|(key, value)| {
        let Some(value) = value.as_str() else { return false };
        let is_by_word = |(name, words): &(&str, &[&str])| {
            *name == key && words.iter().any(|word| value.eq_ignore_ascii_case(word))
        };
        INTERNAL.iter().any(is_by_word)
            || (key == INTERNAL_UNLESS_FALSE && !matches!(value, "" | "false"))
    })
}
