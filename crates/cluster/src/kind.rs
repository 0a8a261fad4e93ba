//! The kinds that are watched: where the API server serves them and how much of them is asked for.

use crate::kind::Detail::{Full, Metadata};
use cofferdam_model::ObjectKey;
use std::borrow::Cow;

/// A kind of objects and where the API server serves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// `apps/v1`; `v1` is the core group.
    pub api_version: &'static str,
    /// `Deployment`.
    pub kind: &'static str,
    /// The name in paths and in rules of access: `deployments`.
    pub resource: &'static str,
    /// How much of each object is asked for.
    pub detail: Detail,
    /// Whether a cluster may well do without it: then that it is not served is no loss.
    pub is_optional: bool,
}

/// How much of an object is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Detail {
    /// The object.
    Full,
    /// Its metadata only: the values inside are nobody's business, ours included.
    Metadata,
}

impl Kind {
    /// The API group: `apps`; empty for the core group.
    pub fn group(&self) -> &'static str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The kind of [`KINDS`] that has this API version and name.
    pub fn find(api_version: &str, kind: &str) -> Option<&'static Self> {
        KINDS.iter().find(|known| known.api_version == api_version && known.kind == kind)
    }

    /// The kind that an object of this key has.
    pub fn of(key: &ObjectKey) -> Option<&'static Self> {
        Self::find(&key.api_version, &key.kind)
    }
}

/// The path of the objects of a resource, in one namespace or in all (API conventions, "Resource
/// URIs").
pub(crate) fn collection(api_version: &str, resource: &str, namespace: Option<&str>) -> String {
    let root = if api_version.contains('/') { "/apis" } else { "/api" };
    let inside: Cow<'_, str> =
        namespace.map_or("".into(), |namespace| format!("namespaces/{namespace}/").into());
    format!("{root}/{api_version}/{inside}{resource}")
}

const fn full(api_version: &'static str, kind: &'static str, resource: &'static str) -> Kind {
    Kind { api_version, kind, resource, detail: Full, is_optional: false }
}

const fn metadata(api_version: &'static str, kind: &'static str, resource: &'static str) -> Kind {
    Kind { api_version, kind, resource, detail: Metadata, is_optional: false }
}

const fn optional(api_version: &'static str, kind: &'static str, resource: &'static str) -> Kind {
    Kind { api_version, kind, resource, detail: Full, is_optional: true }
}

const ADMISSION: &str = "admissionregistration.k8s.io/v1";
const RIGHTS: &str = "rbac.authorization.k8s.io/v1";
const GATEWAY: &str = "gateway.networking.k8s.io/v1";
const GATEWAY_ALPHA: &str = "gateway.networking.k8s.io/v1alpha2";
const POLICY_ALPHA: &str = "policy.networking.k8s.io/v1alpha1";
const OURS: &str = "cofferdam.dev/v1alpha1";

/// All that is watched, owners before what they own, so that a pod mostly finds its owner known.
pub const KINDS: &[Kind] = &[
    full("v1", "Namespace", "namespaces"),
    full("v1", "Node", "nodes"),
    optional(OURS, "ClusterSecurityPolicy", "clustersecuritypolicies"),
    optional(OURS, "SecurityPolicy", "securitypolicies"),
    optional(OURS, "ClusterPolicyException", "clusterpolicyexceptions"),
    optional(OURS, "PolicyException", "policyexceptions"),
    full("apps/v1", "Deployment", "deployments"),
    full("apps/v1", "StatefulSet", "statefulsets"),
    full("apps/v1", "DaemonSet", "daemonsets"),
    full("batch/v1", "CronJob", "cronjobs"),
    full("batch/v1", "Job", "jobs"),
    full("v1", "ReplicationController", "replicationcontrollers"),
    full("apps/v1", "ReplicaSet", "replicasets"),
    optional("argoproj.io/v1alpha1", "Rollout", "rollouts"),
    full("v1", "Pod", "pods"),
    full("v1", "PodTemplate", "podtemplates"),
    full("v1", "ServiceAccount", "serviceaccounts"),
    full(RIGHTS, "ClusterRole", "clusterroles"),
    full(RIGHTS, "ClusterRoleBinding", "clusterrolebindings"),
    full(RIGHTS, "Role", "roles"),
    full(RIGHTS, "RoleBinding", "rolebindings"),
    full("v1", "Service", "services"),
    full("networking.k8s.io/v1", "Ingress", "ingresses"),
    full("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    optional(GATEWAY, "Gateway", "gateways"),
    optional(GATEWAY, "HTTPRoute", "httproutes"),
    optional(GATEWAY, "GRPCRoute", "grpcroutes"),
    optional(GATEWAY_ALPHA, "TLSRoute", "tlsroutes"),
    optional(GATEWAY_ALPHA, "TCPRoute", "tcproutes"),
    optional(GATEWAY_ALPHA, "UDPRoute", "udproutes"),
    optional("route.openshift.io/v1", "Route", "routes"),
    optional("networking.istio.io/v1", "VirtualService", "virtualservices"),
    optional("cilium.io/v2", "CiliumNetworkPolicy", "ciliumnetworkpolicies"),
    optional("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "ciliumclusterwidenetworkpolicies"),
    optional("crd.projectcalico.org/v1", "GlobalNetworkPolicy", "globalnetworkpolicies"),
    optional(POLICY_ALPHA, "AdminNetworkPolicy", "adminnetworkpolicies"),
    optional(POLICY_ALPHA, "BaselineAdminNetworkPolicy", "baselineadminnetworkpolicies"),
    metadata("v1", "Secret", "secrets"),
    metadata("v1", "ConfigMap", "configmaps"),
    full("v1", "PersistentVolume", "persistentvolumes"),
    full("apiregistration.k8s.io/v1", "APIService", "apiservices"),
    full("v1", "ResourceQuota", "resourcequotas"),
    full("v1", "LimitRange", "limitranges"),
    full("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    full("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    full(ADMISSION, "ValidatingWebhookConfiguration", "validatingwebhookconfigurations"),
    full(ADMISSION, "MutatingWebhookConfiguration", "mutatingwebhookconfigurations"),
    optional(ADMISSION, "ValidatingAdmissionPolicy", "validatingadmissionpolicies"),
    optional(ADMISSION, "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn paths_of_the_core_group_and_of_others() {
        let check = |api_version, kind, expected: &str| {
            let kind = Kind::find(api_version, kind).unwrap();
            assert_eq!(collection(kind.api_version, kind.resource, None), expected);
        };
        check("v1", "Pod", "/api/v1/pods");
        check("apps/v1", "Deployment", "/apis/apps/v1/deployments");
        assert_eq!(collection("v1", "secrets", Some("shop")), "/api/v1/namespaces/shop/secrets");
    }

    #[test]
    fn no_kind_twice_and_values_of_none_asked_for() {
        let names: BTreeSet<_> = KINDS.iter().map(|kind| (kind.api_version, kind.kind)).collect();
        assert_eq!(names.len(), KINDS.len());
        for kind in KINDS {
            let is_confidential = matches!(kind.kind, "Secret" | "ConfigMap");
            assert_eq!(kind.detail == Metadata, is_confidential, "{}", kind.kind);
        }
    }
}
