//! What is different when a plain ValidatingAdmissionPolicy is judged (apiserver,
//! `policy/validating/validator.go`).

use super::Judge;
use crate::{
    Outcome,
    admission::{Asked, FailurePolicy},
    policy::{Expression, Validation},
};
use cofferdam_cel::{Stop, Value};

/// Bytes of a computed message; a longer one is not used (`MaxEvaluatedMessageExpressionSizeBytes`).
const MESSAGE_BYTES_MAX: usize = 5 * 1024;

/// How the message begins about a binding that does not fit.
pub(crate) const MISFIT: &str = "failed to configure binding";

impl<'a> Judge<'a> {
    /// Whether a condition holds. That of an admission policy may have any type, for its object
    /// has none: what is not true does not hold.
    pub(super) fn held(&mut self, expression: &'a Expression) -> Result<bool, Stop> {
        if self.policy.admission.is_none() {
            return self.evaluation.condition(&expression.program, &self.scope);
        }
        let value = self.evaluation.evaluate(&expression.program, &self.scope)?;
        Ok(matches!(value, Value::Bool(true)))
    }

    /// Whether a match condition holds: in an admission policy it does unless it is false.
    pub(super) fn applies_by(&mut self, expression: &'a Expression) -> Result<bool, Stop> {
        if self.policy.admission.is_none() {
            return self.evaluation.condition(&expression.program, &self.scope);
        }
        let value = self.evaluation.evaluate(&expression.program, &self.scope)?;
        Ok(!matches!(value, Value::Bool(false)))
    }

    /// The failure policy, where that decides about this stop.
    fn failure_policy(&self, stop: &Stop) -> Option<FailurePolicy> {
        let rules = self.policy.admission.as_ref()?;
        let decides = self.asked.is_two_valued || !matches!(stop, Stop::Unknown(_));
        decides.then_some(rules.failure_policy)
    }

    pub(super) fn is_ignored(&self, stop: &Stop) -> bool {
        self.failure_policy(stop) == Some(FailurePolicy::Ignore)
    }

    /// What a condition that has no value is worth, and why.
    pub(super) fn stopped(&self, stop: &Stop, expression: &Expression) -> (Outcome, String) {
        let reason = self.reason(stop, expression);
        if self.failure_policy(stop).is_none() {
            return (Outcome::Unknown, reason);
        }
        let reason = reason.strip_prefix("Not assessed: ").unwrap_or(&reason);
        let reason = reason.trim_end_matches('.');
        (Outcome::Fail, self.told(&format!("Denied by failurePolicy Fail: {reason}.")))
    }

    /// A binding that does not fit.
    pub(super) fn misconfigured(&mut self, reason: &str) {
        let rules = self.policy.admission.as_ref();
        if rules.is_some_and(|rules| rules.failure_policy == FailurePolicy::Fail) {
            let message = self.told(&format!("{MISFIT}: {reason}"));
            self.of_the_whole(Outcome::Fail, message);
        }
    }

    pub(super) fn admission_message(
        &mut self,
        validation: &'a Validation,
        bound: &mut [bool],
    ) -> String {
        let computed = validation.message.expression.as_ref();
        let computed = computed.and_then(|expression| self.string(expression, bound));
        let usable = |text: &&str| {
            !text.is_empty() && text.len() <= MESSAGE_BYTES_MAX && !text.contains('\n')
        };
        let computed = computed.as_deref().map(str::trim).filter(usable);
        let fixed = Some(validation.message.fixed.trim()).filter(|text| !text.is_empty());
        let source = || validation.expression.program.source().trim();
        match computed.or(fixed) {
            Some(text) => self.told(text),
            None => self.told(&format!("failed expression: {}", source())),
        }
    }

    /// A message, and whose it is.
    fn told(&self, message: &str) -> String {
        match self.asked {
            Asked { is_two_valued: true, .. } => message.to_owned(),
            Asked { binding: Some(binding), .. } => format!("{message} (binding {})", binding.name),
            Asked { binding: None, .. } => {
                format!("{message} (no binding is given: asked of everything that it matches)")
            }
        }
    }
}
