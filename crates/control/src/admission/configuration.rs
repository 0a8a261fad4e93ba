//! The `ValidatingWebhookConfiguration` that sends requests to the door.

use super::{
    SYSTEM_NAMESPACES, SecretPath, Settings,
    scope::{self, EPHEMERAL, Resource},
};
use cofferdam_policy::Operation;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Name of the configuration and of its only user of the field manager.
pub const NAME: &str = "cofferdam";

/// A review takes two milliseconds; a handshake over a busy network a few hundred. Whoever waits
/// longer waits for nobody: five seconds are what a person at a terminal forgives, and half of
/// what an API server would wait by default.
const TIMEOUT_SECONDS: u8 = 5;

/// Groups, versions and resources that are reviewed: what runs, what makes it run, what opens it
/// and who may do what. Secrets and ConfigMaps are not sent: their values are nobody's business
/// here, and leases make the latter busy.
const REVIEWED: &[(&str, &str, &[&str])] = &[
    (
        "",
        "v1",
        &[
            "pods",
            "replicationcontrollers",
            "podtemplates",
            "services",
            "serviceaccounts",
            "namespaces",
            "persistentvolumes",
        ],
    ),
    ("apps", "v1", &["deployments", "statefulsets", "daemonsets", "replicasets"]),
    ("batch", "v1", &["jobs", "cronjobs"]),
    ("argoproj.io", "v1alpha1", &["rollouts"]),
    ("autoscaling", "v2", &["horizontalpodautoscalers"]),
    ("policy", "v1", &["poddisruptionbudgets"]),
    ("apiregistration.k8s.io", "v1", &["apiservices"]),
    ("networking.k8s.io", "v1", &["ingresses", "networkpolicies"]),
    ("gateway.networking.k8s.io", "*", &["gateways", "httproutes", "grpcroutes"]),
    (
        "rbac.authorization.k8s.io",
        "v1",
        &["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
    ),
];

/// Ways into pods that are there.
const CONNECTED: &[&str] = &["pods/exec", "pods/attach", "pods/portforward"];

/// Those of them that lie in no namespace: no policy of a namespace is about them. A selector of
/// namespaces holds none of them back but Namespaces, which the API server matches by their own
/// labels.
const OF_CLUSTER: &[&str] =
    &["namespaces", "persistentvolumes", "apiservices", "clusterroles", "clusterrolebindings"];

/// Every resource and subresource that is reviewed; each path is there once.
pub(super) fn reviewed() -> impl Iterator<Item = Resource<'static>> {
    let of_group = |(group, _, resources): &(&'static str, &str, &'static [&str])| {
        let (group, operations) = (*group, &[Operation::Create, Operation::Update][..]);
        resources.iter().map(move |path| Resource { group, path, operations })
    };
    let added = Resource { group: "", path: EPHEMERAL, operations: &[Operation::Update] };
    let operations = &[Operation::Connect];
    let connected = CONNECTED.iter().map(|path| Resource { group: "", path, operations });
    REVIEWED.iter().flat_map(of_group).chain([added]).chain(connected)
}

/// Where the API server finds the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A Service of the cluster.
    Service {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Its port.
        port: u16,
    },
    /// `https://127.0.0.1:9443`: a door outside of the cluster.
    Url(String),
}

impl Address {
    fn client(&self, trusted_pem: &str, path: &SecretPath) -> Value {
        use base64::Engine as _;
        let bundle = base64::engine::general_purpose::STANDARD.encode(trusted_pem);
        let path = path.as_str();
        match self {
            Self::Service { namespace, name, port } => {
                let service =
                    json!({"namespace": namespace, "name": name, "port": port, "path": path});
                json!({"service": service, "caBundle": bundle})
            }
            Self::Url(url) => json!({"url": format!("{url}{path}"), "caBundle": bundle}),
        }
    }

    /// The names that a certificate for it needs.
    pub fn names(&self) -> Vec<String> {
        match self {
            Self::Service { namespace, name, .. } => {
                vec![format!("{name}.{namespace}.svc"), format!("{name}.{namespace}")]
            }
            Self::Url(url) => {
                let host = url.strip_prefix("https://").unwrap_or(url);
                let host = host.split('/').next().unwrap_or(host);
                let host = match host.strip_prefix('[') {
                    Some(address) => address.split(']').next(),
                    None => host.split(':').next(),
                };
                vec![host.unwrap_or_default().to_owned()]
            }
        }
    }
}

/// The configuration for a door. Each request goes to one webhook: where a rule that must not be
/// passed over is about a resource, to the one that fails closed; else to the one that fails open.
/// Where that is a rule of a namespace, only requests in this namespace go to one that fails
/// closed.
pub fn configuration(
    address: &Address,
    trusted_pem: &str,
    path: &SecretPath,
    settings: &Settings,
) -> Value {
    let client = address.client(trusted_pem, path);
    let of_resources = closed(settings);
    let all: BTreeSet<&Closed<'_>> = of_resources.values().collect();
    let mut webhooks = Vec::new();
    for (number, group) in all.into_iter().enumerate() {
        let rules = rules(|resource| of_resources.get(resource) == Some(group));
        let mut add = |name: &str, failure_policy: &str, selector: &[Value]| {
            webhooks.push(json!({
                "name": format!("{name}.admission.cofferdam.dev"),
                "admissionReviewVersions": ["v1"],
                "clientConfig": client,
                "failurePolicy": failure_policy,
                "matchPolicy": "Equivalent",
                "sideEffects": "None",
                "timeoutSeconds": TIMEOUT_SECONDS,
                "namespaceSelector": {"matchExpressions": selector},
                "matchConditions": conditions(&settings.own_namespace),
                "rules": rules,
            }));
        };
        let own = &settings.own_namespace;
        match group {
            Closed::Everywhere => add("closed", "Fail", &[outside(own, [])]),
            Closed::In(names) if names.is_empty() => add("open", "Ignore", &[outside(own, [])]),
            Closed::In(names) => {
                let inside = expression("In", names.iter().copied());
                add(&format!("closed-{number}"), "Fail", &[outside(own, []), inside]);
                add(&format!("open-{number}"), "Ignore", &[outside(own, names.iter().copied())]);
            }
        }
    }
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": NAME, "labels": {"app.kubernetes.io/name": "cofferdam"}},
        "webhooks": webhooks,
    })
}

/// Where the door fails closed for a resource.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Closed<'s> {
    Everywhere,
    In(BTreeSet<&'s str>),
}

/// The same of every resource that is reviewed.
fn closed(settings: &Settings) -> BTreeMap<&'static str, Closed<'_>> {
    let closing = scope::asked(settings, settings.modes.closed());
    let of = |resource: &Resource<'_>| {
        let about = closing.iter().filter(|policy| scope::is_about(policy, resource));
        let mut names = BTreeSet::new();
        for policy in about {
            match policy.namespace.as_deref() {
                None => return Closed::Everywhere,
                Some(name) if !OF_CLUSTER.contains(&resource.path) => drop(names.insert(name)),
                Some(_) => {}
            }
        }
        Closed::In(names)
    };
    reviewed().map(|resource| (resource.path, of(&resource))).collect()
}

fn rules(is_meant: impl Fn(&str) -> bool) -> Vec<Value> {
    let mut rules = Vec::new();
    let mut rule = |operations: &[&str], group: &str, version: &str, resources: &[&str]| {
        let resources: Vec<&&str> = resources.iter().filter(|one| is_meant(one)).collect();
        if !resources.is_empty() {
            rules.push(json!({
                "operations": operations,
                "apiGroups": [group],
                "apiVersions": [version],
                "resources": resources,
                "scope": "*",
            }));
        }
    };
    for (group, version, resources) in REVIEWED {
        rule(&["CREATE", "UPDATE"], group, version, resources);
    }
    rule(&["UPDATE"], "", "v1", &[EPHEMERAL]);
    rule(&["CONNECT"], "", "v1", CONNECTED);
    rules
}

/// Every namespace but those of the system, our own and some more.
fn outside<'n>(own: &'n str, more: impl IntoIterator<Item = &'n str>) -> Value {
    expression("NotIn", SYSTEM_NAMESPACES.into_iter().chain([own]).chain(more))
}

/// Every namespace has this label, and nobody can take it off (KEP-2161).
fn expression<'n>(operator: &str, names: impl Iterator<Item = &'n str>) -> Value {
    let names: Vec<&str> = names.collect();
    json!({"key": "kubernetes.io/metadata.name", "operator": operator, "values": names})
}

/// The same once more, for servers and objects that the selector does not hold back.
fn conditions(own: &str) -> Value {
    let all: Vec<String> =
        SYSTEM_NAMESPACES.iter().chain([&own]).map(|name| format!("'{name}'")).collect();
    let namespaces = all.join(", ");
    json!([
        {
            "name": "not-in-the-system",
            "expression":
                format!("!has(request.namespace) || !(request.namespace in [{namespaces}])"),
        },
        {
            "name": "not-the-api-server",
            "expression": "request.userInfo.username != 'system:apiserver'",
        },
    ])
}
