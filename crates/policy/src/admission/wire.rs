//! `admissionregistration.k8s.io` as it is written: `v1`, `v1beta1` and `v1alpha1` alike.

use crate::{
    constraints::{ConstraintsDocument, SelectorDocument},
    document::Named,
    yaml::Located,
};
use serde::Deserialize;

/// `kind: ValidatingAdmissionPolicy`.
#[derive(Debug, Deserialize)]
pub(crate) struct PolicyDocument {
    pub(crate) metadata: Metadata,
    pub(crate) spec: PolicySpec,
}

/// Metadata as a cluster gives them; what is not needed is left.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    pub(crate) name: Located<String>,
}

/// `ValidatingAdmissionPolicySpec`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PolicySpec {
    #[serde(default)]
    pub(crate) param_kind: Option<ParamKind>,
    #[serde(default)]
    pub(crate) match_constraints: Option<ConstraintsDocument>,
    #[serde(default)]
    pub(crate) validations: Option<Vec<ValidationDocument>>,
    #[serde(default)]
    pub(crate) failure_policy: Option<Located<String>>,
    #[serde(default)]
    pub(crate) audit_annotations: Option<Vec<AuditAnnotation>>,
    #[serde(default)]
    pub(crate) match_conditions: Option<Vec<Named>>,
    #[serde(default)]
    pub(crate) variables: Option<Vec<Named>>,
}

/// The kind of the objects that parameters are.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ParamKind {
    pub(crate) api_version: String,
    pub(crate) kind: String,
}

/// `Validation`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ValidationDocument {
    pub(crate) expression: Located<String>,
    #[serde(default)]
    pub(crate) message: Option<String>,
    #[serde(default)]
    pub(crate) reason: Option<String>,
    #[serde(default)]
    pub(crate) message_expression: Option<Located<String>>,
}

/// `AuditAnnotation`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AuditAnnotation {
    pub(crate) key: String,
    pub(crate) value_expression: Located<String>,
}

/// `kind: ValidatingAdmissionPolicyBinding`.
#[derive(Debug, Deserialize)]
pub(crate) struct BindingDocument {
    pub(crate) metadata: Metadata,
    pub(crate) spec: BindingSpec,
}

/// `ValidatingAdmissionPolicyBindingSpec`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BindingSpec {
    pub(crate) policy_name: String,
    #[serde(default)]
    pub(crate) param_ref: Option<ParamRef>,
    #[serde(default)]
    pub(crate) match_resources: Option<ConstraintsDocument>,
    #[serde(default)]
    pub(crate) validation_actions: Option<Vec<Located<String>>>,
}

/// `ParamRef`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ParamRef {
    #[serde(default)]
    pub(crate) name: Option<String>,
    #[serde(default)]
    pub(crate) namespace: Option<String>,
    #[serde(default)]
    pub(crate) selector: Option<SelectorDocument>,
    #[serde(default)]
    pub(crate) parameter_not_found_action: Option<Located<String>>,
}
