//! The `ValidatingWebhookConfiguration` that sends requests to the door.

use super::{SYSTEM_NAMESPACES, Settings};
use cofferdam_policy::{Policy, Stage, facts::RootSet};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Name of the configuration and of its only user of the field manager.
pub const NAME: &str = "cofferdam";

/// The path that reviews are posted to.
pub const PATH: &str = "/admission";

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

/// What makes pods, by resource.
const POD_MAKERS: &[&str] = &[
    "pods",
    "replicationcontrollers",
    "podtemplates",
    "deployments",
    "statefulsets",
    "daemonsets",
    "replicasets",
    "jobs",
    "cronjobs",
    "rollouts",
];

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
    fn client(&self, trusted_pem: &str) -> Value {
        use base64::Engine as _;
        let bundle = base64::engine::general_purpose::STANDARD.encode(trusted_pem);
        match self {
            Self::Service { namespace, name, port } => {
                let service =
                    json!({"namespace": namespace, "name": name, "port": port, "path": PATH});
                json!({"service": service, "caBundle": bundle})
            }
            Self::Url(url) => json!({"url": format!("{url}{PATH}"), "caBundle": bundle}),
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
pub fn configuration(address: &Address, trusted_pem: &str, settings: &Settings) -> Value {
    let closed = closed(settings);
    let webhooks: Vec<Value> = [("open", "Ignore", false), ("closed", "Fail", true)]
        .into_iter()
        .filter_map(|(name, failure_policy, is_closed)| {
            let rules = rules(|resource| closed.has(resource) == is_closed);
            (!rules.is_empty()).then(|| {
                json!({
                    "name": format!("{name}.admission.cofferdam.dev"),
                    "admissionReviewVersions": ["v1"],
                    "clientConfig": address.client(trusted_pem),
                    "failurePolicy": failure_policy,
                    "matchPolicy": "Equivalent",
                    "sideEffects": "None",
                    "timeoutSeconds": TIMEOUT_SECONDS,
                    "namespaceSelector": selector(&settings.own_namespace),
                    "matchConditions": conditions(&settings.own_namespace),
                    "rules": rules,
                })
            })
        })
        .collect();
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingWebhookConfiguration",
        "metadata": {"name": NAME, "labels": {"app.kubernetes.io/name": "cofferdam"}},
        "webhooks": webhooks,
    })
}

/// The resources for which the door fails closed.
enum Closed {
    All,
    These(BTreeSet<String>),
}

impl Closed {
    fn has(&self, resource: &str) -> bool {
        match self {
            Self::All => true,
            Self::These(some) => some.contains(resource.split('/').next().unwrap_or(resource)),
        }
    }
}

/// Whether some rule about a resource is to refuse what cannot be judged.
pub(super) fn is_closed(settings: &Settings, resource: &str) -> bool {
    closed(settings).has(resource)
}

fn closed(settings: &Settings) -> Closed {
    let codes: BTreeSet<&str> = settings.modes.closed().collect();
    let is_asked = |policy: &&Policy| {
        codes.contains(&*policy.code) && policy.stages.contains(&Stage::Admission)
    };
    let workload = RootSet::of(["workload"]);
    let mut resources = BTreeSet::new();
    for policy in settings.bundle.policies.iter().filter(is_asked) {
        match policy.resources() {
            Some(named) => resources.extend(named.into_iter().map(str::to_owned)),
            None if policy.reads.has_any(workload) => {
                resources.extend(POD_MAKERS.iter().map(|resource| (*resource).to_owned()));
            }
            None => return Closed::All,
        }
    }
    Closed::These(resources)
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
    rule(&["UPDATE"], "", "v1", &["pods/ephemeralcontainers"]);
    rule(&["CONNECT"], "", "v1", CONNECTED);
    rules
}

/// Every namespace has this label, and nobody can take it off (KEP-2161).
fn selector(own: &str) -> Value {
    let values: Vec<&str> = SYSTEM_NAMESPACES.iter().copied().chain([own]).collect();
    json!({"matchExpressions": [{
        "key": "kubernetes.io/metadata.name",
        "operator": "NotIn",
        "values": values,
    }]})
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
