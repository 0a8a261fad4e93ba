//! The policies and exceptions that lie in a cluster, as they are.

use super::{Inventory, Judged, is_workload};
use cofferdam_cluster::{Detail, Kind};
use cofferdam_model::ObjectKey;
use cofferdam_policy::{ClusterDocument, ClusterDocuments};
use serde_json::Value;
use std::{collections::BTreeSet, sync::Arc};

const OURS: &str = "cofferdam.dev/v1alpha1";
const ADMISSION: &str = "admissionregistration.k8s.io/v1";
const POLICY: &str = "ValidatingAdmissionPolicy";

/// What policies are made of.
const KINDS: [(&str, &str); 6] = [
    (OURS, "ClusterSecurityPolicy"),
    (OURS, "SecurityPolicy"),
    (OURS, "ClusterPolicyException"),
    (OURS, "PolicyException"),
    (ADMISSION, POLICY),
    (ADMISSION, "ValidatingAdmissionPolicyBinding"),
];

/// Objects of one kind that may be parameters. Policies have a few; a kind of which there are more
/// is not made for it, and is left out as one that cannot be seen.
const PARAMS_MAX: usize = 1_000;

/// Whether objects of a kind are policies, bind them, or except from them.
pub fn is_document(kind: &str) -> bool {
    KINDS.iter().any(|(_, known)| *known == kind)
}

impl Inventory {
    /// The policies and exceptions of the cluster, and the objects that are their parameters as
    /// far as these are known.
    pub fn documents(&self) -> ClusterDocuments {
        let mut documents = Vec::new();
        for (api_version, kind) in KINDS {
            documents.extend(self.of_kind(api_version, kind).map(document));
        }
        let of_admission = documents.iter().filter(|one| one.key.kind == POLICY);
        let kinds: BTreeSet<_> = of_admission.filter_map(|one| param_kind(&one.json)).collect();
        let mut params = BTreeSet::new();
        for (api_version, kind) in kinds {
            if !self.is_seen(&api_version, &kind) {
                continue;
            }
            let all: Vec<_> = self.of_kind(&api_version, &kind).take(PARAMS_MAX + 1).collect();
            if all.len() <= PARAMS_MAX {
                documents.extend(all.into_iter().map(document));
                params.insert((api_version, kind));
            }
        }
        ClusterDocuments { documents, params }
    }

    fn of_kind<'i>(
        &'i self,
        api_version: &'i str,
        kind: &'i str,
    ) -> impl Iterator<Item = (&'i ObjectKey, &'i Judged)> {
        let first = ObjectKey::new(api_version, kind, None, "");
        let is_it = move |key: &ObjectKey| key.api_version == api_version && key.kind == kind;
        self.judged.range(first..).take_while(move |(key, _)| is_it(key))
    }

    /// Whether every object of a kind is known, values included.
    fn is_seen(&self, api_version: &str, kind: &str) -> bool {
        let is_full = Kind::find(api_version, kind).is_some_and(|one| one.detail == Detail::Full);
        let key = ObjectKey::new(api_version, kind, None, "");
        // Of what makes pods only the top of a chain is kept, and of a Node not its status.
        is_full && !is_workload(&key) && kind != "Node" && !self.is_missing(kind)
    }
}

fn document((key, judged): (&ObjectKey, &Judged)) -> ClusterDocument {
    ClusterDocument { key: key.clone(), json: Arc::clone(&judged.json) }
}

fn param_kind(json: &str) -> Option<(String, String)> {
    let object: Value = serde_json::from_str(json).ok()?;
    let text = |path: &str| object.pointer(path)?.as_str().map(str::to_owned);
    Some((text("/spec/paramKind/apiVersion")?, text("/spec/paramKind/kind")?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::testing::object;
    use cofferdam_model::Change;
    use serde_json::json;

    #[test]
    fn policies_and_the_parameters_that_can_be_seen() {
        let mut inventory = Inventory::default();
        let vap = |kind: &str, version: &str| json!({"spec": {"paramKind": {"apiVersion": version, "kind": kind}}});
        let now = "2026-06-01T00:00:00Z".parse().unwrap();
        let mut add =
            |version: &str, kind: &str, namespace: Option<&str>, name, mut json: Value| {
                json["apiVersion"] = version.into();
                json["kind"] = kind.into();
                json["metadata"] = json!({"name": name, "namespace": namespace});
                inventory.apply(Change::Put(object(&json)), now);
            };
        add(ADMISSION, POLICY, None, "a", vap("ConfigMap", "v1"));
        add(ADMISSION, POLICY, None, "b", vap("ResourceQuota", "v1"));
        add(ADMISSION, POLICY, None, "c", vap("Limits", "acme.dev/v1"));
        add(OURS, "PolicyException", Some("shop"), "e", json!({"spec": {}, "status": {"x": 1}}));
        add("v1", "ResourceQuota", Some("shop"), "q", json!({"spec": {"hard": {"pods": "3"}}}));
        add("v1", "ConfigMap", Some("shop"), "m", json!({}));
        add("v1", "Service", Some("shop"), "web", json!({"spec": {}}));

        let ClusterDocuments { documents, params } = inventory.documents();
        let keys: Vec<String> = documents.iter().map(|one| one.key.to_string()).collect();
        let policies = ["a", "b", "c"].map(|name| format!("{POLICY} {name}"));
        let expected = [
            &["PolicyException shop/e".to_owned()],
            &policies[..],
            &["ResourceQuota shop/q".into()],
        ];
        assert_eq!(keys, expected.concat());
        assert_eq!(params, [("v1".to_owned(), "ResourceQuota".to_owned())].into());
        assert!(!documents[0].json.contains("status"), "a status is no change");

        let (kind, why) = ("ResourceQuota".to_owned(), "forbidden".to_owned());
        inventory.apply(Change::Withheld { kind, why }, now);
        assert_eq!(inventory.documents().params, [].into(), "others may be there");
    }
}
