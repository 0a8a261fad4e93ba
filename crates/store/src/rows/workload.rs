//! Workloads and what belongs to one.

use crate::{
    value::Packed,
    words::{ContainerKind, Exposure},
};
use jiff::Timestamp;
use std::collections::BTreeMap;

rows! {
    /// The object a person edits: a Deployment, a StatefulSet, a bare Pod.
    Workload in "workload" by ["id"] {
        /// [`crate::rows::id`] over cluster, kind, namespace and name.
        id: String,
        /// The cluster's id.
        cluster: String,
        /// `apps/v1`.
        api_version: String,
        /// `Deployment`.
        kind: String,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// Pods wanted.
        replicas: u32,
        /// Pods ready.
        ready: u32,
        /// The service account of its pods.
        service_account: String,
        /// From where it can be reached.
        exposure: Exposure,
        /// Whether one of its containers is privileged.
        privileged: bool,
        /// The labels of its pods.
        labels: BTreeMap<String, String>,
        /// 0 to 100: the score of the worst thing about it.
        score: u8,
        /// What makes the score, in a sentence.
        score_why: String,
        /// Critical findings and vulnerabilities that are open.
        critical: u32,
        /// High ones.
        high: u32,
        /// Medium ones.
        medium: u32,
        /// Low ones.
        low: u32,
        /// Those nobody can rate.
        unknown: u32,
        /// Different images.
        images: u32,
        /// When it was first seen. Writing a row that exists leaves this as it was.
        first_seen: Timestamp,
        /// When it was last seen.
        last_seen: Timestamp,
        /// When it was gone. Writing a row makes this `None`.
        gone_at: Option<Timestamp>,
    }

    /// What a workload is: what its row never changes, and when it went, if it is gone now.
    WorkloadName in "workload" by ["id"] {
        /// The same.
        id: String,
        /// `Deployment`.
        kind: String,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// When it was first seen.
        first_seen: Timestamp,
        /// When it was gone.
        gone_at: Option<Timestamp>,
    }

    /// The long documents of a workload, apart so that lists need not read them.
    Manifest in "manifest" by ["workload"] {
        /// The workload's id.
        workload: String,
        /// The live object as text.
        manifest: Packed,
        /// The manifest that was last applied.
        applied: Option<Packed>,
        /// JSON: where the two differ.
        drift: Option<String>,
    }

    /// A container of a workload, as long as it had this image.
    Container in "container" by ["workload", "kind", "name", "image_ref", "first_seen"] {
        /// The workload's id.
        workload: String,
        /// What it is for.
        kind: ContainerKind,
        /// Its name.
        name: String,
        /// The image as the manifest names it.
        image_ref: String,
        /// The image's id, once known.
        image: Option<String>,
        /// Since when; set by the store.
        first_seen: Timestamp,
        /// Until when; set by the store.
        gone_at: Option<Timestamp>,
    }

    /// A pod.
    Pod in "pod" by ["uid"] {
        /// Its uid.
        uid: String,
        /// The workload's id, when it has one.
        workload: Option<String>,
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// The node, once scheduled.
        node: Option<String>,
        /// `Running`, `Pending`, …
        phase: String,
        /// When it started.
        started: Option<Timestamp>,
        /// When it was gone.
        gone_at: Option<Timestamp>,
    }
}
