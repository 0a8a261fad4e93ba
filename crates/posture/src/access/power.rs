//! The rights with which somebody becomes more than he is, and why.
//!
//! Sources: Kubernetes, "Role Based Access Control Good Practices" (privilege escalation risks);
//! CIS Kubernetes Benchmark 1.12, section 5.1; the API server's own checks of the verbs `bind`,
//! `escalate`, `impersonate` and `approve`.

use super::rule::Rule;
use foldhash::{HashMap, HashMapExt as _};
use std::sync::LazyLock;

/// A right, or several of one effect.
#[derive(Debug)]
pub struct Power {
    /// The name in policies where it holds for the whole cluster.
    pub name: &'static str,
    /// The name where it holds in one namespace; absent where that gives no power.
    pub local: Option<&'static str>,
    /// What its holder can do, after "can": "read every Secret".
    pub can: &'static str,
    /// Why that matters, one sentence.
    pub why: &'static str,
    /// What leads there: one suffices.
    needs: &'static [Need],
}

#[derive(Debug)]
struct Need {
    verbs: &'static [&'static str],
    group: &'static str,
    resources: &'static [&'static str],
    /// Names that are powerful even where a rule speaks of named objects only.
    names: &'static [&'static str],
}

const fn need(
    verbs: &'static [&'static str],
    group: &'static str,
    resources: &'static [&'static str],
) -> Need {
    Need { verbs, group, resources, names: &[] }
}

const RBAC: &str = "rbac.authorization.k8s.io";
const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "update", "patch"];
const CHANGE: &[&str] = &["update", "patch"];
/// The API server takes a connection as `get` (WebSocket) or as `create` (SPDY).
const CONNECT: &[&str] = &["get", "create"];

/// The power that holds all others.
pub(crate) const CLUSTER_ADMIN: usize = 0;

/// Every power, the greater first.
pub const POWERS: &[Power] = &[
    Power {
        name: "cluster-admin",
        local: Some("namespace-admin"),
        can: "do everything",
        why: "Every verb on every resource is what the role cluster-admin gives.",
        needs: &[],
    },
    Power {
        name: "escalate",
        local: Some("escalate-in-namespace"),
        can: "write any right into a role",
        why: "The verb escalate on roles switches off the check that nobody gives what he has not.",
        needs: &[need(&["escalate"], RBAC, &["roles", "clusterroles"])],
    },
    Power {
        name: "bind",
        local: Some("bind-in-namespace"),
        can: "bind any role to anybody",
        why: "The verb bind on roles allows a binding to cluster-admin.",
        needs: &[Need {
            verbs: &["bind"],
            group: RBAC,
            resources: &["roles", "clusterroles"],
            names: &["cluster-admin"],
        }],
    },
    Power {
        name: "impersonate",
        local: Some("impersonate-in-namespace"),
        can: "act as somebody else",
        why: "Whoever may impersonate acts with the rights of the other, up to system:masters.",
        needs: &[Need {
            verbs: &["impersonate"],
            group: "",
            resources: &["users", "groups", "serviceaccounts"],
            names: &["system:masters", "system:admin", "kubernetes-admin"],
        }],
    },
    Power {
        name: "approve-csr",
        local: None,
        can: "approve certificates of users and nodes",
        why: "A certificate of the API server's own signers makes its bearer any user or node.",
        needs: &[Need {
            verbs: &["approve"],
            group: "certificates.k8s.io",
            resources: &["signers"],
            names: &[
                "*",
                "kubernetes.io/*",
                "kubernetes.io/kube-apiserver-client",
                "kubernetes.io/kube-apiserver-client-kubelet",
            ],
        }],
    },
    Power {
        name: "webhooks",
        local: None,
        can: "see and change every object on its way into the API server",
        why: "An admission webhook or policy can rewrite any object, and read Secrets in passing.",
        needs: &[need(
            WRITE,
            "admissionregistration.k8s.io",
            &[
                "mutatingwebhookconfigurations",
                "validatingwebhookconfigurations",
                "mutatingadmissionpolicies",
            ],
        )],
    },
    Power {
        name: "api-services",
        local: None,
        can: "answer for a part of the API server",
        why: "Requests to a registered API, with the caller's credentials, go to its server.",
        needs: &[need(WRITE, "apiregistration.k8s.io", &["apiservices"])],
    },
    Power {
        name: "create-tokens",
        local: Some("create-tokens-in-namespace"),
        can: "issue tokens of service accounts",
        why: "A token acts with all rights of its account.",
        needs: &[need(&["create"], "", &["serviceaccounts/token"])],
    },
    Power {
        name: "read-secrets",
        local: Some("read-secrets-in-namespace"),
        can: "read Secrets",
        why: "Secrets hold passwords, keys and tokens; list and watch show their contents too.",
        needs: &[need(READ, "", &["secrets"])],
    },
    Power {
        name: "create-pods",
        local: Some("create-pods-in-namespace"),
        can: "create pods",
        why: "A new pod can mount every Secret of its namespace, run under every account there, \
              and be privileged where nothing forbids it.",
        needs: &[need(&["create"], "", &["pods"])],
    },
    Power {
        name: "create-workloads",
        local: Some("create-workloads-in-namespace"),
        can: "create or change what makes pods",
        why: "Whoever writes Deployments, DaemonSets or Jobs writes the pods that they make.",
        needs: &[
            need(WRITE, "apps", &["deployments", "daemonsets", "statefulsets", "replicasets"]),
            need(WRITE, "batch", &["jobs", "cronjobs"]),
            need(WRITE, "", &["replicationcontrollers"]),
        ],
    },
    Power {
        name: "exec",
        local: Some("exec-in-namespace"),
        can: "run commands in containers",
        why: "A command in a container has its files, its token and its secrets.",
        needs: &[
            need(CONNECT, "", &["pods/exec", "pods/attach"]),
            need(CHANGE, "", &["pods/ephemeralcontainers"]),
        ],
    },
    Power {
        name: "port-forward",
        local: Some("port-forward-in-namespace"),
        can: "connect to any port of pods",
        why: "Forwarded ports go past network policies and to what listens on loopback alone.",
        needs: &[need(CONNECT, "", &["pods/portforward", "pods/proxy", "services/proxy"])],
    },
    Power {
        name: "node-proxy",
        local: None,
        can: "speak to the kubelets",
        why: "The kubelet runs commands in every pod of its node and asks no admission controller.",
        needs: &[need(&["get", "create", "update", "patch", "delete"], "", &["nodes/proxy"])],
    },
    Power {
        name: "patch-nodes",
        local: None,
        can: "change nodes",
        why: "Labels, taints and addresses of nodes decide where pods run and who is asked for them.",
        needs: &[need(CHANGE, "", &["nodes", "nodes/status"])],
    },
    Power {
        name: "create-persistent-volumes",
        local: None,
        can: "create persistent volumes",
        why: "A volume with a host path is the file system of a node, whatever pods may mount.",
        needs: &[need(&["create"], "", &["persistentvolumes"])],
    },
];

/// What powers are about. Most rules have nothing to do with any, which is quickly seen.
static STRONG: LazyLock<Strong> = LazyLock::new(Strong::new);

struct Strong {
    verbs: Vec<&'static str>,
    /// For each resource the verbs that lead to a power over it: a bit for each, by its place.
    resources: HashMap<&'static str, u32>,
}

impl Strong {
    fn new() -> Self {
        let needs = || POWERS.iter().flat_map(|power| power.needs);
        let mut verbs: Vec<_> = needs().flat_map(|need| need.verbs).copied().collect();
        verbs.sort_unstable();
        verbs.dedup();
        let mut strong = Self { verbs, resources: HashMap::new() };
        for need in needs() {
            let bits = need.verbs.iter().fold(0, |bits, verb| bits | strong.bit(verb));
            for resource in need.resources {
                *strong.resources.entry(*resource).or_default() |= bits;
            }
        }
        strong
    }

    fn bit(&self, verb: &str) -> u32 {
        self.verbs.iter().position(|one| *one == verb).map_or(0, |at| 1 << at)
    }
}

/// Whether a rule with these verbs and resources may give any power. Both can be long: each is gone
/// through once.
pub(super) fn may_give_any<'r>(
    verbs: impl Iterator<Item = &'r str>,
    mut resources: impl Iterator<Item = &'r str>,
) -> bool {
    let bit = |verb: &str| if verb == "*" { u32::MAX } else { STRONG.bit(verb) };
    let bits = verbs.fold(0, |bits, verb| bits | bit(verb));
    let leads = |resource: &str| {
        resource.starts_with('*') || STRONG.resources.get(resource).is_some_and(|b| b & bits != 0)
    };
    bits != 0 && resources.any(leads)
}

impl Power {
    /// The power with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        POWERS.iter().find(|power| power.name == name || power.local == Some(name))
    }

    /// Whether a rule gives it.
    pub fn is_given_by(&self, rule: &Rule<'_>) -> bool {
        if self.needs.is_empty() {
            return rule.is_everything();
        }
        self.needs.iter().any(|need| {
            let names_fit =
                rule.names.is_empty() || rule.names.iter().any(|name| need.names.contains(name));
            names_fit
                && need.verbs.iter().any(|verb| rule.has_verb(verb))
                && need.resources.iter().any(|resource| rule.has_resource(need.group, resource))
        })
    }
}
