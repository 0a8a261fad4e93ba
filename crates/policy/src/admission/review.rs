//! One request, judged as an API server would.

use super::{Action, Asked, Binding, Params};
use crate::{
    Bundle, Detail, Facts, Outcome, PolicyFile, Target, Verdict,
    judge::{self, Effort, STEPS_MAX},
};
use cofferdam_cel::{Evaluation, Stop, Value};
use cofferdam_model::Diagnostic;
use jiff::Timestamp;

/// Policies of a cluster, their bindings, and the objects that are parameters.
#[derive(Debug)]
pub struct AdmissionPolicies {
    bundle: Bundle,
}

/// What one policy says about a request, under one binding.
#[derive(Clone, Debug, PartialEq)]
pub struct AdmissionResult {
    /// Name of the policy.
    pub policy: String,
    /// Name of the binding.
    pub binding: String,
    /// What the binding says is done where the policy does not hold.
    pub actions: Vec<Action>,
    /// Whether the request is denied.
    pub is_denied: bool,
    /// Why, with the words of the policy, in order; the first is what a client is told.
    pub messages: Vec<String>,
    /// The reason of the first: `Invalid` unless the policy has another.
    pub reason: Option<String>,
    /// Key and value of each annotation of the audit event.
    pub audit_annotations: Vec<(String, String)>,
    /// The full verdict.
    pub verdict: Verdict,
}

/// Bytes of the value of one audit annotation (`maxAuditAnnotationValueLength`).
const ANNOTATION_BYTES_MAX: usize = 10 * 1024;

impl AdmissionPolicies {
    /// Reads policies, bindings and parameters from files. A policy without a binding is never
    /// asked, as in a cluster.
    pub fn read(files: &[PolicyFile]) -> Result<Self, Vec<Diagnostic>> {
        Ok(Self { bundle: Bundle::only(files)? })
    }
}

/// Judges a request by all policies of a cluster. The objects of the request are among the facts:
/// `object`, `oldObject` (null when nobody gives it), `request`, `namespaceObject`, `authorizer`.
/// What is not given there cannot be known, and the failure policy decides.
///
/// ```
/// use cofferdam_bounds::Meter;
/// use cofferdam_manifest::{Lines, read};
/// use cofferdam_policy::admission::{AdmissionPolicies, review};
/// use cofferdam_policy::{Facts, ObjectSource, PolicyFile, Target};
///
/// let text = r#"
/// apiVersion: admissionregistration.k8s.io/v1
/// kind: ValidatingAdmissionPolicy
/// metadata: {name: few-replicas}
/// spec:
///   matchConstraints:
///     resourceRules:
///     - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}
///   validations:
///   - expression: object.spec.replicas <= 5
///     messageExpression: "'too many replicas: ' + string(object.spec.replicas)"
/// ---
/// apiVersion: admissionregistration.k8s.io/v1
/// kind: ValidatingAdmissionPolicyBinding
/// metadata: {name: everywhere}
/// spec: {policyName: few-replicas, validationActions: [Deny]}
/// "#;
/// let file = PolicyFile { place: "vap.yaml".into(), text: text.into() };
/// let policies = AdmissionPolicies::read(&[file]).unwrap();
///
/// let web = r#"{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"web"},"spec":{"replicas":6}}"#;
/// let source = read("web.json", web.into(), &Meter::default());
/// let lines = Lines::of(&source.text);
/// let mut facts = Facts::default();
/// facts.insert("object", ObjectSource::new(source.documents[0].tree.root(), "web.json", &lines));
/// let target = Target::object("apps/v1", "Deployment", Some("shop"), Some("web"));
///
/// let results = review(&policies, &facts, &target, "2026-11-21T00:00:00Z".parse().unwrap());
/// assert!(results[0].is_denied);
/// assert_eq!(results[0].messages, ["too many replicas: 6"]);
/// ```
pub fn review(
    policies: &AdmissionPolicies,
    facts: &Facts<'_>,
    target: &Target<'_>,
    now: Timestamp,
) -> Vec<AdmissionResult> {
    let bundle = &policies.bundle;
    let asked = bundle.policies.iter().flat_map(|policy| bundle.of(policy));
    asked
        .filter_map(|asked| {
            let asked = Asked { is_two_valued: true, ..asked };
            Some(result(asked, asked.binding?, facts, target, now))
        })
        .collect()
}

fn result(
    asked: Asked<'_>,
    binding: &Binding,
    facts: &Facts<'_>,
    target: &Target<'_>,
    now: Timestamp,
) -> AdmissionResult {
    let (verdict, origins) =
        judge::judge_with_origins(asked, facts, target, now, Effort::of(facts, Detail::Full));
    let policy = asked.policy;
    let fails = verdict.outcome != Outcome::Pass;
    let (audit_annotations, errors) = if verdict.applies {
        annotations(asked, facts, target, now)
    } else {
        (Vec::new(), Vec::new())
    };
    let validation = origins.first().and_then(|origin| origin.validation);
    let reason = validation.and_then(|at| policy.validations.get(at)?.reason.clone());
    let denies = binding.actions.contains(&Action::Deny);
    // A binding that does not fit, and an annotation that cannot be computed, deny whatever the
    // actions are.
    let first = verdict.findings.first();
    let is_misfit = first.is_some_and(|finding| finding.message.starts_with(judge::MISFIT));
    AdmissionResult {
        policy: policy.name.clone(),
        binding: binding.name.clone(),
        actions: binding.actions.clone(),
        is_denied: fails && (denies || is_misfit) || !errors.is_empty(),
        reason: reason.or_else(|| (fails || !errors.is_empty()).then(|| "Invalid".to_owned())),
        messages: verdict
            .findings
            .iter()
            .map(|finding| finding.message.clone())
            .chain(errors)
            .collect(),
        audit_annotations,
        verdict,
    }
}

/// The annotations of the audit event, and why some cannot be computed where that denies.
fn annotations(
    asked: Asked<'_>,
    facts: &Facts<'_>,
    target: &Target<'_>,
    now: Timestamp,
) -> (Vec<(String, String)>, Vec<String>) {
    let policy = asked.policy;
    let Some(rules) = &policy.admission else { return Default::default() };
    let mut found: Vec<(String, Vec<String>)> = Vec::new();
    let mut errors = Vec::new();
    let request = super::RequestSource::new(target);
    for params in asked.params(target, facts).unwrap_or_default() {
        let mut scope = judge::scope(facts, now);
        judge::complete(&mut scope, policy, facts, &request);
        Params::bind(params, &mut scope);
        let mut evaluation = Evaluation::unrecorded(STEPS_MAX);
        for variable in &policy.variables {
            let evaluated = evaluation.evaluate(&variable.expression.program, &scope);
            scope.set_evaluated(&*variable.name, evaluated);
        }
        for annotation in &rules.audit_annotations {
            let key = format!("{}/{}", policy.name, annotation.name);
            match evaluation.evaluate(&annotation.expression.program, &scope) {
                Ok(Value::Null) => {}
                Ok(Value::String(text)) => push(&mut found, key, text.trim()),
                Ok(other) => errors.push(format!(
                    "valueExpression '{}' gives {}, not a string or null",
                    annotation.expression.program.source().trim(),
                    other.kind().as_str()
                )),
                Err(_) if rules.failure_policy == super::FailurePolicy::Ignore => {}
                Err(stop) => errors.push(format!(
                    "valueExpression '{}' cannot be evaluated: {}",
                    annotation.expression.program.source().trim(),
                    why(&stop)
                )),
            }
        }
    }
    (found.into_iter().map(|(key, values)| (key, values.join(", "))).collect(), errors)
}

fn why(stop: &Stop) -> String {
    match stop {
        Stop::Error(error) => error.to_string(),
        Stop::Unknown(_) => "it reads what is not known here".to_owned(),
        Stop::Exhausted => "it takes too many steps".to_owned(),
    }
}

/// Values of one key are told one after the other, each once.
fn push(found: &mut Vec<(String, Vec<String>)>, key: String, value: &str) {
    if value.is_empty() {
        return;
    }
    let end = value.floor_char_boundary(ANNOTATION_BYTES_MAX);
    let value = value.get(..end).unwrap_or_default().to_owned();
    match found.iter_mut().find(|(known, _)| *known == key) {
        Some((_, values)) if values.contains(&value) => {}
        Some((_, values)) => values.push(value),
        None => found.push((key, vec![value])),
    }
}
