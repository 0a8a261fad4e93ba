//! The cluster, its nodes and namespaces, and what its API server tells.

use super::{Time, row_and_whole};
use schemars::JsonSchema;
use serde::Serialize;

row_and_whole! {
    /// The cluster that is watched, in a line.
    #[derive(Clone)]
    row ClusterSummary {
        /// The uid of its namespace kube-system.
        id: String,
        /// What people call it.
        name: String,
        /// The version of its API server.
        version: String,
        /// The address of its API server.
        server: String,
        /// How many nodes it has.
        nodes: u64,
        /// How many pods run in it.
        pods: u64,
        /// How many namespaces it has.
        namespaces: u64,
        /// When what is known of it was last up to date; null: never yet.
        synced_at: Option<Time>,
        /// Kinds of objects that may be out of date.
        lost: Vec<String>,
        /// Kinds of objects that may not be read: nothing is known of them, and nothing is out of
        /// date for it.
        withheld: Vec<Withheld>,
        /// Whether this is a recording, no live cluster.
        is_recorded: bool,
    }
    /// The cluster that is watched.
    whole Cluster = ClusterSummary + ClusterMore {
        /// Its nodes, by name; the first 10,000.
        node_list: Vec<Node>,
        /// Whether it has more nodes than these.
        more_nodes: bool,
        /// Its namespaces, by name; the first 10,000, and of these the ones that may be seen.
        namespace_list: Vec<Namespace>,
        /// Whether it has more namespaces than these.
        more_namespaces: bool,
    }
}

/// A kind of objects that the account of Cofferdam may not read.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Withheld {
    /// `Secret`
    pub(crate) kind: String,
    /// What the API server answered: which right is missing.
    pub(crate) why: String,
}

/// A node.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Node {
    /// Its name.
    pub(crate) name: String,
    /// The version of its kubelet.
    pub(crate) version: String,
    /// Its operating system, as it says.
    pub(crate) os: String,
    /// Its container runtime and version.
    pub(crate) runtime: String,
    /// Whether it is ready.
    pub(crate) ready: bool,
}

/// A namespace.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Namespace {
    /// Its name.
    pub(crate) name: String,
    /// The Pod Security level that it enforces; null: none.
    pub(crate) pod_security: Option<String>,
    /// How many workloads it has.
    pub(crate) workloads: u64,
    /// Whether a network policy denies by default; null: not known.
    pub(crate) is_default_deny: Option<bool>,
}

/// The names of the namespaces.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct NamespaceNames {
    /// In order; of the first 10,000 the ones that may be seen.
    pub(crate) names: Vec<String>,
    /// Whether there are more than 10,000.
    pub(crate) more: bool,
}

/// A request that the API server told of (audit.k8s.io).
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Event {
    /// The API server's audit id.
    pub(crate) id: String,
    /// When.
    pub(crate) at: Time,
    /// Who asked.
    pub(crate) user: String,
    /// From where.
    pub(crate) source_ip: String,
    /// With what program.
    pub(crate) agent: String,
    /// `create`, `get`, …
    pub(crate) verb: String,
    /// `pods`
    pub(crate) resource: String,
    /// `exec`; empty for none.
    pub(crate) subresource: String,
    /// The namespace; null: none.
    pub(crate) namespace: Option<String>,
    /// The object's name.
    pub(crate) name: String,
    /// The HTTP status of the answer.
    pub(crate) code: u16,
    /// Whether it was allowed.
    pub(crate) allowed: bool,
    /// As whom, where who asked impersonated somebody: `ann (dev, ops)`, the name and the groups;
    /// else empty.
    pub(crate) acts_as: String,
    /// What ran in which container by exec or attach: `app: sh -c id`; else empty.
    pub(crate) command: String,
}
