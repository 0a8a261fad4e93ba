//! Plain ValidatingAdmissionPolicies: judged as a real API server judges them.
//!
//! They are compiled to the same [`crate::Policy`] as our own and judged by the same code; what is
//! different is here. A condition holds or not: where it cannot be evaluated, `failurePolicy` says
//! which. Bindings say what is done, and bring parameters. Facts are from the source of
//! `k8s.io/apiserver`, `pkg/admission/plugin/policy`.

mod asked;
mod binding;
mod request;
mod review;
pub(crate) mod wire;

pub(crate) use asked::{Asked, Params};
pub use binding::{Action, Binding, ParamObject};
pub(crate) use request::RequestSource;
pub use review::{AdmissionPolicies, AdmissionResult, review};

use crate::{
    Target,
    policy::{Expression, Named},
};

/// What it means that a policy cannot be evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailurePolicy {
    /// The request is denied.
    Fail,
    /// The policy is passed over.
    Ignore,
}

/// What is different about a plain ValidatingAdmissionPolicy.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) failure_policy: FailurePolicy,
    pub(crate) param_kind: Option<wire::ParamKind>,
    pub(crate) audit_annotations: Vec<Named>,
}

impl FailurePolicy {
    /// The word in policies.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Fail => "Fail",
            Self::Ignore => "Ignore",
        }
    }
}

impl Rules {
    pub(crate) fn expressions(&self) -> impl Iterator<Item = Option<&Expression>> {
        self.audit_annotations.iter().map(|annotation| Some(&annotation.expression))
    }
}

/// The group of ValidatingAdmissionPolicy and its binding.
pub(crate) const GROUP: &str = "admissionregistration.k8s.io";

/// Resources that no admission policy is asked about (`SetExcludedAdmissionResources` of
/// kube-apiserver): those that admission itself is made of, and reviews that are not stored.
const EXCLUDED: &[(&str, &str)] = &[
    ("admissionregistration.k8s.io", "mutatingadmissionpolicies"),
    ("admissionregistration.k8s.io", "mutatingadmissionpolicybindings"),
    ("admissionregistration.k8s.io", "validatingadmissionpolicies"),
    ("admissionregistration.k8s.io", "validatingadmissionpolicybindings"),
    ("authentication.k8s.io", "selfsubjectreviews"),
    ("authentication.k8s.io", "tokenreviews"),
    ("authorization.k8s.io", "localsubjectaccessreviews"),
    ("authorization.k8s.io", "selfsubjectaccessreviews"),
    ("authorization.k8s.io", "selfsubjectrulesreviews"),
    ("authorization.k8s.io", "subjectaccessreviews"),
];

/// Whether no admission policy is asked about the target.
pub(crate) fn is_excluded(target: &Target<'_>) -> bool {
    EXCLUDED.contains(&(target.group, &target.resource))
}
