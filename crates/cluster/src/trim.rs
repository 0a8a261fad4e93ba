//! An object as the API server sends it, cut down to what may be kept.
//!
//! Text in, text out: what is kept is copied as it stands, nothing is built in between.

use crate::{Detail, Kind};
use cofferdam_model::{ClusterObject, ObjectKey, OwnerKey};
use serde::Deserialize;
use serde_json::{Error, value::RawValue};
use std::{collections::BTreeMap, sync::Arc};

/// The annotation in which `kubectl apply` keeps what a person last applied.
const APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// What is left of an object whose values are nobody's business.
const PLAIN_FIELDS: [&str; 3] = ["metadata", "type", "immutable"];

/// The members of a JSON object, each value as it was written. Members of the same name: the last.
type Fields<'a> = BTreeMap<String, &'a RawValue>;

/// What we read of an object's metadata ourselves (API conventions, "Metadata").
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Metadata {
    name: String,
    namespace: Option<String>,
    uid: String,
    resource_version: String,
    owner_references: Option<Vec<Owner>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Owner {
    api_version: String,
    kind: String,
    name: String,
    #[serde(default)]
    uid: String,
    #[serde(default)]
    controller: Option<bool>,
}

/// What an object says it is, where no list says it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Type {
    api_version: String,
    kind: String,
}

/// Trims an object of a kind that is known: items of a list name none, and metadata that come
/// alone call themselves `PartialObjectMetadata`.
pub(crate) fn known(text: &str, kind: &Kind) -> Result<ClusterObject, Error> {
    trim(text, kind.api_version, kind.kind)
}

/// Trims an object that says itself what it is.
pub(crate) fn any(text: &str) -> Result<ClusterObject, Error> {
    let Type { api_version, kind } = serde_json::from_str(text)?;
    trim(text, &api_version, &kind)
}

fn trim(text: &str, api_version: &str, kind: &str) -> Result<ClusterObject, Error> {
    let mut fields: Fields<'_> = serde_json::from_str(text)?;
    let is_confidential =
        Kind::find(api_version, kind).is_some_and(|kind| kind.detail == Detail::Metadata);
    if is_confidential {
        fields.retain(|name, _| PLAIN_FIELDS.contains(&&**name));
    }
    let raw = fields.get("metadata").map_or("{}", |raw| raw.get());
    let metadata: Metadata = serde_json::from_str(raw)?;
    if metadata.name.is_empty() {
        return Err(serde::de::Error::custom("an object without a name"));
    }
    let (kept, applied) = trim_metadata(raw)?;
    fields.insert("metadata".to_owned(), &kept);
    let types =
        [serde_json::value::to_raw_value(api_version)?, serde_json::value::to_raw_value(kind)?];
    for (name, value) in ["apiVersion", "kind"].into_iter().zip(&types) {
        fields.insert(name.to_owned(), value);
    }
    let status = (kind == "Node").then(|| fields.get("status").copied()).flatten();
    let status = status.map(trim_node_status).transpose()?;
    if let Some(status) = &status {
        fields.insert("status".to_owned(), status);
    }
    let is_route = kind == "Route" && api_version.starts_with("route.openshift.io/");
    let spec = is_route.then(|| fields.get("spec").copied()).flatten();
    let spec = spec.map(without_key).transpose()?;
    if let Some(spec) = &spec {
        fields.insert("spec".to_owned(), spec);
    }
    let namespace = metadata.namespace.as_deref().filter(|namespace| !namespace.is_empty());
    Ok(ClusterObject {
        key: ObjectKey::new(api_version, kind, namespace, &metadata.name),
        uid: metadata.uid,
        resource_version: metadata.resource_version,
        owner: metadata.owner_references.and_then(controller),
        json: serde_json::to_string(&fields)?.into(),
        applied: applied.filter(|_| !is_confidential && !is_route),
    })
}

/// Metadata without what only the API server needs, and what a person last applied.
fn trim_metadata(raw: &str) -> Result<(Box<RawValue>, Option<Arc<str>>), Error> {
    let mut fields: Fields<'_> = serde_json::from_str(raw)?;
    fields.remove("managedFields");
    fields.remove("selfLink");
    let mut applied = None;
    let mut others = None;
    // Most objects have no such annotation: their annotations are copied unread. Its name may be
    // written with escapes, which no API server does.
    let may_have = |raw: &&&RawValue| raw.get().contains(APPLIED) || raw.get().contains('\\');
    if let Some(annotations) = fields.get("annotations").filter(may_have) {
        let mut annotations: BTreeMap<String, String> = serde_json::from_str(annotations.get())?;
        applied = annotations.remove(APPLIED).map(|text| Arc::from(text.trim_end()));
        others = Some(serde_json::value::to_raw_value(&annotations)?);
    }
    match &others {
        Some(empty) if empty.get() == "{}" => {
            fields.remove("annotations");
        }
        Some(others) => {
            fields.insert("annotations".to_owned(), others);
        }
        None => {}
    }
    Ok((serde_json::value::to_raw_value(&fields)?, applied))
}

/// A node's status without the list of every image it ever pulled, which is most of it.
fn trim_node_status(status: &RawValue) -> Result<Box<RawValue>, Error> {
    let mut fields: Option<Fields<'_>> = serde_json::from_str(status.get())?;
    if let Some(fields) = &mut fields {
        fields.remove("images");
    }
    serde_json::value::to_raw_value(&fields)
}

/// What an OpenShift Route says, without the private key of its certificate.
fn without_key(spec: &RawValue) -> Result<Box<RawValue>, Error> {
    let mut fields: Option<Fields<'_>> = serde_json::from_str(spec.get())?;
    let tls = fields.as_ref().and_then(|fields| fields.get("tls").copied());
    let mut tls: Option<Fields<'_>> =
        tls.map(|tls| serde_json::from_str(tls.get())).transpose()?.flatten();
    if let Some(tls) = &mut tls {
        tls.remove("key");
    }
    let tls = tls.map(|tls| serde_json::value::to_raw_value(&tls)).transpose()?;
    if let (Some(fields), Some(tls)) = (&mut fields, &tls) {
        fields.insert("tls".to_owned(), tls);
    }
    serde_json::value::to_raw_value(&fields)
}

fn controller(owners: Vec<Owner>) -> Option<OwnerKey> {
    let owner = owners.into_iter().find(|owner| owner.controller == Some(true))?;
    let Owner { api_version, kind, name, uid, .. } = owner;
    Some(OwnerKey { api_version, kind, name, uid })
}

/// The object with the annotation that trimming took out: trimming the result gives `object` back.
pub(crate) fn restore(object: &ClusterObject) -> Result<String, Error> {
    let Some(applied) = &object.applied else {
        return Ok(object.json.to_string());
    };
    let mut fields: Fields<'_> = serde_json::from_str(&object.json)?;
    let raw = fields.get("metadata").map_or("{}", |raw| raw.get());
    let mut metadata: Fields<'_> = serde_json::from_str(raw)?;
    let raw = metadata.get("annotations").map_or("{}", |raw| raw.get());
    let mut annotations: Option<BTreeMap<String, String>> = serde_json::from_str(raw)?;
    annotations.get_or_insert_default().insert(APPLIED.to_owned(), applied.to_string());
    let annotations = serde_json::value::to_raw_value(&annotations)?;
    metadata.insert("annotations".to_owned(), &annotations);
    let metadata = serde_json::value::to_raw_value(&metadata)?;
    fields.insert("metadata".to_owned(), &metadata);
    serde_json::to_string(&fields)
}

#[cfg(test)]
mod tests;
