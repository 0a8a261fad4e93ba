//! Policies and exceptions that come, change and go in the cluster, in the trail of changes. Who
//! wrote them the API server knows: its audit log says so.

use crate::diagnostics;
use cofferdam_model::{Diagnostic, Exit, ObjectKey};
use cofferdam_policy::ClusterDocuments;
use cofferdam_store::{
    Store, by_halves,
    rows::{self, id},
};
use jiff::Timestamp;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

/// The group of our own kinds; what else changes in a cluster is its own trail's.
const GROUP: &str = "cofferdam.dev";

/// What is told of an exception, and of a policy.
const TOLD: [&str; 8] =
    ["owner", "reason", "expires", "policies", "match", "code", "title", "severity"];

/// Entries that wait for the store. While it is away nobody judges anew either.
const WAITING_MAX: usize = 10_000;

/// Writes what changed, each change once however many replicas see it, and however often.
pub(super) struct Trail {
    store: Store,
    cluster: String,
    known: BTreeMap<ObjectKey, Arc<str>>,
    waiting: Vec<rows::Trail>,
}

impl Trail {
    pub(super) const fn new(store: Store, cluster: String) -> Self {
        Self { store, cluster, known: BTreeMap::new(), waiting: Vec::new() }
    }

    /// Takes what there is now.
    pub(super) fn note(&mut self, documents: &ClusterDocuments, now: Timestamp) {
        let all = documents.documents.iter().filter(|one| one.key.group() == GROUP);
        let all: BTreeMap<_, _> = all.map(|one| (one.key.clone(), Arc::clone(&one.json))).collect();
        let put = all.iter().filter(|(key, json)| self.known.get(*key) != Some(*json));
        let gone = self.known.iter().filter(|(key, _)| !all.contains_key(*key));
        let entries = put.map(|(key, json)| self.entry(key, json, "put", now));
        let entries = entries.chain(gone.map(|(key, json)| self.entry(key, json, "gone", now)));
        let room = WAITING_MAX.saturating_sub(self.waiting.len());
        let entries: Vec<rows::Trail> = entries.take(room).collect();
        self.waiting.extend(entries);
        self.known = all;
    }

    fn entry(&self, key: &ObjectKey, json: &str, what: &str, at: Timestamp) -> rows::Trail {
        let kind = if key.kind.ends_with("Exception") { "exception" } else { "policy" };
        let title = key.to_string();
        let object: Value = serde_json::from_str(json).unwrap_or_default();
        let spec = object.get("spec").and_then(Value::as_object);
        let told = spec.into_iter().flatten().filter(|(field, _)| TOLD.contains(&&***field));
        let told: serde_json::Map<_, _> =
            told.map(|(field, value)| (field.clone(), value.clone())).collect();
        rows::Trail {
            // The same change is the same entry; it stays the first that was written.
            id: id(&[&self.cluster, &title, json, what]),
            at,
            who: "the cluster".to_owned(),
            action: format!("{kind}.{what}"),
            what: title,
            detail: Some(json!(told).to_string()),
            address: String::new(),
        }
    }

    /// Writes what waits. While the store is away it goes on waiting; what the store refuses though
    /// it is there is told.
    pub(super) async fn write(&mut self) {
        let refused = by_halves(&self.waiting, |some| self.store.put_trail(some)).await;
        let Ok(refused) = refused else { return };
        if let Some((entry, why)) = refused.first() {
            let what = format!("{} entries of the trail cannot be stored", refused.len());
            let bug = Diagnostic::new(Exit::Infrastructure, what).at(&entry.what).because(why);
            diagnostics::warn(&bug);
        }
        self.waiting.clear();
    }
}
