//! What a person reads first: ways in, what one fix buys, and what is closed already.
//!
//! One document a cluster, kept by the store as an object of kind `Summary`, so that every replica
//! gives the same one. Its JSON is what the API says.

use cofferdam_store::{Packed, Result, Store, rows, rows::id};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// What a person reads first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    /// What one fix would buy, the most first.
    pub fix_first: Vec<FixFirst>,
    /// Ways from outside to something worth having, shortest first.
    pub attack_paths: Vec<AttackPath>,
    /// The namespaces in which nothing may reach a pod that no NetworkPolicy lets in; nothing as
    /// long as nobody looked.
    #[serde(default)]
    pub denials: Option<Denials>,
}

/// Which namespaces deny by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Denials {
    /// Those that do.
    pub known: BTreeSet<String>,
    /// Others of which it is not known; nothing: all others.
    pub unknown: Option<BTreeSet<String>>,
}

impl Denials {
    /// Whether one does; nothing where nobody knows.
    pub fn of(&self, namespace: &str) -> Option<bool> {
        let denies = self.known.contains(namespace);
        let is_decided = self.unknown.as_ref().is_some_and(|others| !others.contains(namespace));
        (denies || is_decided).then_some(denies)
    }
}

/// One fix, and what it buys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FixFirst {
    /// What is wrong.
    pub title: String,
    /// Why it comes first: what its worst finding is worth, and why.
    pub why: String,
    /// What to do.
    pub how: String,
    /// What the worst finding of it is worth, 0 to 100.
    pub score: u8,
    /// Findings that this one fix closes.
    pub findings: u64,
    /// Workloads that are better for it.
    pub workloads: u64,
    /// The namespaces of all that is better for it; none where it is of no namespace.
    pub namespaces: Vec<String>,
    /// A path of the console.
    pub link: String,
    /// The rule, where it is about one.
    pub rule: Option<String>,
    /// The image's id, where it is about one.
    pub image: Option<String>,
}

/// A way from outside to something worth having.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttackPath {
    /// Where it begins and ends.
    pub title: String,
    /// The steps in order.
    pub steps: Vec<AttackStep>,
    /// What to change so that this way is closed.
    pub cut: String,
    /// The workload, by id, that it goes over first.
    pub cut_at: Option<String>,
    /// The namespaces it leads through.
    pub namespaces: Vec<String>,
}

/// A step of an attack path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AttackStep {
    /// The object: `Deployment shop/web`.
    pub title: String,
    /// What happens there.
    pub why: String,
    /// The workload, by id, that it goes over.
    pub workload: Option<String>,
}

const KIND: &str = "Summary";
const API_VERSION: &str = "cofferdam.dev/v1alpha1";

impl Summary {
    /// The summary of a cluster; an empty one before there is any.
    pub async fn read(store: &Store, cluster: &str) -> Result<Self> {
        let row = store.object(&id(&[cluster, KIND, "", "cluster"])).await?;
        Ok(row.and_then(|row| serde_json::from_str(&row.json.0).ok()).unwrap_or_default())
    }

    pub(super) fn row(&self, cluster: &str, now: Timestamp) -> rows::Object {
        // Strings and numbers always have a JSON form.
        let json = serde_json::to_string(self).unwrap_or_default();
        rows::Object {
            id: id(&[cluster, KIND, "", "cluster"]),
            cluster: cluster.to_owned(),
            api_version: API_VERSION.to_owned(),
            kind: KIND.to_owned(),
            namespace: None,
            name: "cluster".to_owned(),
            uid: String::new(),
            json: Packed::from(&*json),
            first_seen: now,
            gone_at: None,
        }
    }
}
