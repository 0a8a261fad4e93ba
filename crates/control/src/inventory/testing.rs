//! What tests make of JSON.

use cofferdam_model::{ClusterObject, ObjectKey, OwnerKey};
use serde_json::Value;

/// What a watcher would make of the JSON of an object.
pub(crate) fn object(value: &Value) -> ClusterObject {
    let text = |path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let namespace = Some(text("/metadata/namespace")).filter(|text| !text.is_empty());
    let owners = value.pointer("/metadata/ownerReferences").and_then(Value::as_array);
    let owner = owners.and_then(|owners| owners.iter().find(|one| one["controller"] == true));
    let word = |value: &Value, key: &str| value[key].as_str().unwrap_or_default().to_owned();
    ClusterObject {
        key: ObjectKey::new(text("/apiVersion"), text("/kind"), namespace, text("/metadata/name")),
        uid: text("/metadata/uid").to_owned(),
        resource_version: "1".to_owned(),
        owner: owner.map(|owner| OwnerKey {
            api_version: word(owner, "apiVersion"),
            kind: word(owner, "kind"),
            name: word(owner, "name"),
            uid: word(owner, "uid"),
        }),
        json: value.to_string().into(),
        applied: None,
    }
}
