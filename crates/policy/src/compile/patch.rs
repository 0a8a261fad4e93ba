//! `remediation.patch`: operations to be filled in for each finding.

use super::Compiler;
use crate::{
    PatchKind, document,
    policy::{PatchTemplate, PatchValue},
};

impl Compiler<'_> {
    pub(super) fn patch(
        &mut self,
        operations: &[document::Patch],
        element: Option<&str>,
    ) -> Vec<PatchTemplate> {
        let operations = operations.iter().enumerate();
        operations.filter_map(|(index, given)| self.operation(index, given, element)).collect()
    }

    fn operation(
        &mut self,
        index: usize,
        given: &document::Patch,
        element: Option<&str>,
    ) -> Option<PatchTemplate> {
        let place = |field: &str| format!("spec.remediation.patch[{index}].{field}");
        let all = [PatchKind::Add, PatchKind::Remove, PatchKind::Replace];
        let op = self.word(&given.op, "a patch operation", &all.map(PatchKind::as_str), |word| {
            all.into_iter().find(|kind| kind.as_str() == word)
        });
        let is_pointer = given.path.value.is_empty() || given.path.value.starts_with('/');
        if !is_pointer || given.path.value.is_empty() && given.from.is_none() {
            self.error(&given.path, "a path is a JSON pointer: /spec/hostNetwork");
        }
        let from =
            given.from.as_ref().and_then(|from| self.expression(from, place("from"), element));
        let computed = given
            .value_expression
            .as_ref()
            .and_then(|value| self.expression(value, place("valueExpression"), element));
        let value = match (computed, &given.value) {
            (Some(expression), _) => Some(PatchValue::Computed(expression)),
            (None, Some(value)) => Some(PatchValue::Fixed(value.clone())),
            (None, None) => None,
        };
        let has_both = given.value.is_some() && given.value_expression.is_some();
        let is_removal = op == Some(PatchKind::Remove);
        if has_both || is_removal == (given.value.is_some() || given.value_expression.is_some()) {
            let what = "add and replace have one of value and valueExpression, remove has none";
            self.error(&given.op, what);
        }
        Some(PatchTemplate { op: op?, from, path: given.path.value.clone(), value })
    }
}
