//! The cluster, its other objects, and the trend.

use crate::value::Packed;
use jiff::Timestamp;

rows! {
    /// A cluster.
    Cluster in "cluster" by ["id"] {
        /// The uid of `kube-system`.
        id: String,
        /// The name of its context.
        name: String,
        /// `v1.34.4`.
        version: String,
        /// The API server's address.
        server: String,
        /// When all of it was last known.
        synced_at: Option<Timestamp>,
        /// The kinds that are not up to date.
        lost: Vec<String>,
    }

    /// Any other object that is judged: a role, a service, a namespace, a node.
    Object in "object" by ["id"] {
        /// [`crate::rows::id`] over cluster, kind, namespace (or nothing) and name.
        id: String,
        /// The cluster's id.
        cluster: String,
        /// `v1`.
        api_version: String,
        /// `Node`.
        kind: String,
        /// Its namespace, if it has one.
        namespace: Option<String>,
        /// Its name.
        name: String,
        /// Its uid.
        uid: String,
        /// The object, trimmed.
        json: Packed,
        /// When it was first seen. Writing a row that exists leaves this as it was.
        first_seen: Timestamp,
        /// When it was gone. Writing a row makes this `None`.
        gone_at: Option<Timestamp>,
    }

    /// How many findings were open at a time: a point of the trend.
    Point in "history" by ["cluster", "at"] {
        /// The cluster's id.
        cluster: String,
        /// When.
        at: Timestamp,
        /// Critical ones.
        critical: u32,
        /// High ones.
        high: u32,
        /// Medium ones.
        medium: u32,
        /// Low ones.
        low: u32,
    }
}
