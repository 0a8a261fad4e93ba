//! Plain ValidatingAdmissionPolicies to compiled policies.

use super::{Compiler, digest};
use crate::{
    Outcome, Policy, Stage,
    admission::{self, FailurePolicy, Rules},
    constraints,
    facts::RootSet,
    policy::{Text, Validation},
    yaml::{Document, Located},
};
use cofferdam_model::{Diagnostic, Digest, Exit, Severity};
use std::sync::atomic::AtomicBool;

/// Compiles a document that says it is a ValidatingAdmissionPolicy.
pub(crate) fn compile(document: &Document<'_>) -> Result<Policy, Vec<Diagnostic>> {
    let admission::wire::PolicyDocument { metadata, spec } =
        document.read().map_err(|error: Diagnostic| vec![error])?;
    let mut compiler = Compiler::new(document);
    let policy = compiler.admission_policy(&metadata.name, spec);
    if compiler.errors.is_empty() { Ok(policy) } else { Err(compiler.errors) }
}

impl Compiler<'_> {
    fn admission_policy(
        &mut self,
        name: &Located<String>,
        spec: admission::wire::PolicySpec,
    ) -> Policy {
        self.variables(&spec.variables.unwrap_or_default(), None);
        let match_conditions = self.match_conditions(&spec.match_conditions.unwrap_or_default());
        let validations = self.admission_validations(&spec.validations.unwrap_or_default());
        let audit_annotations = self.audit_annotations(&spec.audit_annotations.unwrap_or_default());
        if validations.is_empty() && audit_annotations.is_empty() {
            self.error(name, "a policy has at least one validation or audit annotation");
        }
        let failure_policy = spec.failure_policy.as_ref().and_then(|given| {
            let all = [FailurePolicy::Fail, FailurePolicy::Ignore];
            self.word(given, "a failurePolicy", &all.map(FailurePolicy::as_str), |word| {
                all.into_iter().find(|policy| policy.as_str() == word)
            })
        });
        let constraints = spec.match_constraints.as_ref().map(|given| self.constraints(given));
        if spec.param_kind.is_none() && self.reads.has(RootSet::of(["params"])) {
            self.error(name, "expressions read params, and there is no spec.paramKind");
        }
        let mut policy = Policy {
            code: name.value.clone(),
            name: name.value.clone(),
            title: format!("ValidatingAdmissionPolicy {}", name.value),
            description: "A policy of the cluster, judged as its API server does.".to_owned(),
            severity: Severity::High,
            stages: vec![Stage::Build, Stage::Admission, Stage::Background],
            references: Vec::new(),
            place: self.document.first_line(),
            digest: Digest::sha256([0; 32]),
            reads: self.reads,
            needs: RootSet::of(["object"]),
            namespace: None,
            unknown: Vec::new(),
            constraints: Some(constraints.unwrap_or_default()),
            params: None,
            match_conditions,
            variables: std::mem::take(&mut self.variables),
            for_each: None,
            subject: None,
            validations,
            remediation: None,
            patch: Vec::new(),
            admission: Some(Rules {
                failure_policy: failure_policy.unwrap_or(FailurePolicy::Fail),
                param_kind: spec.param_kind,
                audit_annotations,
            }),
            has_failed: AtomicBool::new(false),
        };
        self.limit(name, &policy);
        self.types(name, &policy);
        policy.digest = digest(&policy);
        policy
    }

    fn admission_validations(
        &mut self,
        validations: &[admission::wire::ValidationDocument],
    ) -> Vec<Validation> {
        let mut compiled = Vec::new();
        for (index, given) in validations.iter().enumerate() {
            let path = |field: &str| format!("spec.validations[{index}].{field}");
            let expression = self.expression(&given.expression, path("expression"), None);
            let message = given.message_expression.as_ref();
            let message = message
                .filter(|given| !given.value.is_empty())
                .and_then(|given| self.expression(given, path("messageExpression"), None));
            if message.as_ref().is_some_and(|message| message.program.reads("authorizer")) {
                let what = "a messageExpression cannot read the authorizer";
                self.error(&given.expression, what);
            }
            compiled.extend(expression.map(|expression| Validation {
                expression,
                message: Text {
                    fixed: given.message.as_deref().unwrap_or_default().into(),
                    expression: message,
                },
                reason: given.reason.clone(),
                outcome: Outcome::Fail,
            }));
        }
        compiled
    }

    fn audit_annotations(
        &mut self,
        annotations: &[admission::wire::AuditAnnotation],
    ) -> Vec<crate::policy::Named> {
        let mut compiled = Vec::new();
        for (index, given) in annotations.iter().enumerate() {
            let path = format!("spec.auditAnnotations[{index}].valueExpression");
            let expression = self.expression(&given.value_expression, path, None);
            let name = given.key.clone();
            compiled.extend(expression.map(|expression| crate::policy::Named { name, expression }));
        }
        compiled
    }

    /// Too many expressions are refused by name.
    pub(super) fn limit(&mut self, name: &Located<String>, policy: &Policy) {
        if policy.expressions().count() > super::EXPRESSIONS_MAX {
            let what = format!("a policy has at most {} expressions", super::EXPRESSIONS_MAX);
            self.error(name, what);
        }
    }

    pub(super) fn constraints(
        &mut self,
        given: &constraints::ConstraintsDocument,
    ) -> constraints::Constraints {
        let (document, errors) = (self.document, &mut self.errors);
        constraints::read(given, &mut |at, what| {
            errors.push(Diagnostic::new(Exit::Usage, what).at(document.locate(at)));
        })
    }
}
