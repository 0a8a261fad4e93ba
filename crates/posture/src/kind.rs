//! The kinds of objects that are joined with others.

use cofferdam_manifest::Object;

/// How many kinds there are.
pub(crate) const KINDS: usize = 19;

/// Some kinds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct KindSet(u32);

impl KindSet {
    pub(crate) const fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind.index()) != 0
    }
}

/// What no join asks for is left out.
impl FromIterator<Kind> for KindSet {
    fn from_iter<T: IntoIterator<Item = Kind>>(kinds: T) -> Self {
        let asked = kinds.into_iter().filter(|kind| *kind != Kind::Other);
        Self(asked.fold(0, |set, kind| set | 1 << kind.index()))
    }
}

/// A kind that some join asks for; versions of an API do not matter here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Namespace.
    Namespace,
    /// ResourceQuota.
    ResourceQuota,
    /// LimitRange.
    LimitRange,
    /// ServiceAccount.
    ServiceAccount,
    /// Role.
    Role,
    /// ClusterRole.
    ClusterRole,
    /// RoleBinding.
    RoleBinding,
    /// ClusterRoleBinding.
    ClusterRoleBinding,
    /// Service.
    Service,
    /// Ingress.
    Ingress,
    /// Gateway of the Gateway API.
    Gateway,
    /// HTTPRoute and its sisters of the Gateway API.
    GatewayRoute,
    /// Route of OpenShift.
    Route,
    /// VirtualService of Istio.
    VirtualService,
    /// NetworkPolicy.
    NetworkPolicy,
    /// Policies of Cilium, Calico and the like, for one namespace.
    ForeignPolicy,
    /// The same for the whole cluster.
    ForeignClusterPolicy,
    /// Secret.
    Secret,
    /// What no join asks for; workloads are found by the pods that they make.
    Other,
}

impl Kind {
    /// What an object is.
    pub fn of(object: &Object<'_>) -> Self {
        Self::named(object.group(), object.kind)
    }

    /// What objects of a kind of an API group are.
    pub fn named(group: &str, kind: &str) -> Self {
        match (group, kind) {
            ("", "Namespace") => Self::Namespace,
            ("", "ResourceQuota") => Self::ResourceQuota,
            ("", "LimitRange") => Self::LimitRange,
            ("", "ServiceAccount") => Self::ServiceAccount,
            ("", "Service") => Self::Service,
            ("", "Secret") => Self::Secret,
            ("rbac.authorization.k8s.io", "Role") => Self::Role,
            ("rbac.authorization.k8s.io", "ClusterRole") => Self::ClusterRole,
            ("rbac.authorization.k8s.io", "RoleBinding") => Self::RoleBinding,
            ("rbac.authorization.k8s.io", "ClusterRoleBinding") => Self::ClusterRoleBinding,
            ("networking.k8s.io" | "extensions", "Ingress") => Self::Ingress,
            ("networking.k8s.io" | "extensions", "NetworkPolicy") => Self::NetworkPolicy,
            ("gateway.networking.k8s.io", "Gateway") => Self::Gateway,
            (
                "gateway.networking.k8s.io",
                "HTTPRoute" | "GRPCRoute" | "TLSRoute" | "TCPRoute" | "UDPRoute",
            ) => Self::GatewayRoute,
            ("route.openshift.io", "Route") => Self::Route,
            ("networking.istio.io", "VirtualService") => Self::VirtualService,
            ("cilium.io", "CiliumNetworkPolicy")
            | ("crd.projectcalico.org" | "projectcalico.org" | "crd.antrea.io", "NetworkPolicy") => {
                Self::ForeignPolicy
            }
            ("cilium.io", "CiliumClusterwideNetworkPolicy")
            | ("crd.projectcalico.org" | "projectcalico.org", "GlobalNetworkPolicy")
            | ("crd.antrea.io", "ClusterNetworkPolicy")
            | (
                "policy.networking.k8s.io",
                "AdminNetworkPolicy" | "BaselineAdminNetworkPolicy" | "ClusterNetworkPolicy",
            ) => Self::ForeignClusterPolicy,
            _ => Self::Other,
        }
    }

    /// Several of it, for a person.
    pub(crate) const fn plural(self) -> &'static str {
        match self {
            Self::Namespace => "Namespaces",
            Self::ResourceQuota => "ResourceQuotas",
            Self::LimitRange => "LimitRanges",
            Self::ServiceAccount => "ServiceAccounts",
            Self::Role => "Roles",
            Self::ClusterRole => "ClusterRoles",
            Self::RoleBinding => "RoleBindings",
            Self::ClusterRoleBinding => "ClusterRoleBindings",
            Self::Service => "Services",
            Self::Ingress => "Ingresses",
            Self::Gateway => "Gateways",
            Self::GatewayRoute => "routes of the Gateway API",
            Self::Route => "Routes",
            Self::VirtualService => "VirtualServices",
            Self::NetworkPolicy => "NetworkPolicies",
            Self::ForeignPolicy | Self::ForeignClusterPolicy => "network policies of other makers",
            Self::Secret => "Secrets",
            Self::Other => "other objects",
        }
    }

    pub(crate) const fn index(self) -> usize {
        self as usize
    }

    /// The namespace that names of this kind are unique in: none for kinds of the cluster.
    pub(crate) const fn scope(self, namespace: Option<&str>) -> Option<&str> {
        match self {
            Self::Namespace
            | Self::ClusterRole
            | Self::ClusterRoleBinding
            | Self::ForeignClusterPolicy => None,
            _ => namespace,
        }
    }
}
