//! Policy documents as they are written: wire types, read and at once turned into our own.

use crate::{constraints::ConstraintsDocument, yaml::Located};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// The only version so far.
pub(crate) const API_VERSION: &str = "cofferdam.dev/v1alpha1";

/// What kind of document it is; everything else is ignored here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Header {
    pub(crate) api_version: Located<String>,
    pub(crate) kind: Located<String>,
}

/// `kind: SecurityPolicy` or `ClusterSecurityPolicy`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PolicyDocument {
    #[serde(rename = "apiVersion")]
    pub(crate) _api_version: String,
    pub(crate) kind: String,
    pub(crate) metadata: Metadata,
    pub(crate) spec: PolicySpec,
}

/// Kubernetes' metadata, as far as a file of one's own has it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Metadata {
    #[schemars(with = "String")]
    pub(crate) name: Located<String>,
    #[serde(default)]
    pub(crate) namespace: Option<String>,
    #[serde(default, rename = "labels")]
    pub(crate) _labels: BTreeMap<String, String>,
    #[serde(default, rename = "annotations")]
    pub(crate) _annotations: BTreeMap<String, String>,
}

/// The specification of a policy.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PolicySpec {
    #[schemars(with = "String")]
    pub(crate) code: Located<String>,
    pub(crate) title: String,
    pub(crate) description: String,
    #[schemars(with = "String")]
    pub(crate) severity: Located<String>,
    #[schemars(with = "Vec<String>")]
    pub(crate) stages: Vec<Located<String>>,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub(crate) unknown: BTreeMap<String, Located<String>>,
    #[serde(default)]
    pub(crate) match_constraints: Option<ConstraintsDocument>,
    #[serde(default)]
    pub(crate) match_conditions: Vec<Named>,
    /// What expressions read as `params`.
    #[serde(default)]
    pub(crate) params: Option<serde_json::Map<String, serde_json::Value>>,
    #[serde(default)]
    pub(crate) variables: Vec<Named>,
    #[serde(default)]
    pub(crate) for_each: Option<ForEach>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) subject: Option<Located<String>>,
    pub(crate) validations: Vec<Validation>,
    #[serde(default)]
    pub(crate) remediation: Option<Remediation>,
    #[serde(default)]
    pub(crate) references: Vec<Reference>,
}

/// A named expression.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Named {
    #[schemars(with = "String")]
    pub(crate) name: Located<String>,
    #[schemars(with = "String")]
    pub(crate) expression: Located<String>,
}

/// A list whose elements are judged one by one.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ForEach {
    #[schemars(with = "String")]
    pub(crate) variable: Located<String>,
    #[schemars(with = "String")]
    pub(crate) r#in: Located<String>,
}

/// What must hold.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Validation {
    #[schemars(with = "String")]
    pub(crate) expression: Located<String>,
    #[serde(default)]
    pub(crate) message: Option<String>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) message_expression: Option<Located<String>>,
    #[serde(default)]
    pub(crate) reason: Option<String>,
    /// `fail` or `unknown`: what it means that the expression is false.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) outcome: Option<Located<String>>,
}

/// What to do.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Remediation {
    #[serde(default)]
    pub(crate) text: Option<String>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) expression: Option<Located<String>>,
    #[serde(default)]
    pub(crate) patch: Vec<Patch>,
}

/// An operation of a JSON patch (RFC 6902), on what an expression names.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Patch {
    #[schemars(with = "String")]
    pub(crate) op: Located<String>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) from: Option<Located<String>>,
    #[schemars(with = "String")]
    pub(crate) path: Located<String>,
    /// Told apart from a value of null by [`serde_json::Value::Null`] within.
    #[serde(default, deserialize_with = "given")]
    pub(crate) value: Option<serde_json::Value>,
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub(crate) value_expression: Option<Located<String>>,
}

/// A field that is there has a value, even if that is null.
fn given<'de, D: Deserializer<'de>>(from: D) -> Result<Option<serde_json::Value>, D::Error> {
    serde_json::Value::deserialize(from).map(Some)
}

/// Where to read on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reference {
    pub(crate) title: String,
    #[serde(default)]
    pub(crate) url: Option<String>,
}

/// `kind: PolicyException` or `ClusterPolicyException`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ExceptionDocument {
    #[serde(rename = "apiVersion")]
    pub(crate) _api_version: String,
    #[serde(rename = "kind")]
    pub(crate) _kind: String,
    pub(crate) metadata: Metadata,
    pub(crate) spec: ExceptionSpec,
}

/// Who, why, until when, and exactly what.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ExceptionSpec {
    #[schemars(with = "String")]
    pub(crate) owner: Located<String>,
    #[schemars(with = "String")]
    pub(crate) reason: Located<String>,
    #[schemars(with = "String")]
    pub(crate) expires: Located<String>,
    /// Codes or names of policies.
    #[schemars(with = "Vec<String>")]
    pub(crate) policies: Vec<Located<String>>,
    #[serde(default)]
    pub(crate) r#match: ExceptionMatch,
    /// Also cover what could not be assessed.
    #[serde(default)]
    pub(crate) include_unknown: bool,
}

/// Which findings; every field that is given must match, by one of its values. A list that is given
/// has one at least: a template that fills in nothing must not excuse everything.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ExceptionMatch {
    #[serde(default, deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub(crate) vulnerabilities: Vec<String>,
    #[serde(default, deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub(crate) packages: Vec<String>,
    #[serde(default, deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub(crate) paths: Vec<String>,
    #[serde(default, deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub(crate) images: Vec<String>,
    #[serde(default, deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub(crate) objects: Vec<ObjectMatch>,
    #[serde(default, deserialize_with = "some")]
    #[schemars(length(min = 1))]
    pub(crate) containers: Vec<String>,
}

/// A list that names something.
fn some<'de, D: Deserializer<'de>, T: Deserialize<'de>>(given: D) -> Result<Vec<T>, D::Error> {
    let list = Vec::deserialize(given)?;
    if list.is_empty() {
        let what = "an empty list under match would excuse everything: name something in it, or \
                    leave the field out";
        return Err(serde::de::Error::custom(what));
    }
    Ok(list)
}

/// Which objects; every field that is given must match.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("minProperties" = 1))]
pub(crate) struct ObjectMatch {
    #[serde(default)]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) namespace: Option<String>,
    #[serde(default)]
    pub(crate) name: Option<String>,
}
